"""What a test scripts: faults of requests, with their errors, and failures of experiments.

This module decides which requests and experiments they strike, and knows which have not happened. It waits for nothing
and changes no experiment.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_sagemaker_ie.core.errors import FaultError, ServiceError
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.wire import valid_names

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.calls import Call

ERRORS: Final[Mapping[str, tuple[int, str]]] = {
    "ThrottlingException": (400, "Rate exceeded"),
    "TooManyRequestsException": (429, "Too many requests"),
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "InternalFailure": (500, "The request processing has failed because of an unknown error."),
    "InternalServerError": (500, "An internal server error occurred."),
    "BadGateway": (502, "Bad gateway"),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "GatewayTimeout": (504, "Gateway timeout"),
    "RequestTimeout": (408, "The request timed out."),
    "AccessDeniedException": (400, "The caller is not authorized to perform this operation."),
    "ExpiredTokenException": (403, "The security token included in the request is expired"),
    "IncompleteSignature": (403, "The request signature does not conform to AWS standards."),
    "InvalidClientTokenId": (403, "The X.509 certificate or AWS access key ID provided does not exist."),
    "InvalidSignatureException": (403, "The request signature does not match the signature that was calculated."),
    "NotAuthorized": (400, "The caller does not have permission to perform this action."),
    "OptInRequired": (403, "The AWS access key ID needs a subscription for the service."),
    "RequestExpired": (400, "The request reached the service too late."),
    "UnrecognizedClientException": (403, "The security token included in the request is invalid."),
    "ValidationException": (400, "The request does not satisfy the service's constraints."),
}
"""The errors that each operation can have: code, HTTP status and message (source: API, "Common error types").

The codes that botocore retries are among them. The wording is ours.
"""

CONNECTION_FAULTS: Final[Mapping[str, str]] = {
    "ConnectTimeoutError": "the connection was not made in time",
    "ReadTimeoutError": "no answer came in time",
    "ConnectionClosedError": "the connection was closed before an answer came",
    "EndpointConnectionError": "the endpoint could not be reached",
}
"""How a connection can end, by the name of botocore's exception."""


@dataclass(eq=False, repr=False, kw_only=True)
class _Entry:
    """What a test has scripted to happen so many times."""

    script: str = field(init=False)
    """The call that scripted it, as the test may have written it."""
    name: str | None
    region: str | None
    times: int | None
    """How often it happens; `None` for as often as it can."""
    optional: bool
    """Whether the test can pass although it has not happened."""
    happened: int = 0
    """How often it has happened so far."""

    def __post_init__(self) -> None:
        require(self.times is None or is_count(self.times, 1), "times", self.times, "a whole number from 1 on, or None")
        is_name = self.name is None or (isinstance(self.name, str) and self.name != "")
        require(is_name, "name", self.name, "the name of an experiment, or None")

    @property
    def is_spent(self) -> bool:
        """Whether it has happened as often as it can."""
        return self.times is not None and self.happened >= self.times

    def __repr__(self) -> str:
        often = "as often as it can" if self.times is None else f"of {self.times}"
        return f"<{self.script}: happened {self.happened} {often}>"


@dataclass(eq=False, repr=False, kw_only=True)
class Fault(_Entry):
    """A fault of requests, as `InferenceExperimentBackend.fail` and `delay` script it."""

    operation: str
    """The operation that it strikes, such as ``"UpdateInferenceExperiment"``."""
    error: ServiceError | None
    """The error that the client gets, or `None` for a delay."""
    seconds: float = 0
    """How long the answer takes."""
    answer_lost: bool = False
    """Whether the account carries the request out although the client gets the error."""
    after: int
    """How many more such requests it leaves alone before it strikes."""
    when: "Callable[[Call], object] | None"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name is not None and self.operation in ("ListInferenceExperiments", "DescribeEndpoint"):
            raise FaultError(f"{self.operation} is about no single experiment: leave name={self.name!r} out")
        require(is_count(self.after), "after", self.after, "a whole number from 0 on")
        require(self.when is None or callable(self.when), "when", self.when, "a function that takes the Call, or None")
        method, what = ("delay", self.seconds) if self.error is None else ("fail", self.error.code)
        is_number = isinstance(what, (int, float)) and not isinstance(what, bool)
        is_valid = self.error is not None or (is_number and 0 < self.seconds < math.inf)
        require(is_valid, "seconds", self.seconds, "a number greater than 0")
        filters = f"{f', name={self.name!r}' if self.name else ''}{f', after={self.after}' if self.after else ''}"
        self.script = f"{method}({self.operation!r}, {what!r}{filters})"

    def concerns(self, call: "Call") -> bool:
        """Whether it strikes calls like this one."""
        return (
            self.operation == call.operation
            and not self.is_spent
            and self.name in (None, call.name)
            and self.region in (None, call.region)
            and (self.when is None or bool(self.when(call)))
        )


