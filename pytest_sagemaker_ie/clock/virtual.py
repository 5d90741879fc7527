"""The virtual clock: time that stands until the test, or a sleep of the code under test, moves it.

The time is freezegun's. `stand_ins` puts the clock in the place of `time`'s functions, `loops` lets asyncio move it.
"""

import datetime
import math
import operator
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from freezegun import api

from pytest_sagemaker_ie.clock import REAL, HorizonReached, outlooks, running, running_clock
from pytest_sagemaker_ie.clock.loops import loops_move
from pytest_sagemaker_ie.clock.stand_ins import frozen_at, in_every_place

_UTC: Final = datetime.timezone.utc
_Delta = datetime.timedelta  # freezegun leaves it alone
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # freezegun's own times are naive and UTC
_MICROSECOND: Final = _Delta(microseconds=1)

DEFAULT_HORIZON: Final = _Delta(days=60)  # an experiment lasts 30 at most
DEFAULT_PATIENCE: Final = 1.0

_SHORT: Final = 0.001  # seconds; what sleeps for less spins: it makes turns and does not wait
_TURNS: Final = 10_000  # so many in a row pass before a loop that only spins moves the clock
_GROWTH: Final = 1.002  # from one such turn to the next: a millisecond grows to a day in nine thousand


class VirtualClock:
    """Time that a test sets and moves. `datetime`, `time` and whatever reads them show it.

    ``time.sleep`` and ``asyncio.sleep`` move it instead of waiting. A test gets it from the fixture
    `sagemaker_ie_clock` or from `virtual_clock`.
    """

    def __init__(self, factory: Any, horizon: datetime.timedelta, patience: float) -> None:
        outer = running_clock()
        self._factory = factory
        # When each of these would have shown zero, by this clock: they go on.
        self._zeros = {
            name: factory.time_to_freeze - _Delta(seconds=vars(time)[name]()) for name in ("monotonic", "perf_counter")
        }
        self.threads = outer.threads if outer else frozenset(threading.enumerate()) - {threading.current_thread()}
        """The threads that were there before, which see real time."""
        self.sleeps: list[float] = []
        """How long each sleep was, in seconds, in order; in asyncio, each wait of an event loop for its next timer."""
        self.patience = patience
        """How long an event loop waits for a connection before it takes it to be idle, in real seconds."""
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
        self._limit = self.timestamp() + horizon.total_seconds()
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
        """Let time pass, by default one second: ``tick(days=8)``, ``tick(timedelta(days=8))``, ``tick(30)``; return it.

        Raises:
            ValueError: it is negative, or it is none of these.
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
            ValueError: it is before the present one, or no moment.
        """
        later, now = _as_moment(moment), self._factory.time_to_freeze
        if later < now:
            raise ValueError(f"the clock does not go back: {later.isoformat()}Z is before {now.isoformat()}Z")
        self._advance(later - now)
        self.horizon = self._horizon  # counts from here
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Move the clock, as ``time.sleep`` does now, with its errors; past the horizon it is `HorizonReached`."""
        seconds = seconds if isinstance(seconds, float) else operator.index(seconds)
        if not 0 <= seconds < sys.float_info.max:
            REAL["sleep"](seconds)  # raises
        self.sleeps.append(seconds)
        if threading.active_count() > len(self.threads) + 1:
            REAL["sleep"](0)  # gives way, as every sleep does, to those who may do what is waited for
        self.wait(seconds)
        if seconds >= _SHORT:
            self.turns = 0
        self.turn()

    def wait(self, seconds: float) -> None:
        """Move the clock as a wait does that is no sleep of the code under test; `HorizonReached` as for `sleep`."""
        if self.timestamp() + seconds > self._limit:
            self.turns = 0
            lines = [
                f"The code under test sleeps {seconds:g} s at {self.now().isoformat()}, past the horizon: it has waited"
                f" since {self._set_at.isoformat()}, and may wait {self._horizon}. Does what it waits for still come?",
                *(line for outlook in outlooks for line in outlook()),
                "A longer wait: sagemaker_ie_clock.horizon = timedelta(days=...)",
            ]
            raise HorizonReached("\n".join(lines))
        self._advance(max(_Delta(seconds=seconds), _MICROSECOND if seconds else _Delta()))  # the least that it shows

    def turn(self) -> None:
        """Note a turn of a loop that does not wait. One that makes too many in a row moves the clock, ever faster."""
        self.turns += 1
        if self.turns > _TURNS:
            self.wait(_SHORT * _GROWTH ** (self.turns - _TURNS))

    def reading(self, name: str) -> float:
        """Return what the function `name` of `time` shows; all that count from some beginning go on from real time."""
        zero = self._zeros.get(name.removesuffix("_ns"))
        last = [self._factory, *api.freeze_factories][-1]  # a thread may ask when all have ended
        since = last() - _EPOCH if zero is None else self._factory.time_to_freeze - zero
        microseconds: int = since // _MICROSECOND
        return microseconds * 1000 if name.endswith("_ns") else microseconds / 1_000_000

    def _advance(self, delta: datetime.timedelta) -> None:
        # What has frozen the time since, as a decorator of the test may have, goes on by as much; not what did before.
        factories: list[Any] = list(api.freeze_factories)
        if self._factory in factories:  # a thread may sleep when the clock has ended
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
    """Let time stand at `moment` while the block lasts, and sleeps move it instead of waiting.

    Args:
        moment: an aware datetime, or a str in ISO 8601, which is UTC if it has no offset; by default the present.
        horizon: how far sleeps may move the time from where the test has set it last.
        patience: how long asyncio's loops wait for a connection before they take it to be idle, in real seconds.

    Raises:
        ValueError: `moment` is naive or no moment, `horizon` is not greater than nothing, or `patience` is less.
        RuntimeError: what was frozen before the clock ended before it, or what was frozen after did not.
    """
    check_clock(moment, horizon, patience)
    earlier = len(running)
    start = datetime.datetime.now(_UTC).replace(tzinfo=None) if moment is None else _as_moment(moment)
    with ExitStack() as stack:
        if not earlier:
            stack.enter_context(in_every_place())
        clock = VirtualClock(stack.enter_context(frozen_at(start)), horizon, patience)
        if not earlier:
            stack.enter_context(loops_move(clock))
        try:
            running.append(clock)
            yield clock
        finally:
            del running[earlier:]  # and those that began since, if they have not ended


def check_clock(moment: object = None, horizon: object = DEFAULT_HORIZON, patience: object = DEFAULT_PATIENCE) -> None:
    """Raise ValueError if a clock can't begin with these, as `virtual_clock` says."""
    if moment is not None:
        _as_moment(moment)
    if not isinstance(horizon, _Delta) or horizon <= _Delta():
        raise ValueError(f"a horizon is a timedelta greater than nothing, not {horizon!r}")
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
