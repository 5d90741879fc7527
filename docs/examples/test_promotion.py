"""The tests of `promotion`: a shadow test from its creation to its deletion, without waiting."""

from datetime import datetime, timedelta, timezone

import promotion
import pytest
from freezegun import freeze_time

from pytest_sagemaker_ie import Status

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
SETTINGS = {
    "endpoint": "churn",
    "production": "churn-2026-01",
    "candidate": "churn-2026-03",
    "role": "arn:aws:iam::123456789012:role/shadow-tests",
}


@pytest.fixture
def naps(monkeypatch):
    """Replace `time.sleep`; return the list of its arguments."""
    naps = []
    monkeypatch.setattr(promotion.time, "sleep", naps.append)
    return naps


@pytest.fixture
def clock(monkeypatch):
    """A frozen clock that the sleeps of the code under test move."""
    with freeze_time(NOW) as frozen:
        monkeypatch.setattr(promotion.time, "sleep", frozen.tick)
        yield frozen


def test_a_whole_run(sagemaker_ie, sagemaker_ie_backend, naps):
    assert promotion.run("churn-v3", is_better=lambda name: True, **SETTINGS)

    with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
        sagemaker_ie.describe_inference_experiment(Name="churn-v3")
    assert naps == []
    assert [(call.operation, call.status_after) for call in sagemaker_ie_backend.calls if call.error is None] == [
        ("CreateInferenceExperiment", "Running"),
        ("DescribeInferenceExperiment", "Running"),
        ("DescribeInferenceExperiment", "Running"),
        ("StopInferenceExperiment", "Completed"),
        ("DescribeInferenceExperiment", "Completed"),
        ("DeleteInferenceExperiment", None),
    ]


def test_a_whole_run_that_has_to_wait(sagemaker_ie_backend, naps):
    sagemaker_ie_backend.set_transition({"progression": "manual", "times": 2})

    assert promotion.run("churn-v3", is_better=lambda name: True, **SETTINGS)

    # Two looks each at Creating and Stopping: without a Schedule, an experiment is not Starting.
    assert naps == [60] * 4


def test_a_candidate_that_is_not_better(sagemaker_ie_backend, naps):
    judged = []

    def is_better(name):
        judged.append(sagemaker_ie_backend.get(name))
        return False

    assert not promotion.run("churn-v3", is_better, **SETTINGS)

    (experiment,) = judged
    assert experiment.status is None  # it is deleted; the view shows what it was
    assert experiment.status_reason == "the candidate is not better"
    assert [step.status_after for step in experiment.history[-3:]] == [Status.STOPPING, Status.CANCELLED, None]


@pytest.mark.sagemaker_ie("churn-v3", status="Running")
def test_promote(sagemaker_ie):
    promotion.promote("churn-v3", reason="AUC 0.91, was 0.88")

    shown = sagemaker_ie.describe_inference_experiment(Name="churn-v3")
    assert shown["Status"] == "Completed"
    assert shown["StatusReason"] == "AUC 0.91, was 0.88"
    assert {each["VariantName"]: each["Status"] for each in shown["ModelVariants"]} == {
        "shadow": "InService",
        "production": "Deleted",
    }


@pytest.mark.sagemaker_ie("churn-v3", status="Running", transition={"progression": "manual", "times": 3})
def test_while_it_stops(sagemaker_ie, naps):
    promotion.promote("churn-v3", reason="better")

    shown = sagemaker_ie.describe_inference_experiment(Name="churn-v3")  # the first of the three looks
    assert shown["Status"] == "Stopping"
    assert "CompletionTime" not in shown
    assert {each["VariantName"]: each["Status"] for each in shown["ModelVariants"]} == {
        "shadow": "InService",
        "production": "Deleting",
    }

    assert promotion.wait_until("churn-v3", "Completed", every=15) == "Completed"
    assert naps == [15, 15]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
def test_promote_is_refused_unless_it_runs(status, sagemaker_ie, sagemaker_ie_backend):
    experiment = sagemaker_ie_backend.seed("churn-v3", status)
    variants, reason = experiment.model_variants, experiment.status_reason

    with pytest.raises(sagemaker_ie.exceptions.ConflictException, match=f"its status is {status}"):
        promotion.promote("churn-v3", reason="better")

    assert (experiment.status, experiment.model_variants, experiment.status_reason) == (status, variants, reason)
    assert experiment.history == []


