"""The virtual clock: time that stands, sleeps that move it, and waits that would have no end."""

import asyncio
import datetime as datetime_module
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone
from time import sleep
from types import ModuleType
from typing import Any
from unittest import mock

import boto3
import pytest
from freezegun import api, freeze_time

from pytest_sagemaker_ie import HorizonReached, VirtualClock, mock_inference_experiments, mocking, virtual_clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2030, 6, 15, 12, tzinfo=timezone.utc)
REAL_SLEEP = (time.sleep, asyncio.BaseEventLoop._run_once, asyncio.BaseEventLoop.time)  # type: ignore[attr-defined]


def nap(seconds: float, sleep: Any = time.sleep) -> None:
    sleep(seconds)


def nap_by_keyword(seconds: float, *, sleep: Any = time.sleep) -> None:
    sleep(seconds)


class Napper:
    asleep = staticmethod(time.sleep)

    def nap(self, seconds: float, sleep: Any = time.sleep) -> None:
        sleep(seconds)

    @staticmethod
    def nap_anywhere(seconds: float, sleep: Any = time.sleep) -> None:
        sleep(seconds)


@pytest.fixture
def clock(places: None) -> Iterator[VirtualClock]:
    with virtual_clock(NOON) as clock:
        yield clock


def _really_take(seconds: float) -> float:
    began = api.real_perf_counter()
    while api.real_perf_counter() < began + seconds:
        pass
    return seconds


