"""The record of a call, and what its body holds.

A call keeps its body as it came, and reads it again for each look at its parameters: there may be many calls, and
tests look at few. Nothing here knows a rule.
"""

import copy
import datetime
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.display import shown_move, shown_parameters
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.rules import END_TIME, START_TIME
from pytest_sagemaker_ie.core.wire import Shape, from_wire, moment

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.script import Fault

_NO_JSON = object()
_DEEPEST = 100  # no request of the service is nested deeper than ten


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


# json.loads() guesses the encoding, which is known here, and reads NaN, which is not JSON.
_read = json.JSONDecoder(parse_constant=_no_constant).raw_decode


@dataclass(eq=False, repr=False, slots=True)
class Call:
    """One call that was answered, with a response or with an error."""

    operation: str
    """The operation, as ``"UpdateInferenceExperiment"``."""
    region: str
    """The region of the client that made the call."""
    name: str | None
    """The name of the experiment that the call was about; `None` if it named none, as List does."""
    _when: int
    body: bytes
    """The request as it came: half the size of its parameters, and one object to the garbage collector."""
    _shape: Shape
    status_before: Status | None
    """The experiment's status when the call came; `None` if there was no such experiment."""
    status_after: Status | None
    """Its status when the call had been answered."""
    error: str | None = None
    """The error code that was answered, as ``"ConflictException"``; `None` if the call succeeded."""
    message: str | None = None
    """The error's message; `None` if the call succeeded."""
    retry_wait: float | None = None
    """How many seconds the client would have waited before its retry; `None` if it did not retry."""
    fault: "Fault | None" = None
    """The scripted fault that struck the call, for the reports."""
    state: ExperimentState | None = None
    """The experiment that a successful call was about, for the reports. It stays when the experiment is deleted."""
    _changes: Mapping[str, tuple[Any, Any]] | None = None

    def succeeded(self, state: ExperimentState | None, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Note what an operation was about, and what it changed."""
        self._changes = changes
        if state is not None:
            self.state, self.status_after = state, state.status

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the call: a copy, times as aware UTC datetimes. Empty, if the body can't be read."""
        parameters = from_wire(self._shape, decoded(self.body))
        return parameters if isinstance(parameters, dict) else {}

    @property
    def when(self) -> datetime.datetime:
        """When it was answered, by the clock that `datetime` shows: an aware UTC time."""
        return moment(self._when)

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """What an update changed: by field, the value before it and the one after, times as aware UTC datetimes.

        ``{"Schedule.EndTime": (datetime(...), datetime(...))}``, with the fields of the table of what an update may
        change. Empty, if the call was refused, changed nothing or was not UpdateInferenceExperiment.
        """
        return {
            field: (moment(before), moment(after))
            if field in (START_TIME, END_TIME)
            else copy.deepcopy((before, after))
            for field, (before, after) in (self._changes or {}).items()
        }

    def __repr__(self) -> str:
        outcome = [shown_move(self.status_before, self.status_after), self.error]
        return (
            f"<Call {self.operation}({shown_parameters(self.parameters, 40)}) in {self.region}:"
            f" {', '.join(each for each in outcome if each) or 'answered'}>"
        )


def decoded(body: "bytes | str") -> Any:
    """Return what the body's JSON holds; if it is not JSON, an object that no shape accepts."""
    try:
        text: str = (body if isinstance(body, str) else body.decode()).strip(" \t\n\r")
        value, end = _read(text)
    except (ValueError, RecursionError):
        return _NO_JSON
    if end != len(text) or (text.count("[") + text.count("{") > _DEEPEST and _depth(value) > _DEEPEST):
        return _NO_JSON
    return value


def _depth(value: Any) -> int:
    """Return how deep `value` is nested, without recursion: it may be too deep for that."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level = [*itertools.chain.from_iterable(inner)]
    return depth