def test_create_now(clock, sagemaker_ie_backend):
    arn = promotion.create("churn-v3", **SETTINGS)

    experiment = sagemaker_ie_backend.get("churn-v3")
    assert experiment.arn == arn
    assert experiment.status == "Running"
    assert experiment.schedule == {"StartTime": NOW, "EndTime": NOW + timedelta(days=7)}


def test_create_for_later(clock, sagemaker_ie_backend):
    monday = NOW + timedelta(days=7)
    promotion.create("churn-v3", start=monday, days=14, **SETTINGS)
    experiment = sagemaker_ie_backend.get("churn-v3")
    assert experiment.status == "Created"

    promotion.wait_until("churn-v3", "Running", every=3600, patience=10 * 86_400)
    assert datetime.now(timezone.utc) == monday

    clock.move_to(monday + timedelta(days=60))  # two months without a call
    assert experiment.status == "Completed"
    assert experiment.completion_time == monday + timedelta(days=14)
    assert [(step.when - NOW, step.status_after) for step in experiment.history] == [
        (timedelta(0), "Creating"),
        (timedelta(0), "Created"),
        (timedelta(days=7), "Starting"),
        (timedelta(days=7), "Running"),
        (timedelta(days=21), "Stopping"),
        (timedelta(days=21), "Completed"),
    ]


def test_ten_minutes_to_start(clock, sagemaker_ie_backend):
    sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 600}, status="Creating")

    promotion.create("churn-v3", **SETTINGS)
    promotion.wait_until("churn-v3", "Running", every=60)

    assert datetime.now(timezone.utc) == NOW + timedelta(minutes=10)


def test_a_start_that_takes_too_long(sagemaker_ie_backend, naps):
    sagemaker_ie_backend.seed("churn-v3", status="Starting")  # it stays Starting

    with pytest.raises(promotion.ShadowTestError, match="still Starting after 300 seconds"):
        promotion.wait_until("churn-v3", "Running", every=100, patience=300)

    assert naps == [100, 100, 100]


@pytest.mark.sagemaker_ie("churn-v3", status="Cancelled", StatusReason="no capacity")
def test_a_start_that_failed(naps):
    with pytest.raises(promotion.ShadowTestError, match="churn-v3 is Cancelled: no capacity"):
        promotion.wait_until("churn-v3", "Running")
    assert naps == []


@pytest.mark.parametrize("status", Status)
def test_create_with_a_name_that_is_taken(status, sagemaker_ie, sagemaker_ie_backend):
    sagemaker_ie_backend.seed("churn-v3", status, Description="the first")

    with pytest.raises(sagemaker_ie.exceptions.ResourceInUse, match="churn-v3 exists in us-east-1 already"):
        promotion.create("churn-v3", **SETTINGS)

    (only,) = sagemaker_ie_backend.experiments
    assert (only.status, only.description) == (status, "the first")


def test_create_when_the_limit_is_reached(sagemaker_ie, sagemaker_ie_backend):
    sagemaker_ie_backend.experiments_limit = 1
    promotion.create("churn-v3", **SETTINGS)

    with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded):
        promotion.create("churn-v4", **SETTINGS)

    assert [each.name for each in sagemaker_ie_backend.experiments] == ["churn-v3"]


def test_sweep_deletes_what_is_over_and_ours(sagemaker_ie, sagemaker_ie_backend):
    for number in range(25):  # more than a page of the listing
        status = list(Status)[number % len(Status)]
        team = "churn" if number < 20 else "fraud"
        sagemaker_ie_backend.seed(f"v{number:02}", status, Tags=[{"Key": "team", "Value": team}])

    assert promotion.sweep("churn") == ["v06", "v07", "v14", "v15"]

    over = [each.name for each in sagemaker_ie_backend.experiments if each.status in promotion.OVER]
    assert over == ["v22", "v23"]
    assert len(sagemaker_ie_backend.experiments) == 21


def test_the_tags_of_a_new_experiment(sagemaker_ie):
    arn = promotion.create("churn-v3", tags={"team": "churn", "stage": "trial"}, **SETTINGS)
    assert sagemaker_ie.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "team", "Value": "churn"},
        {"Key": "stage", "Value": "trial"},
    ]
