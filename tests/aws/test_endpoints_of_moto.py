"""Endpoints next to moto: its answer with the experiment laid over it, or ours, or moto's alone."""

import datetime
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_json
import boto3
import pytest
from botocore.exceptions import ClientError
from constants import DAY, KEYS, NOON
from freezegun import freeze_time
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import mock_inference_experiments

moto = pytest.importorskip("moto")

ROLE = "arn:aws:iam::123456789012:role/shadow-tests"
PROMOTE = {"production": "Remove", "shadow": "Promote"}
RETAIN = {"production": "Retain", "shadow": "Remove"}


@pytest.fixture(autouse=True)
def _a_default_session_that_moto_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def around() -> Iterator[None]:
    with moto.mock_aws():
        yield


def deploy(client: Any, name: str = "churn-endpoint", config: str = "blue", count: int = 2) -> None:
    """Let moto have an endpoint, as code that deploys one makes it."""
    client.create_model(ModelName=config, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "churn:1"})
    production = {
        "VariantName": "production",
        "ModelName": config,
        "InitialInstanceCount": count,
        "InstanceType": "ml.m5.xlarge",
        "InitialVariantWeight": 1.0,
    }
    client.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[production])
    client.create_endpoint(EndpointName=name, EndpointConfigName=config)


def in_short(client: Any, name: str = "churn-endpoint") -> dict[str, Any]:
    described = client.describe_endpoint(EndpointName=name)
    counts = {
        kind: {each["VariantName"]: each["CurrentInstanceCount"] for each in described.get(f"{kind}Variants", [])}
        for kind in ("Production", "ShadowProduction")
    }
    return {"config": described["EndpointConfigName"], "status": described["EndpointStatus"], **counts}


def before(config: str = "blue", count: int = 2) -> dict[str, Any]:
    production = {"production": count}
    return {"config": config, "status": "InService", "Production": production, "ShadowProduction": {}}


