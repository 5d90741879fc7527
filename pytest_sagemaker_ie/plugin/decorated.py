"""The time that a test's decorator will set.

``@freeze_time`` and ``@time_machine.travel`` set the time when pytest calls the test function. The set-up of the test
seeds the markers' experiments before that, but they must fit the time that the test will see.
"""

import datetime
import sys
from contextlib import suppress
from typing import Any

_UTC = datetime.timezone.utc


def time_in_test(item: Any) -> datetime.datetime | None:
    """Return the time that a test's decorator will set, or `None` if none does."""
    decorator = decorator_of(item)
    if decorator is None:
        return None
    if not hasattr(decorator, "time_to_freeze"):  # time-machine's
        with decorator:
            return datetime.datetime.now(_UTC)
    # Starting the decorator would make freezegun search every loaded module.
    frozen: datetime.datetime = decorator.time_to_freeze + decorator.tz_offset
    return frozen.replace(tzinfo=_UTC)


def decorator_of(item: Any) -> Any:
    """Return the innermost decorator that will set a test's time, or `None`."""
    # freezegun's decorator of a `unittest.TestCase` wraps its `setUp`.
    return _closed_over(getattr(item, "obj", None)) or _closed_over(getattr(getattr(item, "cls", None), "setUp", None))


def _closed_over(function: Any) -> Any:
    places = (("freezegun.api", "_freeze_time"), ("time_machine", "travel"))
    kinds = tuple(getattr(sys.modules.get(module), name, ()) for module, name in places)
    decorator = None
    while function is not None:
        for cell in getattr(function, "__closure__", None) or ():
            with suppress(ValueError):  # an empty cell
                decorator = cell.cell_contents if isinstance(cell.cell_contents, kinds) else decorator
        function = getattr(function, "__wrapped__", None)
    return decorator