@asynccontextmanager
async def connected_to(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server on this machine."""
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()
        await writer.wait_closed()


def wait_for(status: str, client: Any, seconds: float) -> None:
    while client.describe_inference_experiment(Name="churn")["Status"] != status:
        time.sleep(seconds)


def now() -> datetime:
    return datetime_module.datetime.now(timezone.utc)


@pytest.mark.usefixtures("places")
class TestWhereItBegins:
    def test_at_the_present_moment_unless_told(self) -> None:
        before = now()
        with virtual_clock() as clock:
            began = clock.now()
        assert before <= began <= now()

    @pytest.mark.parametrize(
        "moment",
        [
            NOON,
            NOON.astimezone(timezone(timedelta(hours=5))),
            "2030-06-15T12:00:00Z",
            "2030-06-15T14:00:00+02:00",
            "2030-06-15T12:00:00",
        ],
    )
    def test_at_a_moment_that_is_given(self, moment: Any) -> None:
        with virtual_clock(moment) as clock:
            assert clock.now() == now() == NOON

    @pytest.mark.parametrize(
        ("moment", "mistake"),
        [
            (datetime(2030, 6, 15), r"is naive: give it a time zone"),
            ("noon", r"'noon' is not a moment in ISO 8601"),
            (1234, r"an aware datetime or a str in ISO 8601, not 1234"),
        ],
    )
    def test_not_at_what_is_no_moment(self, moment: Any, mistake: str) -> None:
        with pytest.raises(ValueError, match=mistake), virtual_clock(moment):
            pass

    @pytest.mark.parametrize("patience", [-1, float("nan"), float("inf"), "long", None])
    def test_not_with_a_patience_that_is_none(self, patience: Any) -> None:
        with pytest.raises(ValueError, match="patience is how many seconds to wait"), virtual_clock(patience=patience):
            pass

    @pytest.mark.parametrize("horizon", [timedelta(0), -DAY, 30, None])
    def test_not_with_a_horizon_that_is_none(self, horizon: Any) -> None:
        with (
            pytest.raises(ValueError, match="a horizon is a timedelta greater than zero"),
            virtual_clock(horizon=horizon),
        ):
            pass


class TestMovingIt:
    def test_time_stands(self, clock: VirtualClock) -> None:
        assert now() == now() == NOON

    @pytest.mark.parametrize(
        ("arguments", "units", "passed"),
        [
            ([], {}, timedelta(seconds=1)),
            ([30], {}, timedelta(seconds=30)),
            ([0.5], {}, timedelta(seconds=0.5)),
            ([DAY], {}, DAY),
            ([], {"days": 8}, 8 * DAY),
            ([], {"hours": 1, "minutes": 30}, 1.5 * HOUR),
        ],
    )
    def test_tick_lets_time_pass(self, clock: VirtualClock, arguments: Any, units: Any, passed: timedelta) -> None:
        assert clock.tick(*arguments, **units) == now() == NOON + passed

    @pytest.mark.parametrize(
        ("arguments", "units", "mistake"),
        [
            ([-1], {}, "does not go back"),
            ([], {"days": -1}, "does not go back"),
            ([DAY], {"days": 1}, "and units"),
            (["a day"], {}, "tick\\(\\) takes a timedelta or seconds"),
            ([], {"fortnights": 1}, "the units of timedelta"),
            ([], {"days": 10**7}, "beyond the year 9999"),
            ([], {"days": 10**12}, "beyond the year 9999"),
        ],
    )
    def test_a_tick_that_cannot_be_is_an_error_and_moves_nothing(
        self, clock: VirtualClock, arguments: Any, units: Any, mistake: str
    ) -> None:
        with pytest.raises(ValueError, match=mistake):
            clock.tick(*arguments, **units)
        assert clock.now() == NOON

    @pytest.mark.parametrize("moment", [NOON + DAY, "2030-06-16T12:00Z"])
    def test_move_to_goes_to_a_moment(self, clock: VirtualClock, moment: Any) -> None:
        assert clock.move_to(moment) == now() == NOON + DAY

    @pytest.mark.parametrize(
        ("moment", "mistake"),
        [(NOON - DAY, "does not go back: 2030-06-14"), (datetime(2030, 6, 16), "is naive"), ("soon", "ISO 8601")],
    )
    def test_a_move_that_cannot_be_is_an_error_and_moves_nothing(
        self, clock: VirtualClock, moment: Any, mistake: str
    ) -> None:
        with pytest.raises(ValueError, match=mistake):
            clock.move_to(moment)
        assert clock.now() == NOON

    def test_what_is_frozen_within_goes_on_with_it(self, clock: VirtualClock) -> None:
        with freeze_time(NOON + 10 * DAY):
            time.sleep(60)
            assert now() == NOON + 10 * DAY + timedelta(seconds=60)
        assert now() == NOON + timedelta(seconds=60)

    def test_an_inner_clock_is_shown_until_it_ends(self, clock: VirtualClock) -> None:
        with virtual_clock(NOON + DAY):
            sleep(60)
            shown = now()
        assert (shown - NOON - DAY, now() - NOON) == (timedelta(seconds=60), timedelta(0))

    def test_a_misspelt_attribute_is_an_error(self, clock: VirtualClock) -> None:
        with pytest.raises(AttributeError, match="horizion"):
            clock.horizion = DAY  # type: ignore[attr-defined]

    def test_its_repr_says_where_it_stands(self, clock: VirtualClock) -> None:
        assert repr(clock) == "<VirtualClock at 2030-06-15T12:00:00+00:00>"


class TestSleeping:
    @pytest.mark.parametrize(
        "asleep",
        [
            lambda seconds: time.sleep(seconds),
            lambda seconds: sleep(seconds),
            nap,
            nap_by_keyword,
            Napper().nap,
            Napper.nap_anywhere,
            lambda seconds: Napper.asleep(seconds),
        ],
        ids=[
            "time.sleep",
            "from time import sleep",
            "default",
            "keyword default",
            "method",
            "static method",
            "attribute of a class",
        ],
    )
    def test_a_sleep_moves_the_clock_instead_of_waiting(self, clock: VirtualClock, asleep: Any) -> None:
        began = api.real_perf_counter()
        asleep(3600)
        assert (now() - NOON, api.real_perf_counter() - began < 60) == (HOUR, True)

    def test_each_is_kept_in_order(self, clock: VirtualClock) -> None:
        for seconds in (60, 0, 0.25):
            time.sleep(seconds)
        assert clock.sleeps == [60, 0, 0.25]

    def test_a_negative_one_is_refused_as_ever(self, clock: VirtualClock) -> None:
        with pytest.raises(ValueError, match="must be non-negative"):
            time.sleep(-1)

    def test_what_is_no_number_is_refused_as_ever(self, clock: VirtualClock) -> None:
        with pytest.raises(TypeError):
            time.sleep("a while")  # type: ignore[arg-type]

    def test_a_process_is_waited_for_really(self, clock: VirtualClock) -> None:
        done = subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], timeout=30, check=False)
        assert (done.returncode, clock.sleeps) == (0, [])

    def test_a_process_that_takes_too_long_is_given_up(self, clock: VirtualClock) -> None:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", "import time; time.sleep(30)"], timeout=0.2, check=False)

    def test_a_sleep_that_a_pool_is_given_moves_the_clock(self, clock: VirtualClock) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.sleep, 3600).result()
        assert clock.sleeps == [3600]

    def test_a_thread_sees_one_time(self, clock: VirtualClock) -> None:
        def times() -> tuple[float, float]:
            return time.time(), datetime_module.datetime.now(timezone.utc).timestamp()

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(times).result() == (NOON.timestamp(), NOON.timestamp())

    def test_a_futures_timeout_is_real(self, clock: VirtualClock) -> None:
        done = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(done.wait)
            with pytest.raises(FutureTimeoutError):
                list(as_completed([future], timeout=0.05))
            done.set()

    def test_another_thread_comes_to_do_what_is_waited_for(self, clock: VirtualClock) -> None:
        done = threading.Event()

        def work() -> None:
            for _ in range(100):
                sum(range(1000))
            done.set()

        worker = threading.Thread(target=work)
        worker.start()
        while not done.is_set():
            time.sleep(1)
        worker.join()
        assert clock.now() - NOON < clock.horizon

    def test_the_threads_sleeps_count_one_after_the_other(self, clock: VirtualClock) -> None:
        threads = [threading.Thread(target=time.sleep, args=(60,)) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert clock.sleeps == [60, 60, 60]


class TestAsyncio:
    def test_a_sleep_moves_the_clock(self, clock: VirtualClock) -> None:
        asyncio.run(asyncio.sleep(86_400))
        assert abs(now() - NOON - DAY) < timedelta(milliseconds=1)

    @pytest.mark.parametrize("seconds", [0.1234564, 0.1234567, 1e-7, 86_399.123_456_78])
    def test_no_rounding_keeps_it_waiting(self, clock: VirtualClock, seconds: float) -> None:
        asyncio.run(asyncio.sleep(seconds))
        assert abs((now() - NOON).total_seconds() - seconds) < 0.001

    def test_tasks_wake_in_the_order_of_their_times(self, clock: VirtualClock) -> None:
        woken = []

        async def napping(seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append((seconds, round((now() - NOON).total_seconds())))

        async def all_at_once() -> None:
            await asyncio.gather(*map(napping, (30, 10, 20)))

        asyncio.run(all_at_once())
        assert woken == [(10, 10), (20, 20), (30, 30)]

    def test_a_timeout_comes_at_its_time(self, clock: VirtualClock) -> None:
        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(asyncio.wait_for(asyncio.sleep(1000), 600))
        assert round((now() - NOON).total_seconds()) == 600

    def test_a_timer_whose_time_a_tick_has_passed_is_not_waited_for(self, clock: VirtualClock) -> None:
        async def ticked() -> None:
            asleep = asyncio.create_task(asyncio.sleep(10))
            await asyncio.sleep(0)
            clock.tick(20)
            await asleep

        asyncio.run(ticked())
        assert clock.sleeps == []

    def test_a_timer_that_was_cancelled_is_not_waited_for(self, clock: VirtualClock) -> None:
        async def in_time() -> None:
            await asyncio.wait_for(asyncio.sleep(10), 600)
            await asyncio.sleep(5)

        asyncio.run(in_time())
        assert round((now() - NOON).total_seconds()) == 15

    def test_a_thread_gets_the_time_that_it_needs(self, clock: VirtualClock) -> None:
        async def patiently() -> float:
            return await asyncio.wait_for(asyncio.to_thread(_really_take, 0.1), 60)

        assert asyncio.run(patiently()) == 0.1

    def test_a_thread_that_never_ends_is_given_up_in_time(self, clock: VirtualClock) -> None:
        never = threading.Event()

        async def in_vain() -> None:
            try:
                await asyncio.wait_for(asyncio.to_thread(never.wait), 0.05)
            finally:
                never.set()

        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(in_vain())

    def test_a_connection_is_answered_before_a_timeout_comes(self, clock: VirtualClock) -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        async def ask() -> bytes:
            async with connected_to(echo) as (reader, writer):
                writer.write(b"hello\n")
                return await asyncio.wait_for(reader.readline(), 30)

        assert asyncio.run(ask()) == b"hello\n"

    def test_a_slow_answer_comes_before_a_timeout(self, clock: VirtualClock) -> None:
        async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.to_thread(_really_take, 0.2)
            writer.write(b"hello\n")
            await writer.drain()
            writer.close()

        async def ask() -> bytes:
            async with connected_to(slowly) as (reader, _):
                return await asyncio.wait_for(reader.readline(), 30)

        assert asyncio.run(ask()) == b"hello\n"

    def test_a_pools_future_gets_the_time_that_it_needs(self, clock: VirtualClock) -> None:
        async def patiently(pool: ThreadPoolExecutor) -> float:
            return await asyncio.wait_for(asyncio.wrap_future(pool.submit(_really_take, 0.1)), 30)

        with ThreadPoolExecutor(1) as pool:
            assert asyncio.run(patiently(pool)) == 0.1

    def test_a_future_of_its_own_is_no_work_outside(self, clock: VirtualClock) -> None:
        async def own() -> None:
            future = asyncio.get_running_loop().create_future()
            assert asyncio.wrap_future(future) is future
            await asyncio.sleep(3600)

        asyncio.run(own())
        assert clock.sleeps == [3600]

    def test_a_connection_that_is_idle_keeps_no_sleep_waiting(self) -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async def asleep() -> float:
            async with connected_to(silent):
                await asyncio.sleep(60)
                began = api.real_perf_counter()
                for _ in range(5):
                    await asyncio.sleep(60)
                return api.real_perf_counter() - began

        with virtual_clock(patience=0.2):
            assert asyncio.run(asleep()) < 1

    def test_each_sleep_is_kept_as_it_was(self, clock: VirtualClock) -> None:
        async def often() -> None:
            for _ in range(20):
                await asyncio.sleep(0.1)
                await asyncio.sleep(30)

        asyncio.run(often())
        assert clock.sleeps == [0.1, 30] * 20


class TestWhatIsAroundIt:
    def test_what_was_frozen_before_it_stands(self) -> None:
        with freeze_time(NOON):
            with virtual_clock():
                time.sleep(86_400)
            assert now() == NOON

    def test_it_counts_although_the_test_has_put_another_in_its_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stand_in = mock.Mock()
        monkeypatch.setattr(time, "sleep", stand_in)
        with virtual_clock() as clock:
            sleep(30)
            time.sleep(60)
        assert (clock.sleeps, time.sleep is stand_in, stand_in.mock_calls) == ([30, 60], True, [])

    async def test_a_loop_that_runs_already_moves_it_too(self) -> None:
        with virtual_clock(NOON):
            await asyncio.sleep(3600)
            moved = now() - NOON
        assert abs(moved - HOUR) < timedelta(milliseconds=1)

    def test_a_module_imported_within_sleeps_really_again_afterwards(self) -> None:
        module = ModuleType("imported_within")
        sys.modules["imported_within"] = module
        try:
            with virtual_clock():
                exec("from time import sleep", vars(module))
                within = module.sleep
            assert (module.sleep is time.sleep, within is time.sleep) == (True, False)
        finally:
            del sys.modules["imported_within"]

    def test_one_kept_beyond_its_clock_waits_really(self) -> None:
        with virtual_clock():
            kept = time.sleep
        began = api.real_perf_counter()
        kept(0.01)
        assert api.real_perf_counter() - began >= 0.01

    def test_everything_is_as_it_was_afterwards(self) -> None:
        with pytest.raises(ZeroDivisionError), virtual_clock():
            raise ZeroDivisionError
        loop: Any = asyncio.BaseEventLoop
        assert (time.sleep, loop._run_once, loop.time) == REAL_SLEEP

    async def test_a_timer_that_outlives_the_clock_comes_in_its_time(self) -> None:
        with virtual_clock():
            await asyncio.sleep(86_400)
            outliving = asyncio.create_task(asyncio.sleep(0.01))
            await asyncio.sleep(0)
        await asyncio.wait_for(outliving, 3)

    def test_a_loop_has_no_time_of_its_own_between_clocks(self) -> None:
        loop = asyncio.new_event_loop()
        try:
            with virtual_clock():
                time.sleep(3600)
                within = loop.time()
            assert 3590 < within - loop.time() < 3610
        finally:
            loop.close()


@pytest.mark.usefixtures("places")
class TestTheHorizon:
    @pytest.fixture
    def limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mocking, "_CLOCKS_LIMIT", 300)

    def test_a_wait_past_it_says_what_was_seen_and_what_is_to_come(self, clock: VirtualClock) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Starting")
            backend.seed("other", "Created", Schedule={"StartTime": NOON + 400 * DAY})
            client: Any = boto3.client("sagemaker")
            with pytest.raises(HorizonReached) as raised:
                wait_for("Running", client, 86_400)
        assert str(raised.value).splitlines() == [
            "The code under test sleeps 86400 s at 2030-08-14T12:00:00+00:00, past the horizon: it has waited since"
            " 2030-06-15T12:00:00+00:00, and may wait 60 days, 0:00:00. Can what it waits for still happen?",
            "The last calls:",
            "  <Call DescribeInferenceExperiment(Name='churn') in us-east-1: Starting> (61 times)",
            "Still to come:",
            "  churn in us-east-1 is Starting and stays so, because it was seeded so, without a transition",
            "  other in us-east-1 is Created and moves on at 2031-07-20T12:00:00+00:00",
            "To let it wait longer: sagemaker_ie_clock.horizon = timedelta(days=...)",
        ]

    def test_it_says_so_when_nothing_is_to_come(self, clock: VirtualClock) -> None:
        with mock_inference_experiments(), pytest.raises(HorizonReached, match=r"(?s)calls:\n  none.*come:\n  nothing"):
            time.sleep(1e12)

    @pytest.mark.parametrize(
        ("status", "transition", "outlook"),
        [
            ("Starting", {"progression": "manual", "times": 3}, "is Starting and moves on after 3 more looks"),
            ("Completed", None, "is Completed and stays so: it is over"),
        ],
    )
    def test_it_knows_what_moves_by_looks_and_what_is_over(
        self, clock: VirtualClock, status: str, transition: Any, outlook: str
    ) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn", status, transition=transition)
            with pytest.raises(HorizonReached, match=outlook):
                time.sleep(1e9)

    def test_it_can_be_set(self) -> None:
        with virtual_clock(horizon=DAY) as clock:
            time.sleep(86_000)
            with pytest.raises(HorizonReached):
                time.sleep(1000)
            clock.horizon = 2 * DAY
            time.sleep(86_400)
            assert clock.horizon == 2 * DAY

    def test_it_counts_from_where_the_test_has_set_the_clock_last(self) -> None:
        with virtual_clock(horizon=DAY) as clock:
            for _ in range(3):
                time.sleep(80_000)
                clock.tick()

    def test_a_loop_that_swallows_every_exception_ends_all_the_same(self) -> None:
        def stubbornly() -> None:
            while True:
                with suppress(Exception):
                    time.sleep(3600)

        with virtual_clock(horizon=DAY), pytest.raises(HorizonReached):
            stubbornly()

    def test_a_wait_that_nothing_can_end_is_told_before_it(self, clock: VirtualClock) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Cancelled")
            backend.seed("stuck", "Starting")
            with pytest.raises(
                HorizonReached, match=r"(?s)will not change any more\. .*stays so: it is over"
            ) as raised:
                wait_for("Running", boto3.client("sagemaker"), 1)
            assert "(999 times)" in str(raised.value)
            assert len(backend.calls) < 5000

    @pytest.mark.parametrize("to_come", ["a move", "a look", "a fault", "a failure", "a change"])
    def test_one_that_something_may_end_goes_on(self, limit: None, clock: VirtualClock, to_come: str) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Cancelled")
            if to_come == "a move":
                backend.seed("other", "Running")
            elif to_come == "a look":
                backend.seed("other", "Starting", transition={"progression": "manual", "times": 9})
            elif to_come == "a fault":
                backend.fail("DescribeInferenceExperiment", "ThrottlingException", after=10**6, optional=True)
            elif to_come == "a failure":
                backend.fail_experiment("churn", "Starting", optional=True)
            client: Any = boto3.client("sagemaker")
            for _ in range(500 if to_come == "a change" else 301):
                client.describe_inference_experiment(Name="churn")
                if to_come == "a change" and len(backend.calls) % 90 == 0:
                    client.add_tags(ResourceArn=backend.get("churn").arn, Tags=[{"Key": "a", "Value": "b"}])
                time.sleep(1)

    def test_a_horizon_of_the_tests_own_is_a_choice(self, limit: None) -> None:
        with virtual_clock(horizon=HOUR) as clock, mock_inference_experiments() as backend:
            backend.seed("churn", "Cancelled")
            with pytest.raises(HorizonReached, match="past the horizon"):
                wait_for("Running", boto3.client("sagemaker"), 10)
        assert len(clock.sleeps) == 361

    def test_an_async_wait_past_it_ends(self) -> None:
        async def for_ever() -> None:
            while True:
                await asyncio.sleep(3600)

        with virtual_clock(horizon=DAY), pytest.raises(HorizonReached):
            asyncio.run(for_ever())


@pytest.mark.slow
class TestTheShapeOfAwssSample:
    """A loop that looks every minute, over a schedule of a week."""

    def test_it_sees_each_status_in_its_time(self) -> None:
        seen = []
        with virtual_clock(NOON), mock_inference_experiments() as backend:
            backend.set_transition({"progression": "time", "seconds": 600})
            backend.seed("churn", Schedule={"StartTime": NOON + HOUR, "EndTime": NOON + HOUR + 7 * DAY})
            client: Any = boto3.client("sagemaker")
            while not seen or seen[-1][0] != "Completed":
                status = client.describe_inference_experiment(Name="churn")["Status"]
                if not seen or seen[-1][0] != status:
                    seen.append((status, now() - NOON))
                sleep(60)
            looks = len(backend.calls)
        minute = timedelta(minutes=1)
        assert seen == [
            ("Created", 0 * HOUR),
            ("Starting", HOUR),
            ("Running", HOUR + 10 * minute),
            ("Stopping", HOUR + 7 * DAY),
            ("Completed", HOUR + 7 * DAY + 10 * minute),
        ]
        assert looks == 10_151


class TestTheFixture:
    def test_a_test_sleeps_in_no_time(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import time
            import pytest

            @pytest.mark.sagemaker_ie("churn", transition={"progression": "time", "seconds": 600})
            def test_wait(sagemaker_ie, sagemaker_ie_clock):
                seen = set()
                while "Completed" not in seen:
                    seen.add(sagemaker_ie.describe_inference_experiment(Name="churn")["Status"])
                    time.sleep(600)
                assert seen == {"Created", "Starting", "Running", "Stopping", "Completed"}
            """
        )
        pytester.runpytest().assert_outcomes(passed=1)

    def test_its_marker_says_where_it_begins_and_how_far_it_goes(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            from datetime import datetime, timedelta, timezone
            import pytest

            pytestmark = pytest.mark.sagemaker_ie_clock("2030-06-15", horizon=timedelta(days=3))

            def test_module(sagemaker_ie_clock):
                assert sagemaker_ie_clock.now() == datetime(2030, 6, 15, tzinfo=timezone.utc)
                assert sagemaker_ie_clock.horizon == timedelta(days=3)

            @pytest.mark.sagemaker_ie_clock(moment="2031-01-01")
            @pytest.mark.sagemaker_ie("churn")
            def test_closest(sagemaker_ie_backend, sagemaker_ie_clock):
                assert sagemaker_ie_clock.now() == datetime(2031, 1, 1, tzinfo=timezone.utc)
                start = sagemaker_ie_backend.get("churn").schedule["StartTime"]
                assert start == datetime(2031, 1, 2, tzinfo=timezone.utc)
            """
        )
        pytester.runpytest().assert_outcomes(passed=2)

    def test_its_marker_alone_suffices(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            from datetime import datetime, timezone
            import pytest

            @pytest.mark.sagemaker_ie_clock("2030-06-15")
            def test_alone():
                assert datetime.now(timezone.utc) == datetime(2030, 6, 15, tzinfo=timezone.utc)

            @pytest.mark.sagemaker_ie_clock("2030-06-15")
            @pytest.mark.sagemaker_ie("churn")
            def test_with_a_seed(sagemaker_ie_backend):
                start = sagemaker_ie_backend.get("churn").schedule["StartTime"]
                assert start == datetime(2030, 6, 16, tzinfo=timezone.utc)
            """
        )
        pytester.runpytest().assert_outcomes(passed=2)

    def test_it_ends_with_its_test_whatever_else_fails_then(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest
            from pytest_sagemaker_ie.clock import running_clock

            @pytest.fixture
            def bad(sagemaker_ie_clock, sagemaker_ie_backend):
                yield
                raise SystemExit(3)

            def test_bad(bad, sagemaker_ie_backend):
                sagemaker_ie_backend.fail("ListInferenceExperiments", "ThrottlingException")

            def test_next():
                assert running_clock() is None
            """
        )
        pytester.runpytest().assert_outcomes(passed=2, errors=1)

    def test_it_begins_where_a_decorator_of_the_test_freezes(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import time
            from datetime import datetime, timezone
            from freezegun import api, freeze_time

            @freeze_time("2030-06-15")
            def test_both(sagemaker_ie_clock):
                time.sleep(86_400)
                assert datetime.now(timezone.utc) == datetime(2030, 6, 16, tzinfo=timezone.utc)
                assert sagemaker_ie_clock.now() == datetime(2030, 6, 16, tzinfo=timezone.utc)
            """
        )
        pytester.runpytest().assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        ("arguments", "mistake"),
        [
            ("datetime(2030, 6, 15)", "datetime.datetime(2030, 6, 15, 0, 0) is naive*"),
            ("horizon=3", "a horizon is a timedelta*"),
            ("tick=True", "unknown argument 'tick'."),
            ("'2030-06-15', '2031-06-15'", "too many positional arguments, more than 1: *"),
            ("'2030-06-15', moment='2031-06-15'", "moment is given twice: *"),
        ],
    )
    def test_a_marker_that_cannot_be_is_an_error_of_the_set_up(
        self, pytester: pytest.Pytester, arguments: str, mistake: str
    ) -> None:
        pytester.makepyfile(
            f"""
            from datetime import datetime
            import pytest

            @pytest.mark.sagemaker_ie_clock({arguments})
            def test_it(sagemaker_ie_clock): pass
            """
        )
        result = pytester.runpytest()
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([mistake])

    def test_the_duration_of_a_test_is_real(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import time

            def test_long(sagemaker_ie_clock):
                time.sleep(86_400)
            """
        )
        result = pytester.runpytest("--durations=3", "--durations-min=1000")
        result.stdout.no_fnmatch_line("*test_long*")
