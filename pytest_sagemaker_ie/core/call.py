"""The record of a call that was answered, and what its body holds.

A call is kept as its body came, and read again when somebody asks for its parameters or for what it changed: few do,
and there may be many calls. No rule is known here.
"""

import copy
import datetime
import json
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.constraints import read_request
from pytest_sagemaker_ie.core.display import shown_move, shown_parameters
from pytest_sagemaker_ie.core.experiment import ExperimentState, Updatable
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.operations import changes_of
from pytest_sagemaker_ie.core.rules import END_TIME, START_TIME
from pytest_sagemaker_ie.core.wire import Shape, from_wire, moment

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.faults import Fault

__all__ = ["Call", "decoded"]

_NO_JSON = object()
_DEEPEST = 100  # no request of the service is nested deeper than ten


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


# json.loads() guesses the encoding first, and reads NaN; here the first is known, and the second no JSON.
_read = json.JSONDecoder(parse_constant=_no_constant).raw_decode


class Call:
    """One call that was answered, whether with a response or with an error."""

    __slots__ = (
        "_name",
        "_shape",
        "_updated_from",
        "_when",
        "body",
        "error",
        "fault",
        "message",
        "operation",
        "region",
        "retry_wait",
        "state",
        "status_after",
        "status_before",
    )

    operation: str
    """The operation, as ``"UpdateInferenceExperiment"``."""
    region: str
    """The region of the client that made the call."""
    error: str | None
    """The error code that was answered, as ``"ConflictException"``; `None` if the call succeeded."""
    message: str | None
    """The error's message; `None` if the call succeeded."""
    fault: "Fault | None"
    """The fault that struck the call, with its error, a lost answer or a delay; `None` if there was none."""
    status_before: Status | None
    """The experiment's status when the call came; `None` if there was no such experiment."""
    status_after: Status | None
    """Its status when the call had been answered."""
    retry_wait: float | None
    """How long the client would have waited before it tried again, in seconds; `None` if it did not try again."""
    body: bytes
    """The request's body, as it came."""
    state: ExperimentState | None
    """The experiment that a successful call was about, for the reports. It stays when the experiment is deleted."""

    def __init__(self, operation: str, region: str, name: str, body: bytes, shape: Shape) -> None:
        self.operation = operation
        self.region = region
        self.error = self.message = self.fault = None
        self.status_before = self.status_after = None
        self.retry_wait = None
        self.state = None
        self._updated_from: tuple[Any, ...] | None = None
        self._when = 0.0
        self._name = name
        # Kept as it came: half the size, and nothing for the garbage collector to walk when there are many calls.
        self.body = body
        self._shape = shape

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as the client was given them: a copy, times as aware UTC datetimes.

        Nothing, if the body held none that could be read.
        """
        parameters = from_wire(self._shape, decoded(self.body))
        return parameters if isinstance(parameters, dict) else {}

    @property
    def name(self) -> str | None:
        """The name of the experiment that the call was about; `None` if it named none, as List does."""
        return self._name or None

    @property
    def when(self) -> datetime.datetime:
        """When it was answered, by the clock that `datetime` shows: an aware UTC time."""
        return moment(self._when)

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """What an update changed: by field, the value before it and the one after, times as aware UTC datetimes.

        ``{"Schedule.EndTime": (datetime(...), datetime(...))}``, with the fields of the table of what an update may
        change. Nothing, if the call was refused, changed nothing or was none of UpdateInferenceExperiment.
        """
        if self.operation != "UpdateInferenceExperiment" or self._updated_from is None:
            return {}
        parameters = read_request(self._shape, decoded(self.body), constrained=False)
        changes = changes_of(Updatable(*self._updated_from), parameters)
        for field in (START_TIME, END_TIME):
            if field in changes:
                before, after = changes[field]
                changes[field] = (moment(before), moment(after))
        return copy.deepcopy(changes)

    def __repr__(self) -> str:
        outcome = [shown_move(self.status_before, self.status_after), self.error]
        return (
            f"<Call {self.operation}({shown_parameters(self.parameters, 40)}) in {self.region}:"
            f" {', '.join(each for each in outcome if each) or 'answered'}>"
        )


def decoded(body: "bytes | str") -> Any:
    """Return what the body's JSON holds; of what is no JSON an object that no shape accepts."""
    try:
        text: str = (body if isinstance(body, str) else body.decode()).strip(" \t\n\r")
        value, end = _read(text)
    except (ValueError, RecursionError):
        return _NO_JSON
    if end != len(text) or (text.count("[") + text.count("{") > _DEEPEST and _depth(value) > _DEEPEST):
        return _NO_JSON
    return value


def _depth(value: Any) -> int:
    """Return how deep `value` is nested; found without recursion, because it may be too deep for that."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth
