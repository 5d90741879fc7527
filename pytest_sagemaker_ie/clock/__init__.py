"""Virtual time: it knows freezegun and asyncio, and no account.

What others ask of it while no clock may run is here, and imports neither.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

REAL: Final[dict[str, Any]] = {
    name: getattr(time, name)
    for name in ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
}
"""The functions of `time` that a clock replaces, kept before a test patches them."""

running: list[Any] = []
"""The `VirtualClock`s that run, the one that was started last at the end."""
outlooks: list[Callable[[], list[str]]] = []
"""They say, in lines, what a wait has seen and may still see."""


class HorizonReached(BaseException):
    """The code under test waits for what does not come. It is no `Exception`, so that no loop retries after it."""


def running_clock() -> Any:
    """Return the virtual clock that was started last and still runs, or `None`."""
    return next(reversed(running), None)  # it may end in another thread


def clock_here() -> Any:
    """Return the running clock if the calling thread sees it: not one that was there before it."""
    clock = running_clock()
    return None if clock is None or threading.current_thread() in clock.threads else clock
