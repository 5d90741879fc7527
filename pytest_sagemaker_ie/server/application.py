"""The WSGI application: between the AWS JSON 1.1 protocol and whatever account is served.

It knows the protocol, and neither an operation nor a rule. Signatures are not verified: of the Authorization header,
only the scope is read, which says who calls and in which region.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from http.client import responses
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from pytest_sagemaker_ie.aws.responses import encode, request_id
from pytest_sagemaker_ie.core.arns import is_region
from pytest_sagemaker_ie.core.errors import ServiceError
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from pytest_sagemaker_ie.core.service import Answer
    from pytest_sagemaker_ie.core.wire import Shape, Wire

__all__ = ["KEY_PREFIX", "LARGEST_BODY", "Application", "Served", "error_response", "is_loopback"]

KEY_PREFIX: Final = "sagemaker-ie-"
"""How the access keys of tests begin. Such a key opens its own test's account, and no other's."""

LARGEST_BODY: Final = 2**20
"""The most bytes that a request's body may have; no request of these operations comes near."""

_SERVICE: Final = "SageMaker"
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/sagemaker/aws4_request(?:,|\s|$)")
_SAME_SITE: Final = ("same-origin", "none")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """The account that is served, and to whom."""

    answer: "Callable[[str, str, bytes, Shape], Answer | None]"
    """Answers an operation in a region, as `Service.answer` does."""
    model: Any
    """botocore's model of the service, which tells the shapes of requests."""
    region: str
    """The region of requests that name none."""
    access_key: str = ""
    """The test's access key: another test's is refused. Keys that are no test's are let in."""


class _RefusedError(ServiceError):
    """A request that never comes to an account: what is answered instead."""

    def __init__(self, status_code: int, code: str, message: str, *, unread: bool = False) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code
        self.unread = unread
        """Whether the body was left where it is, so that the connection is good for nothing more."""


class Application:
    """Answers the requests of one listener; its account may be changed at any time, and `None` is none."""

    def __init__(self, hosts: Collection[str] = (), *, loopback_only: bool = True) -> None:
        """Begin without an account.

        Args:
            hosts: the names, in lower case, by which clients may call this server; those of the machine's loopback are
                always allowed. A web page can make a browser call a server under the page's own name, but not under
                these (DNS rebinding).
            loopback_only: whether other addresses than those of the loopback are refused. An address is no name: no
                page can make it point here.
        """
        self.served: Served | None = None
        self._hosts = frozenset(hosts)
        self._loopback_only = loopback_only

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ConnectionAbortedError: the connection is to be closed without an answer.
        """
        try:
            self._refuse_foreign(environ)
            body = _body(environ)
            answer = self._answered(environ, body)
            if not answer.status_code:
                raise ConnectionAbortedError
            status, headers, content = _response(answer.status_code, answer.body)
            if answer.call.error:
                headers.append(("x-amzn-ErrorType", answer.call.error))
        except ConnectionAbortedError:
            raise
        except ServiceError as error:
            status, headers, content = _error_response(error)
        except Exception:  # a mistake, of ours or of the test's: the client gets no more of it than the service tells
            _log.exception("%s was not answered", environ.get("HTTP_X_AMZ_TARGET"))
            failure = _RefusedError(500, "InternalFailure", "The process that answers failed; its log says why.")
            status, headers, content = _error_response(failure)
        start_response(status, headers)
        return [content]

    def _refuse_foreign(self, environ: "WSGIEnvironment") -> None:
        host = environ.get("HTTP_HOST", "")
        if not self._is_ours(_without_port(host)):
            raise _RefusedError(
                403,
                "AccessDeniedException",
                f"The Host header {host!r} is not one of this server's. It answers to"
                f" {', '.join(['localhost', *sorted(self._hosts)])} and to its address.",
                unread=True,
            )
        origin = environ.get("HTTP_ORIGIN")
        other_origin = origin is not None and origin.lower() != f"{environ['wsgi.url_scheme']}://{host}".lower()
        if other_origin or environ.get("HTTP_SEC_FETCH_SITE", "none") not in _SAME_SITE:
            raise _RefusedError(
                403, "AccessDeniedException", "Web pages of another origin may not call this server.", unread=True
            )

    def _is_ours(self, host: str) -> bool:
        if host in self._hosts or is_loopback(host):
            return True
        return not self._loopback_only and _is_address(host)

    def _answered(self, environ: "WSGIEnvironment", body: bytes) -> "Answer":
        operation = _operation(environ)
        served = self.served
        if served is None:
            raise _RefusedError(
                403, "UnrecognizedClientException", f"{_INVALID_TOKEN} No test uses this server at present."
            )
        access_key, region = _scope(environ, served.region)
        if access_key != served.access_key and access_key.startswith(KEY_PREFIX):
            raise _RefusedError(
                403, "UnrecognizedClientException", f"{_INVALID_TOKEN} It is that of a test that is over."
            )
        if operation not in served.model.operation_names:
            raise _RefusedError(400, "UnknownOperationException", f"{_SERVICE} has no operation {operation}.")
        answer = served.answer(operation, region, body, served.model.operation_model(operation).input_shape)
        if answer is None:
            raise _RefusedError(
                501,
                "OperationNotAnswered",
                f"{operation} is not answered by pytest-sagemaker-ie. {WHAT_IS_ANSWERED}",
            )
        return answer


_INVALID_TOKEN: Final = "The security token included in the request is invalid."


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is one of this machine's loopback."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    """Return the name or the address of a Host header, in lower case; nothing if it is neither."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]/@\s]+))(?::\d{1,5})?", host)
    return (match[1] or match[2]).lower() if match else ""


