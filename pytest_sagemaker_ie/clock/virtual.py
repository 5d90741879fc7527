"""The virtual clock: time that stands until the test, or a sleep of the code under test, moves it.

The time is freezegun's; `sleeping` lets sleeps move it. Nothing here knows an account: `explain_vain_waits` takes the
function that says what a wait in vain has seen. freezegun is imported when the first clock starts.
"""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = [
    "HorizonReached",
    "VirtualClock",
    "check_clock",
    "explain_vain_waits",
    "running_clock",
    "virtual_clock",
    "virtual_now",
]

_UTC: Final = datetime.timezone.utc
_Delta = datetime.timedelta  # freezegun leaves it alone
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # freezegun's own times are naive and UTC

DEFAULT_HORIZON: Final = _Delta(days=365)

# What waits for something real reads real time. The first keep the functions that they have imported; the last ask the
# module `time`, and freezegun looks who asks. It looks some frames up, so there is nothing among them that calls tests.
_KEEP_REAL_TIME: Final = ("_pytest.timing", "queue", "socketserver", "subprocess", "threading")
_SEE_REAL_TIME: Final = ("concurrent.futures._base", "execnet", "multiprocessing", "subprocess")

_running: "list[VirtualClock]" = []
_explanations: list[Callable[[], list[str]]] = []


class HorizonReached(BaseException):
    """The code under test slept for longer than the clock's horizon: what it waits for does not come.

    It is no `Exception`, because a loop that retries after every one would go on for ever.
    """


class VirtualClock:
    """Time that a test sets and moves. `datetime`, `time` and whatever reads them show it.

    ``time.sleep`` and ``asyncio.sleep`` move it instead of waiting. A test gets it from the fixture
    `sagemaker_ie_clock` or from `virtual_clock`.
    """

    def __init__(self, factory: Any, horizon: datetime.timedelta) -> None:
        self._factory = factory
        self._began = factory.time_to_freeze
        self._real_beginning: float = _freezegun().real_monotonic()
        self.sleeps: list[float] = []
        """How long each sleep was, in seconds, in order; in asyncio, each wait of an event loop for its next timer."""
        self.horizon = horizon

    @property
    def horizon(self) -> datetime.timedelta:
        """How far sleeps may move the time from where the test has set it last; a year, unless it is set."""
        return self._horizon

    @horizon.setter
    def horizon(self, horizon: datetime.timedelta) -> None:
        self._horizon = _as_horizon(horizon)
        self._set_at = self.timestamp()
        self._limit = self._set_at + horizon.total_seconds()

    def now(self) -> datetime.datetime:
        """Return the time that the clock shows: an aware datetime in UTC."""
        shown: datetime.datetime = self._factory.time_to_freeze.replace(tzinfo=_UTC)
        return shown

    def timestamp(self) -> float:
        """Return the time that the clock shows, in seconds since the epoch."""
        since: datetime.timedelta = self._factory.time_to_freeze - _EPOCH
        return since.total_seconds()

    def tick(self, delta: datetime.timedelta | float | None = None, **units: float) -> datetime.datetime:
        """Let time pass, and return the time then: ``tick(days=8)``, ``tick(timedelta(days=8))``, ``tick(30)``.

        Args:
            delta: how much, in seconds if it is a number; one second, if neither is given.
            units: the same in the words of `datetime.timedelta`: days, hours, minutes, ...

        Raises:
            ValueError: it is negative, it is none of these, or both are given.
        """
        if delta is not None and (units or not isinstance(delta, (_Delta, int, float))):
            raise ValueError(
                "tick() takes a timedelta or seconds, or else units such as days=8, hours=1, minutes=30;"
                f" not {delta!r}{' and units' if units else ''}"
            )
        try:
            if not isinstance(delta, _Delta):
                delta = _Delta(**(units or {"seconds": 1 if delta is None else delta}))
            later = self._factory.time_to_freeze + delta
        except OverflowError:
            raise ValueError("tick() would go beyond the year 9999") from None
        except TypeError as error:
            raise ValueError(f"tick() takes the units of timedelta, such as days=8: {error}") from None
        if delta < _Delta():
            raise ValueError(f"the clock does not go back: {delta} is negative")
        return self._set(later)

    def move_to(self, moment: datetime.datetime | str) -> datetime.datetime:
        """Move the clock on to `moment`, and return it.

        Args:
            moment: an aware datetime, or a str in ISO 8601, which is UTC if it has no offset.

        Raises:
            ValueError: it is naive, lies before the present moment, or is no moment at all.
        """
        later = _as_moment(moment)
        if later < self._factory.time_to_freeze:
            raise ValueError(
                f"the clock does not go back: {later.replace(tzinfo=_UTC).isoformat()} is before"
                f" {self.now().isoformat()}"
            )
        return self._set(later)

    def _set(self, later: datetime.datetime) -> datetime.datetime:
        self._advance(later - self._factory.time_to_freeze)
        self.horizon = self._horizon  # counts from here
        return self.now()

    def sleep(self, seconds: float) -> None:
        """Sleep as ``time.sleep`` does now: move the clock.

        Raises:
            HorizonReached: that would move it past the horizon.
        """
        self.sleeps.append(seconds)
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Move the clock as a wait does that is no sleep of the code under test; `HorizonReached` as for `sleep`."""
        if self.timestamp() + seconds > self._limit:
            raise HorizonReached(self._in_vain(seconds))
        self._advance(_Delta(seconds=seconds))

    def monotonic(self) -> float:
        """Return what a monotonic clock shows that went on from the real one, in seconds."""
        passed: datetime.timedelta = self._factory.time_to_freeze - self._began
        return self._real_beginning + passed.total_seconds()

    def is_shown(self) -> bool:
        """Whether `datetime` shows this clock, and not one that was frozen after it began."""
        shown: bool = _freezegun().freeze_factories[-1] is self._factory
        return shown

    def _advance(self, delta: datetime.timedelta) -> None:
        # What has frozen the time since, as a decorator of the test may have, goes on by as much; not what did before.
        factories = _freezegun().freeze_factories
        for each in factories[factories.index(self._factory) :]:
            each.tick(delta)

    def _in_vain(self, seconds: float) -> str:
        since = datetime.datetime.fromtimestamp(self._set_at, _UTC).isoformat()
        lines = [
            f"The code under test sleeps {seconds:g} s at {self.now().isoformat()}, past the horizon: it has waited"
            f" since {since}, and may wait {self._horizon}. Does what it waits for still come?"
        ]
        for explain in _explanations:
            lines += explain()
        lines.append("A longer wait: sagemaker_ie_clock.horizon = timedelta(days=...)")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<VirtualClock at {self.now().isoformat()}>"


@contextmanager
def virtual_clock(
    moment: datetime.datetime | str | None = None, *, horizon: datetime.timedelta = DEFAULT_HORIZON
) -> Iterator[VirtualClock]:
    """Let time stand at `moment` while the block lasts, and sleeps move it instead of waiting.

    Args:
        moment: an aware datetime, or a str in ISO 8601, which is UTC if it has no offset; by default the present.
        horizon: how far sleeps may move the time from where the test has set it last.

    Raises:
        ValueError: `moment` is naive or no moment, or `horizon` is not greater than nothing.
    """
    check_clock(moment, horizon)
    from freezegun import freeze_time

    from pytest_sagemaker_ie.clock.sleeping import sleeps_move

    start = datetime.datetime.now(_UTC).replace(tzinfo=None) if moment is None else _as_moment(moment)
    frozen = freeze_time(start, ignore=list(_KEEP_REAL_TIME))
    with frozen as factory:
        _freezegun().ignore_lists[-1] = _SEE_REAL_TIME
        clock = VirtualClock(factory, horizon)
        _running.append(clock)
        try:
            with sleeps_move(running_clock):
                yield clock
        finally:
            _running.remove(clock)


def explain_vain_waits(explain: Callable[[], list[str]]) -> None:
    """Let `HorizonReached` say what `explain` returns, line by line."""
    _explanations.append(explain)


def check_clock(moment: object = None, horizon: object = DEFAULT_HORIZON) -> None:
    """Raise ValueError if a clock can't begin with these, as `virtual_clock` says."""
    if moment is not None:
        _as_moment(moment)
    _as_horizon(horizon)


