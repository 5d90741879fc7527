"""Virtual time, which knows no account. This file imports neither freezegun nor asyncio: every run may import it."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

REAL: Final[dict[str, Any]] = {
    name: getattr(time, name)
    for name in ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
}
"""The functions of `time` that a clock replaces, as they were before any test patched them."""

running: list[Any] = []  # the `VirtualClock`s that run, in the order in which they started
outlooks: list[Callable[[], list[str]]] = []
"""Each returns lines for the message of `HorizonReached`: what the code has seen, and what can still change."""


class HorizonReached(BaseException):
    """The code under test waits for a change that does not come. It is no `Exception`, so no retry catches it."""

    __module__ = "pytest_sagemaker_ie"


def running_clock() -> Any:
    """Return the clock that started last of those that run, or `None`."""
    return next(reversed(running), None)  # not running[-1]: another thread may end the clock in between


def clock_here() -> Any:
    """Return the running clock, or `None` if none runs or the calling thread is older, and so sees real time."""
    clock = running_clock()
    return None if clock is None or threading.current_thread() in clock.threads else clock
