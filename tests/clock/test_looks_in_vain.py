"""Ten thousand calls in a row that change nothing end a test, with and without a clock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest
from freezegun import freeze_time

from pytest_sagemaker_ie import (
    HorizonReached,
    InferenceExperimentBackend,
    mock_inference_experiments,
    mocking,
    virtual_clock,
)

LIMIT = 200
"""What these tests take for ten thousand; an example of the docs makes so many."""
BY_TIME = {"progression": "time", "seconds": 600}


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mocking, "_LIMIT", LIMIT)
    monkeypatch.setattr(mocking, "_CLOCKS_LIMIT", LIMIT // 4)


@pytest.fixture
def client() -> Any:
    return boto3.client("sagemaker", region_name="us-east-1")


@pytest.fixture
def backend() -> Iterator[InferenceExperimentBackend]:
    with mock_inference_experiments(region="us-east-1") as backend:
        yield backend


def looks(client: Any, count: int) -> None:
    for _ in range(count):
        client.describe_inference_experiment(Name="churn")


@pytest.mark.parametrize(
    ("status", "transition", "outlook"),
    [
        ("Cancelled", None, "churn in us-east-1 is Cancelled and stays so: it is over"),
        ("Starting", None, "churn in us-east-1 is Starting and stays so"),
        ("Starting", BY_TIME, "churn in us-east-1 is Starting and moves on at "),
        ("Running", None, "churn in us-east-1 is Running and moves on at "),
    ],
)
def test_they_say_what_was_seen_and_what_is_to_come(
    backend: InferenceExperimentBackend, client: Any, status: str, transition: Any, outlook: str
) -> None:
    backend.seed("churn", status, transition=transition)
    looks(client, LIMIT)
    for _ in range(2):  # a loop that goes on all the same is told again
        with pytest.raises(HorizonReached) as raised:
            looks(client, 1)
    told = str(raised.value)
    assert (
        "has made 200 calls in a row that changed nothing, and what they see will not change within the next minute."
        in told
    )
    assert f"<Call DescribeInferenceExperiment(Name='churn') in us-east-1: {status}> (" in told
    assert outlook in told
    assert "sagemaker_ie_look_limit = false" in told
    assert [call.error for call in backend.calls[-3:]] == [None, "HorizonReached", "HorizonReached"]


def test_looks_of_several_kinds_count_together(backend: InferenceExperimentBackend, client: Any) -> None:
    backend.seed("churn", "Completed")
    with pytest.raises(HorizonReached):  # noqa: PT012
        for _ in range(LIMIT // 2 + 1):
            client.list_inference_experiments()
            looks(client, 1)
    assert len(backend.calls) == LIMIT + 1


@pytest.mark.parametrize("looks_too", [False, True])
def test_calls_that_are_refused_count_like_looks(
    backend: InferenceExperimentBackend, client: Any, looks_too: bool
) -> None:
    backend.seed("churn", "Cancelled")
    with pytest.raises(HorizonReached, match=r"has made 20\d calls in a row that changed nothing"):  # noqa: PT012
        while len(backend.calls) < 2 * LIMIT:
            with suppress(client.exceptions.ConflictException):
                client.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"})
            looks(client, looks_too)


def test_another_request_after_many_refused_ones_is_answered(backend: InferenceExperimentBackend, client: Any) -> None:
    backend.seed("churn", "Running")
    for _ in range(LIMIT):
        with pytest.raises(client.exceptions.ConflictException):
            client.start_inference_experiment(Name="churn")
    client.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"})
    assert backend.get("churn").status == "Cancelled"


def another_call(client: Any, backend: InferenceExperimentBackend) -> None:
    client.add_tags(ResourceArn=backend.get("churn").arn, Tags=[{"Key": "a", "Value": "b"}])


def an_update(client: Any, backend: InferenceExperimentBackend) -> None:
    client.update_inference_experiment(Name="churn", Description="changed")


def a_call_of_another_thread(client: Any, backend: InferenceExperimentBackend) -> None:
    thread = threading.Thread(target=another_call, args=(client, backend))
    thread.start()
    thread.join()


@pytest.mark.parametrize("change", [another_call, an_update, a_call_of_another_thread])
def test_what_is_no_look_starts_the_count_anew(
    backend: InferenceExperimentBackend, client: Any, change: Callable[[Any, InferenceExperimentBackend], None]
) -> None:
    backend.seed("churn", "Running")
    looks(client, LIMIT - 50)
    change(client, backend)
    looks(client, LIMIT)
    with pytest.raises(HorizonReached):
        looks(client, 1)


@pytest.mark.parametrize("to_come", ["a move within the minute", "a look", "a fault", "a failure"])
def test_what_may_change_soon_is_looked_at_for_as_long_as_it_takes(
    backend: InferenceExperimentBackend, client: Any, to_come: str
) -> None:
    if to_come == "a move within the minute":
        backend.seed("churn", "Starting", transition={"progression": "time", "seconds": 59})
    elif to_come == "a look":
        backend.seed("churn", "Starting", transition={"progression": "manual", "times": 2 * LIMIT})
    else:
        backend.seed("churn", "Cancelled")
    if to_come == "a fault":
        backend.fail("DescribeInferenceExperiment", "ThrottlingException", after=10**6, optional=True)
    elif to_come == "a failure":
        backend.fail_experiment("churn", "Starting", optional=True)
    looks(client, LIMIT + 1)


def test_looks_at_many_experiments_are_none_in_vain(backend: InferenceExperimentBackend, client: Any) -> None:
    for number in range(11):
        backend.seed(f"churn-{number}", "Completed")
    for number in range(LIMIT + 11):
        client.describe_inference_experiment(Name=f"churn-{number % 11}")


def test_looks_of_another_test_do_not_count(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import boto3
        import pytest
        from pytest_sagemaker_ie import HorizonReached, mock_inference_experiments

        @pytest.fixture(scope="session")
        def client():
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn", "Completed")
                yield boto3.client("sagemaker")

        @pytest.mark.parametrize("number", range(10))
        def test_it(client, number):
            for _ in range({LIMIT // 2}):
                client.describe_inference_experiment(Name="churn")

        def test_a_loop(client):
            for _ in range({LIMIT}):
                client.describe_inference_experiment(Name="churn")
            with pytest.raises(HorizonReached, match="has made {LIMIT} calls in a row"):
                client.describe_inference_experiment(Name="churn")
        """
    )
    pytester.runpytest().assert_outcomes(passed=11)


