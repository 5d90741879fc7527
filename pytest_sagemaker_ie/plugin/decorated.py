"""The time that a test's decorator will set.

``@freeze_time`` and ``@time_machine.travel`` begin when pytest calls the test function. The set-up, which comes before,
seeds the markers' experiments. They must fit the time that the test will see.
"""

import datetime
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

_UTC = datetime.timezone.utc


def time_in_test(item: Any) -> datetime.datetime | None:
    """Return the time that a test's decorator will set, or `None` if none does."""
    when = _time_in(getattr(item, "obj", None))
    # freezegun's decorator of a `unittest.TestCase` sets the time in its `setUp`.
    return _time_in(getattr(getattr(item, "cls", None), "setUp", None)) if when is None else when


def _time_in(function: Any) -> datetime.datetime | None:
    freeze_time = getattr(sys.modules.get("freezegun.api"), "_freeze_time", ())
    travel = getattr(sys.modules.get("time_machine"), "travel", ())
    when = None
    while function is not None:
        for each in _closed_over(function):
            if isinstance(each, freeze_time):
                # Not started, because freezegun then searches every module that is loaded.
                frozen: datetime.datetime = each.time_to_freeze + each.tz_offset
                when = frozen.replace(tzinfo=_UTC)
            elif isinstance(each, travel):
                with each:
                    when = datetime.datetime.now(_UTC)
        function = getattr(function, "__wrapped__", None)
    return when  # of several, the innermost counts


def _closed_over(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # an empty cell
            yield cell.cell_contents
