"""Send requests to accounts, and check after each that nothing happened that must not.

Half of the rounds' accounts check the model's constraints, half do not. Each has a twin that gets the requests that
succeeded, and those alone: whatever a refused one changed, now or for later, shows as a difference between the two.
"""

import gc
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from botocore.validate import ParamValidator
from freezegun import freeze_time
from service_model import OPERATIONS, input_shape, installed_model

from pytest_sagemaker_ie import OperationNotAnswered, mock_inference_experiments
from pytest_sagemaker_ie.core.backend import service_of

from .door import Door, answer_of, everything_of
from .requests import Requests

__all__ = ["FuzzError", "Report", "fuzz"]

_REGION = "us-east-1"
_UNMODELED = {"ValidationException", "SerializationException"}
_ERRORS = {
    operation: {each.name for each in installed_model().operation_model(operation).error_shapes} | _UNMODELED
    for operation in OPERATIONS
}


class FuzzError(AssertionError):
    """Something happened that must not; the message has the request."""


@dataclass
class Report:
    """What a run came to."""

    requests: int = 0
    seconds: float = 0
    answers: dict[str, int] = field(default_factory=dict)
    """How many requests had each error code, or ``success``, or ``not answered``."""
    blocks: list[int] = field(default_factory=list)
    """How many blocks of memory were in use at the end of each round."""

    @property
    def growth(self) -> int:
        """How many more blocks of memory were in use after the last round than after the third, with full caches."""
        return self.blocks[-1] - self.blocks[min(2, len(self.blocks) - 1)]

    @property
    def is_flat(self) -> bool:
        """Whether that is next to nothing; a leak of one block for each request would be more in three rounds."""
        return self.growth < 2000

    def __str__(self) -> str:
        answers = ", ".join(f"{count} {answer}" for answer, count in sorted(self.answers.items()))
        return (
            f"{self.requests} requests in {self.seconds:.1f} s: {answers}."
            f" {len(self.blocks)} rounds, from the third to the last {self.growth:+} blocks of memory, of"
            f" {self.blocks[-1]}."
        )


def fuzz(requests: int, seed: int, *, per_round: int = 1000, examples: int | None = None) -> Report:
    """Send so many requests, the same ones for the same seed; raise `FuzzError` at the first that does harm.

    Args:
        requests: how many.
        seed: the requests' seed.
        per_round: after how many requests a new account begins; an account keeps a record of all of its calls.
        examples: how many valid requests of each operation are changed; by default one for a hundred requests, and
            from 3 to 60.
    """
    report = Report()
    supply = Requests(seed, min(max(3, requests // 100), 60) if examples is None else examples)
    door = Door(_REGION)
    began = time.perf_counter()
    with freeze_time("2030-06-15T12:00:00.25Z") as clock:
        while report.requests < requests:
            lax = len(report.blocks) % 2 == 1
            _round(
                min(per_round, requests - report.requests), supply, door, clock, report, parameter_validation=not lax
            )
            gc.collect()
            report.blocks.append(sys.getallocatedblocks())
    report.seconds = time.perf_counter() - began
    return report


def _round(count: int, supply: Requests, door: Door, clock: Any, report: Report, *, parameter_validation: bool) -> None:
    with mock_inference_experiments(region=_REGION, parameter_validation=parameter_validation) as twin:
        _furnish(twin)
    with mock_inference_experiments(region=_REGION, parameter_validation=parameter_validation) as account:
        _furnish(account)
        supply.token = None
        seen = everything_of(account)
        for number in range(count):
            operation, body = supply.next()
            report.requests += 1
            try:
                answer = _sent(door, operation, body, supply, whole=parameter_validation)
                report.answers[answer] = report.answers.get(answer, 0) + 1
                if answer == "success":
                    if not operation.startswith(("Describe", "List")):
                        service_of(twin).answer(operation, _REGION, body, input_shape(operation))
                    seen = everything_of(account)
                elif everything_of(account) != seen:
                    raise FuzzError("a refused request changed something")
                if answer != "not answered":
                    _check_record(account.calls[-1], operation, answer)
                if number % 50 == 49:
                    clock.tick(supply.a_while())
                    seen = everything_of(account)
                    if seen != everything_of(twin):
                        raise FuzzError("a request that was refused earlier changed what came now")
            except Exception as error:
                found = str(error)
                if not isinstance(error, FuzzError):
                    found = (
                        f"an exception of the package:\n{''.join(traceback.format_exception(error, limit=-6))[-3000:]}"
                    )
                raise FuzzError(f"request {report.requests}: {found}\n{operation} {_shown(body)}") from None


def _furnish(account: Any) -> None:
    account.experiments_limit = 8
    account.set_transition({"progression": "time", "seconds": 600}, "Updating")
    account.seed("churn", "Created")
    account.seed("fraud", "Running")
    account.seed("price", "Stopping")


def _sent(door: Door, operation: str, body: bytes, supply: Requests, *, whole: bool) -> str:
    """Send a request, and return its error's code, or ``success``, or ``not answered``.

    Whether a response fits its shape is looked at only if `whole`: texts of any length come in otherwise, and out.
    """
    try:
        response = answer_of(door.send, operation, body)
    except OperationNotAnswered:
        if operation not in ("AddTags", "ListTags", "DeleteTags") or b":sagemaker:" not in body:
            raise FuzzError("not answered, though it is about no other resource") from None
        return "not answered"
    if "Error" in response:
        code: str = response["Error"]["Code"]
        if code not in _ERRORS[operation]:
            raise FuzzError(f"{code} is no error of the operation")
        if response["ResponseMetadata"]["HTTPStatusCode"] != 400 or not response["Error"]["Message"]:
            raise FuzzError(f"not an error as the service's: {response}")
        return code
    metadata = response.pop("ResponseMetadata")
    if metadata["HTTPStatusCode"] != 200:
        raise FuzzError(f"neither an error nor a success: {metadata}")
    report = ParamValidator().validate(response, installed_model().operation_model(operation).output_shape)
    if whole and report.has_errors():
        raise FuzzError(f"the response does not fit its shape: {report.generate_report()}")
    supply.token = response.get("NextToken", supply.token)
    return "success"


def _check_record(call: Any, operation: str, answer: str) -> None:
    expected = None if answer == "success" else answer
    if (call.operation, call.error) != (operation, expected) or not isinstance(call.parameters, dict) or not repr(call):
        raise FuzzError(f"the record says {call!r}")


def _shown(body: bytes) -> str:
    return repr(body) if len(body) <= 2000 else f"{body[:1000]!r} ... {body[-1000:]!r} ({len(body)} bytes)"
