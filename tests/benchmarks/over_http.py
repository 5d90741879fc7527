"""A call over HTTP: ours next to the nearest of `moto_server`, one client after another and 32 at once.

Each server is a process of its own, started by its own command. The 32 send what boto3 has signed once, because boto3's
own time would hide the servers'. They keep their connections where the server does.
"""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.util import find_spec
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import boto3

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

_REGION = "us-east-1"
_NAME = "churn-v2"
_OURS, _MOTO = "ours", "moto_server: update_trial_component"
_CLIENTS = 32
_LIMIT = 1 / 3
"""What a call of ours may take, of what one of `moto_server` takes."""


@dataclass(frozen=True)
class _Peer:
    """A server that runs, and its update."""

    client: Any
    update: Callable[[], object]
    headers: dict[str, str]
    body: bytes


def measure(*, quick: bool) -> list[Row]:
    """Return the rows of one client, of 32 clients, and of the slowest hundredth of the latter's calls."""
    rounds, calls, each = (2, 5, 3) if quick else (20, 50, 60)
    with contextlib.ExitStack() as stack:
        peers = {}
        if find_spec("moto") is not None and find_spec("flask_cors") is not None:
            peers[_MOTO] = stack.enter_context(_moto_server())
        peers[_OURS] = stack.enter_context(_our_server())
        one = medians([Contender(name, _turn(peer), calls) for name, peer in peers.items()], rounds=rounds)
        loads: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
        for number in range(-1, rounds):  # one that is not counted, and then in turns
            for name in sorted(peers, reverse=number % 2 == 0):
                load = _load(peers[name], each)
                if number >= 0:
                    loads[name].append(load)
    throughput = {name: median(seconds for seconds, _ in of_each) for name, of_each in loads.items()}
    slowest = {name: median(p99 for _, p99 in of_each) for name, of_each in loads.items()}
    base = next(iter(peers))
    what = f"{rounds} rounds of {_CLIENTS} clients with {each} calls each"
    rates = ", ".join(f"{name} {1 / seconds:,.0f} calls per second" for name, seconds in throughput.items())
    return [
        _row("one boto3 client", f"{rounds} rounds of {calls} calls each, boto3's own time included", one, base, 1.0),
        _row(
            f"{_CLIENTS} clients at once, seconds for each call of all",
            f"{what}; {rates}",
            throughput,
            base,
            _LIMIT,
        ),
        _row(f"{_CLIENTS} clients at once, 99 of 100 calls within", what, slowest, base, 1.0),
    ]


def _row(title: str, how: str, times: dict[str, float], base: str, limit: float) -> Row:
    budgets = [] if base == _OURS else [Budget.of_ratio(_OURS, times[_OURS], limit, base, times[base])]
    return Row(f"One update over HTTP: {title}", how, times, base=base, budgets=budgets)


def _turn(peer: _Peer) -> Any:
    @contextmanager
    def turn() -> Iterator[Callable[[], object]]:
        yield peer.update

    return turn


def _load(peer: _Peer, calls: int) -> tuple[float, float]:
    """Return the seconds that all calls took, divided by their number, and within how many 99 of 100 were answered."""
    url = urlsplit(peer.client.meta.endpoint_url)
    together = threading.Barrier(_CLIENTS + 1)
    times: list[float] = []

    def call_repeatedly() -> None:
        connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
        together.wait()
        mine = []
        for _ in range(calls):
            began = time.perf_counter()
            connection.request("POST", "/", peer.body, peer.headers)
            response = connection.getresponse()
            response.read()
            mine.append(time.perf_counter() - began)
            assert response.status == 200, response.status
        connection.close()
        times.extend(mine)

    threads = [threading.Thread(target=call_repeatedly) for _ in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    together.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    assert len(times) == _CLIENTS * calls, "a call was lost"
    return taken / len(times), sorted(times)[int(len(times) * 0.99)]


@contextmanager
def _our_server() -> Iterator[_Peer]:
    with _process("-m", "pytest_sagemaker_ie.server", "--port", "0", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        (url,) = re.findall(rb" at (http:\S+)", process.stdout.readline())
        reader = threading.Thread(target=process.stdout.read)  # it prints a line for each call, as moto_server does
        reader.start()
        client = _client(url.decode())
        client.create_inference_experiment(
            Name=_NAME,
            Type="ShadowMode",
            RoleArn="arn:aws:iam::123456789012:role/shadow-tests",
            EndpointName="churn",
            ModelVariants=[_variant("production"), _variant("shadow")],
            ShadowModeConfig={
                "SourceModelVariantName": "production",
                "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 50}],
            },
        )
        yield _peer(client, lambda: client.update_inference_experiment(Name=_NAME, Description="changed"))
    reader.join()


def _variant(name: str) -> dict[str, Any]:
    return {
        "ModelName": f"{name}-model",
        "VariantName": name,
        "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        },
    }


@contextmanager
def _moto_server() -> Iterator[_Peer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with _process("-m", "moto.server", "-p", str(port), stdout=subprocess.DEVNULL):
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "moto_server has not begun to listen"
                time.sleep(0.1)
        client = _client(f"http://127.0.0.1:{port}")
        client.create_trial_component(TrialComponentName=_NAME)
        yield _peer(client, lambda: client.update_trial_component(TrialComponentName=_NAME, DisplayName="changed"))


@contextmanager
def _process(*arguments: str, stdout: int) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen([sys.executable, *arguments], stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _client(url: str) -> Any:
    return boto3.client(
        "sagemaker",
        region_name=_REGION,
        endpoint_url=url,
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",
    )


def _peer(client: Any, update: Callable[[], object]) -> _Peer:
    sent: list[Any] = []

    def note(request: Any, **_: Any) -> None:
        sent.append(request)

    client.meta.events.register("before-send.sagemaker", note)
    update()
    client.meta.events.unregister("before-send.sagemaker", note)
    (request,) = sent
    headers = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name.lower() != "content-length"
    }
    return _Peer(client, update, headers, request.body)
