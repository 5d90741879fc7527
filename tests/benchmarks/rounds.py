"""Timing that is fair on a busy machine: contenders take turns, many times over, and medians are compared.

It knows nothing of what it times.
"""

import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

__all__ = ["Contender", "medians"]


@dataclass(frozen=True)
class Contender:
    """One way of doing the thing that is measured."""

    name: str
    turn: Callable[[], AbstractContextManager[Callable[[], object]]]
    """Entered before each of its turns and left after it, neither timed; gives what is called and timed."""
    calls: int = 1
    """How many calls a turn has; its time is their mean."""


def medians(
    contenders: Sequence[Contender], *, rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """Return each contender's median time of one call, in seconds.

    Every round gives each contender one turn, in an order that moves on by one from round to round, so that neither
    the machine's moods nor a contender's place behind another favours any. A round before the first is not counted.
    As in `timeit`, the garbage collector rests while the clock runs.
    """
    times: dict[str, list[float]] = {each.name: [] for each in contenders}
    for number in range(-1, rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            taken = _turn(contender, clock)
            if number >= 0:
                times[contender.name].append(taken)
    return {name: median(each) for name, each in times.items()}


def _turn(contender: Contender, clock: Callable[[], float]) -> float:
    with contender.turn() as call:
        gc.collect(1)
        gc.disable()
        try:
            begin = clock()
            for _ in range(contender.calls):
                call()
            return (clock() - begin) / contender.calls
        finally:
            gc.enable()
