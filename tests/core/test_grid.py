"""Every time is a whole number of milliseconds, floored where it comes in, whichever way that is."""

import copy
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from valid_requests import creation

from pytest_sagemaker_ie import SeedError
from pytest_sagemaker_ie.core.wire import TIMES, from_seconds, milliseconds, moment

UTC = timezone.utc
NOON = datetime(2030, 6, 15, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

whole = st.integers(TIMES[0] * 1000, TIMES[1] * 1000)
# Within some centuries a float of seconds tells microseconds apart; far from 1970 it no longer does.
moments = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def floored(when: datetime) -> datetime:
    return when - timedelta(microseconds=when.microsecond % 1000)


@given(whole)
def test_a_millisecond_is_the_same_after_the_wire(when: int) -> None:
    assert from_seconds(when / 1000) == when
    assert from_seconds(json.loads(json.dumps(when / 1000))) == when
    assert milliseconds(moment(when)) == when


@given(moments)
def test_the_rest_of_a_millisecond_is_cut_before_1970_too(when: datetime) -> None:
    assert moment(milliseconds(when)) == floored(when)
    assert moment(from_seconds(when.timestamp())) == floored(when)


@pytest.mark.parametrize("power", range(20, 34))
@pytest.mark.parametrize("sign", [1, -1])
def test_it_is_cut_on_both_sides_of_a_power_of_two(power: int, sign: int) -> None:
    for micro in range(-3000, 3001, 250):
        when = EPOCH + timedelta(seconds=sign * 2**power, microseconds=micro)
        assert moment(milliseconds(when)) == floored(when), micro


@pytest.mark.parametrize("micro", [0, 1, 999, 1000, 123_400, 999_999])
@pytest.mark.parametrize("form", ["datetime", "text", "seconds"])
def test_a_seeds_time_is_cut_whatever_its_form(sagemaker_ie_backend: Any, micro: int, form: str) -> None:
    when = NOON + timedelta(days=2, microseconds=micro)
    given_as = {"datetime": when, "text": when.isoformat(), "seconds": when.timestamp()}[form]
    with freeze_time(NOON):
        experiment = sagemaker_ie_backend.seed("churn", Schedule={"StartTime": given_as})
        assert experiment.schedule["StartTime"] == floored(when)


class TestAClient:
    @given(st.timedeltas(HOUR, 29 * DAY))
    def test_what_it_sends_it_reads_back_on_the_grid(self, lasting: timedelta) -> None:
        from pytest_sagemaker_ie import mock_inference_experiments

        client = boto3.client("sagemaker", "us-east-1")
        with mock_inference_experiments(), freeze_time(NOON.replace(microsecond=123_456)):
            end = datetime.now(UTC) + lasting
            client.create_inference_experiment(**creation(Schedule={"EndTime": end}))
            shown = client.describe_inference_experiment(Name="churn")["Schedule"]["EndTime"]
        # Some versions of botocore send whole seconds.
        assert shown in (floored(end), end.replace(microsecond=0))

    def test_an_hour_from_now_is_not_too_short(self, sagemaker_ie: Any) -> None:
        end = datetime.now(UTC) + HOUR
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"EndTime": end}))

    def test_thirty_days_from_now_are_not_too_long(self, sagemaker_ie: Any) -> None:
        for number in range(50):
            end = datetime.now(UTC) + 30 * DAY
            sagemaker_ie.create_inference_experiment(**creation(f"churn-{number}", Schedule={"EndTime": end}))

    def test_assert_called_knows_what_it_was_given(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        end = (datetime.now(UTC) + 3 * DAY).replace(microsecond=123_777)
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": end})
        sagemaker_ie_backend.assert_called("UpdateInferenceExperiment", Schedule={"EndTime": end})

    def test_an_experiment_ends_when_the_clock_shows_its_end(self, sagemaker_ie: Any) -> None:
        with freeze_time(NOON.replace(microsecond=999_999)) as clock:
            end = datetime.now(UTC) + 2 * DAY
            sagemaker_ie.create_inference_experiment(**creation(Schedule={"EndTime": end}))
            clock.move_to(end)
            assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Completed"


class TestAClockThatGoesBack:
    def test_nothing_lies_before_the_creation(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        with freeze_time("2024-01-01"):
            sagemaker_ie.stop_inference_experiment(
                Name="churn", ModelVariantActions={"shadow": "Remove"}, DesiredState="Completed"
            )
            shown = sagemaker_ie.describe_inference_experiment(Name="churn")
        assert shown["Status"] == "Completed"
        assert shown["CreationTime"] <= shown["LastModifiedTime"] <= shown["CompletionTime"]

    def test_an_early_start_is_not_before_it_either(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed("churn", "Created")
        with freeze_time(experiment.creation_time - DAY):
            sagemaker_ie.start_inference_experiment(Name="churn")
            assert experiment.schedule["StartTime"] == experiment.creation_time
            assert experiment.status == "Running"


@pytest.mark.parametrize("status", ["Completed", "Cancelled"])
def test_a_seed_that_changed_last_before_it_ended_is_refused(sagemaker_ie_backend: Any, status: str) -> None:
    with freeze_time(NOON):
        times = {"CompletionTime": NOON - 2 * DAY, "LastModifiedTime": NOON - 3 * DAY}
        with pytest.raises(SeedError, match=r"LastModifiedTime .* is not between CompletionTime"):
            sagemaker_ie_backend.seed("churn", status, **times)
        assert sagemaker_ie_backend.seed("churn", status, **dict.fromkeys(times, NOON - 3 * DAY)).status == status


def test_a_seed_that_changed_last_a_while_ago_had_ended_by_then(sagemaker_ie_backend: Any) -> None:
    with freeze_time(NOON):
        experiment = sagemaker_ie_backend.seed("churn", "Completed", LastModifiedTime=NOON - 2 * DAY)
        assert experiment.completion_time == experiment.last_modified_time == NOON - 2 * DAY


class TestViews:
    def test_two_of_one_experiment_are_equal(self, sagemaker_ie_backend: Any) -> None:
        seeded, other = sagemaker_ie_backend.seed("churn"), sagemaker_ie_backend.seed("other")
        again = sagemaker_ie_backend.get("churn")
        assert seeded == again
        assert hash(seeded) == hash(again)
        assert seeded in sagemaker_ie_backend.experiments
        assert seeded != other
        assert seeded != "churn"

    def test_one_of_a_deleted_experiment_is_not_that_of_its_successor(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        first = sagemaker_ie_backend.seed("churn")
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert first != sagemaker_ie_backend.seed("churn")

    @pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_copying_one_is_a_mistake(self, sagemaker_ie_backend: Any, copying: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        with pytest.raises(TypeError, match="can't be copied or pickled: <Experiment 'churn' Created in us-east-1>"):
            copying(view)
