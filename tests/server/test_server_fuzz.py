"""Spoilt, slow, half-closed and pipelined requests: the server refuses them, and neither fails nor grows."""

import gc
import random
import socket
import sys
import threading
import time
from collections import Counter
from typing import Any

import pytest
from aws_json import address_of, headers_of

from pytest_sagemaker_ie.core.backend import service_of

# Each sends some two thousand requests; range(15) sends thirty thousand.
SEEDS = (1,)
CONNECTIONS = 1000
OPERATIONS = ("ListInferenceExperiments", "DescribeInferenceExperiment", "ListModels", "NoSuchOperation")
BODIES = (b"{}", b'{"Name": "churn"}', b"{", b"\xff" * 5, b"[1]")
HOSTS = (*["localhost"] * 8, "127.0.0.1:1", "evil.example", "[::1]", "")
LENGTHS = ("-1", "9" * 20, "9" * 5000, "x", "2, 2", "2\r\nContent-Length: 3", "", "1000", "0x2")
TARGETS = (*["/"] * 9, "/x", "http://localhost/", "http://[/", "*", "//a")
METHODS = (*["POST"] * 9, "GET", "HEAD", "BREW")


def request(chance: random.Random) -> bytes:
    """Make a request that is right in most of its parts."""
    body, pick = chance.choice(BODIES), chance.choice
    lines = [
        f"{name}: {value}" for name, value in headers_of(pick(OPERATIONS), region=pick(["us-east-1", "x"])).items()
    ]
    lines.append(f"Host: {pick(HOSTS)}")
    framing = chance.random()
    if framing < 0.4:
        lines.append(f"Content-Length: {len(body)}")
    elif framing < 0.6:
        lines.append("Transfer-Encoding: chunked")
        cut = chance.randrange(len(body))
        chunks = [
            f"{len(part):x}{pick(['', ';a=b', ' ; x'])}\r\n".encode() + part
            for part in (body[:cut], body[cut:])
            if part
        ]
        body = b"\r\n".join([*chunks, b"0", *pick([[], [b"X-Checksum: 1"]]), b"", b""])
    else:
        lines.append(f"Content-Length: {pick(LENGTHS)}")
    chance.shuffle(lines)
    head = "\r\n".join([f"{pick(METHODS)} {pick(TARGETS)} HTTP/1.{pick('1110')}", *lines, "", ""])
    return spoilt(head.encode() + body, chance)


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """Replace, leave out and put in bytes, in half of the requests."""
    changed = bytearray(content)
    for _ in range(chance.choice([0, 0, 0, 1, 3, 10])):
        place = chance.randrange(len(changed) + 1)
        changed[place : place + chance.choice([0, 1, chance.randrange(20)])] = chance.randbytes(chance.randrange(9))
    return bytes(changed)


def answers(url: str, chance: random.Random) -> list[bytes]:
    """Send some requests over one connection, in its way, and return the statuses of what comes back."""
    content = b"".join(request(chance) for _ in range(chance.choice([1, 1, 1, 2, 5])))
    pieces = chance.choice([*[1] * 9, 5])
    size = len(content) // pieces + 1
    received = b""
    with socket.create_connection(address_of(url), timeout=10) as connection:
        try:
            for start in range(0, len(content), size):
                connection.sendall(content[start : start + size])
                time.sleep(0.001 if pieces > 1 else 0)
            if chance.random() < 0.1:
                return []  # gone before its answers
            connection.shutdown(socket.SHUT_WR)
            while read := connection.recv(2**16):
                received += read
        except ConnectionError:
            return [b"reset"]
    return [each[:3] for each in received.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.slow
@pytest.mark.sagemaker_ie("churn", status="Running")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_request_makes_the_server_fail_or_grow(
    sagemaker_ie_server: Any, sagemaker_ie_backend: Any, caplog: Any, seed: int
) -> None:
    chance, seen, blocks = random.Random(seed), Counter[bytes](), []
    threads = threading.active_count()
    for _ in range(4):
        for _ in range(CONNECTIONS // 4):
            seen.update(answers(sagemaker_ie_server.url, chance))
        service_of(sagemaker_ie_backend).calls.clear()
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert {b"200", b"400", b"403", b"404", b"501"} <= set(seen)
    assert set(seen) <= {b"100", b"200", b"400", b"403", b"404", b"413", b"414", b"431", b"501", b"505", b"reset"}, seen
    assert caplog.records == []
    if sys.gettrace() is None:  # coverage keeps a tracer for each thread
        assert blocks[-1] - blocks[1] < 1000, blocks
    deadline = time.monotonic() + 10
    while threading.active_count() > threads:
        assert time.monotonic() < deadline
        time.sleep(0.01)
