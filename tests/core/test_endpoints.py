"""DescribeEndpoint: the endpoint of experiments follows them, and outlives them."""

from datetime import timedelta
from typing import Any

import aws_json
import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError
from constants import DAY, HOUR, NOON
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import FaultError, SeedError, mock_inference_experiments

PROMOTE = {"production": "Remove", "shadow": "Promote"}
RETAIN = {"production": "Retain", "shadow": "Remove"}
SLOWLY = {"progression": "manual", "times": 2}


@pytest.fixture
def endpoint(sagemaker_ie: Any) -> Any:
    """What DescribeEndpoint says of an endpoint, without the call's own metadata."""

    def described(name: str = "churn-endpoint", client: Any = None) -> dict[str, Any]:
        response: dict[str, Any] = (client or sagemaker_ie).describe_endpoint(EndpointName=name)
        del response["ResponseMetadata"]
        return response

    return described


def shown(name: str, weight: float = 1, count: int = 1) -> dict[str, Any]:
    return {
        "VariantName": name,
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }


def in_short(described: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    production, shadows = (described.get(f"{kind}Variants", []) for kind in ("Production", "ShadowProduction"))
    names = [[each["VariantName"] for each in variants] for variants in (production, shadows)]
    return described["EndpointStatus"], names[0], names[1]


class TestOneExperiment:
    @pytest.mark.usefixtures("noon")
    def test_all_of_it(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        variants = [variant("a", count=3), variant("b", count=2)]
        sagemaker_ie_backend.seed(
            "churn", "Running", ModelVariants=variants, ShadowModeConfig=shadow_mode("a", "b", 30)
        )
        assert endpoint() == {
            "EndpointName": "churn-endpoint",
            "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn-endpoint",
            "EndpointConfigName": "churn-endpoint-config",
            "EndpointStatus": "InService",
            "ProductionVariants": [shown("a", count=3)],
            "ShadowProductionVariants": [shown("b", 0.3, 2)],
            "CreationTime": NOON - DAY - HOUR,
            "LastModifiedTime": NOON - DAY,
        }

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("Creating", ("InService", ["production"], [])),
            ("Created", ("InService", ["production"], [])),
            ("Starting", ("Updating", ["production"], [])),
            ("Running", ("InService", ["production"], ["shadow"])),
            ("Updating", ("Updating", ["production"], ["shadow"])),
            ("Stopping", ("Updating", ["production"], ["shadow"])),
            ("Completed", ("InService", ["production"], [])),
            ("Cancelled", ("InService", ["production"], [])),
        ],
    )
    def test_its_status_says_what_the_endpoint_shows(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any, status: str, expected: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", status)
        assert in_short(endpoint()) == expected
        metadata = sagemaker_ie.describe_inference_experiment(Name="churn")["EndpointMetadata"]
        assert metadata["EndpointStatus"] == expected[0]

    @pytest.mark.usefixtures("noon")
    def test_an_update_before_the_start_leaves_it_in_service(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        schedule = {"StartTime": NOON + DAY, "EndTime": NOON + 2 * DAY}
        sagemaker_ie_backend.seed("churn", "Updating", Schedule=schedule)
        assert in_short(endpoint()) == ("InService", ["production"], [])

    def test_an_update_of_the_percentage_changes_the_weight(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.update_inference_experiment(Name="churn", ShadowModeConfig=shadow_mode(sampling=10))
        assert endpoint()["ShadowProductionVariants"] == [shown("shadow", 0.1)]

    def test_it_may_get_no_traffic(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running", ShadowModeConfig=shadow_mode(sampling=0))
        assert endpoint()["ShadowProductionVariants"] == [shown("shadow", 0)]

    @pytest.mark.parametrize(
        ("actions", "production", "shadows"),
        [
            (PROMOTE, ["shadow"], []),
            (RETAIN, ["production"], []),
            ({"production": "Retain"}, ["production"], []),
            ({"production": "Retain", "shadow": "Retain"}, ["production"], ["shadow"]),
            ({"production": "Retain", "shadow": "Promote"}, ["production", "shadow"], []),
        ],
    )
    def test_what_stop_leaves(
        self,
        sagemaker_ie: Any,
        sagemaker_ie_backend: Any,
        endpoint: Any,
        actions: Any,
        production: list[str],
        shadows: list[str],
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running", transition={"Stopping": SLOWLY})
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=actions)
        assert in_short(endpoint()) == ("Updating", ["production"], ["shadow"])
        assert in_short(endpoint()) == ("Updating", ["production"], ["shadow"])
        assert in_short(endpoint()) == ("InService", production, shadows)

    @pytest.mark.parametrize("actions", [PROMOTE, RETAIN])
    def test_stop_may_deploy_other_instance_counts(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any, actions: dict[str, str]
    ) -> None:
        (staying,) = (name for name, action in actions.items() if action != "Remove")
        sagemaker_ie_backend.seed("earlier", "Completed", EndpointName="churn-endpoint")
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.stop_inference_experiment(
            Name="churn", ModelVariantActions=actions, DesiredModelVariants=[variant(staying, count=7)]
        )
        assert endpoint()["ProductionVariants"] == [shown(staying, count=7)]

    def test_one_that_fails_leaves_what_was_there(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running", transition={"Stopping": SLOWLY})
        sagemaker_ie_backend.fail_experiment("churn", "Stopping")
        actions = {"production": "Retain", "shadow": "Promote"}
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=actions)
        endpoint(), endpoint()
        assert in_short(endpoint()) == ("InService", ["production"], [])

    def test_it_goes_by_the_clock(self, sagemaker_ie_backend: Any, endpoint: Any, sagemaker_ie_clock: Any) -> None:
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 600})
        sagemaker_ie_backend.seed("churn", Schedule={"StartTime": timedelta(days=1), "EndTime": timedelta(days=2)})
        seen = [in_short(endpoint())]
        for _ in range(300):
            sagemaker_ie_clock.tick(600)
            if in_short(endpoint()) != seen[-1]:
                seen.append(in_short(endpoint()))
        assert seen == [
            ("InService", ["production"], []),
            ("Updating", ["production"], []),
            ("InService", ["production"], ["shadow"]),
            ("Updating", ["production"], ["shadow"]),
            ("InService", ["production"], []),
        ]
        assert endpoint()["LastModifiedTime"] == sagemaker_ie_backend.get("churn").completion_time

    def test_the_waiter_waits_for_it(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any, sagemaker_ie_clock: Any
    ) -> None:
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 600})
        sagemaker_ie_backend.seed("churn")
        began = sagemaker_ie_clock.now()
        sagemaker_ie.start_inference_experiment(Name="churn")
        sagemaker_ie.get_waiter("endpoint_in_service").wait(EndpointName="churn-endpoint")
        assert sagemaker_ie_clock.now() - began == timedelta(minutes=10)
        assert in_short(endpoint()) == ("InService", ["production"], ["shadow"])

    def test_an_answer_is_a_look_at_what_it_shows(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.set_transition(SLOWLY)
        experiment = sagemaker_ie_backend.seed("churn", "Updating", transition=SLOWLY)
        for expected in ("Updating", "Running"):
            sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
            assert experiment.status == expected

    def test_a_promotion_that_was_seeded(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        for name, status, leaving in (("churn", "Completed", "Deleted"), ("fraud", "Stopping", "Deleting")):
            variants = [{**variant("old"), "Status": leaving}, {**variant("new"), "Status": "InService"}]
            sagemaker_ie_backend.seed(name, status, ModelVariants=variants)
        assert in_short(endpoint()) == ("InService", ["new"], [])
        assert in_short(endpoint("fraud-endpoint")) == ("Updating", ["old"], ["new"])
        sagemaker_ie_backend.fail_experiment("fraud", "Stopping")
        assert in_short(endpoint("fraud-endpoint")) == ("InService", ["new"], [])


class TestSeveralExperiments:
    def test_it_outlives_them(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=PROMOTE)
        before = endpoint()
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.experiments == []
        assert endpoint() == before

    def test_each_begins_with_what_the_one_before_has_left(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any
    ) -> None:
        for source, shadow in (("v1", "v2"), ("v2", "v3")):
            sagemaker_ie.create_inference_experiment(
                **creation(
                    f"{source}-{shadow}",
                    ModelVariants=[variant(source), variant(shadow)],
                    ShadowModeConfig=shadow_mode(source, shadow, 5),
                )
            )
            assert in_short(endpoint()) == ("InService", [source], [shadow])
            sagemaker_ie.stop_inference_experiment(
                Name=f"{source}-{shadow}", ModelVariantActions={source: "Remove", shadow: "Promote"}
            )
            assert in_short(endpoint()) == ("InService", [shadow], [])
        sagemaker_ie_backend.seed("next", EndpointName="churn-endpoint")
        assert in_short(endpoint()) == ("InService", ["v3"], [])

    def test_it_is_updating_while_one_of_them_is_in_need_of_it(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any
    ) -> None:
        sagemaker_ie_backend.seed("one", "Stopping", EndpointName="churn-endpoint")
        sagemaker_ie_backend.seed("two", "Running", EndpointName="churn-endpoint")
        assert endpoint()["EndpointStatus"] == "Updating"
        for name in ("one", "two"):
            described = sagemaker_ie.describe_inference_experiment(Name=name)
            assert described["EndpointMetadata"]["EndpointStatus"] == "Updating"
        sagemaker_ie_backend.set_transition({"progression": "immediate"})
        assert sagemaker_ie_backend.get("two").endpoint_metadata["EndpointStatus"] == "InService"

    def test_one_that_only_time_ends_is_ended_by_a_look_at_another(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
    ) -> None:
        sagemaker_ie_backend.seed("one", Schedule={"StartTime": timedelta(hours=1)}, EndpointName="shared")
        sagemaker_ie_backend.seed("two", Schedule={"StartTime": timedelta(days=9)}, EndpointName="shared")
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 600}, "Starting")
        sagemaker_ie_clock.tick(3700)
        described = sagemaker_ie.describe_inference_experiment(Name="two")
        assert described["EndpointMetadata"]["EndpointStatus"] == "Updating"

    def test_each_region_has_its_own(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.seed("churn", "Starting", region="cn-north-1")
        there = boto3.client("sagemaker", region_name="cn-north-1")
        assert in_short(endpoint()) == ("InService", ["production"], ["shadow"])
        assert in_short(endpoint(client=there)) == ("Updating", ["production"], [])
        arn = "arn:aws-cn:sagemaker:cn-north-1:123456789012:endpoint/churn-endpoint"
        assert endpoint(client=there)["EndpointArn"] == arn


class TestWhatATestSays:
    def test_it_fails(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed", failure_reason="Out of memory.")
        assert (endpoint()["EndpointStatus"], endpoint()["FailureReason"]) == ("Failed", "Out of memory.")
        with pytest.raises(WaiterError, match="Failed"):
            sagemaker_ie.get_waiter("endpoint_in_service").wait(EndpointName="churn-endpoint")

    def test_it_recovers_and_follows_its_experiments_again(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, endpoint: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running", transition=SLOWLY)
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed", failure_reason="Out of memory.")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "InService")
        assert "FailureReason" not in endpoint()
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=RETAIN)
        assert endpoint()["EndpointStatus"] == "Updating"

    def test_a_seed_says_it(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        metadata = {"EndpointName": "mine", "EndpointConfigName": "blue", "EndpointStatus": "RollingBack"}
        experiment = sagemaker_ie_backend.seed("churn", "Running", EndpointMetadata=metadata)
        assert experiment.endpoint_metadata == metadata
        assert endpoint("mine")["EndpointConfigName"] == "blue"
        sagemaker_ie_backend.set_endpoint("mine", "SystemUpdating")
        assert experiment.endpoint_metadata == {**metadata, "EndpointStatus": "SystemUpdating"}

    def test_another_seed_leaves_what_was_said(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed")
        sagemaker_ie_backend.seed("later", EndpointName="churn-endpoint")
        assert endpoint()["EndpointStatus"] == "Failed"

    def test_a_name_of_63_characters(self, sagemaker_ie_backend: Any, endpoint: Any) -> None:
        name = "a" * 55 + "-b" + "c" * 6
        sagemaker_ie_backend.seed("churn", EndpointName=name)
        assert endpoint(name)["EndpointConfigName"] == "a" * 55 + "-config"


class TestRefusals:
    def test_one_that_there_is_not(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        with pytest.raises(ClientError) as caught:
            sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        error = caught.value.response
        assert error["Error"]["Code"] == "ValidationException"
        assert error["Error"]["Message"] == (
            'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn-endpoint".'
        )
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
        (call,) = sagemaker_ie_backend.calls
        assert (call.operation, call.name, call.status_before, call.error) == (
            "DescribeEndpoint",
            None,
            None,
            "ValidationException",
        )

    def test_the_waiter_for_its_end_takes_that_as_success(self, sagemaker_ie: Any) -> None:
        sagemaker_ie.get_waiter("endpoint_deleted").wait(EndpointName="ghost")

    def test_a_name_that_the_model_forbids(self, sagemaker_ie: Any) -> None:
        with pytest.raises(ClientError, match="at 'endpointName' failed to satisfy constraint"):
            sagemaker_ie.describe_endpoint(EndpointName="churn_endpoint")

    def test_over_http_it_is_the_same(self, sagemaker_ie_backend: Any, sagemaker_ie_server: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        url = sagemaker_ie_server.url
        answer = aws_json.post(url, "DescribeEndpoint", {"EndpointName": "churn-endpoint"})
        assert (answer.status, answer.body["EndpointStatus"]) == (200, "InService")
        assert isinstance(answer.body["CreationTime"], float)
        refused = aws_json.post(url, "DescribeEndpoint", {"EndpointName": "ghost"})
        message = 'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/ghost".'
        assert (refused.status, refused.body) == (400, {"__type": "ValidationException", "Message": message})


class TestTheTestsSide:
    def test_a_fault_strikes_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        fault = sagemaker_ie_backend.fail("DescribeEndpoint", "ThrottlingException", times=2)
        assert sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")["EndpointStatus"] == "InService"
        assert fault.happened == 2

    def test_a_fault_of_one_endpoint(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.seed("fraud")
        sagemaker_ie_backend.fail(
            "DescribeEndpoint",
            "AccessDeniedException",
            when=lambda call: call.parameters["EndpointName"] == "fraud-endpoint",
        )
        sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        with pytest.raises(ClientError, match="AccessDeniedException"):
            sagemaker_ie.describe_endpoint(EndpointName="fraud-endpoint")

    def test_a_fault_of_it_names_no_experiment(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(FaultError, match="DescribeEndpoint is about no single experiment: leave name='churn' out"):
            sagemaker_ie_backend.fail("DescribeEndpoint", "ThrottlingException", name="churn")

    def test_that_it_was_called(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        sagemaker_ie_backend.assert_called("DescribeEndpoint", EndpointName="churn-endpoint", times=1)
        with pytest.raises(ValueError, match=r"unknown parameter 'Name'.*Valid parameters: EndpointName"):
            sagemaker_ie_backend.assert_called("DescribeEndpoint", Name="churn")

    def test_the_last_call_of_an_endpoint_is_in_the_failure_section(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("""
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                sagemaker_ie_backend.seed("churn", "Running")
                sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
                assert False
        """)
        result = pytester.runpytest("-q")
        result.stdout.fnmatch_lines(["*  DescribeEndpoint", "    EndpointName='churn-endpoint'"])

    def test_set_endpoint_names_those_that_there_are(self, sagemaker_ie_backend: Any) -> None:
        with mock_inference_experiments() as backend, pytest.raises(SeedError, match="Valid endpoints: there is none"):
            backend.set_endpoint("churn-endpoint", "Failed")
