"""Threads and processes: one account for many threads, accounts of their own, and children that have none."""

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import spawn
from typing import Any

import boto3
import pytest
from threads import run

from pytest_sagemaker_ie import OperationNotAnswered, Status, mock_inference_experiments
from pytest_sagemaker_ie.aws.install import in_run
from pytest_sagemaker_ie.core.backend import service_of

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}
CLIENT = boto3.client("sagemaker", "us-east-1", **KEYS)


def status_of_churn() -> str:
    status: str = CLIENT.describe_inference_experiment(Name="churn")["Status"]
    return status


class TestOneAccount:
    @pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
    def test_many_threads_leave_a_possible_past(self, seed: int) -> None:
        # In full, with 32 threads of 1,000 calls and twenty times: python -m tests.threads
        assert run(threads=32, calls=30, seed=seed) == []

    def test_of_many_creators_one_succeeds(self, sagemaker_ie_backend: Any) -> None:
        from valid_requests import creation

        together = threading.Barrier(16)

        def create(_: int) -> str | None:
            together.wait(30)
            try:
                CLIENT.create_inference_experiment(**creation("churn"))
            except CLIENT.exceptions.ResourceInUse:
                return "in use"
            return None

        with ThreadPoolExecutor(16) as pool:
            assert sorted(map(str, pool.map(create, range(16)))) == ["None", *["in use"] * 15]
        assert sagemaker_ie_backend.get("churn").history[0].event == "Create (no StartTime)"

    def test_seeds_looks_and_listings_beside_calls(self, sagemaker_ie_backend: Any) -> None:
        """The backend's own methods, while other threads call."""
        sagemaker_ie_backend.seed("churn", "Running")
        stop = threading.Event()

        def call() -> int:
            calls = 0
            while not stop.is_set():
                CLIENT.list_inference_experiments(MaxResults=100)
                CLIENT.update_inference_experiment(Name="churn", Description=str(calls))
                calls += 2
            return calls

        with ThreadPoolExecutor(4) as pool:
            callers = [pool.submit(call) for _ in range(4)]
            try:
                for number in range(100):
                    sagemaker_ie_backend.seed(f"more-{number}")
                    assert len(sagemaker_ie_backend.experiments) == number + 2
                    assert sagemaker_ie_backend.get("churn").status is Status.RUNNING
                    sagemaker_ie_backend.set_transition({"progression": "immediate"})
            finally:
                stop.set()
            assert sum(caller.result(30) for caller in callers) == len(sagemaker_ie_backend.calls)


