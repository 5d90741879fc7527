"""The virtual clock: time stands still until the test, or a sleep of the code under test, moves it.

freezegun holds the time. `stand_ins` replaces the functions of `time`, and `loops` lets asyncio move the clock.
"""

import datetime
import math
import operator
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from freezegun import api

from pytest_sagemaker_ie.clock import REAL, HorizonReached, outlooks, running, running_clock
from pytest_sagemaker_ie.clock.loops import loops_move
from pytest_sagemaker_ie.clock.stand_ins import frozen_at, in_every_place

_UTC: Final = datetime.timezone.utc
_Delta = datetime.timedelta  # freezegun does not replace it
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # freezegun's own times are naive and UTC
_MICROSECOND: Final = _Delta(microseconds=1)

DEFAULT_HORIZON: Final = _Delta(days=60)  # an experiment lasts 30 at most
DEFAULT_PATIENCE: Final = 1.0

_SHORT: Final = 0.001  # seconds; a loop that sleeps for less spins: it makes turns and does not wait
_TURNS: Final = 10_000  # a loop that spins for more of them in a row moves the clock
_GROWTH: Final = 1.002  # by turn after that: a millisecond grows to a day in nine thousand turns


class VirtualClock:
    """Time that a test sets and moves. `datetime` and `time` show it.

    ``time.sleep`` and ``asyncio.sleep`` move it instead of waiting. A test gets it from the fixture
    `sagemaker_ie_clock` or from `virtual_clock`.
    """

    __slots__ = "_factory", "_horizon", "_set_at", "_zeros", "has_own_horizon", "patience", "sleeps", "threads", "turns"

    def __init__(self, factory: Any, horizon: datetime.timedelta, patience: float) -> None:
        outer = running_clock()
        self._factory = factory
        # The moments at which these would have shown zero, so that they go on from what they show now.
        self._zeros = {
            name: factory.time_to_freeze - _Delta(seconds=vars(time)[name]()) for name in ("monotonic", "perf_counter")
        }
        self.threads = outer.threads if outer else frozenset(threading.enumerate()) - {threading.current_thread()}
        """The threads that were started before the clock. They see real time."""
        self.sleeps: list[float] = []
        """How long each sleep was, in seconds, in order; in asyncio, each wait of an event loop for its next timer."""
        self.patience = patience
        """How many real seconds an event loop waits for a connection before it treats the connection as idle."""
        self.horizon = horizon

    @property
    def horizon(self) -> datetime.timedelta:
        """How far sleeps may move the time from where the test has set it last; 60 days, unless it is set."""
        return self._horizon

    @horizon.setter
    def horizon(self, horizon: datetime.timedelta) -> None:
        check_clock(horizon=horizon)
        self._horizon = horizon
        self._set_at = self.now()
        self.has_own_horizon = horizon is not DEFAULT_HORIZON
        self.turns = 0

    def now(self) -> datetime.datetime:
        """Return the time that the clock shows: an aware datetime in UTC."""
        shown: datetime.datetime = self._factory.time_to_freeze.replace(tzinfo=_UTC)
        return shown

    def timestamp(self) -> float:
        """Return the time that the clock shows, in seconds since the epoch."""
        return self.now().timestamp()

    def tick(self, delta: datetime.timedelta | float | None = None, **units: float) -> datetime.datetime:
        """Move the clock: ``tick(days=8)``, ``tick(timedelta(days=8))``, ``tick(30)`` or one second; return its time.

        Raises:
            ValueError: the time is negative, or has none of these forms.
        """
        try:
            if delta is not None and units:
                raise TypeError
            if not isinstance(delta, _Delta):
                delta = _Delta(**(units or {"seconds": 1 if delta is None else delta}))
            later = self.now() + delta
        except OverflowError:
            raise ValueError("tick() would go beyond the year 9999") from None
        except TypeError:
            raise ValueError(
                "tick() takes a timedelta or seconds, or else the units of timedelta, such as days=8, hours=1;"
                f" not {delta!r} and units {units}"
            ) from None
        return self.move_to(later)

    def move_to(self, moment: datetime.datetime | str) -> datetime.datetime:
        """Move the clock on to `moment`, an aware datetime or a str in ISO 8601 (UTC if it has no offset); return it.

        Raises:
            ValueError: `moment` is before the time of the clock, or is not a moment.
        """
        later, now = _as_moment(moment), self._factory.time_to_freeze
        if later < now:
            raise ValueError(f"the clock does not go back: {later.isoformat()}Z is before {now.isoformat()}Z")
        self._advance(later - now)
        self.horizon = self._horizon  # which counts from here
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Move the clock, as ``time.sleep`` now does; raise its errors, and `HorizonReached` past the horizon."""
        seconds = seconds if isinstance(seconds, float) else operator.index(seconds)
        if not 0 <= seconds < sys.float_info.max:
            REAL["sleep"](seconds)  # raises the error
        self.sleeps.append(seconds)
        if threading.active_count() > len(self.threads) + 1:
            REAL["sleep"](0)  # lets the other threads run, as every sleep does
        self.wait(seconds)
        if seconds >= _SHORT:
            self.turns = 0
        self.turn()

    def wait(self, seconds: float) -> None:
        """Move the clock for a wait that is not a sleep of the code; raise `HorizonReached` past the horizon."""
        if self.timestamp() + seconds > self._set_at.timestamp() + self._horizon.total_seconds():
            self.turns = 0
            lines = [
                f"The code under test sleeps {seconds:g} s at {self.now().isoformat()}, past the horizon: it has waited"
                f" since {self._set_at.isoformat()}, and may wait {self._horizon}. Can what it waits for still happen?",
                *(line for outlook in outlooks for line in outlook()),
                "To let it wait longer: sagemaker_ie_clock.horizon = timedelta(days=...)",
            ]
            raise HorizonReached("\n".join(lines))
        self._advance(max(_Delta(seconds=seconds), _MICROSECOND if seconds else _Delta()))  # the clock shows no less

    def turn(self) -> None:
        """Count a turn of a loop that does not wait; after too many in a row, move the clock, further each time."""
        self.turns += 1
        if self.turns > _TURNS:
            self.wait(_SHORT * _GROWTH ** (self.turns - _TURNS))

    def reading(self, name: str) -> float:
        """Return what the function `name` of `time` shows; `monotonic` and `perf_counter` go on from real time."""
        zero = self._zeros.get(name.removesuffix("_ns"))
        last = [self._factory, *api.freeze_factories][-1]  # a thread may ask after all clocks have ended
        since = last() - _EPOCH if zero is None else self._factory.time_to_freeze - zero
        microseconds: int = since // _MICROSECOND
        return microseconds * 1000 if name.endswith("_ns") else microseconds / 1_000_000

    def _advance(self, delta: datetime.timedelta) -> None:
        # A freeze that began since, such as a decorator of the test, moves on by as much; an earlier one does not.
        factories: list[Any] = list(api.freeze_factories)
        if self._factory in factories:  # a thread may sleep after the clock has ended
            for each in factories[factories.index(self._factory) :]:
                type(each).tick(each, delta)

    def __repr__(self) -> str:
        return f"<VirtualClock at {self.now().isoformat()}>"


@contextmanager
def virtual_clock(
    moment: datetime.datetime | str | None = None,
    *,
    horizon: datetime.timedelta = DEFAULT_HORIZON,
    patience: float = DEFAULT_PATIENCE,
) -> Iterator[VirtualClock]:
    """Let time stand still at `moment` while the block lasts; sleeps move it on instead of waiting.

    Args:
        moment: an aware datetime, or a str in ISO 8601, which is UTC if it has no offset; by default the present.
        horizon: how far sleeps may move the time from where the test has set it last.
        patience: how many real seconds asyncio's loops wait for a connection before they treat it as idle.

    Raises:
        ValueError: `moment` is naive or not a moment, `horizon` is not greater than zero, or `patience` is negative.
        RuntimeError: a freeze that began before the clock ended before it, or one that began after it did not.
    """
    check_clock(moment, horizon, patience)
    earlier = len(running)
    start = datetime.datetime.now(_UTC).replace(tzinfo=None) if moment is None else _as_moment(moment)
    with nullcontext() if earlier else in_every_place(), frozen_at(start) as factory:
        clock = VirtualClock(factory, horizon, patience)
        with nullcontext() if earlier else loops_move(clock):
            try:
                running.append(clock)
                yield clock
            finally:
                del running[earlier:]  # also those that began since and have not ended


def check_clock(moment: object = None, horizon: object = DEFAULT_HORIZON, patience: object = DEFAULT_PATIENCE) -> None:
    """Raise the `ValueError` of `virtual_clock` for a wrong argument of it."""
    if moment is not None:
        _as_moment(moment)
    if not isinstance(horizon, _Delta) or horizon <= _Delta():
        raise ValueError(f"a horizon is a timedelta greater than zero, not {horizon!r}")
    if not isinstance(patience, (int, float)) or not 0 <= patience < math.inf:
        raise ValueError(f"patience is how many seconds to wait, not {patience!r}")


def _as_moment(moment: object) -> datetime.datetime:
    """Return a moment as freezegun has it: naive, in UTC."""
    if isinstance(moment, str):
        try:
            # Python 3.10's fromisoformat does not know the "Z".
            parsed = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"{moment!r} is not a moment in ISO 8601, such as '2026-03-02T09:00:00+00:00'") from None
        moment = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=_UTC)
    if not isinstance(moment, datetime.datetime):
        raise ValueError(f"a moment is an aware datetime or a str in ISO 8601, not {moment!r}")
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} is naive: give it a time zone, as datetime(2026, 3, 2, tzinfo=timezone.utc) has")
    return moment.astimezone(_UTC).replace(tzinfo=None)
