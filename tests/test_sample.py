"""Code in the shape of the public shadow-test sample: it creates, polls, stops with promotion, polls, and deletes.

The code under test is written as one would write it against AWS. Only what goes with a notebook is left out: making
the models and the endpoint, invoking it, plotting.
"""

import time
from typing import Any

import boto3
import pytest

NAME = "shadow-test-2030-06-15-12-00-00"
ENDPOINT = "xgb-prod-shadow"
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20300615T120000"
PRODUCTION, SHADOW = "production", "shadow"


def create_shadow_test(sm: Any) -> dict[str, Any]:
    response: dict[str, Any] = sm.create_inference_experiment(
        Name=NAME,
        Type="ShadowMode",
        Description="Compare the model on ml.m5.xlarge with the one on ml.c5.xlarge",
        RoleArn=ROLE,
        EndpointName=ENDPOINT,
        ModelVariants=[
            {
                "ModelName": f"xgb-{variant}",
                "VariantName": variant,
                "InfrastructureConfig": {
                    "InfrastructureType": "RealTimeInference",
                    "RealTimeInferenceConfig": {"InstanceType": instance_type, "InstanceCount": 1},
                },
            }
            for variant, instance_type in ((PRODUCTION, "ml.m5.xlarge"), (SHADOW, "ml.c5.xlarge"))
        ],
        DataStorageConfig={
            "Destination": "s3://sagemaker-us-east-1-123456789012/shadow/captured",
            "ContentType": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        },
        ShadowModeConfig={
            "SourceModelVariantName": PRODUCTION,
            "ShadowModelVariants": [{"ShadowModelVariantName": SHADOW, "SamplingPercentage": 100}],
        },
    )
    return response


def wait_for_shadow_test(sm: Any, status: str, unwanted: tuple[str, ...] = ("Cancelled",)) -> list[str]:
    """Look every half a minute until the status is there; return those that were seen."""
    seen = []
    while True:
        response = sm.describe_inference_experiment(Name=NAME)
        seen.append(response["Status"])
        if response["Status"] == status:
            return seen
        if response["Status"] in unwanted:
            raise RuntimeError(response.get("StatusReason", response["Status"]))
        time.sleep(30)


def promote_the_shadow(sm: Any) -> None:
    sm.stop_inference_experiment(
        Name=NAME,
        ModelVariantActions={PRODUCTION: "Remove", SHADOW: "Promote"},
        DesiredModelVariants=[
            {
                "ModelName": f"xgb-{SHADOW}",
                "VariantName": SHADOW,
                "InfrastructureConfig": {
                    "InfrastructureType": "RealTimeInference",
                    "RealTimeInferenceConfig": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 2},
                },
            }
        ],
        DesiredState="Completed",
        Reason="the shadow is as good and costs less",
    )


def clean_up(sm: Any) -> None:
    sm.delete_inference_experiment(Name=NAME)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the code under test wanted to sleep."""
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    return naps


@pytest.mark.parametrize(
    ("transition", "until_running", "until_completed"),
    [
        ({"progression": "immediate"}, ["Running"], ["Completed"]),
        (
            {"progression": "manual", "times": 1},
            ["Creating", "Running"],
            ["Stopping", "Completed"],
        ),
        (
            {"progression": "manual", "times": 3},
            ["Creating"] * 3 + ["Running"],
            ["Stopping"] * 3 + ["Completed"],
        ),
    ],
    ids=["immediate", "one look", "three looks"],
)
def test_it_goes_from_creation_to_promotion(
    sagemaker_ie_backend: Any,
    naps: list[float],
    transition: dict[str, Any],
    until_running: list[str],
    until_completed: list[str],
) -> None:
    sagemaker_ie_backend.set_transition(transition)
    sm = boto3.client("sagemaker")

    arn = create_shadow_test(sm)["InferenceExperimentArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/{NAME}"
    assert wait_for_shadow_test(sm, "Running") == until_running
    promote_the_shadow(sm)
    assert wait_for_shadow_test(sm, "Completed") == until_completed

    shown = sm.describe_inference_experiment(Name=NAME)
    variants = {
        each["VariantName"]: (
            each["Status"],
            each["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceCount"],
        )
        for each in shown["ModelVariants"]
    }
    assert variants == {PRODUCTION: ("Deleted", 1), SHADOW: ("InService", 2)}
    assert shown["StatusReason"] == "the shadow is as good and costs less"

    clean_up(sm)
    assert sagemaker_ie_backend.experiments == []
    assert naps == [30] * (len(until_running) + len(until_completed) - 2)


def test_it_goes_at_the_pace_of_a_clock(
    sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    time_machine.move_to("2030-06-15T12:00:00Z", tick=False)
    monkeypatch.setattr(time, "sleep", time_machine.shift)
    sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 60})
    sm = boto3.client("sagemaker")
    create_shadow_test(sm)
    assert wait_for_shadow_test(sm, "Running") == ["Creating"] * 2 + ["Running"]
    promote_the_shadow(sm)
    assert wait_for_shadow_test(sm, "Completed") == ["Stopping"] * 2 + ["Completed"]
    clean_up(sm)
    steps = [(str(call.operation), call.error) for call in sagemaker_ie_backend.calls]
    assert steps == [
        ("CreateInferenceExperiment", None),
        *[("DescribeInferenceExperiment", None)] * 3,
        ("StopInferenceExperiment", None),
        *[("DescribeInferenceExperiment", None)] * 3,
        ("DeleteInferenceExperiment", None),
    ]


def test_its_mistake_shows(sagemaker_ie_backend: Any, naps: list[float]) -> None:
    """Promoting before the experiment runs, which a MagicMock would accept."""
    sagemaker_ie_backend.set_transition({"progression": "manual", "times": 2})
    sm = boto3.client("sagemaker")
    create_shadow_test(sm)
    with pytest.raises(sm.exceptions.ConflictException, match="its status is Creating"):
        promote_the_shadow(sm)
    with pytest.raises(sm.exceptions.ConflictException, match="its status is Creating"):
        clean_up(sm)
    assert wait_for_shadow_test(sm, "Running")[-1] == "Running"
