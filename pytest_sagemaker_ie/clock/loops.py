"""asyncio's own event loops while a clock runs: a loop moves the clock to its next timer instead of waiting for it.

So sleeps, timeouts and tasks keep their order. A loop waits in real time for connections, processes and threads.
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

_MOMENT: Final = 0.02  # real seconds of one wait of a loop, and of all its waits for what is idle
_AT_WORK: Final = 10  # a loop waits so many times longer for a process or a working thread than for a connection
# A thread that runs code of one of these modules waits for something to do.
_PARKED: Final = frozenset({"queue", "selectors", "socketserver", "threading"})


@contextmanager
def loops_move(clock: Any) -> Iterator[None]:
    """Let loops show and move the running clock. `clock` is the outermost, so it ends last."""
    library: Any = asyncio
    base, selecting, futures = library.BaseEventLoop, library.SelectorEventLoop, library.futures
    run_once, show_time, chain_future = base._run_once, base.time, futures._chain_future
    make_process = selecting._make_subprocess_transport
    outsides: WeakKeyDictionary[Any, SimpleNamespace] = WeakKeyDictionary()
    before = _threads()

    def outside(loop: Any) -> SimpleNamespace:
        # What a loop may wait for in real time. `idle` is what has not answered within the loop's patience.
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
        if not asyncio.isfuture(source):  # but a concurrent.futures.Future, of a thread or process
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
                timer._when -= ahead  # so it is due as late as without the clock


def _move_to_next_timer(loop: Any, clock: Any, outside: SimpleNamespace) -> None:
    """Move the clock to a loop's next timer, unless something else comes first that the loop waits for in real time."""
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
        clock.wait(0.000_001)  # the clock shows no less than this, and rounding left a rest


def _what_is_real(loop: Any, outside: SimpleNamespace, patience: float) -> tuple[frozenset[Any], float, bool]:
    """Return what the loop waits for in real time, how long at most, and whether the clock moves by that time."""
    connections = list(loop._selector.get_map() or ())[1:]  # the first is the loop's own socket
    processes = [each for each in outside.processes if each.get_returncode() is None]
    threads = _threads() - outside.before
    there = frozenset((*connections, *loop._signal_handlers, *processes, *threads))
    if loop._executor_shutdown_called or not all(job.done() for job in outside.jobs):  # a shutdown ends by itself
        return there, math.inf, True
    if there <= outside.idle:
        return there, _MOMENT if there else 0.0, False
    if processes or any(is_at_work for _, is_at_work in threads):
        return there, _AT_WORK * patience, True
    return there, patience, False


def _threads() -> frozenset[tuple[threading.Thread, bool]]:
    """Return the other threads, each with whether it works or waits for something to do."""
    places = {ident: str(frame.f_globals.get("__name__")) for ident, frame in sys._current_frames().items()}
    found = {each: places.get(each.ident or 0, "threading") for each in threading.enumerate()}
    found.pop(threading.current_thread(), None)
    pool = "concurrent.futures.thread"  # a thread that waits there has no job of a loop
    return frozenset((each, place not in _PARKED) for each, place in found.items() if place != pool)
