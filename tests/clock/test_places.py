"""Where the clock stands in for the functions of `time`: the docs' table of holders, and whom it leaves alone."""

import datetime
import functools
import gc
import pickle
import re
import sched
import sys
import threading
import time
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic as shows
from time import sleep as nap
from types import ModuleType
from typing import Any

import pytest
from freezegun import freeze_time

from pytest_sagemaker_ie import VirtualClock, virtual_clock
from pytest_sagemaker_ie.clock import REAL, stand_ins

WAITING = Path(__file__).parents[2] / "docs" / "waiting.md"
HELD = [time.sleep, time.monotonic]


@pytest.fixture
def clock(places: None) -> Iterator[VirtualClock]:
    with virtual_clock("2030-06-15T12:00Z") as clock:
        yield clock


def by_default(sleep: Any = time.sleep, clock: Any = time.monotonic) -> tuple[Any, Any]:
    return sleep, clock


def by_keyword(*, sleep: Any = time.sleep, clock: Any = time.monotonic) -> tuple[Any, Any]:
    return sleep, clock


def decorator(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def decorated(*args: Any) -> Any:
        return function(*args)

    return decorated


@decorator
def by_decorated_default(sleep: Any = time.sleep, clock: Any = time.monotonic) -> tuple[Any, Any]:
    return sleep, clock


def given(sleep: Any, clock: Any) -> tuple[Any, Any]:
    return sleep, clock


partial = functools.partial(given, time.sleep, time.monotonic)


class Base(metaclass=ABCMeta):
    @abstractmethod
    def own(self) -> None: ...


class Holder(Base):
    sleep = time.sleep
    clock = time.monotonic
    static_sleep = staticmethod(time.sleep)
    static_clock = staticmethod(time.monotonic)

    class Nested:
        sleep = time.sleep
        clock = time.monotonic

    def own(self) -> None: ...

    def __init__(self) -> None:
        self.own_sleep, self.own_clock = HELD

    @property
    def both(self) -> tuple[Any, Any]:
        return time.sleep, time.monotonic


@dataclass
class Data:
    sleep: Any = time.sleep
    clock: Any = time.monotonic


def closure(sleep: Any, clock: Any) -> Callable[[], tuple[Any, Any]]:
    return lambda: (sleep, clock)


def generator() -> Iterator[tuple[Any, Any]]:
    sleep, clock = time.sleep, time.monotonic
    while True:
        yield sleep, clock


registered = {"nap": lambda seconds, sleep=time.sleep: sleep(seconds)}
holder, enclosed, in_dict, generated = Holder(), closure(*HELD), dict(enumerate(HELD)), generator()
next(generated)

# By the name that the docs' table has for it.
HOLDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "the module: `time.sleep`": lambda: (time.sleep, time.monotonic),
    "a name in another module: `from time import sleep as nap`": lambda: (nap, shows),
    "the default of an argument": by_default,
    "the default of a keyword-only argument": by_keyword,
    "the default of a decorated function's argument": by_decorated_default,
    "`functools.partial`": partial,
    "an attribute of a class": lambda: (holder.sleep, holder.clock),
    "a static method": lambda: (holder.static_sleep, holder.static_clock),
    "a property that looks it up": lambda: holder.both,
    "an attribute of a nested class": lambda: (holder.Nested().sleep, holder.Nested().clock),
    "an attribute of an object": lambda: (holder.own_sleep, holder.own_clock),
    "a closure": enclosed,
    "a dict, a list": lambda: (in_dict[0], in_dict[1]),
    "the default of a dataclass's field": lambda: (Data().sleep, Data().clock),
    "a local variable of a generator that has begun": lambda: next(generated),
}


