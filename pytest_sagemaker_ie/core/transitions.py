"""How long an experiment stays in a transitional status: no time, some answers, or some seconds.

A test gives a transition in moto's form: ``{"progression": "immediate"}``, ``{"progression": "manual", "times": 3}`` or
``{"progression": "time", "seconds": 600}``. This module reads it. It knows no experiment and no clock.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pytest_sagemaker_ie.core.errors import Mistake, SeedError
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.wire import from_seconds


class Transition(NamedTuple):
    """When a transitional status ends: after `milliseconds`, or if `times` is not 0, when so many answers showed it."""

    milliseconds: float
    times: int


IMMEDIATE: Final = Transition(0, 0)
NO_END: Final = Transition(math.inf, 0)
_LONGEST: Final = 1e12  # seconds, which are more than the years of `datetime`


def as_transition(setting: Any) -> Transition:
    """Return the transition of `setting`; raise `SeedError` if it has none of the three forms."""
    match setting:
        case {"progression": "immediate"} if len(setting) == 1:
            return IMMEDIATE
        case {"progression": "manual", "times": int(times)} if len(setting) == 2 and times >= 1 and times is not True:
            return Transition(math.inf, times)
        case {"progression": "time", "seconds": int() | float() as seconds} if len(setting) == 2 and seconds >= 0:
            if not isinstance(seconds, bool):
                return Transition(from_seconds(min(seconds, _LONGEST)), 0)
    raise SeedError(
        f"{setting!r} is not a transition.",
        'Valid: {"progression": "immediate"}, {"progression": "manual", "times": 3} (looks), or'
        ' {"progression": "time", "seconds": 600}',
    )


def as_transitional(status: object, mistake: type[Mistake] = SeedError) -> Status:
    """Return `status` as a `Status`; raise a `mistake` if it is not a transitional one."""
    transitional = [each for each in Status if each in TRANSITIONAL]
    if status in transitional:
        return Status(status)
    raise mistake(f"{status!r} is not a transitional status.", f"Valid: {', '.join(transitional)}")


def as_transitions(setting: object) -> dict[Status, Transition]:
    """Return a seed's transitions by status. `setting` is one for all statuses, or a dict by status."""
    if isinstance(setting, Mapping) and setting and all(isinstance(each, Mapping) for each in setting.values()):
        return {as_transitional(status): as_transition(each) for status, each in setting.items()}
    return dict.fromkeys(TRANSITIONAL, as_transition(setting))
