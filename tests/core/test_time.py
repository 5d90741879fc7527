"""Time is what `datetime` shows: freezegun and time-machine decide what "now" is."""

import unittest
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine as time_machine_module
from constants import DAY, HOUR, NOON, SECOND, UTC
from freezegun import freeze_time

from pytest_sagemaker_ie import InferenceExperimentBackend
from pytest_sagemaker_ie.activation import active_account

LATER = NOON + 3 * DAY


def last_modified(client: Any) -> datetime:
    when: datetime = client.describe_inference_experiment(Name="churn")["LastModifiedTime"]
    return when


class TestLastModifiedTime:
    def test_it_is_freezeguns(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with freeze_time(NOON) as clock:
            sagemaker_ie_backend.seed("churn")
            clock.move_to(NOON + 3600 * SECOND)
            sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
            assert last_modified(sagemaker_ie) == NOON + 3600 * SECOND

    def test_it_is_time_machines(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any) -> None:
        time_machine.move_to(NOON, tick=False)
        sagemaker_ie_backend.seed("churn")
        time_machine.shift(3600)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert last_modified(sagemaker_ie) == NOON + 3600 * SECOND

    def test_it_has_milliseconds(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with freeze_time(NOON.replace(microsecond=123_456)):
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
            assert last_modified(sagemaker_ie) == NOON.replace(microsecond=123_000)

    def test_it_does_not_move_with_a_look(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with freeze_time(NOON) as clock:
            sagemaker_ie_backend.seed("churn")
            before = last_modified(sagemaker_ie)
            clock.tick(60)
            assert last_modified(sagemaker_ie) == before

    def test_a_freeze_in_the_middle_counts(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        with freeze_time(datetime.now(UTC) + DAY / 2) as clock:
            sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
            assert abs(last_modified(sagemaker_ie) - clock().replace(tzinfo=UTC)) < SECOND


class TestWhatIsPast:
    """An experiment of a frozen noon, Created for the next one."""

    @pytest.fixture
    def clock(self, sagemaker_ie_backend: Any) -> Any:
        with freeze_time(NOON) as clock:
            sagemaker_ie_backend.seed("churn")
            yield clock

    @pytest.mark.parametrize("edge", ["StartTime", "EndTime"])
    def test_a_time_a_second_ahead_is_taken(self, sagemaker_ie: Any, clock: Any, edge: str) -> None:
        schedule = {"StartTime": NOON + SECOND, "EndTime": NOON + SECOND + HOUR}
        response = sagemaker_ie.update_inference_experiment(Name="churn", Schedule=schedule)
        assert "InferenceExperimentArn" in response

    @pytest.mark.parametrize("edge", ["StartTime", "EndTime"])
    def test_the_same_time_is_refused_once_the_clock_has_passed_it(
        self, sagemaker_ie: Any, clock: Any, edge: str
    ) -> None:
        clock.tick(3)
        with pytest.raises(sagemaker_ie.exceptions.ClientError, match=f"Schedule.{edge} .* is in the past"):
            sagemaker_ie.update_inference_experiment(Name="churn", Schedule={edge: NOON + 2 * SECOND})


@freeze_time(NOON)
@pytest.mark.sagemaker_ie("churn", "Running")
def test_the_decorators_clock_is_the_seeds(sagemaker_ie_backend: Any) -> None:
    schedule = sagemaker_ie_backend.get("churn").schedule
    assert schedule == {"StartTime": NOON - DAY, "EndTime": NOON + 6 * DAY}


@pytest.mark.sagemaker_ie("churn", "Running")
@freeze_time(NOON)
def test_the_order_of_decorator_and_marker_does_not_matter(sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.get("churn").schedule["StartTime"] == NOON - DAY


@time_machine_module.travel(NOON, tick=False)
@pytest.mark.sagemaker_ie("churn", "Running")
def test_time_machines_decorator_is_the_seeds_clock_too(sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.get("churn").schedule["StartTime"] == NOON - DAY


def test_time_machines_marker_is_the_seeds_clock_too(pytester: pytest.Pytester) -> None:
    if "@pytest.mark.time_machine" not in str(pytester.runpytest_inprocess("--markers").stdout):
        pytest.skip("this version of time-machine has no marker")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.time_machine("2030-06-15T12:00:00Z", tick=False)
        @pytest.mark.sagemaker_ie("churn", "Running")
        def test_it(sagemaker_ie_backend):
            start = sagemaker_ie_backend.get("churn").schedule["StartTime"]
            assert start.isoformat() == "2030-06-14T12:00:00+00:00"
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@freeze_time(NOON, as_kwarg="clock")
@pytest.mark.sagemaker_ie("churn", "Created")
def test_the_clock_of_the_test_goes_on_from_the_seeds(sagemaker_ie: Any, clock: Any = None) -> None:  # noqa: PT028
    clock.tick(3600)
    sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
    assert last_modified(sagemaker_ie) == NOON + 3600 * SECOND


@freeze_time(NOON)
@pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": LATER})
def test_a_time_in_the_marker_is_measured_by_the_decorators_clock(sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.get("churn").schedule["EndTime"] == LATER


@freeze_time(NOON)
class TestAFrozenClass:
    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_its_clock_is_the_seeds(self, sagemaker_ie_backend: Any) -> None:
        assert sagemaker_ie_backend.get("churn").schedule["StartTime"] == NOON - DAY


class TestUnderAnotherDecorator:
    @pytest.fixture(autouse=True)
    def _seen(self) -> None:
        """Nothing: that a fixture stands between makes no difference."""

    @pytest.mark.parametrize("status", ["Running", "Updating"])
    @freeze_time(NOON)
    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_its_clock_is_the_seeds(self, sagemaker_ie_backend: Any, status: str) -> None:
        assert sagemaker_ie_backend.seed("other", status).schedule == sagemaker_ie_backend.get("churn").schedule


@freeze_time(NOON)
@pytest.mark.sagemaker_ie("churn", "Running")
async def test_an_async_test_has_the_decorators_clock(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.get("churn").schedule["StartTime"] == NOON - DAY
    sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
    assert last_modified(sagemaker_ie) == NOON


@time_machine_module.travel(NOON, tick=False)
@pytest.mark.sagemaker_ie("churn", "Running")
async def test_an_async_test_has_time_machines_clock(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.get("churn").schedule["StartTime"] == NOON - DAY
    sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
    assert last_modified(sagemaker_ie) == NOON


@pytest.mark.sagemaker_ie("churn", "Running")
def test_a_test_without_a_clock_has_the_real_one(sagemaker_ie_backend: Any) -> None:
    start = sagemaker_ie_backend.get("churn").schedule["StartTime"]
    assert abs(datetime.now(UTC) - DAY - start) < timedelta(minutes=1)


def test_a_response_has_the_date_of_the_clock(sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn")
    client = boto3.client("sagemaker")
    with freeze_time(NOON):
        response = client.describe_inference_experiment(Name="churn")
    assert response["ResponseMetadata"]["HTTPHeaders"]["date"] == "Sat, 15 Jun 2030 12:00:00 GMT"


def test_a_naive_time_is_local_time(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn", "Running")
    end = (datetime.now() + 3 * DAY).replace(microsecond=0)
    sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": end})
    shown = sagemaker_ie.describe_inference_experiment(Name="churn")["Schedule"]["EndTime"]
    assert shown == end.astimezone()


@freeze_time(NOON)
class TestADecoratedTestCase(unittest.TestCase):
    @pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": NOON + DAY})
    def test_its_seeds_are_laid_at_the_decorators_time(self) -> None:
        account = active_account()
        assert account is not None
        view = InferenceExperimentBackend(account).get("churn")
        assert view.schedule == {"StartTime": NOON - DAY, "EndTime": NOON + DAY}
