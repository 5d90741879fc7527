"""How long an experiment stays in a transitional status: at once, for so many looks, or for so many seconds.

The words are moto's: ``{"progression": "immediate"}``, ``{"progression": "manual", "times": 3}``,
``{"progression": "time", "seconds": 600}``. This module reads them and knows no experiment and no clock.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.wire import from_seconds


class Transition(NamedTuple):
    """When a transitional status ends: after `milliseconds`, or, if that is `None`, after `times` answers show it."""

    milliseconds: int | None
    times: int


IMMEDIATE: Final = Transition(0, 0)

_LONGEST: Final = 1e12
"""A number of seconds that is longer than the years of `datetime`."""

_VALID: Final = (
    '{"progression": "immediate"}, {"progression": "manual", "times": 3} (looks), or'
    ' {"progression": "time", "seconds": 600}'
)
_NAMES: Final = ", ".join(status for status in Status if status in TRANSITIONAL)


def as_transition(setting: object) -> Transition:
    """Return the transition that `setting` describes.

    Raises:
        SeedError: it is not one of the three forms.
    """
    if isinstance(setting, Mapping):
        words = dict(setting)
        progression = words.pop("progression", None)
        if progression == "immediate" and not words:
            return IMMEDIATE
        if progression == "manual" and set(words) == {"times"}:
            times = words["times"]
            if isinstance(times, int) and not isinstance(times, bool) and times >= 1:
                return Transition(None, times)
        if progression == "time" and set(words) == {"seconds"}:
            seconds = words["seconds"]
            if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds >= 0:
                return Transition(from_seconds(min(seconds, _LONGEST)), 0)
    raise SeedError(f"{setting!r} is not a transition.", f"Valid: {_VALID}")


def as_transitional(status: object) -> Status:
    """Return `status` as a `Status`; raise `SeedError` if it is not one that an experiment passes through."""
    for each in Status:
        if each in TRANSITIONAL and each == status:
            return each
    raise SeedError(f"{status!r} is not a status that experiments pass through.", f"Valid: {_NAMES}")


def as_transitions(setting: object) -> dict[Status, Transition]:
    """Return the transitions by status of a seed's `transition`: one setting for all, or a dict of them by status.

    Raises:
        SeedError: it is neither.
    """
    if isinstance(setting, Mapping) and setting and "progression" not in setting:
        return {as_transitional(status): as_transition(each) for status, each in setting.items()}
    return dict.fromkeys(TRANSITIONAL, as_transition(setting))
