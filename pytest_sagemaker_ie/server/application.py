"""The application: from a request in AWS JSON 1.1 to an answer of one account.

It knows the protocol. It knows no operation, no rule and no socket. Signatures are not verified: of the Authorization
header, it reads the scope, which names the access key and the region.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_sagemaker_ie.aws.region import is_of_a_partition
from pytest_sagemaker_ie.core.errors import ServiceError
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED
from pytest_sagemaker_ie.core.service import Answer, Service
from pytest_sagemaker_ie.core.wire import Shape, Wire

KEY_PREFIX: Final = "sagemaker-ie-"  # of the access keys of tests: such a key opens its own test's account alone
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/sagemaker/aws4_request(?:,|\s|$)")

_log = logging.getLogger(__name__)


_UNKNOWN: Final = "UnknownOperationException"


@dataclass(frozen=True)
class Application:
    """Answers requests from one account. The names of headers are in lower case."""

    service: Service
    perform: Callable[[str, str, bytes, Shape], Answer | None]  # `Service.answer`, or what wraps it
    access_key: str = ""  # the test's: another test's is refused; keys that are no test's are let in
    ends: list[BaseException] = field(default_factory=list)
    """What ended the test inside a request, such as `HorizonReached`."""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Wire]:
        """Return the status and the body of the answer to one request; the status 0, if no answer comes."""
        target = headers.get("x-amz-target", "")
        try:
            if path not in ("", "/") or method != "POST":
                raise ServiceError(f"An operation is a POST to /, not a {method} to {path}.", _UNKNOWN, 404)
            service, _, operation = target.partition(".")
            if service != "SageMaker" or operation not in self.service.model.operation_names:
                example = "SageMaker.ListInferenceExperiments"
                message = f"X-Amz-Target names an operation of SageMaker, as {example}; it is {target!r}."
                raise ServiceError(message, _UNKNOWN)
            scope = _CREDENTIAL.search(headers.get("authorization", ""))
            key, region = scope.groups() if scope else ("", self.service.region)
            if not is_of_a_partition(region) and region != self.service.region:
                message = "Credential should be scoped to a valid region."
                raise ServiceError(message, "InvalidSignatureException", 403)
            if key.startswith(KEY_PREFIX) and key != self.access_key:
                message = "The security token included in the request is invalid. It is that of a test that is over."
                raise ServiceError(message, "UnrecognizedClientException", 403)
            shape = self.service.model.operation_model(operation).input_shape
            answer = self.perform(operation, region, body, shape)
            if answer is None:
                message = f"{operation} is not answered by pytest-sagemaker-ie. {WHAT_IS_ANSWERED}"
                raise ServiceError(message, "OperationNotAnswered", 501)
            return answer.status_code, answer.body
        except ServiceError as error:
            return error.status_code, error.body()
        except Exception:  # a mistake, of ours or of the test's: the client gets no more of it than the service tells
            _log.exception("%s was not answered", target)
        except BaseException as error:
            self.ends.append(error)
        message = "The process that answers failed; its log or its test says why."
        return 500, ServiceError(message, "InternalFailure").body()