def _operation(environ: "WSGIEnvironment") -> str:
    """Return the operation that a request names."""
    method: str = environ["REQUEST_METHOD"]
    path: str = environ["PATH_INFO"]
    if path not in ("", "/") or method != "POST":
        raise _RefusedError(404, "UnknownOperationException", f"An operation is a POST to /, not a {method} to {path}.")
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    service, _, operation = target.partition(".")
    if service != _SERVICE or not operation:
        raise _RefusedError(
            400,
            "UnknownOperationException",
            f"The header X-Amz-Target names no operation of {_SERVICE}, as {_SERVICE}.ListInferenceExperiments does:"
            f" it is {target!r}.",
        )
    return operation


def _body(environ: "WSGIEnvironment") -> bytes:
    length = environ.get("CONTENT_LENGTH", "")
    if length and not (length.isascii() and length.isdigit()):
        raise _RefusedError(400, "SerializationException", f"The Content-Length {length!r} is none.", unread=True)
    try:
        # A stream in chunks ends silently at its limit, which is therefore one more.
        body = get_input_stream(environ, max_content_length=LARGEST_BODY + 1).read()
        if len(body) > LARGEST_BODY:
            raise RequestEntityTooLarge
    except RequestEntityTooLarge:
        raise _RefusedError(
            413,
            "RequestEntityTooLargeException",
            f"The body is larger than {LARGEST_BODY} bytes, which is the most that this server takes.",
            unread=True,
        ) from None
    except ClientDisconnected:
        raise _RefusedError(
            400, "SerializationException", "The request ended before its body did.", unread=True
        ) from None
    return body


def _scope(environ: "WSGIEnvironment", region: str) -> tuple[str, str]:
    """Return the access key and the region of a request's credential scope; nobody and `region` if it has none."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return "", region
    access_key, scoped = found.groups()
    if not is_region(scoped):
        raise _RefusedError(403, "InvalidSignatureException", "Credential should be scoped to a valid region.")
    return access_key, scoped


def error_response(status_code: int, code: str, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status, the headers and the body of an error after which the connection is closed."""
    return _error_response(_RefusedError(status_code, code, message, unread=True))


def _error_response(error: ServiceError) -> tuple[str, list[tuple[str, str]], bytes]:
    status, headers, content = _response(error.status_code, error.body())
    headers.append(("x-amzn-ErrorType", error.code))
    if isinstance(error, _RefusedError) and error.unread:
        headers.append(("Connection", "close"))
    return status, headers, content


def _response(status_code: int, answer: "Wire") -> tuple[str, list[tuple[str, str]], bytes]:
    content = encode(answer).encode()
    # No Date: it would be the test's, and an SDK whose clock is far from it takes an error for one of its clock's, sets
    # that, and tries again.
    headers = [
        ("x-amzn-RequestId", request_id()),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Content-Length", str(len(content))),
    ]
    return f"{status_code} {responses.get(status_code, 'Error')}", headers, content