@pytest.mark.usefixtures("around")
class TestAnEndpointOfMoto:
    def test_it_follows_an_experiment_and_is_what_it_was_in_the_end(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        deploy(sagemaker_ie)
        whole = sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        assert sagemaker_ie_backend.calls == []  # it is moto's, as long as there is no experiment on it
        sagemaker_ie_backend.seed("churn", transition={"progression": "manual", "times": 1})
        assert in_short(sagemaker_ie) == before()
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert in_short(sagemaker_ie) == {**before(), "status": "Updating"}
        running = {**before(count=1), "ShadowProduction": {"shadow": 1}}
        assert in_short(sagemaker_ie) == running
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=RETAIN)
        assert in_short(sagemaker_ie) == {**running, "status": "Updating"}
        assert in_short(sagemaker_ie) == before()
        described = sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        assert described["LastModifiedTime"] > whole["LastModifiedTime"]
        for each in (described, whole):
            del each["LastModifiedTime"], each["ResponseMetadata"]
        assert described == whole

    def test_a_promoted_shadow_stays_in_production(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=PROMOTE)
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert in_short(sagemaker_ie) == {**before(), "Production": {"shadow": 1}}

    def test_the_experiment_shows_its_config(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        assert sagemaker_ie_backend.get("churn").endpoint_metadata["EndpointConfigName"] == "churn-endpoint-config"
        deploy(sagemaker_ie)
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")["EndpointMetadata"]
        assert shown == {"EndpointName": "churn-endpoint", "EndpointConfigName": "blue", "EndpointStatus": "InService"}

    def test_what_a_test_says_of_it_goes_first(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed", failure_reason="Out of memory.")
        described = sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        assert (described["EndpointStatus"], described["FailureReason"]) == ("Failed", "Out of memory.")

    def test_one_that_is_deployed_anew_is_motos_again(self, sagemaker_ie: Any) -> None:
        with freeze_time(NOON) as clock, mock_inference_experiments() as backend:
            deploy(sagemaker_ie)
            backend.seed("churn", "Running")
            sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=PROMOTE)
            assert in_short(sagemaker_ie)["Production"] == {"shadow": 1}
            clock.tick(DAY)
            sagemaker_ie.delete_endpoint(EndpointName="churn-endpoint")
            deploy(sagemaker_ie, config="green", count=5)
            assert in_short(sagemaker_ie) == before("green", 5)

    @pytest.mark.usefixtures("sagemaker_ie_clock")
    def test_one_that_is_deleted_is_gone(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Completed")
        sagemaker_ie.delete_endpoint(EndpointName="churn-endpoint")
        sagemaker_ie.get_waiter("endpoint_deleted").wait(EndpointName="churn-endpoint")
        with pytest.raises(ClientError, match="Could not find endpoint"):
            sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        assert sagemaker_ie_backend.calls == []

    def test_a_fault_strikes_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.fail("DescribeEndpoint", "ThrottlingException")
        assert in_short(sagemaker_ie) == {**before(count=1), "ShadowProduction": {"shadow": 1}}
        assert [call.error for call in sagemaker_ie_backend.calls] == ["ThrottlingException", None]

    def test_another_region_is_another_region(self, sagemaker_ie_backend: Any) -> None:
        there = boto3.client("sagemaker", region_name="eu-west-1", **KEYS)
        deploy(there)
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.seed("churn", "Running", region="eu-west-1")
        assert in_short(there)["config"] == "blue"
        assert in_short(boto3.client("sagemaker", region_name="us-east-1"))["config"] == "churn-endpoint-config"

    def test_over_http_it_is_the_same(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, sagemaker_ie_server: Any
    ) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Running")
        answer = aws_json.post(sagemaker_ie_server.url, "DescribeEndpoint", {"EndpointName": "churn-endpoint"})
        assert (answer.status, answer.body["EndpointConfigName"]) == (200, "blue")


@pytest.mark.usefixtures("around")
class TestOthers:
    def test_one_that_moto_lacks_is_ours(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        assert in_short(sagemaker_ie) == {
            "config": "churn-endpoint-config",
            "status": "InService",
            "Production": {"production": 1},
            "ShadowProduction": {"shadow": 1},
        }

    def test_one_without_an_experiment_is_motos(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.fail("DescribeEndpoint", "ThrottlingException", optional=True)
        deploy(sagemaker_ie, "another")
        assert in_short(sagemaker_ie, "another") == before()
        with pytest.raises(ClientError, match="Could not find endpoint"):
            sagemaker_ie.describe_endpoint(EndpointName="ghost")
        assert sagemaker_ie_backend.calls == []

    def test_other_operations_are_motos(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        deploy(sagemaker_ie)
        sagemaker_ie_backend.seed("churn", "Running")
        assert [each["EndpointName"] for each in sagemaker_ie.list_endpoints()["Endpoints"]] == ["churn-endpoint"]


def test_before_and_after_its_block_an_endpoint_is_ours(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn", "Running")
    assert in_short(sagemaker_ie)["config"] == "churn-endpoint-config"
    with moto.mock_aws():
        deploy(sagemaker_ie)
        assert in_short(sagemaker_ie)["config"] == "blue"
    assert in_short(sagemaker_ie)["config"] == "churn-endpoint-config"


@moto.mock_aws
@pytest.mark.usefixtures("sagemaker_ie_clock")
def test_awss_notebook_sees_the_promoted_variant_in_production(sagemaker_ie_backend: Any) -> None:
    """The public notebook of shadow tests, cell by cell: deploy, create, poll, stop, look at the endpoint, clean up."""
    import time

    sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 300})
    sm = boto3.client("sagemaker", region_name=sagemaker_ie_backend.region)
    deploy(sm, "xgb-endpoint", "xgb-prod")
    sm.create_model(ModelName="xgb-shadow", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "churn:2"})
    sm.get_waiter("endpoint_in_service").wait(EndpointName="xgb-endpoint")

    sm.create_inference_experiment(
        **creation(
            "xgb-shadow-test",
            EndpointName="xgb-endpoint",
            ModelVariants=[variant("production", count=2), variant("shadow", model="xgb-shadow")],
            ShadowModeConfig=shadow_mode("production", "shadow", 100),
            Schedule={"EndTime": datetime.datetime.now(datetime.timezone.utc) + DAY},
        )
    )

    def status() -> str:
        return str(sm.describe_inference_experiment(Name="xgb-shadow-test")["Status"])

    while status() != "Running":
        time.sleep(30)
    running = sm.describe_endpoint(EndpointName="xgb-endpoint")
    (production,), (shadow,) = running["ProductionVariants"], running["ShadowProductionVariants"]
    assert shadow["CurrentWeight"] / production["CurrentWeight"] == 1

    sm.stop_inference_experiment(
        Name="xgb-shadow-test",
        ModelVariantActions=PROMOTE,
        DesiredState="Completed",
        DesiredModelVariants=[variant("shadow", model="xgb-shadow", count=2)],
        Reason="the shadow is better",
    )
    assert sm.describe_endpoint(EndpointName="xgb-endpoint")["EndpointStatus"] == "Updating"
    while status() not in ("Completed", "Cancelled"):
        time.sleep(30)
    sm.get_waiter("endpoint_in_service").wait(EndpointName="xgb-endpoint")
    assert in_short(sm, "xgb-endpoint") == {
        "config": "xgb-prod",
        "status": "InService",
        "Production": {"shadow": 2},
        "ShadowProduction": {},
    }

    sm.delete_inference_experiment(Name="xgb-shadow-test")
    sm.delete_endpoint(EndpointName="xgb-endpoint")
    sm.delete_endpoint_config(EndpointConfigName="xgb-prod")
    for name in ("xgb-prod", "xgb-shadow"):
        sm.delete_model(ModelName=name)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        sm.describe_endpoint(EndpointName="xgb-endpoint")
    assert sagemaker_ie_backend.experiments == []


@pytest.mark.slow
def test_bytes_are_not_compared_with_text(tmp_path: Path) -> None:
    code = """
import boto3
from moto import mock_aws
from pytest_sagemaker_ie import mock_inference_experiments
with mock_aws(), mock_inference_experiments(region="us-east-1") as backend:
    backend.seed("a")
    boto3.client("sagemaker", region_name="us-east-1").describe_inference_experiment(Name="a")
"""
    subprocess.run([sys.executable, "-bb", "-c", code], check=True, cwd=tmp_path)
