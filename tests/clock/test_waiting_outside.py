"""What an event loop waits for outside of itself is real under the clock, and a loop that never waits ends."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio.to_thread
import pytest

from pytest_sagemaker_ie import HorizonReached, VirtualClock, virtual_clock
from pytest_sagemaker_ie.clock import REAL

HOUR = 3600


@pytest.fixture
def clock(places: None) -> Iterator[VirtualClock]:
    with virtual_clock("2030-06-15T12:00Z") as clock:
        yield clock


def work(seconds: float = 0.2) -> str:
    until = REAL["monotonic"]() + seconds
    while REAL["monotonic"]() < until:
        sum(range(1000))
    return "done"


class TestWhatIsReal:
    @pytest.mark.parametrize("silence", [0, 0.4])
    @pytest.mark.parametrize("pipe", [asyncio.subprocess.PIPE, None], ids=["with a pipe", "without pipes"])
    def test_a_process_gets_its_time(self, silence: float, pipe: int | None) -> None:
        async def run() -> tuple[bytes | None, int | None]:
            code = f"import time; time.sleep({silence}); print('hello' if {pipe is not None} else '', end='')"
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=pipe)
            out, _ = await asyncio.wait_for(process.communicate(), HOUR)
            return out, await asyncio.wait_for(process.wait(), HOUR)

        with virtual_clock(patience=0.3):
            assert asyncio.run(run()) == (b"hello" if pipe else None, 0)

    def test_a_process_that_says_nothing_is_idle_in_the_end(self) -> None:
        async def run() -> float:
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
            began = REAL["monotonic"]()
            for _ in range(20):
                await asyncio.sleep(HOUR)
            took = REAL["monotonic"]() - began
            process.kill()
            await process.wait()
            return took

        with virtual_clock(patience=0.03):
            assert asyncio.run(run()) < 10

    def test_a_thread_of_ones_own_gets_its_time(self, clock: VirtualClock) -> None:
        async def run() -> str:
            loop = asyncio.get_running_loop()
            done = loop.create_future()
            threading.Thread(target=lambda: loop.call_soon_threadsafe(done.set_result, work())).start()
            return await asyncio.wait_for(done, HOUR)

        assert asyncio.run(run()) == "done"

    def test_a_thread_of_ones_own_that_waits_gets_its_time(self, clock: VirtualClock) -> None:
        async def run() -> str:
            loop = asyncio.get_running_loop()
            done = loop.create_future()
            threading.Timer(0.3, loop.call_soon_threadsafe, (done.set_result, "done")).start()
            return await asyncio.wait_for(done, HOUR)

        assert asyncio.run(run()) == "done"

    @pytest.mark.slow
    def test_a_thread_of_anyio_gets_its_time_again_and_again(self) -> None:
        async def run() -> list[str]:
            done = []
            for _ in range(3):
                with anyio.fail_after(HOUR):
                    done.append(await anyio.to_thread.run_sync(work))
                await asyncio.sleep(60)
            return done

        with virtual_clock(patience=0.1):
            assert asyncio.run(run()) == ["done"] * 3

    def test_a_signal_comes(self, clock: VirtualClock) -> None:
        async def run() -> None:
            loop = asyncio.get_running_loop()
            come = asyncio.Event()
            loop.add_signal_handler(signal.SIGALRM, come.set)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            await asyncio.wait_for(come.wait(), HOUR)

        asyncio.run(run())

    def test_how_long_a_connection_is_waited_for_can_be_said(self) -> None:
        async def run() -> float:
            reading, writing = os.pipe()
            asyncio.get_running_loop().add_reader(reading, lambda: None)
            began = REAL["monotonic"]()
            await asyncio.sleep(HOUR)
            asyncio.get_running_loop().remove_reader(reading)
            os.close(reading)
            os.close(writing)
            return REAL["monotonic"]() - began

        with virtual_clock(patience=0.2) as clock:
            assert (0.2 <= asyncio.run(run()) < 0.9, clock.patience) == (True, 0.2)


class TestThreadsThatWereThereBefore:
    def test_a_thread_of_anyio_that_was_there_before_gets_its_time(self) -> None:
        async def run() -> str:
            await anyio.to_thread.run_sync(work, 0.01)
            with virtual_clock(patience=0.3):
                await asyncio.sleep(60)
                with anyio.fail_after(HOUR):
                    return await anyio.to_thread.run_sync(work)

        assert asyncio.run(run()) == "done"

    def test_a_loop_in_a_thread_that_was_there_before_waits_really(self) -> None:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            with virtual_clock() as clock:
                began = REAL["monotonic"]()
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result(30)
                assert (REAL["monotonic"]() - began >= 0.2, clock.sleeps) == (True, [])
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


class TestALoopThatNeverWaits:
    @pytest.mark.parametrize(
        "seconds", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in (1e-9, 1e-7, 1e-5))]
    )
    def test_it_reaches_its_deadline(self, clock: VirtualClock, seconds: float) -> None:
        async def run() -> None:
            while True:
                await asyncio.sleep(seconds)

        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(asyncio.wait_for(run(), HOUR))

    def test_it_reaches_the_horizon(self, clock: VirtualClock) -> None:
        async def run() -> None:
            while True:
                await asyncio.sleep(0)

        with pytest.raises(HorizonReached):
            asyncio.run(run())

    @pytest.mark.parametrize("seconds", [0, pytest.param(1e-7, marks=pytest.mark.slow), 1e-5])
    def test_a_sleep_of_next_to_nothing_reaches_a_deadline(self, clock: VirtualClock, seconds: float) -> None:
        deadline = time.monotonic() + HOUR
        while time.monotonic() < deadline:
            time.sleep(seconds)

    def test_timers_that_are_due_at_once_reach_the_horizon(self, clock: VirtualClock) -> None:
        async def run() -> None:
            loop = asyncio.get_running_loop()

            def again() -> None:
                loop.call_later(0, again)

            again()
            await asyncio.Event().wait()

        with pytest.raises(HorizonReached):
            asyncio.run(run())

    def test_one_that_has_much_to_do_at_once_moves_no_time(self, clock: VirtualClock) -> None:
        async def run() -> None:
            for _ in range(3000):
                await asyncio.sleep(0)

        before = clock.now()
        asyncio.run(run())
        assert clock.now() == before


def test_the_loops_time_is_that_of_monotonic(clock: VirtualClock) -> None:
    async def times() -> tuple[float, float]:
        await asyncio.sleep(60)
        return asyncio.get_running_loop().time(), time.monotonic()

    shown, monotonic = asyncio.run(times())
    assert shown == monotonic


class TestLoopsThatItDoesNotMove:
    """They are refused with a message: each would wait for ever."""

    CODE = """
        from pytest_sagemaker_ie import virtual_clock

        {before}

        def main():
            with virtual_clock():
                {within}
                {run}

        main()
    """

    @pytest.mark.parametrize(
        ("before", "within", "run", "message"),
        [
            ("import trio", "", "trio.run(trio.sleep, 60)", "a virtual clock does not move trio's time"),
            ("", "import trio", "trio.run(trio.sleep, 60)", "a virtual clock does not move trio's time"),
            (
                "import asyncio, nest_asyncio; nest_asyncio.apply(asyncio.new_event_loop())",
                "",
                "asyncio.run(asyncio.sleep(60))",
                "a virtual clock does not move the loops that nest_asyncio has patched",
            ),
            (
                "import asyncio, nest_asyncio",
                "nest_asyncio.apply(asyncio.new_event_loop())",
                "asyncio.run(asyncio.sleep(60))",
                "a virtual clock does not move the loops that nest_asyncio has patched",
            ),
        ],
    )
    def test_it_says_so(self, before: str, within: str, run: str, message: str, run_python: Any) -> None:
        pytest.importorskip("trio")
        pytest.importorskip("nest_asyncio")
        code = self.CODE.format(before=before, within=within or "pass", run=run)
        done = run_python(code)
        assert done.returncode == 1
        assert message in done.stderr

    def test_trios_time_is_refused_where_it_is_read(self, clock: VirtualClock) -> None:
        trio: dict[str, Any] = {"__name__": "trio._core._run"}
        exec("import time\ndef current_time(): return time.perf_counter()", trio)
        with pytest.raises(RuntimeError, match="does not move trio's time"):
            trio["current_time"]()

    def test_a_patched_loop_is_refused_where_its_time_is_read(
        self, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asyncio.SelectorEventLoop, "_run_once", lambda loop: None)
        loop = asyncio.new_event_loop()
        with pytest.raises(RuntimeError, match="nest_asyncio has patched"):
            loop.time()
        loop.close()