class TestWhoseTimeMoves:
    def test_a_move_in_time_that_stands_never_comes(self, backend: InferenceExperimentBackend, client: Any) -> None:
        with freeze_time("2030-06-15"):
            backend.seed("churn", "Starting", transition={"progression": "time", "seconds": 5})
            looks(client, LIMIT)
            with pytest.raises(HorizonReached):
                looks(client, 1)

    def test_time_that_the_test_moves_brings_what_is_to_come(
        self, backend: InferenceExperimentBackend, client: Any
    ) -> None:
        with freeze_time("2030-06-15") as frozen:
            backend.seed("churn", "Running")
            for _ in range(LIMIT + 1):
                looks(client, 1)
                frozen.tick(6)

    def test_nothing_comes_of_it_if_all_is_over(self, backend: InferenceExperimentBackend, client: Any) -> None:
        with freeze_time("2030-06-15") as frozen, pytest.raises(HorizonReached):  # noqa: PT012
            backend.seed("churn", "Completed")
            for _ in range(LIMIT + 1):
                looks(client, 1)
                frozen.tick(60)

    def test_a_clock_that_moves_knows_itself_how_far_it_may_go(
        self, backend: InferenceExperimentBackend, client: Any
    ) -> None:
        with virtual_clock(horizon=timedelta(days=30)):
            backend.seed("churn", "Completed")
            for _ in range(LIMIT + 1):
                looks(client, 1)
                time.sleep(1)

    def test_a_clock_that_moves_brings_what_is_to_come(self, backend: InferenceExperimentBackend, client: Any) -> None:
        with virtual_clock():
            backend.seed("churn", "Running")
            for _ in range(LIMIT + 1):
                looks(client, 1)
                time.sleep(1)

    def test_a_clock_that_stands_brings_nothing(self, backend: InferenceExperimentBackend, client: Any) -> None:
        with virtual_clock():
            backend.seed("churn", "Running")
            looks(client, LIMIT)
            with pytest.raises(HorizonReached):
                looks(client, LIMIT // 4)


class TestTurningItOff:
    CODE = """
        import boto3
        import pytest

        @pytest.mark.sagemaker_ie("churn", status="Cancelled")
        def test_it(sagemaker_ie, sagemaker_ie_backend):
            while sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] != "Running":
                if len(sagemaker_ie_backend.calls) > 1000:
                    break
    """

    def test_a_test_fails_that_looks_for_ever(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(self.CODE)
        result = pytester.runpytest()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["E *HorizonReached: The code under test has made 200 calls in a row that *"])

    def test_the_ini_option_turns_it_off(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(self.CODE)
        pytester.runpytest("-o", "sagemaker_ie_look_limit=false").assert_outcomes(passed=1)

    def test_the_argument_turns_it_off(self, client: Any) -> None:
        with mock_inference_experiments(region="us-east-1", look_limit=False) as backend:
            backend.seed("churn", "Cancelled")
            looks(client, LIMIT + 1)
