"""asyncio's own event loops under a clock: one that would wait for its next timer moves the clock to it instead.

So sleeps, timeouts and tasks keep their order. What a loop waits for outside of itself is real, and gets real time.
"""

import asyncio
import math
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch
from weakref import WeakKeyDictionary, WeakSet

from pytest_sagemaker_ie.clock import REAL, clock_here

_MOMENT: Final = 0.02
"""How long a loop waits at a time, and for what it takes to be idle, in real seconds."""
_AT_WORK: Final = 10
"""How many times longer than for a connection it waits for a process, or a thread that does something."""
_MICROSECOND: Final = 0.000_001
_NOTHING: Final = 1e-9
"""What asyncio's loops hold to be no time."""
_EXECUTOR: Final = "concurrent.futures.thread"
_PARKED: Final = frozenset({"queue", "selectors", "socketserver", "threading"})
"""The modules in which a thread stands that waits for something to do."""


@contextmanager
def loops_move(clock: Any) -> Iterator[None]:
    """Let loops show the running clock and move it; `clock` is the first of those that run, and ends last."""
    base: Any = asyncio.BaseEventLoop
    unix: Any = asyncio.SelectorEventLoop
    run_once, show_time, wrap_future = base._run_once, base.time, asyncio.wrap_future
    make_process = unix._make_subprocess_transport
    outsides: WeakKeyDictionary[Any, _Outside] = WeakKeyDictionary()
    threads = _threads()

    def outside(loop: Any) -> _Outside:
        return outsides.setdefault(loop, _Outside(threads))

    def virtual_time(self: Any) -> Any:
        moving = clock_here()
        if moving is not None and "_run_once" in vars(unix):
            raise RuntimeError("a virtual clock does not move the loops that nest_asyncio has patched")
        return show_time(self) if moving is None else moving.reading("monotonic")

    def move_and_run_once(self: Any) -> None:
        moving = clock_here()
        if moving is not None and not self._stopping:
            if self._ready:
                moving.turn()
            else:
                _move_to_next_timer(self, moving, outside(self))
        run_once(self)

    def wrap_and_note_future(future: Any, *, loop: Any = None) -> Any:
        wrapped = wrap_future(future, loop=loop)
        if wrapped is not future:  # it is that of a thread or a process
            its_outside = outside(wrapped.get_loop())
            its_outside.jobs += 1
            wrapped.add_done_callback(its_outside.one_is_done)
        return wrapped

    async def make_and_note_process(self: Any, *args: Any, **kwargs: Any) -> Any:
        process = await make_process(self, *args, **kwargs)
        outside(self).processes.add(process)
        return process

    with (
        patch.object(base, "_run_once", move_and_run_once),
        patch.object(base, "time", virtual_time),
        patch.object(asyncio, "wrap_future", wrap_and_note_future),  # an executor's job, by either name
        patch.object(asyncio.futures, "wrap_future", wrap_and_note_future),
        patch.object(unix, "_make_subprocess_transport", make_and_note_process),
    ):
        try:
            yield
        finally:
            ahead = clock.reading("monotonic") - REAL["monotonic"]()
            for loop in list(outsides):
                for timer in loop._scheduled:  # it comes when it would have come without the clock
                    timer._when -= ahead


def _threads() -> frozenset[tuple[threading.Thread, bool]]:
    """Return the other threads, each with whether it does something or waits for something to do."""
    frames = sys._current_frames()
    places = {
        each: frames[each.ident].f_globals.get("__name__") if each.ident in frames else "threading"
        for each in threading.enumerate()
        if each is not threading.current_thread()
    }
    # A thread that waits for jobs of an executor has none of the loop's: those are counted.
    return frozenset((each, module not in _PARKED) for each, module in places.items() if module != _EXECUTOR)


class _Outside:
    """What a loop may wait for that is real: jobs, processes, threads, connections, signals."""

    def __init__(self, threads: frozenset[Any]) -> None:
        self._threads = threads
        self.jobs = 0
        """How many jobs of executors it waits for."""
        self.processes: WeakSet[Any] = WeakSet()
        self.idle: frozenset[Any] = frozenset()
        """What it has waited for in vain, and takes to be idle."""

    def one_is_done(self, _: object) -> None:
        self.jobs -= 1

    def grants(self, loop: Any, patience: float) -> tuple[frozenset[Any], float, bool]:
        """Return what there is, how long the loop waits for it while nothing comes, and whether that time counts."""
        connections = tuple(loop._selector.get_map() or ())
        processes = [process for process in self.processes if process.get_returncode() is None]
        threads = _threads() - self._threads
        there = frozenset(
            (*(connections if len(connections) > 1 else ()), *loop._signal_handlers, *processes, *threads)
        )  # one connection is the loop's own
        if self.jobs > 0 or loop._executor_shutdown_called:  # for the shutdown it waits five minutes at most
            return there, math.inf, True
        if there <= self.idle:
            return there, _MOMENT if there else 0.0, False
        if processes or any(is_at_work for _, is_at_work in threads):
            return there, _AT_WORK * patience, True
        return there, patience, False


def _move_to_next_timer(loop: Any, clock: Any, outside: _Outside) -> None:
    """Let a loop that is about to wait for its next timer find that its time has come, or that something else has."""
    silent = 0.0
    while True:
        due = min((timer._when for timer in loop._scheduled if not timer._cancelled), default=None)
        if due is None:
            clock.turns = 0
            return
        missing = due - clock.reading("monotonic")
        if not missing > _NOTHING:
            clock.turn()
            return
        there, patience, counts = outside.grants(loop, clock.patience)
        is_idle = silent >= patience or (silent >= missing and not counts)
        began = REAL["monotonic"]()
        events = loop._selector.select(0 if is_idle else min(missing, _MOMENT))
        if events or loop._ready:
            outside.idle, clock.turns = frozenset(), 0
            loop._process_events(events)
            return
        if is_idle:
            break
        took = REAL["monotonic"]() - began
        silent += took
        if counts:
            clock.wait(min(missing, took))
    outside.idle = there
    clock.sleep(round(missing, 6))
    if due - clock.reading("monotonic") > _NOTHING:
        clock.wait(_MICROSECOND)  # the clock shows no less, and was rounded down
