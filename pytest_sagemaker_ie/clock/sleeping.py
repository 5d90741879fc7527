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
    {"_pytest", "execnet", "multiprocessing", "pytest_timeout", "socketserver", "subprocess", "xdist"}
)
_PATIENCE: Final = 1.0
"""How long a loop waits for something from outside, a connection or a process, before it holds it to be idle, in real
seconds; and if nothing has come from there since, for a moment only."""
_MOMENT: Final = 0.02
_MICROSECOND: Final = 0.000_001
_NOTHING: Final = 1e-9
"""What asyncio's loops hold to be no time."""

_really_sleep: Final = time.sleep

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
    threads = threading.active_count()

    def sleep(seconds: float, /) -> None:
        """Move the virtual clock, as ``time.sleep`` does while one runs."""
        moving = clock()
        caller: str = sys._getframe(1).f_globals.get("__name__") or ""
        if moving is None or caller.partition(".")[0] in _WAITS_FOR_REAL:
            _really_sleep(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            if threading.active_count() > threads:
                _really_sleep(0)  # gives way, as every sleep does, to those who may do what is waited for
            moving.sleep(seconds)

    def sleep_instead_of_a_stand_in(seconds: float, /) -> None:
        sleep(seconds)

    replaced = {_really_sleep: sleep}
    if time.sleep is not _really_sleep:  # somebody has put something else in its place
        replaced[time.sleep] = sleep_instead_of_a_stand_in
    for old, new in replaced.items():
        _replace(old, new)
    try:
        yield
    finally:
        for old, new in replaced.items():
            _replace(new, old)


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
        if holds_time:  # only there can a default, or an attribute of a class, be what is replaced
            for cls in _classes(namespace):
                for name, value in list(vars(cls).items()):
                    if isinstance(value, staticmethod) and value.__func__ is old:
                        setattr(cls, name, staticmethod(new))
            for function in _functions(namespace):
                _replace_defaults(function, old, new)


def _classes(namespace: dict[str, Any]) -> list[type]:
    """Return the classes that a module has made."""
    name = namespace.get("__name__")
    return [each for each in namespace.values() if isinstance(each, type) and each.__module__ == name]


def _functions(namespace: dict[str, Any]) -> list[FunctionType]:
    """Return the functions of a module, and those of its classes."""
    values = [*namespace.values(), *(each for cls in _classes(namespace) for each in vars(cls).values())]
    # A staticmethod or a classmethod has its function in it.
    functions = [getattr(each, "__func__", each) for each in values]
    return [each for each in functions if isinstance(each, FunctionType)]


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
    run_once, show_time, wrap_future = loops._run_once, loops.time, asyncio.futures.wrap_future
    outside: WeakKeyDictionary[Any, _Outside] = WeakKeyDictionary()

    def virtual_time(self: Any) -> float:
        moving = clock()
        real: float = show_time(self)
        return real if moving is None else moving.monotonic()

    def move_and_run_once(self: Any) -> None:
        moving = clock()
        if moving is not None and not self._ready and not self._stopping:
            _move_to_next_timer(self, moving, outside.setdefault(self, _Outside()))
        run_once(self)

    def wrap_and_note_future(future: Any, *, loop: Any = None) -> Any:
        wrapped = wrap_future(future, loop=loop)
        if wrapped is not future:  # it is that of a thread or a process
            its_outside = outside.setdefault(wrapped.get_loop(), _Outside())
            its_outside.at_work += 1
            wrapped.add_done_callback(its_outside.one_is_done)
        return wrapped

    loops._run_once, loops.time = move_and_run_once, virtual_time
    asyncio.futures.wrap_future = asyncio.wrap_future = wrap_and_note_future
    try:
        yield
    finally:
        loops._run_once, loops.time = run_once, show_time
        asyncio.futures.wrap_future = asyncio.wrap_future = wrap_future
        moved = clock()
        assert moved is not None  # it ends after this
        for loop in outside:
            _set_back_timers(loop, moved.monotonic() - _real_time())


def _set_back_timers(loop: Any, seconds: float) -> None:
    """Let the timers of a loop that goes on without the clock come when they would have come."""
    for timer in loop._scheduled:
        timer._when -= seconds


class _Outside:
    """What is known of what a loop may wait for that is real: threads, connections, processes."""

    at_work = 0
    """How many threads of executors are at work for it."""
    idle: frozenset[Any] | None = None
    """The connections from which nothing has come for a while."""

    def one_is_done(self, _: object) -> None:
        self.at_work -= 1


def _move_to_next_timer(loop: Any, clock: Clock, outside: _Outside) -> None:
    """Let a loop that is about to wait for its next timer find that its time has come."""
    due = min((timer._when for timer in loop._scheduled if not timer._cancelled), default=None)
    if due is None:
        return
    missing = due - clock.monotonic()
    if missing <= _NOTHING:
        return
    # Threads of an executor get the time that they need, and it counts; also when a loop waits for their end, which it
    # does for five minutes at most. A connection may be idle, so it gets some.
    at_work = outside.at_work > 0 or loop._executor_shutdown_called
    connections = frozenset(loop._selector.get_map() or ())
    patience = 0.0
    if at_work or len(connections) > 1:  # one is the loop's own
        patience = _MOMENT if at_work or connections == outside.idle else _PATIENCE
    began = _real_time()
    events = loop._selector.select(min(missing, patience))
    if events:
        outside.idle = None
        loop._process_events(events)
    elif at_work:
        clock.wait(min(missing, _real_time() - began))
    else:
        outside.idle = connections
        clock.sleep(round(missing, 6))
        if due - clock.monotonic() > _NOTHING:
            clock.wait(_MICROSECOND)  # the clock shows no less, and was rounded down


def _real_time() -> float:
    from freezegun import api

    real: float = api.real_monotonic()
    return real
