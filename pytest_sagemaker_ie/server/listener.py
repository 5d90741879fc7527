"""The listener: one port, its connections, and the HTTP around the application.

Each connection has a thread, and is kept open between requests, as SDKs expect. None can hold up the others: their
number is bounded, and when it is reached the one that has been silent for the longest is closed. The account behind the
application changes from test to test; of accounts, nothing more is known here.
"""

import logging
import socket
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, Final

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pytest_sagemaker_ie.server.application import Application, Served, error_response, is_loopback

__all__ = ["CONNECTIONS", "Listener"]

CONNECTIONS: Final = 256
"""How many connections may be open at once."""

_SILENCE: Final = 60.0
"""How many seconds a connection may be silent, between requests or within one."""

_POLL: Final = 0.05
"""After how many seconds at most `Listener.close` is noticed."""

_READS: Final = 1000
"""How many times 64 KiB of a request are read that is refused before it was read."""

_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""The addresses that stand for all of the machine's, and where those that are on it can call."""

_CODES: Final = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "RequestUriTooLongException",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "RequestHeaderFieldsTooLargeException",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "HttpVersionNotSupportedException",
}
"""The error codes of requests that are no HTTP; of others, BadRequestException."""

_log = logging.getLogger(__name__)


class Listener:
    """Listens from its making on, and answers from `start` on; `close` frees the port."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, allowed_hosts: Collection[str] = ()) -> None:
        """Take the port.

        Args:
            host: the address to listen at, or its name; only the loopback is out of other machines' reach.
            port: the port; 0 is any that is free.
            allowed_hosts: names, beside `host` and those of the loopback, by which clients may call.

        Raises:
            OSError: there is no such address on this machine, or the port is taken.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        names = {each.lower() for each in (host, *allowed_hosts)} - _WILDCARDS.keys()
        self._application = Application(names, loopback_only=is_loopback(host))
        # The socket is made here because Werkzeug ends the process if the port is taken.
        with socket.create_server((host, port), family=family, backlog=CONNECTIONS) as listening:
            self.port = listening.getsockname()[1]
            # The address here tells the family and no more; Werkzeug would look up a name.
            address = "::1" if family is socket.AF_INET6 else "127.0.0.1"
            self._server = _Server(address, self.port, self._application, _Handler, fd=listening.fileno())
        reachable = _WILDCARDS.get(host, host)
        self.url = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{self.port}"
        """Where clients on this machine call."""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Answer in a thread from now on."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="sagemaker-ie-server", daemon=True
        )
        self._thread.start()

    @contextmanager
    def serving(self, served: Served) -> Iterator[None]:
        """Answer from this account while the block lasts, and from none after it.

        Every connection is closed then: a request that is still under way must not come to the next account.
        """
        self._application.served = served
        try:
            yield
        finally:
            self._application.served = None
            self._server.close_connections()

    def close(self) -> None:
        """Free the port, and close every connection."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadedWSGIServer):
    """Werkzeug's server, with a bound on its connections, and silent about what clients do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # In the order of their last whole requests. No clock is asked: tests stop those.
        self._connections: dict[socket.socket, None] = {}
        self._changed = threading.Condition()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            if len(self._connections) >= CONNECTIONS:
                longest_silent = next(iter(self._connections))
                del self._connections[longest_silent]
                _hang_up(longest_silent)
            self._connections[request] = None
        super().process_request(request, client_address)

    def has_asked(self, connection: socket.socket) -> None:
        """Note that a whole request has come over `connection`."""
        with self._changed:
            if connection in self._connections:
                del self._connections[connection]
                self._connections[connection] = None

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

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: Werkzeug reports each request, in its own form, on the standard error stream."""


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # the client may have done so
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    """Werkzeug's handler, with connections that are kept open, and errors in the service's form."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # of what can't be read; that of version 0.9 would have no status
    timeout = _SILENCE
    # Answers go out in one piece and at once; otherwise a kept connection waits 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Any

    def run_wsgi(self) -> None:
        """Answer one request; Werkzeug's own closes the connection after it."""
        try:
            environ = self.make_environ()
        except ValueError as error:  # an absolute URL that is none
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
            return
        status, headers = "", list[tuple[str, str]]()

        def start_response(its_status: str, its_headers: list[tuple[str, str]]) -> None:
            nonlocal status, headers
            status, headers = its_status, its_headers

        try:
            content = b"".join(self.server.app(environ, start_response))
        except ConnectionAbortedError:
            self.close_connection = True
            return
        self.server.has_asked(self.connection)
        self._send(status, headers, content)

    def handle_expect_100(self) -> bool:
        """Say "100 Continue" at once: it would wait among what is written for the answer, and the client for it."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what can't be read as HTTP as the service would, and not with a page."""
        name = _CODES.get(HTTPStatus(code), "BadRequestException")
        self._send(*error_response(int(code), name, f"The request can't be read: {message or explain or name}."))

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()
        if ("Connection", "close") in headers:
            self._read_the_rest()

    def _read_the_rest(self) -> None:
        """Let the client read the answer: to close with bytes of its request unread would reset the connection."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            for _ in range(_READS):
                if not self.connection.recv(2**16):
                    break