def running_clock() -> VirtualClock | None:
    """Return the virtual clock that was started last and still runs, or `None`."""
    return _running[-1] if _running else None


def virtual_now() -> float | None:
    """Return the time that the running virtual clock shows, in seconds since the epoch, if `datetime` shows it too."""
    if _running and _running[-1].is_shown():
        return _running[-1].timestamp()
    return None


def _freezegun() -> Any:
    """Return the module that holds what freezegun has frozen."""
    from freezegun import api

    return api


def _as_moment(moment: object) -> datetime.datetime:
    """Return a moment as freezegun has it: naive, in UTC."""
    if isinstance(moment, str):
        try:
            # Python 3.10's fromisoformat does not know the "Z".
            parsed = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f"{moment!r} is not a moment in ISO 8601, such as '2026-03-02T09:00:00+00:00'") from None
        return parsed.astimezone(_UTC).replace(tzinfo=None) if parsed.tzinfo is not None else parsed
    if not isinstance(moment, datetime.datetime):
        raise ValueError(f"a moment is an aware datetime or a str in ISO 8601, not {moment!r}")
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} is naive: give it a time zone, as datetime(2026, 3, 2, tzinfo=timezone.utc) has")
    return moment.astimezone(_UTC).replace(tzinfo=None)


def _as_horizon(horizon: object) -> datetime.timedelta:
    if not isinstance(horizon, _Delta) or horizon <= _Delta():
        raise ValueError(f"a horizon is a timedelta greater than nothing, not {horizon!r}")
    return horizon
