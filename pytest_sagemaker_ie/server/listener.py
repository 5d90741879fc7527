"""One port, its connections, and the protocol AWS JSON 1.1 over HTTP, on the standard library's server.

Each connection has a thread, and stays open between requests, as SDKs expect. No client delays another: if there are
`CONNECTIONS`, the server closes the one that has been silent longest before it takes a new one. The account that
answers changes from test to test. This module knows no operation and no rule. It verifies no signature, and reads only
the access key and the region of the Authorization header.
"""

import logging
import os
import re
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, parse_headers
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from socketserver import ThreadingTCPServer
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_sagemaker_ie.aws.region import is_of_a_partition
from pytest_sagemaker_ie.aws.responses import encode, request_id
from pytest_sagemaker_ie.core.errors import SerializationException, ServiceError
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED
from pytest_sagemaker_ie.core.service import Answer, Service
from pytest_sagemaker_ie.core.wire import Shape, Wire

KEY_PREFIX: Final = "sagemaker-ie-"  # of the access keys of tests: such a key is for its own test's account only
CONNECTIONS: Final = 256  # that may be open at once
LARGEST_BODY: Final = 2**20  # in bytes; requests of these operations are much smaller
_READS: Final = 1000  # the server reads at most so many times 64 KiB of the rest of a refused request
# By an address that means every address of the machine: the one that clients on the machine call.
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/sagemaker/aws4_request(?:,|\s|$)")
_HOST: Final = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]/@\s]+))(?::\d{1,5})?")
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")  # a chunk's size and extensions

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Application:
    """Answers requests from one account. The names of headers are in lower case."""

    service: Service
    perform: Callable[[str, str, bytes, Shape], Answer | None]  # `Service.answer`, or a function that calls it
    access_key: str = ""  # of the test; the keys of other tests are refused, keys of no test are not
    ends: list[BaseException] = field(default_factory=list)  # that ended the test in a request, as `HorizonReached`

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Wire]:
        """Return the status and the body of the answer to one request. The status 0 means no answer."""
        target, unknown = headers.get("x-amz-target", ""), "UnknownOperationException"
        try:
            if path not in ("", "/") or method != "POST":
                raise ServiceError(f"An operation is a POST to /, not a {method} to {path}.", unknown, 404)
            service, _, operation = target.partition(".")
            if service != "SageMaker" or operation not in self.service.model.operation_names:
                raise ServiceError(f"X-Amz-Target {target!r} is not an operation, such as SageMaker.ListTags.", unknown)
            scope = _CREDENTIAL.search(headers.get("authorization", ""))
            key, region = scope.groups() if scope else ("", self.service.region())
            if not is_of_a_partition(region) and region != self.service.region():
                raise ServiceError("Credential should be scoped to a valid region.", "InvalidSignatureException", 403)
            if key.startswith(KEY_PREFIX) and key != self.access_key:
                message = "The security token included in the request is invalid. It belongs to a test that has ended."
                raise ServiceError(message, "UnrecognizedClientException", 403)
            shape = self.service.model.operation_model(operation).input_shape
            answer = self.perform(operation, region, body, shape)
            if answer is None:
                message = f"{operation} is not answered by pytest-sagemaker-ie. {WHAT_IS_ANSWERED}"
                raise ServiceError(message, "OperationNotAnswered", 501)
            return answer.status_code, answer.body
        except ServiceError as error:
            return error.status_code, error.body()
        except Exception:  # an error of this package or of the test: the client sees that of a service that fails
            _log.exception("%s was not answered", target)
        except BaseException as error:
            self.ends.append(error)
        return 500, ServiceError("The server failed. Its log or its test says why.", "InternalFailure").body()