@dataclass(eq=False, repr=False, kw_only=True)
class ExperimentFailure(_Entry):
    """An experiment that fails in a transitional status, as `InferenceExperimentBackend.fail_experiment` scripts it."""

    status: Status
    reason: str
    """The StatusReason that the experiment gets."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(isinstance(self.reason, str) and self.reason != "", "reason", self.reason, "a StatusReason, or None")
        self.script = f"fail_experiment({self.name!r}, {self.status.value!r})"

    def awaits(self, name: str, status: Status | None, region: str) -> bool:
        """Whether it strikes an experiment that leaves this status."""
        return (self.status, self.region) == (status, region) and self.name in (None, name) and not self.is_spent


@dataclass(eq=False)
class Script:
    """The faults and the failures of one account, in the order in which the test scripted them."""

    faults: list[Fault] = field(default_factory=list)
    failures: list[ExperimentFailure] = field(default_factory=list)

    def fault_of(self, call: "Call") -> Fault | None:
        """Return the fault that strikes a call, and count it as happened; `None` if none does."""
        concerned = [each for each in self.faults if each.concerns(call)]
        for each in concerned:
            if not each.after:
                each.happened += 1
                return each
        for each in concerned:
            each.after -= 1
        return None

    @property
    def unspent(self) -> list[Fault | ExperimentFailure]:
        """What has not happened as often as scripted, without the optional ones."""
        scripted: list[Fault | ExperimentFailure] = [*self.faults, *self.failures]
        return [each for each in scripted if not each.optional and each.happened < (each.times or 1)]


def as_error(error: object, modeled: Sequence[str], message: str | None, status_code: int | None) -> ServiceError:
    """Return the error that `InferenceExperimentBackend.fail` scripts. Its status is 0 if the connection breaks.

    `modeled` has the operation's codes in the service model.
    """
    code = error.__name__ if isinstance(error, type) and issubclass(error, Exception) else error
    if not isinstance(code, str) or not code:
        raise FaultError(f"{error!r} is not an error: give a code, or the name or class of a botocore exception")
    if code in CONNECTION_FAULTS:
        if message is not None or status_code is not None:
            raise FaultError(f"{code} ends the connection without an answer: leave message and status_code out")
        return ServiceError(CONNECTION_FAULTS[code], code, 0)
    is_status = status_code is None or (is_count(status_code, 400) and status_code < 600)
    require(is_status, "status_code", status_code, "the HTTP status of an error, from 400 to 599")
    require(message is None or isinstance(message, str), "message", message, "a str")
    if code not in ERRORS and code not in modeled and (message is None or code is not error):
        known = valid_names(code, [*modeled, *ERRORS, *CONNECTION_FAULTS])
        raise FaultError(f"{code!r} is not an error that is known here.{known}; or any other code, with its message")
    usual_status, usual_message = ERRORS.get(code, (400, f"{code}, as the test has scripted it"))
    return ServiceError(usual_message if message is None else message, code, status_code or usual_status)


def is_count(value: object, at_least: int = 0) -> bool:
    """Whether `value` is a whole number that is not below `at_least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= at_least


def require(is_valid: bool, name: str, value: object, wanted: str, mistake: type[ValueError] = FaultError) -> None:
    """Raise a `mistake` that says which value to give for `name` instead, unless the `value` is valid."""
    __tracebackhide__ = True
    if not is_valid:
        raise mistake(f"{name} is {value!r}: give {wanted}")
