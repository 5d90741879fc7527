"""The application: from a request in AWS JSON 1.1 to an answer of the account that is served.

It knows the protocol. It knows no operation, no rule and no socket. Signatures are not verified: of the Authorization
header, it reads the scope, which names the access key and the region.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from pytest_sagemaker_ie.core.arns import is_region
from pytest_sagemaker_ie.core.errors import ServiceError
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Answer
    from pytest_sagemaker_ie.core.wire import Shape, Wire

__all__ = ["KEY_PREFIX", "NO_ANSWER", "Application", "RefusedError", "Served", "is_loopback"]

KEY_PREFIX: Final = "sagemaker-ie-"
"""How the access keys of tests begin. Such a key opens its own test's account, and no other."""
NO_ANSWER: Final = 0
"""The status of an answer that does not come: the connection closes instead."""

_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/sagemaker/aws4_request(?:,|\s|$)")
_HOST: Final = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]/@\s]+))(?::\d{1,5})?")
_INVALID_TOKEN: Final = "The security token included in the request is invalid."

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
    ends: list[BaseException] = field(default_factory=list)
    """What ended the test inside a request, such as `HorizonReached`."""


class RefusedError(ServiceError):
    """A request that never comes to an account: what is answered instead."""

    def __init__(self, code: str, status_code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status_code = status_code


_denied = partial(RefusedError, "AccessDeniedException", 403)
_unrecognized = partial(RefusedError, "UnrecognizedClientException", 403)
_unknown = partial(RefusedError, "UnknownOperationException")


@dataclass
class Application:
    """Answers the requests of one listener. The names of headers are in lower case."""

    hosts: Collection[str]
    """The names, in lower case, by which clients may call this server; those of the machine's loopback always are.

    A web page can make a browser call a server under the page's own name, but not under these (DNS rebinding).
    """
    loopback_only: bool
    """Whether addresses outside the loopback are refused. An address is no name: no page can make it point here."""
    served: Served | None = None
    """The account; it may change at any time."""

    def refuse_foreign(self, headers: Mapping[str, str]) -> None:
        """Raise `RefusedError` for a request that a web page of another origin may have sent."""
        host = headers["host"].lower()
        if not self._is_ours(host):
            names = ", ".join(["localhost", *sorted(self.hosts)])
            raise _denied(
                f"The Host header {host!r} is not one of this server's. It answers to {names} and its address."
            )
        own_origin = f"http://{host}"
        site = headers.get("sec-fetch-site", "none")
        if headers.get("origin", own_origin).lower() != own_origin or site not in ("same-origin", "none"):
            raise _denied("Web pages of another origin may not call this server.")

    def _is_ours(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1] or match[2]
        return name in self.hosts or is_loopback(name) or (not self.loopback_only and _is_address(name))

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> "tuple[int, Wire]":
        """Return the status and the body of the answer to one request."""
        served = self.served
        try:
            operation = _operation(method, path, headers.get("x-amz-target", ""))
            if served is None:
                raise _unrecognized(f"{_INVALID_TOKEN} No test uses this server at present.")
            access_key, region = _scope(headers.get("authorization", ""), served)
            if access_key != served.access_key and access_key.startswith(KEY_PREFIX):
                raise _unrecognized(f"{_INVALID_TOKEN} It is that of a test that is over.")
            if operation not in served.model.operation_names:
                raise _unknown(400, f"SageMaker has no operation {operation}.")
            answer = served.answer(operation, region, body, served.model.operation_model(operation).input_shape)
            if answer is None:
                message = f"{operation} is not answered by pytest-sagemaker-ie. {WHAT_IS_ANSWERED}"
                raise RefusedError("OperationNotAnswered", 501, message)
            return answer.status_code, answer.body
        except ServiceError as error:
            return error.status_code, error.body()
        except BaseException as error:
            if served is not None and not isinstance(error, Exception):
                served.ends.append(error)
            else:  # a mistake, of ours or of the test's: the client gets no more of it than the service tells
                _log.exception("%s was not answered", headers.get("x-amz-target"))
            message = "The process that answers failed; its log or its test says why."
            return 500, RefusedError("InternalFailure", 500, message).body()


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is one of this machine's loopback."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _operation(method: str, path: str, target: str) -> str:
    """Return the operation that a request names."""
    if path not in ("", "/") or method != "POST":
        raise _unknown(404, f"An operation is a POST to /, not a {method} to {path}.")
    service, _, operation = target.partition(".")
    if service != "SageMaker" or not operation:
        example = "SageMaker.ListInferenceExperiments"
        raise _unknown(400, f"The header X-Amz-Target names an operation of SageMaker, as {example}; it is {target!r}.")
    return operation


def _scope(authorization: str, served: Served) -> tuple[str, str]:
    """Return the access key and the region of a credential scope; an empty key and the account's region without one."""
    match = _CREDENTIAL.search(authorization)
    if match is None:
        return "", served.region
    if not is_region(match[2]):
        raise RefusedError("InvalidSignatureException", 403, "Credential should be scoped to a valid region.")
    return match[1], match[2]
