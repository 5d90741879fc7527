"""sagemaker-core's resource class `InferenceExperiment` works against the plugin as against the service."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from freezegun import freeze_time
from sagemaker.core import resources
from sagemaker.core.resources import InferenceExperiment
from sagemaker.core.utils.utils import SageMakerClient

from pytest_sagemaker_ie import InferenceExperimentBackend, Status

NOW = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


class Stoppable(InferenceExperiment):
    """The class with the members that its own `stop` reads but that it does not declare.

    `stop` takes no arguments: the generated code makes its request of attributes of the resource.
    """

    model_variant_actions: dict[str, str] | None = None
    desired_model_variants: list[Any] | None = None
    desired_state: str | None = None
    reason: str | None = None


@pytest.fixture(autouse=True)
def _new_clients(monkeypatch: pytest.MonkeyPatch, sagemaker_ie_backend: InferenceExperimentBackend) -> Iterator[None]:
    """Begin with no clients: sagemaker-core keeps them, with their region, for the rest of the process.

    It also makes clients of three other services, which look for credentials when they are made.
    """
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    SageMakerClient.reset()
    yield
    SageMakerClient.reset()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Take the place of `time.sleep`."""
    naps: list[float] = []
    monkeypatch.setattr(resources.time, "sleep", naps.append)
    return naps


def variant(name: str) -> dict[str, Any]:
    return {
        "variant_name": name,
        "model_name": f"churn-{name}",
        "infrastructure_config": {
            "infrastructure_type": "RealTimeInference",
            "real_time_inference_config": {"instance_type": "ml.m5.xlarge", "instance_count": 1},
        },
    }


def shadow_mode(percentage: int) -> dict[str, Any]:
    return {
        "source_model_variant_name": "production",
        "shadow_model_variants": [{"shadow_model_variant_name": "shadow", "sampling_percentage": percentage}],
    }


def create(name: str, **settings: Any) -> Any:
    return Stoppable.create(
        name=name,
        type="ShadowMode",
        role_arn="arn:aws:iam::123456789012:role/shadow-tests",
        endpoint_name="churn",
        model_variants=[variant("production"), variant("shadow")],
        shadow_mode_config=shadow_mode(25),
        **settings,
    )


def test_a_whole_life(sagemaker_ie_backend: InferenceExperimentBackend, naps: list[float]) -> None:
    sagemaker_ie_backend.set_transition({"progression": "manual", "times": 2})
    schedule = {"start_time": NOW + DAY, "end_time": NOW + 8 * DAY}

    with freeze_time(NOW):
        experiment = create("churn-v2", schedule=schedule, tags=[{"key": "team", "value": "churn"}])
        assert experiment.status == "Creating"
        experiment.wait_for_status("Created")
        assert experiment.schedule.end_time == NOW + 8 * DAY

        experiment.update(description="a week", shadow_mode_config=shadow_mode(50))
        assert experiment.status == "Updating"
        experiment.wait_for_status("Created", poll=1)
        assert experiment.description == "a week"
        assert experiment.shadow_mode_config.shadow_model_variants[0].sampling_percentage == 50

        experiment.start()
        experiment.wait_for_status("Running", poll=2)

        experiment.model_variant_actions = {"production": "Remove", "shadow": "Promote"}
        experiment.desired_state, experiment.reason = "Completed", "the shadow is better"
        experiment.stop()
        experiment.wait_for_status("Completed", poll=3)
        assert experiment.status_reason == "the shadow is better"
        assert experiment.completion_time == NOW
        assert {each.variant_name: each.status for each in experiment.model_variants} == {
            "production": "Deleted",
            "shadow": "InService",
        }

        assert sagemaker_ie_backend.get("churn-v2").tags == {"team": "churn"}
        experiment.delete()

    assert sagemaker_ie_backend.experiments == []
    assert {call.error for call in sagemaker_ie_backend.calls} == {None}
    assert naps == [5, 1, 2, 2, 3, 3]


def test_get(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    seeded = sagemaker_ie_backend.seed("churn-v2", "Running", Description="seeded")

    experiment = InferenceExperiment.get("churn-v2")

    assert (experiment.arn, experiment.status, experiment.description) == (seeded.arn, "Running", "seeded")
    assert experiment.endpoint_metadata.endpoint_name == "churn-v2-endpoint"
    assert experiment.schedule.start_time == seeded.schedule["StartTime"]


def test_get_in_another_region(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    sagemaker_ie_backend.seed("churn-v2", region="eu-central-1")

    # In this order: the first client of a process becomes the one of calls that name no region.
    with pytest.raises(ClientError, match="ResourceNotFound"):
        InferenceExperiment.get("churn-v2")
    assert InferenceExperiment.get("churn-v2", region="eu-central-1").status == "Created"


def test_get_all(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    for number in range(24):
        sagemaker_ie_backend.seed(f"churn-{number:02}", list(Status)[number % len(Status)])

    everything = [each.name for each in InferenceExperiment.get_all(sort_by="Name", sort_order="Ascending")]
    running = [each.name for each in InferenceExperiment.get_all(status_equals="Running", name_contains="CHURN")]

    assert everything == [f"churn-{number:02}" for number in range(24)]
    assert sorted(running) == ["churn-04", "churn-12", "churn-20"]


def test_waiting_until_it_starts_by_its_schedule(
    sagemaker_ie_backend: InferenceExperimentBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with freeze_time(NOW) as clock:
        monkeypatch.setattr(resources.time, "sleep", clock.tick)
        create("churn-v2", schedule={"start_time": NOW + DAY, "end_time": NOW + 2 * DAY}).wait_for_status(
            "Completed", poll=3600
        )
        assert datetime.datetime.now(datetime.timezone.utc) == NOW + 2 * DAY


def test_refusals(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    sagemaker_ie_backend.seed("churn-v2", "Running")
    experiment = InferenceExperiment.get("churn-v2")

    with pytest.raises(ClientError, match="ConflictException"):
        experiment.delete()
    with pytest.raises(ClientError, match="ConflictException"):
        experiment.start()
    with pytest.raises(ClientError, match="ResourceInUse"):
        create("churn-v2")
    with pytest.raises(ClientError, match=r"ValidationException.*'name' failed to satisfy constraint"):
        create("churn_v2")

    assert experiment.refresh().status == "Running"