class Listener(ThreadingTCPServer):
    """Listens from its creation on, and answers from `start` on; `close` frees the port."""

    allow_reuse_address = os.name == "posix"  # elsewhere two processes could then have the same port
    daemon_threads = True
    request_queue_size = CONNECTIONS

    def __init__(self, host: str = "127.0.0.1", port: int = 0, allowed_hosts: Collection[str] = ()) -> None:
        """Take `port`, or any free port for 0; clients use the name `host`, `allowed_hosts` or the loopback's names."""
        if not host.strip():
            raise OSError("the address is empty; 0.0.0.0 is every address of the machine")
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # In the order of their last complete requests: a test may freeze the clocks.
        self._connections: OrderedDict[Any, None] = OrderedDict()
        self._changed = threading.Condition()
        try:
            super().__init__((host, port), _Handler)
        except (ValueError, TypeError) as error:  # `host` is too long for a name, or holds a NUL
            raise OSError(str(error)) from None
        address, self.port = self.socket.getsockname()[:2]
        self._loopback_only = ip_address(address).is_loopback
        # With DNS rebinding, a web page makes a browser call this server by the page's name, but not by one of these.
        self._hosts = {each.lower() for each in ("localhost", host, *allowed_hosts)}
        self.application: Application | None = None
        reachable = _WILDCARDS.get(address, host)
        self.url = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{self.port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)  # the delay of `close`

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    @contextmanager
    def serving(self, application: Application) -> Iterator[None]:
        """Answer from an account while the block lasts. Then close every connection and raise what ended the test.

        A request that is still in progress must not reach the next account.
        """
        self.application = application
        try:
            yield
        finally:
            self.application = None
            self._close_connections()
        for each in application.ends:  # as an Exception: after a BaseException, pytest would stop the tear-down
            raise RuntimeError(f"a request from another process ended with {type(each).__name__}: {each}") from each

    def close(self) -> None:
        """Free the port, and close every connection."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        self._close_connections()

    def refuse_foreign(self, headers: Mapping[str, str]) -> None:
        """Raise `ServiceError` for a request that may come from a web page of another origin."""
        host = headers["host"].lower()
        match = _HOST.fullmatch(host)
        name = match and (match[1] or match[2])
        try:  # a web page can point a name here, but not an address
            is_own = ip_address(name or "").is_loopback or not self._loopback_only
        except ValueError:
            is_own = name in self._hosts
        if not is_own:
            names = ", ".join(sorted(self._hosts))
            message = f"The Host header {host!r} is not one of this server's: {names} and its address."
            raise ServiceError(message, "AccessDeniedException", 403)
        origin, site = headers.get("origin", f"http://{host}"), headers.get("sec-fetch-site", "none")
        if origin.lower() != f"http://{host}" or site not in ("same-origin", "none"):
            raise ServiceError("Web pages of another origin may not call this server.", "AccessDeniedException", 403)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a new connection; if there are too many, close the one that has been silent longest."""
        with self._changed:
            if len(self._connections) >= CONNECTIONS:
                with suppress(OSError):  # the client may have hung up
                    self._connections.popitem(last=False)[0].shutdown(socket.SHUT_RDWR)
            self._connections[request] = None
        super().process_request(request, client_address)

    def has_asked(self, connection: Any) -> None:
        """Note that a complete request has come over `connection`."""
        with self._changed, suppress(KeyError):  # the server may have closed it for a new one
            self._connections.move_to_end(connection)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection after the client has: a close with bytes unread is a reset, which may cost the answer."""
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(1)
            for _ in range(_READS):
                if not request.recv(2**16):
                    break
        self.close_request(request)
        with self._changed:
            self._connections.pop(request, None)
            self._changed.notify_all()

    def _close_connections(self) -> None:
        with self._changed:
            for each in self._connections:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            # A second is much more than the threads need to see it.
            self._changed.wait_for(lambda: not self._connections, timeout=1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log errors of this package, but none of a client or its connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("A connection was closed because of an error of pytest-sagemaker-ie")


class _Handler(BaseHTTPRequestHandler):
    """The standard library's handler. It reads the whole body, and answers errors in the service's form."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # of requests that can't be read; an answer in version 0.9 has no status
    timeout = 60.0  # seconds that a connection may be silent between requests or within one
    disable_nagle_algorithm = True  # otherwise answers wait up to 40 ms for the client's acknowledgement
    server: Listener  # pyright: ignore[reportIncompatibleVariableOverride]

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # the application refuses other methods than POST
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        headers = {name.lower(): ", ".join(self.headers.get_all(name, [])).strip() for name in self.headers}
        try:
            if self.headers.get_payload():
                raise ValueError("one of its header lines is not valid")
            url = urlsplit(self.path)
            headers["host"] = url.netloc or headers.get("host", "")
            self.server.refuse_foreign(headers)
            body = self._body(headers)
            self.server.has_asked(self.connection)
            if (application := self.server.application) is None:
                message = "The security token included in the request is invalid. No test uses this server at present."
                raise ServiceError(message, "UnrecognizedClientException", 403)
        except ServiceError as error:
            self.close_connection = True  # the request may not have been read to its end
            self._send(error.status_code, error.body())
        except (OSError, HTTPException, ValueError) as error:
            self.send_error(400, str(error))
        else:
            status_code, answer = application.answer(self.command, url.path, headers, body)
            if status_code:
                self._send(status_code, answer)
            else:
                self.close_connection = True

    def _body(self, headers: Mapping[str, str]) -> bytes:
        length, coding = headers.get("content-length", "0"), headers.get("transfer-encoding")
        if coding is None and length.isdecimal() and len(length) < 19:
            return self._read(int(length), LARGEST_BODY)
        if coding is None or coding.lower() != "chunked" or "content-length" in headers:
            raise ValueError("its Content-Length or Transfer-Encoding is not valid")
        body = bytearray()
        while match := _CHUNK.fullmatch(self.rfile.readline(2**16)):
            if (size := int(match[1], 16)) == 0:
                parse_headers(self.rfile)  # the trailers
                return bytes(body)
            body += self._read(size, LARGEST_BODY - len(body))
            if self.rfile.readline(2) not in (b"\r\n", b"\n"):
                break
        raise ValueError("its body is not in chunks")

    def _read(self, size: int, most: int) -> bytes:
        if size > most:
            raise ServiceError(f"The body is larger than {LARGEST_BODY} bytes.", "RequestEntityTooLargeException", 413)
        content = self.rfile.read(size)
        if len(content) < size:
            raise ValueError("it ends before the end of its body")
        return content

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that can't be read as HTTP in the service's form, and not with a page."""
        self.close_connection = True
        reason = f"The request can't be read: {message or self.responses[code][0]}."
        self._send(code, SerializationException(reason).body())

    def _send(self, status_code: int, answer: Wire) -> None:
        body = encode(answer).encode()
        # No Date: it would show the test's time. If that differs much from an SDK's time, the SDK explains an error by
        # its own clock, corrects the clock and tries again.
        head = f"HTTP/1.1 {status_code} {self.responses.get(status_code, ('Error',))[0]}\r\n"
        head += f"x-amzn-RequestId: {request_id()}\r\nContent-Type: application/x-amz-json-1.1\r\n"
        head += f"Content-Length: {len(body)}\r\n"
        if "__type" in answer:
            head += f"x-amzn-ErrorType: {answer['__type']}\r\n"
        if self.close_connection:
            head += "Connection: close\r\n"
        self.wfile.write(f"{head}\r\n".encode() + (b"" if self.command == "HEAD" else body))  # in one piece

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the standard library writes a line for each request to the standard error stream."""