@pytest.mark.sagemaker_ie("churn", "Running")
class TestAThreadWithoutAnAccount:
    """It is answered by the account that the process entered last."""

    def test_of_a_pool(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(status_of_churn).result(30) == "Running"

    def test_of_a_pool_that_is_older_than_the_account(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result(30)
            with mock_inference_experiments(region="us-east-1") as inner:
                inner.seed("churn", "Completed")
                assert pool.submit(status_of_churn).result(30) == "Completed"
            assert pool.submit(status_of_churn).result(30) == "Running"

    def test_it_is_refused_what_is_not_answered(self) -> None:
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationNotAnswered, match="ListModels"):
            pool.submit(CLIENT.list_models).result(30)

    def test_it_may_make_its_client(self) -> None:
        def status() -> str:
            client = boto3.Session(region_name="us-east-1").client("sagemaker")
            shown: str = client.describe_inference_experiment(Name="churn")["Status"]
            return shown

        with ThreadPoolExecutor(2) as pool:
            assert {pool.submit(status).result(30) for _ in range(2)} == {"Running"}

    async def test_of_to_thread(self) -> None:
        assert await asyncio.to_thread(status_of_churn) == "Running"

    async def test_of_an_event_loops_executor(self) -> None:
        assert await asyncio.get_running_loop().run_in_executor(None, status_of_churn) == "Running"


class TestAccountsOfTheirOwn:
    def test_two_threads_stay_apart(self) -> None:
        both = threading.Barrier(2)

        def run_test(status: str, account_id: str) -> list[tuple[str, str]]:
            seen = []
            for _ in range(20):
                with mock_inference_experiments(region="us-east-1", account_id=account_id) as backend:
                    backend.seed("churn", status)
                    both.wait(30)
                    shown = CLIENT.describe_inference_experiment(Name="churn")
                    seen.append((shown["Status"], shown["Arn"].split(":")[4]))
                    both.wait(30)
                    assert len(backend.calls) == 1
            return seen

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(run_test, "Running", "1" * 12)
            second = pool.submit(run_test, "Completed", "2" * 12)
            assert first.result(60) == [("Running", "1" * 12)] * 20
            assert second.result(60) == [("Completed", "2" * 12)] * 20

    def test_one_that_ends_leaves_the_other(self) -> None:
        entered, left = threading.Event(), threading.Event()

        def short() -> None:
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn", "Completed")
                entered.set()
                assert status_of_churn() == "Completed"
            left.set()

        with mock_inference_experiments(region="us-east-1") as backend:
            backend.seed("churn", "Running")
            thread = ThreadPoolExecutor(1)
            with thread:
                running = thread.submit(short)
                assert entered.wait(30)
                assert status_of_churn() == "Running"
                assert left.wait(30)
                assert status_of_churn() == "Running"
                running.result(30)

    def test_one_that_is_left_in_another_thread_answers_no_more(self, network_attempts: list[object]) -> None:
        mock = mock_inference_experiments(region="us-east-1")
        mock.start().seed("churn", "Running")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(mock.stop).result(30)
        with mock_inference_experiments(region="us-east-1") as backend:
            backend.seed("churn", "Completed")
            assert status_of_churn() == "Completed"
        client = boto3.client("sagemaker", "us-east-1", **KEYS)

        def before_send(**_: Any) -> None:
            raise ConnectionAbortedError

        client.meta.events.register("before-send", before_send)
        with pytest.raises(ConnectionAbortedError):
            client.describe_inference_experiment(Name="churn")

    def test_one_that_is_left_in_another_thread_is_forgotten(self) -> None:
        left = []
        with ThreadPoolExecutor(1) as pool:
            for _ in range(9):
                mock = mock_inference_experiments()
                left.append(weakref.ref(service_of(mock.start())))
                pool.submit(mock.stop).result(30)
        with mock_inference_experiments():
            gc.collect()
            assert [account() for account in left[:5]] == [None] * 5  # the failure section keeps the last ones

    def test_one_that_is_left_in_another_thread_does_not_stand_before_the_process_s(self) -> None:
        mock = mock_inference_experiments(region="us-east-1")
        mock.start().seed("churn", "Running")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(mock.stop).result(30)
            others = mock_inference_experiments(region="us-east-1")
            pool.submit(others.start).result(30).seed("churn", "Completed")
            try:
                assert status_of_churn() == "Completed"
            finally:
                pool.submit(others.stop).result(30)

    def test_tasks_stay_apart(self) -> None:
        async def run_test(status: str, mine: asyncio.Event, others: asyncio.Event) -> str:
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn", status)
                mine.set()
                await others.wait()
                return status_of_churn()

        async def both() -> list[str]:
            first, second = asyncio.Event(), asyncio.Event()
            return await asyncio.gather(run_test("Running", first, second), run_test("Completed", second, first))

        assert asyncio.run(both()) == ["Running", "Completed"]

    def test_the_region_is_what_it_was_when_all_have_left(self) -> None:
        before = dict(os.environ)

        def enter(number: int) -> None:
            for _ in range(50):
                with mock_inference_experiments(region=("us-east-1", "eu-west-1")[number % 2]):
                    pass

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(enter, range(8)))
        assert dict(os.environ) == before


IN_A_CHILD = """
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import boto3
from botocore.config import Config
from pytest_sagemaker_ie import OperationNotAnswered, mock_inference_experiments

KEYS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "k",
    "aws_secret_access_key": "s",
    "config": Config(retries={"total_max_attempts": 1}),
}
CLIENT = boto3.client("sagemaker", **KEYS)

def attempt(call, **parameters):
    try:
        return call(**parameters)["Status"]
    except OperationNotAnswered as error:
        return str(error)

def of_a_client_of_the_parent():
    return attempt(CLIENT.describe_inference_experiment, Name="churn")

def of_a_client_of_its_own():
    return attempt(boto3.Session().client("sagemaker", **KEYS).describe_inference_experiment, Name="churn")

def of_another_operation():
    return attempt(CLIENT.list_models)

def of_its_own_account():
    with mock_inference_experiments() as backend:
        backend.seed("churn", "Completed")
        return of_a_client_of_the_parent()

def after_its_own_account():
    of_its_own_account()
    return of_a_client_of_the_parent()
"""


