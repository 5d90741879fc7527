"""The listener: one port, its connections, and the HTTP around the application, on the standard library's server.

Each connection has a thread, and stays open between requests, as SDKs expect. No client holds up another: at
`CONNECTIONS`, the connection that has been silent for the longest is closed. The account behind the application changes
from test to test; of accounts, nothing more is known here.
"""

import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException, parse_headers, responses
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pytest_sagemaker_ie.aws.responses import encode, request_id
from pytest_sagemaker_ie.server.application import NO_ANSWER, Application, RefusedError, Served, is_loopback

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["CONNECTIONS", "LARGEST_BODY", "Listener"]

CONNECTIONS: Final = 256  # that may be open at once
LARGEST_BODY: Final = 2**20  # in bytes; no request of these operations comes near
_SILENCE: Final = 60.0  # for so many seconds a connection may be silent, between requests or within one
_POLL: Final = 0.05  # after so many seconds at most `Listener.close` is noticed
_READS: Final = 1000  # so many times 64 KiB are read of a request that is refused before it was read
# The addresses that stand for all of the machine's, and where clients on it can call.
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")  # its size, and extensions

_log = logging.getLogger(__name__)


class Listener:
    """Listens as soon as it exists, and answers from `start` on; `close` frees the port."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, allowed_hosts: Collection[str] = ()) -> None:
        """Take `port`, or any that is free for 0; clients may call by `host`, `allowed_hosts` or the loopback's names.

        Raises:
            OSError: there is no such address on this machine, or the port is taken.
        """
        if not host.strip():
            raise OSError("the address is empty; 0.0.0.0 is every address of the machine")
        try:
            self._server = _Server(host, port)
        except (ValueError, TypeError) as error:  # no name at all, such as one that is too long or holds a NUL
            raise OSError(str(error)) from None
        address, self.port = self._server.socket.getsockname()[:2]
        names = {each.lower() for each in (host, *allowed_hosts)} - _WILDCARDS.keys()
        self._application = self._server.application = Application(names, loopback_only=is_loopback(address))
        reachable = _WILDCARDS.get(address, host)
        self.url = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{self.port}"
        """Where clients on this machine call."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    @contextmanager
    def serving(self, served: Served) -> Iterator[None]:
        """Answer from this account while the block lasts, and from none after it.

        Every connection is closed then: a request that is still under way must not come to the next account.

        Raises:
            RuntimeError: a request has met what ends a test, such as `HorizonReached`.
        """
        self._application.served = served
        try:
            yield
        finally:
            self._application.served = None
            self._server.close_connections()
        for each in served.ends:  # as an Exception: after any other, pytest would tear down no further
            raise RuntimeError(f"a request from another process met {type(each).__name__}: {each}") from each

    def close(self) -> None:
        """Free the port, and close every connection."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadingTCPServer):
    """The standard library's server, with a bound on its connections, and silent about what clients do."""

    allow_reuse_address = os.name == "posix"  # elsewhere it would let two processes have one port
    daemon_threads = True
    request_queue_size = CONNECTIONS
    application: Application

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # In the order of their last whole requests. No clock is asked: tests stop those.
        self._connections: dict[Any, None] = {}
        self._changed = threading.Condition()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            if len(self._connections) >= CONNECTIONS:
                _hang_up(longest_silent := next(iter(self._connections)))
                del self._connections[longest_silent]
            self._connections[request] = None
        super().process_request(request, client_address)

    def has_asked(self, connection: Any) -> None:
        """Note that a whole request has come over `connection`."""
        with self._changed, suppress(KeyError):  # it may have been closed to make room
            self._connections[connection] = self._connections.pop(connection)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.pop(request, None)
            self._changed.notify_all()

    def close_connections(self) -> None:
        """Hang up, and wait for the threads to notice; a second is much more than they need."""
        with self._changed:
            for each in self._connections:
                _hang_up(each)
            self._changed.wait_for(lambda: not self._connections, timeout=1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("A connection was closed because of an error of pytest-sagemaker-ie")


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # the client may have done so
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """The standard library's handler, with bodies that are read in full, and errors in the service's form."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # of what can't be read; that of version 0.9 would have no status
    timeout = _SILENCE
    disable_nagle_algorithm = True  # otherwise a kept connection waits 40 ms for the client's acknowledgement
    server: Any

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # the application knows which methods there are
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        application: Application = self.server.application
        headers = {name.lower(): ", ".join(self.headers.get_all(name, [])).strip() for name in self.headers}
        try:
            if self.headers.get_payload():
                raise ValueError("a line among its headers is none")
            url = urlsplit(self.path)
            headers["host"] = url.netloc or headers.get("host", "")
            application.refuse_foreign(headers)
            body = self._body(headers)
        except RefusedError as error:
            self._refuse(error)
            return
        except (OSError, HTTPException, ValueError) as error:
            self._refuse(RefusedError("SerializationException", 400, f"The request can't be read: {error}."))
            return
        self.server.has_asked(self.connection)
        status_code, answer = application.answer(self.command, url.path, headers, body)
        if status_code == NO_ANSWER:
            self.close_connection = True
        else:
            self._send(status_code, answer)

    def _body(self, headers: Mapping[str, str]) -> bytes:
        length, coding = headers.get("content-length", "0"), headers.get("transfer-encoding")
        if coding is None and _LENGTH.fullmatch(length):
            return self._read(int(length), LARGEST_BODY)
        if coding is not None and coding.lower() == "chunked" and "content-length" not in headers:
            return b"".join(self._chunks())
        raise ValueError("its Content-Length or Transfer-Encoding is no length of a body")

    def _chunks(self) -> Iterator[bytes]:
        most = LARGEST_BODY
        while match := _CHUNK.fullmatch(self.rfile.readline(2**16)):
            if (size := int(match[1], 16)) == 0:
                parse_headers(self.rfile)  # the trailers
                return
            yield self._read(size, most)
            most -= size
            if self.rfile.readline(2) not in (b"\r\n", b"\n"):
                break
        raise ValueError("the body is not in chunks")

    def _read(self, size: int, most: int) -> bytes:
        if size > most:
            raise RefusedError(
                "RequestEntityTooLargeException",
                413,
                f"The body is larger than {LARGEST_BODY} bytes, which is the most that this server takes.",
            )
        content = self.rfile.read(size)
        if len(content) < size:
            raise ValueError("it ended before its body did")
        return content

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what can't be read as HTTP as the service would, and not with a page."""
        name = HTTPStatus(code).name.title().replace("_", "")
        self._refuse(RefusedError(f"{name}Exception", int(code), f"The request can't be read: {message or name}."))

    def _refuse(self, error: RefusedError) -> None:
        """Refuse a request that was not read to its end, so that the connection is good for nothing more."""
        self.close_connection = True
        self._send(error.status_code, error.body())
        with suppress(OSError):  # to close with bytes of the request unread would reset the client before it reads
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            for _ in range(_READS):
                if not self.connection.recv(2**16):
                    break

    def _send(self, status_code: int, answer: "Wire") -> None:
        body = encode(answer).encode()
        # No Date: it would be the test's, and an SDK whose clock is far from it takes an error for one of its clock's,
        # sets that, and tries again.
        headers = [
            f"x-amzn-RequestId: {request_id()}",
            "Content-Type: application/x-amz-json-1.1",
            f"Content-Length: {len(body)}",
            *([f"x-amzn-ErrorType: {answer['__type']}"] if "__type" in answer else []),
            *(["Connection: close"] if self.close_connection else []),
        ]
        status = f"HTTP/1.1 {status_code} {responses.get(status_code, 'Error')}"
        head = "\r\n".join([status, *headers, "", ""]).encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + body)  # in one piece

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the standard library reports each request, in its own form, on the standard error stream."""
