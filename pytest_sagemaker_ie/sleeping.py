"""Sleeps that move a clock instead of waiting: those of ``time`` and those of asyncio.

``time.sleep`` is replaced in its module and wherever a module has it under a name of its own, as freezegun does with
the functions that read the time. An event loop that would wait for its next timer moves the clock to it instead, so
sleeps, timeouts and tasks keep their order. Which clock, and what it shows, is the caller's affair.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

__all__ = ["sleeps_move"]


class Clock(Protocol):
    """What is asked of a clock."""

    def sleep(self, seconds: float) -> None:
        """Move on, because the code under test sleeps."""

    def wait(self, seconds: float) -> None:
        """Move on for another reason."""

    def monotonic(self) -> float:
        """Return the seconds since some beginning."""
        ...


# Who sleeps while waiting for something real: a process, a connection, another worker of the test run.
_WAITS_FOR_REAL: Final = frozenset(
    {"_pytest", "concurrent", "execnet", "multiprocessing", "pytest_timeout", "socketserver", "subprocess", "xdist"}
)
_MOMENT: Final = 0.01
"""How long a loop waits for an answer from outside before it moves the clock, in real seconds."""

_MICROSECOND: Final = 0.000_001

_depth = 0


@contextmanager
def sleeps_move(clock: Callable[[], Clock | None]) -> Iterator[None]:
    """Let sleeps move what `clock` returns while the block lasts; within another such block, do nothing."""
    global _depth
    _depth += 1
    try:
        if _depth > 1:
            yield
        else:
            with _time_sleep_moves(clock), _event_loops_move(clock):
                yield
    finally:
        _depth -= 1


@contextmanager
def _time_sleep_moves(clock: Callable[[], Clock | None]) -> Iterator[None]:
    really_sleep = time.sleep
    threads = threading.active_count()

    def sleep(seconds: float, /) -> None:
        """Move the virtual clock, as ``time.sleep`` does while one runs."""
        moving = clock()
        caller: str = sys._getframe(1).f_globals.get("__name__") or ""
        if moving is None or caller.partition(".")[0] in _WAITS_FOR_REAL:
            really_sleep(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            if threading.active_count() > threads:
                really_sleep(0)  # gives way, as every sleep does, to those who may do what is waited for
            moving.sleep(seconds)

    _replace(really_sleep, sleep)
    try:
        yield
    finally:
        _replace(sleep, really_sleep)


def _replace(old: Any, new: Any) -> None:
    """Put `new` in the place of `old` in every module, and among the defaults of the functions of its namespace."""
    for module in list(sys.modules.values()):
        if not isinstance(module, ModuleType) or module is sys.modules[__name__]:
            continue
        namespace = vars(module)
        holds_time = False
        for name, value in list(namespace.items()):
            if value is old:
                namespace[name] = new
                holds_time = True
            elif value is time:
                holds_time = True
        if holds_time:  # only there can a default be what is replaced
            for function in list(_functions(namespace)):
                _replace_defaults(function, old, new)


def _functions(namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """Give the functions of a module, and those of its classes."""
    for value in list(namespace.values()):
        if isinstance(value, FunctionType):
            yield value
        elif isinstance(value, type) and value.__module__ == namespace.get("__name__"):
            for each in list(vars(value).values()):
                each = getattr(each, "__func__", each)  # of a staticmethod or classmethod
                if isinstance(each, FunctionType):
                    yield each


def _replace_defaults(function: FunctionType, old: Any, new: Any) -> None:
    if function.__defaults__ and any(each is old for each in function.__defaults__):
        function.__defaults__ = tuple(new if each is old else each for each in function.__defaults__)
    by_name = function.__kwdefaults__ or {}
    for name, value in list(by_name.items()):
        if value is old:
            by_name[name] = new


@contextmanager
def _event_loops_move(clock: Callable[[], Clock | None]) -> Iterator[None]:
    """Let asyncio's own event loops, those that run and those to come, show the clock and move it."""
    loops: Any = asyncio.BaseEventLoop
    run_once, show_time, run_in_executor = loops._run_once, loops.time, loops.run_in_executor
    at_work: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    def virtual_time(self: Any) -> float:
        moving = clock()
        real: float = show_time(self)
        return real if moving is None else moving.monotonic()

    def move_and_run_once(self: Any) -> None:
        moving = clock()
        if moving is not None and not self._ready and not self._stopping:
            # At its end a loop waits for its threads, for five minutes at most.
            _move_to_next_timer(self, moving, bool(at_work.get(self)) or self._executor_shutdown_called)
        run_once(self)

    def note_and_run_in_executor(self: Any, *arguments: Any) -> Any:
        def done(_: Any) -> None:
            at_work[self] -= 1

        future = run_in_executor(self, *arguments)
        at_work[self] = at_work.get(self, 0) + 1
        future.add_done_callback(done)
        return future

    loops._run_once, loops.time = move_and_run_once, virtual_time
    loops.run_in_executor = note_and_run_in_executor
    try:
        yield
    finally:
        loops._run_once, loops.time, loops.run_in_executor = run_once, show_time, run_in_executor


def _move_to_next_timer(loop: Any, clock: Clock, at_work: bool) -> None:
    """Let a loop that is about to wait for its next timer find that its time has come."""
    due = min((timer._when for timer in loop._scheduled if not timer._cancelled), default=None)
    if due is None:
        return
    missing = due - clock.monotonic()
    if missing <= 0:
        return
    # What comes from outside, from a socket or a thread, needs real time. Threads of an executor get what they need,
    # and their time counts; a socket may be idle, so it gets a moment.
    outside = at_work or len(loop._selector.get_map() or ()) > 1
    began = _real_time()
    events = loop._selector.select(min(missing, _MOMENT) if outside else 0)
    if events:
        loop._process_events(events)
    elif at_work:
        clock.wait(min(missing, _real_time() - began))
    else:
        clock.sleep(missing)
        if due > clock.monotonic():
            clock.wait(_MICROSECOND)  # the clock shows no less, and has rounded down


def _real_time() -> float:
    from freezegun import api

    real: float = api.real_monotonic()
    return real
