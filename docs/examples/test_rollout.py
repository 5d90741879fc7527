"""The tests of `rollout`, with the fixtures and the marker of pytest-sagemaker-ie and with freezegun."""

from datetime import datetime, timedelta, timezone

import pytest
import rollout
from botocore.exceptions import ClientError
from freezegun import freeze_time

from pytest_sagemaker_ie import Status

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
CAN_BE_EXTENDED = [Status.CREATED, Status.RUNNING]


@pytest.mark.sagemaker_ie("churn-v2")
def test_schedule_moves_the_window_of_an_experiment_that_has_not_started(sagemaker_ie):
    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=3)

    rollout.schedule("churn-v2", start, days=14)

    shown = sagemaker_ie.describe_inference_experiment(Name="churn-v2")
    assert shown["Schedule"] == {"StartTime": start, "EndTime": start + timedelta(days=14)}
    assert shown["Status"] == "Created"


@freeze_time(NOW)
@pytest.mark.sagemaker_ie("churn-v2", status="Running")
def test_schedule_does_not_move_a_start_that_is_past(sagemaker_ie, sagemaker_ie_backend):
    planned = sagemaker_ie_backend.get("churn-v2").schedule

    with pytest.raises(sagemaker_ie.exceptions.ConflictException, match=r"Schedule\.StartTime") as refusal:
        rollout.schedule("churn-v2", NOW + timedelta(days=1), days=14)

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert sagemaker_ie_backend.get("churn-v2").schedule == planned


@freeze_time(NOW)
@pytest.mark.sagemaker_ie("churn-v2")
def test_schedule_of_more_than_thirty_days_is_refused(sagemaker_ie_backend):
    with pytest.raises(ClientError, match="at most 30 days") as refusal:
        rollout.schedule("churn-v2", NOW + timedelta(days=1), days=31)

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert [(call.operation, call.error) for call in sagemaker_ie_backend.calls] == [
        ("UpdateInferenceExperiment", "ValidationException")
    ]


@freeze_time(NOW)
@pytest.mark.sagemaker_ie("churn-v2", status="Running", Schedule={"EndTime": NOW + timedelta(days=1)})
def test_extend_moves_the_end_and_nothing_else(sagemaker_ie_backend):
    experiment = sagemaker_ie_backend.get("churn-v2")
    start = experiment.schedule["StartTime"]

    assert rollout.extend("churn-v2", days=5) == NOW + timedelta(days=6)

    assert experiment.schedule == {"StartTime": start, "EndTime": NOW + timedelta(days=6)}
    update = sagemaker_ie_backend.calls[-1]
    assert update.parameters == {"Name": "churn-v2", "Schedule": {"EndTime": NOW + timedelta(days=6)}}


def test_each_change_is_dated(sagemaker_ie_backend):
    with freeze_time(NOW) as clock:
        experiment = sagemaker_ie_backend.seed("churn-v2", status="Running")
        rollout.resample("churn-v2", 10)
        assert experiment.last_modified_time == NOW

        clock.tick(timedelta(hours=8))
        rollout.extend("churn-v2", days=1)
        assert experiment.last_modified_time == NOW + timedelta(hours=8)


@pytest.mark.parametrize("status", CAN_BE_EXTENDED)
def test_extend_leaves_the_status_alone(status, sagemaker_ie_backend):
    experiment = sagemaker_ie_backend.seed("churn-v2", status)

    rollout.extend("churn-v2", days=2)

    assert experiment.status is status


@pytest.mark.parametrize("status", [status for status in Status if status not in CAN_BE_EXTENDED])
def test_extend_is_refused_in_any_other_status(status, sagemaker_ie, sagemaker_ie_backend):
    experiment = sagemaker_ie_backend.seed("churn-v2", status)
    planned, modified = experiment.schedule, experiment.last_modified_time

    with pytest.raises(sagemaker_ie.exceptions.ConflictException, match=f"its status is {status}"):
        rollout.extend("churn-v2", days=2)

    assert (experiment.status, experiment.schedule, experiment.last_modified_time) == (status, planned, modified)


@pytest.mark.parametrize(
    "percentage",
    [
        pytest.param(5, marks=pytest.mark.sagemaker_ie("churn-v2", status="Created"), id="before the start"),
        pytest.param(100, marks=pytest.mark.sagemaker_ie("churn-v2", status="Running"), id="while it runs"),
    ],
)
def test_resample_keeps_the_variants(percentage, sagemaker_ie):
    before = sagemaker_ie.describe_inference_experiment(Name="churn-v2")

    rollout.resample("churn-v2", percentage)

    after = sagemaker_ie.describe_inference_experiment(Name="churn-v2")
    assert after["ModelVariants"] == before["ModelVariants"]
    assert after["ShadowModeConfig"] == {
        "SourceModelVariantName": "production",
        "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": percentage}],
    }


def test_resample_of_an_unknown_experiment(sagemaker_ie, sagemaker_ie_backend):
    sagemaker_ie_backend.seed("churn-v2", region="eu-west-1")

    with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound, match="churn-v2 in eu-west-1"):
        rollout.resample("churn-v2", 10)


@pytest.mark.sagemaker_ie("churn-v1", status="Completed")
@pytest.mark.sagemaker_ie("churn-v2", status="Running")
@pytest.mark.sagemaker_ie("fraud-v7", status="Created")
def test_extend_all_extends_what_it_can(sagemaker_ie_backend):
    left = rollout.extend_all(["churn-v1", "gone", "churn-v2", "fraud-v7"], days=1)

    assert left.keys() == {"churn-v1", "gone"}
    assert "Completed" in left["churn-v1"]
    assert left["gone"] == "does not exist"
    updates = [call for call in sagemaker_ie_backend.calls if call.operation == "UpdateInferenceExperiment"]
    assert [(call.parameters["Name"], call.error) for call in updates] == [
        ("churn-v1", "ConflictException"),
        ("churn-v2", None),
        ("fraud-v7", None),
    ]