@pytest.fixture
def run_in_children(run_python: Callable[..., Any]) -> Callable[..., list[str]]:
    """Run code that has child processes. Nothing of it may want to leave the machine."""

    def ran(code: str) -> list[str]:
        result = run_python(f"{IN_A_CHILD}\nif __name__ == '__main__':\n" + code)
        assert (result.returncode, result.stderr) == (0, "")
        lines: list[str] = result.stdout.splitlines()
        return lines

    return ran


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
class TestAForkedChild:
    def test_it_is_told_that_it_has_no_account_and_may_have_its_own(
        self, run_in_children: Callable[..., list[str]]
    ) -> None:
        before, *told, own, again, after, parents = run_in_children(
            """
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, fork) as pool:
        print(pool.submit(of_its_own_account).result(30))
    with mock_inference_experiments() as backend:
        backend.seed("churn", "Running")
        with ProcessPoolExecutor(1, fork) as pool:
            for each in (of_a_client_of_the_parent, of_a_client_of_its_own, of_another_operation):
                print(pool.submit(each).result(30))
        with fork.Pool(2) as pool:
            print(*pool.apply(of_its_own_account), sep="")
            print(*pool.apply(of_its_own_account), sep="")
            pool.close()
            pool.join()
        with ProcessPoolExecutor(1, fork) as pool:
            print(pool.submit(after_its_own_account).result(30))
        print(CLIENT.describe_inference_experiment(Name="churn")["Status"], len(backend.calls))
"""
        )
        assert len(told) == 3
        for line in (*told, after):
            assert line.startswith("This call was made in a child process (")
            assert "nothing was sent to AWS" in line
        assert (before, own, again, parents) == ("Completed", "Completed", "Completed", "Running 1")

    @pytest.mark.slow
    def test_one_that_leaves_its_parents_account_leaves_the_parents_alone(
        self, run_in_children: Callable[..., list[str]]
    ) -> None:
        lines = run_in_children(
            """
    mock = mock_inference_experiments()
    mock.start().seed("churn", "Running")
    child = os.fork()
    mock.stop()
    if not child:
        os._exit(0)
    print(os.waitpid(child, 0)[1])
"""
        )
        assert lines == ["0"]

    @pytest.mark.slow
    def test_one_forked_while_threads_enter_and_leave_can_enter_too(
        self, run_in_children: Callable[..., list[str]]
    ) -> None:
        lines = run_in_children(
            """
    import threading, warnings
    from pytest_sagemaker_ie.aws import install

    held, release = threading.Event(), threading.Event()

    def hold():
        with install._lock:
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child:
        import signal
        signal.alarm(3)
        os._exit(of_its_own_account() != "Completed")
    release.set()
    thread.join()
    print(os.waitpid(child, 0)[1])
"""
        )
        assert lines == ["0"]


@pytest.mark.slow
def test_a_spawned_child_never_goes_out_and_is_answered_by_an_account_of_its_own(
    run_in_children: Callable[..., list[str]],
) -> None:
    told, own = run_in_children(
        """
    with mock_inference_experiments() as backend:
        backend.seed("churn", "Running")
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            for each in (of_a_client_of_the_parent, of_its_own_account):
                print(pool.submit(each).result(30))
"""
    )
    assert told.startswith("This call was made in a child process (")
    assert own == "Completed"


def test_a_spawned_child_is_told_only_of_an_account_that_is_there() -> None:
    assert "sagemaker_ie" not in spawn.get_preparation_data("child")
    with mock_inference_experiments():
        assert "sagemaker_ie" in spawn.get_preparation_data("child")
    with in_run("us-east-1", guard=False):
        assert "sagemaker_ie" not in spawn.get_preparation_data("child")
