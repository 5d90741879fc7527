"""asyncio's own event loops under a clock: one that would wait for its next timer moves the clock to it instead.

So sleeps, timeouts and tasks keep their order. What a loop waits for outside of itself is real, and gets real time.
"""

import asyncio
import math
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch
from weakref import WeakKeyDictionary, WeakSet

from pytest_sagemaker_ie.clock import REAL, clock_here

_MOMENT: Final = 0.02  # real seconds that a loop waits at a time, and for what it takes to be idle
_AT_WORK: Final = 10  # times longer than for a connection it waits for a process, or a thread that does something
# The modules in which a thread stands that waits for something to do.
_PARKED: Final = frozenset({"queue", "selectors", "socketserver", "threading"})


@contextmanager
def loops_move(clock: Any) -> Iterator[None]:
    """Let loops show the running clock and move it; `clock` is the first of those that run, and ends last."""
    library: Any = asyncio
    base, selecting, futures = library.BaseEventLoop, library.SelectorEventLoop, library.futures
    run_once, show_time, chain_future = base._run_once, base.time, futures._chain_future
    make_process = selecting._make_subprocess_transport
    outsides: WeakKeyDictionary[Any, SimpleNamespace] = WeakKeyDictionary()
    before = _threads()

    def outside(loop: Any) -> SimpleNamespace:
        # What a loop may wait for that is real; of that, `idle` is what it has waited for in vain.
        new = SimpleNamespace(before=before, jobs=WeakSet(), processes=WeakSet(), idle=frozenset())
        return outsides.setdefault(loop, new)

    def virtual_time(self: Any) -> Any:
        moving = clock_here()
        if moving is not None and "_run_once" in vars(selecting):
            raise RuntimeError("a virtual clock does not move the loops that nest_asyncio has patched")
        return show_time(self) if moving is None else moving.reading("monotonic")

    def move_and_run_once(self: Any) -> None:
        moving = clock_here()
        if moving is not None and not self._stopping:
            moving.turn()
            if not self._ready:
                _move_to_next_timer(self, moving, outside(self))
        run_once(self)

    def chain_and_note_future(source: Any, destination: Any) -> None:
        chain_future(source, destination)
        if not asyncio.isfuture(source):  # it is that of a thread or a process
            outside(destination.get_loop()).jobs.add(destination)

    async def make_and_note_process(self: Any, *args: Any, **kwargs: Any) -> Any:
        process = await make_process(self, *args, **kwargs)
        outside(self).processes.add(process)
        return process

    with (
        patch.object(base, "_run_once", move_and_run_once),
        patch.object(base, "time", virtual_time),
        patch.object(futures, "_chain_future", chain_and_note_future),
        patch.object(selecting, "_make_subprocess_transport", make_and_note_process),
    ):
        try:
            yield
        finally:
            ahead = clock.reading("monotonic") - REAL["monotonic"]()
            for timer in [timer for loop in list(outsides) for timer in loop._scheduled]:
                timer._when -= ahead  # it comes when it would have come without the clock


def _move_to_next_timer(loop: Any, clock: Any, outside: SimpleNamespace) -> None:
    """Let a loop that is about to wait for its next timer find that its time has come, or that something else has."""
    silent = 0.0
    while True:
        due = min((timer._when for timer in loop._scheduled if not timer._cancelled), default=None)
        if due is None:
            clock.turns = 0
            return
        missing = due - clock.reading("monotonic")
        if not missing > loop._clock_resolution:
            return
        there, patience, counts = _what_is_real(loop, outside, clock.patience)
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
    if due - clock.reading("monotonic") > loop._clock_resolution:
        clock.wait(0.000_001)  # the clock shows no less, and was rounded down


def _what_is_real(loop: Any, outside: SimpleNamespace, patience: float) -> tuple[frozenset[Any], float, bool]:
    """Return what may come from outside, how long the loop waits for it in silence, and whether that time counts."""
    connections = list(loop._selector.get_map() or ())[1:]  # the first is the loop's own
    processes = [each for each in outside.processes if each.get_returncode() is None]
    threads = _threads() - outside.before
    there = frozenset((*connections, *loop._signal_handlers, *processes, *threads))
    if loop._executor_shutdown_called or not all(job.done() for job in outside.jobs):  # the former ends by itself
        return there, math.inf, True
    if there <= outside.idle:
        return there, _MOMENT if there else 0.0, False
    if processes or any(is_at_work for _, is_at_work in threads):
        return there, _AT_WORK * patience, True
    return there, patience, False


def _threads() -> frozenset[tuple[threading.Thread, bool]]:
    """Return the other threads, each with whether it does something or waits for something to do."""
    places = {ident: str(frame.f_globals.get("__name__")) for ident, frame in sys._current_frames().items()}
    found = [(each, places.get(each.ident or 0, "threading")) for each in threading.enumerate()]
    # A thread that waits for jobs of an executor has none of the loop's: those are counted.
    return frozenset(
        (each, place not in _PARKED)
        for each, place in found
        if each is not threading.current_thread() and place != "concurrent.futures.thread"
    )