def table() -> dict[str, str]:
    rows = re.findall(r"^\| (.+?) \| (virtual|real) \|$", WAITING.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_table_has_every_holder() -> None:
    assert list(table()) == list(HOLDERS)


def test_those_that_count_from_some_beginning_go_on_from_the_real_ones() -> None:
    before = time.monotonic(), time.perf_counter()
    with virtual_clock("2040-01-01"):
        shown = time.monotonic(), time.perf_counter()
        with virtual_clock("2050-01-01"):
            within = time.monotonic(), time.perf_counter()
    assert all(0 <= now - then < 60 for now, then in zip(shown, before, strict=True))
    assert within == shown


class Untouchable:
    """Fails whoever asks it for anything."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")

    __hash__ = None  # type: ignore[assignment]


STRANGER = Untouchable()


class UntouchableModule(ModuleType):
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")

    def __dir__(self) -> Any:
        raise RuntimeError("listed")


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")

    def __setattr__(cls, name: str, value: object) -> None:
        raise RuntimeError("set")


def test_it_asks_strangers_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("strange")
    vars(module).update(
        proxy=Untouchable(),
        cls=Meta("Strange", (), {"sleep": time.sleep, "inner": Untouchable()}),
        function=lambda proxy=STRANGER, *, sleep=time.sleep, other=STRANGER: sleep,
        nap=time.sleep,
    )
    monkeypatch.setitem(sys.modules, "strange", module)
    monkeypatch.setitem(sys.modules, "untouchable", UntouchableModule("untouchable"))
    monkeypatch.setitem(sys.modules, "no_module", Untouchable())  # type: ignore[arg-type]
    held = lambda: (type.__dict__["__dict__"].__get__(module.cls)["sleep"], module.function(), module.nap)  # noqa: E731
    with virtual_clock():
        within = held()
    assert [each is time.sleep for each in within] == [False] * 3
    assert held() == (time.sleep,) * 3


def test_a_cycle_of_decorators_ends() -> None:
    by_decorated_default.__wrapped__.__wrapped__ = by_decorated_default  # type: ignore[attr-defined]
    try:
        with virtual_clock():
            pass
    finally:
        del by_decorated_default.__wrapped__.__wrapped__  # type: ignore[attr-defined]


def test_it_finds_what_the_garbage_collector_was_told_to_leave_alone() -> None:
    gc.freeze()
    try:
        with virtual_clock() as clock:
            by_default()[0](60)
        assert clock.sleeps == [60]
        assert gc.get_freeze_count() > len(gc.get_objects())  # it still leaves them alone
    finally:
        gc.unfreeze()


def test_a_clock_that_is_interrupted_while_it_starts_leaves_the_real_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> Iterator[Any]:
        yield from objects
        raise KeyboardInterrupt

    objects, real = gc.get_objects(), (time.sleep, time.monotonic)
    monkeypatch.setattr(gc, "get_objects", interrupted)
    with pytest.raises(KeyboardInterrupt), virtual_clock():
        pass
    assert [(nap, shows), by_default(), by_keyword(), (Holder.sleep, Holder.clock)] == [real] * 4
    assert time.time() - datetime.datetime.now().timestamp() < 1


class Index:
    def __index__(self) -> int:
        return 3


class TestWhileItRuns:
    @pytest.mark.parametrize("name", HOLDERS)
    def test_a_holder_is_as_the_table_says(self, name: str, clock: VirtualClock) -> None:
        sleep, shown = HOLDERS[name]()
        before = shown()
        sleep(0.0625)
        assert (len(clock.sleeps) == 1) == (table()[name] == "virtual")
        assert (shown() == before + 0.0625) == (table()[name] == "virtual")

    @pytest.mark.parametrize("name", [name for name in REAL if name != "sleep"])
    def test_every_reader_shows_the_sleep(self, name: str, clock: VirtualClock) -> None:
        read = getattr(time, name)
        before = read()
        time.sleep(90)
        # A float of the clock holds no more than its microsecond.
        assert read() - before == pytest.approx(90 * (10**9 if name.endswith("_ns") else 1), abs=1e-6)

    def test_a_scheduler_with_its_defaults_runs(self, clock: VirtualClock) -> None:
        done: list[int] = []
        scheduler = sched.scheduler()
        scheduler.enter(3600, 1, done.append, (1,))
        scheduler.run()
        assert (done, round(sum(clock.sleeps), 3)) == ([1], 3600)

    def test_what_is_left_by_rounding_is_slept_at_once(self, clock: VirtualClock) -> None:
        time.sleep(3600)
        time.sleep(3.6e-12)
        assert (clock.now().minute, clock.now().microsecond) == (0, 1)

    def test_a_class_that_is_made_while_it_runs_does_not_bind_them(self, clock: VirtualClock) -> None:
        class Poller:
            sleep = time.sleep
            clock = time.monotonic

        before = Poller().clock()
        Poller().sleep(60)
        assert Poller().clock() - before == pytest.approx(60, abs=1e-6)

    def test_they_are_pickled_as_what_they_stand_in_for(self, clock: VirtualClock) -> None:
        pickled = pickle.dumps([time.sleep, nap, time.monotonic])
        assert pickle.loads(pickled) == [time.sleep, nap, time.monotonic]

    def test_it_finds_functions_that_no_module_holds(self, clock: VirtualClock) -> None:
        registered["nap"](60)
        assert clock.sleeps == [60]

    @pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "a while", None, 3 + 0j, 1 << 2000], ids=repr)
    def test_what_is_no_time_to_sleep_is_the_error_that_it_is_without_a_clock(
        self, seconds: Any, clock: VirtualClock
    ) -> None:
        with pytest.raises((TypeError, ValueError, OverflowError)) as real:
            REAL["sleep"](seconds)
        with pytest.raises(real.type, match=re.escape(str(real.value))):
            time.sleep(seconds)
        assert clock.sleeps == []

    def test_a_number_that_is_only_an_index_is_a_time_to_sleep(self, clock: VirtualClock) -> None:
        time.sleep(Index())  # type: ignore[arg-type]
        time.sleep(True)
        assert clock.sleeps == [3, 1]


@pytest.fixture(scope="class")
def _ended() -> None:
    with virtual_clock():
        pass


@pytest.mark.usefixtures("_ended")
class TestWhenItHasEnded:
    @pytest.mark.parametrize("name", HOLDERS)
    def test_a_holder_has_the_real_ones(self, name: str) -> None:
        assert HOLDERS[name]() == tuple(HELD)


class TestWhatATestPutsInTheirPlace:
    def test_it_is_put_right_after_the_test(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            code="from time import monotonic, sleep\n",
            test_it="""
            import time
            import code_under_test as code

            REAL = [time.sleep, time.time, code.sleep, code.monotonic]

            def test_before(monkeypatch, sagemaker_ie_clock):
                patch(monkeypatch)

            def test_then():
                assert [time.sleep, time.time, code.sleep, code.monotonic] == REAL

            def test_within(sagemaker_ie_clock, monkeypatch):
                patch(monkeypatch)

            def test_in_the_end():
                assert [time.sleep, time.time, code.sleep, code.monotonic] == REAL

            def patch(monkeypatch):
                for place in [time, code]:
                    monkeypatch.setattr(place, "sleep", lambda seconds: None)
                monkeypatch.setattr(time, "time", lambda: 0)
                monkeypatch.setattr(code, "monotonic", lambda: 0)
            """,
        )
        Path("code.py").rename("code_under_test.py")
        pytester.runpytest_subprocess().assert_outcomes(passed=4)

    def test_what_stands_there_when_it_ends_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stand_in() -> float:
            return 0.0

        with virtual_clock():
            monkeypatch.setattr(time, "time", stand_in)
            monkeypatch.setattr(Holder, "sleep", stand_in)
        assert (time.time, Holder.sleep) == (stand_in, stand_in)

    def test_what_stood_there_when_it_began_stands_there_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stand_in() -> float:
            return 0.0

        monkeypatch.setattr(time, "time", stand_in)
        with virtual_clock("2030-06-15") as clock:
            assert time.time() == clock.timestamp()
        assert time.time is stand_in

    def test_the_next_clock_puts_right_what_was_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with virtual_clock():
            left = Holder.__dict__["sleep"]
        monkeypatch.setattr(Holder, "sleep", left)
        with virtual_clock() as clock:
            Holder().sleep(60)
        assert (clock.sleeps, Holder.sleep) == ([60], REAL["sleep"])
        monkeypatch.undo()


class TestWhoseTimeItIs:
    def test_a_thread_that_was_there_before_sees_real_time(self) -> None:
        turn, shown = threading.Barrier(2), []

        def read() -> None:
            turn.wait()
            shown.append(time.time())
            began = REAL["monotonic"]()
            time.sleep(0.05)
            shown.append(REAL["monotonic"]() - began)

        thread = threading.Thread(target=read)
        thread.start()
        before = time.time()
        with virtual_clock("2040-01-01") as clock:
            turn.wait()
            thread.join()
        assert (before <= shown[0] < before + 60, shown[1] >= 0.05, clock.sleeps) == (True, True, [])

    def test_a_thread_that_still_runs_when_it_ends_goes_on(self) -> None:
        stopped, naps = threading.Event(), []

        def beat() -> None:
            while not stopped.is_set():
                time.sleep(0.001)
                naps.append(time.monotonic())

        thread = threading.Thread(target=beat)
        for _ in range(3):
            with virtual_clock():
                if not naps:
                    thread.start()
                REAL["sleep"](0.002)
        before = len(naps)
        while len(naps) < before + 5:
            REAL["sleep"](0.001)
        stopped.set()
        thread.join()


class TestWhatElseSetsTheTime:
    def test_what_has_frozen_it_before_says_that_it_does_not_move_it(self) -> None:
        with freeze_time("2030-06-15") as frozen:
            with virtual_clock() as clock:
                with pytest.raises(RuntimeError, match="does not move the virtual clock"):
                    frozen.tick(60)
                with pytest.raises(RuntimeError, match="does not move the virtual clock"):
                    frozen.move_to("2031-01-01")
                clock.tick(60)
            frozen.tick(5)
            assert time.time() == clock.timestamp() - 55

    def test_time_machine_says_that_it_does_not_move_it(self) -> None:
        time_machine = pytest.importorskip("time_machine")
        with time_machine.travel("2030-06-15T12:00Z", tick=False) as traveller:
            with virtual_clock() as clock:
                assert clock.now().isoformat() == "2030-06-15T12:00:00+00:00"
                time.sleep(60)
                assert time.time() == clock.timestamp()
                with pytest.raises(RuntimeError, match="does not move the virtual clock"):
                    traveller.move_to("2031-01-01")
                with pytest.raises(RuntimeError, match="does not move the virtual clock"):
                    traveller.shift(60)
            traveller.shift(5)
            assert time.time() == clock.timestamp() - 55

    def test_clocks_that_end_out_of_order_are_an_error_there_and_leave_nothing(self) -> None:
        first, second = virtual_clock("2030-06-15"), virtual_clock("2040-06-15")
        first.__enter__()
        second.__enter__()
        with pytest.raises(RuntimeError, match="out of order"):
            first.__exit__(None, None, None)
        with pytest.raises(RuntimeError, match="out of order"):
            second.__exit__(None, None, None)
        assert ([time.sleep, time.monotonic], time.time() < 2e9) == (HELD, True)

    def test_what_freezes_within_and_does_not_end_is_an_error_there_and_leaves_nothing(self) -> None:
        with pytest.raises(RuntimeError, match="out of order"), virtual_clock():
            freeze_time("2040-06-15").start()
        assert ([time.sleep, time.monotonic], time.time() < 2e9) == (HELD, True)

    def test_what_froze_before_and_ends_within_is_an_error_there_and_leaves_nothing(self) -> None:
        frozen = freeze_time("2040-06-15")
        frozen.start()
        with pytest.raises(RuntimeError, match="out of order"), virtual_clock():
            frozen.stop()
        assert ([time.sleep, time.monotonic, nap, shows], time.time() < 2e9) == (HELD + HELD, True)
        stand_ins.put_right()
