"""The record of a call, and how its body is read.

A call keeps the body of its request, and reads it each time that a test reads the parameters. A test can make many
calls, and reads the parameters of few. Nothing here knows a rule.
"""

import copy
import datetime
import itertools
import json
import re
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
_DEEPEST = 100  # no request of the service model is nested deeper than ten
# NaN and Infinity are not JSON: int() raises ValueError for them.
_DECODER = json.JSONDecoder(parse_constant=int)


@dataclass(eq=False, repr=False, slots=True)
class Call:
    """A call that the account answered, with a response or with an error."""

    operation: str
    """The operation, such as ``"UpdateInferenceExperiment"``."""
    region: str
    """The region of the client that made the call."""
    name: str | None
    """The name of the experiment that the call was about; `None` if it named none."""
    _when: int
    body: bytes
    """The body of the request. It is half the size of its parameters, and one object to the garbage collector."""
    _shape: Shape
    status_before: Status | None
    """The experiment's status before the call; `None` if there was no such experiment."""
    status_after: Status | None
    """The experiment's status after the call; `None` if there was no such experiment."""
    error: str | None = None
    """The code of the error, such as ``"ConflictException"``; `None` if the call succeeded."""
    message: str | None = None
    """The error's message; `None` if the call succeeded."""
    retry_wait: float | None = None
    """How many seconds the client would have waited before its retry; `None` if it did not retry."""
    fault: "Fault | None" = None
    """The scripted fault that struck the call, for the reports."""
    state: ExperimentState | None = None
    """The experiment that a successful call was about, for the reports; also after it is deleted."""
    _changes: Mapping[str, tuple[Any, Any]] | None = None
    """What `changed` returns, with times in milliseconds; `None` for nothing."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the call: a copy, with times as aware UTC datetimes. Empty if the body can't be read."""
        parameters = from_wire(self._shape, decoded(self.body))
        return parameters if isinstance(parameters, dict) else {}

    @property
    def when(self) -> datetime.datetime:
        """When the account answered it, as an aware UTC datetime, by the clock that `datetime` shows."""
        return moment(self._when)

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """What an update changed: by field, the value before and the value after, with times as aware UTC datetimes.

        ``{"Schedule.EndTime": (datetime(...), datetime(...))}``. The fields are those of the table of what an update
        may change. Empty if the call failed, changed nothing or is of another operation.
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
    """Return the value of the body's JSON. For a body that is not JSON or is nested too deep, no shape accepts it."""
    try:
        text = body if isinstance(body, str) else body.decode()
        return _NO_JSON if _depth(text) > _DEEPEST else _DECODER.decode(text)
    except ValueError:
        return _NO_JSON


def _depth(text: str) -> int:
    """Return how deep a JSON text is nested; 0 if it has too few brackets to be nested too deep."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return 0
    # In two steps, since a repeated group of re takes a hundred bytes for each character of a string.
    brackets = re.sub(r'"[^"]*"?|[^][{}"]+', "", re.sub(r"\\.", "", text))
    return max(itertools.accumulate(1 if each in "[{" else -1 for each in brackets), default=0)
