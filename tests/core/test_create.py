"""CreateInferenceExperiment: every parameter, what comes of a schedule, and what is refused."""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from constants import ARN, DAY, HOUR, NOON, SECOND
from valid_requests import creation, shadow_mode, variant

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def create(sagemaker_ie: Any) -> Callable[..., dict[str, Any]]:
    def created(name: str = "churn", **members: Any) -> dict[str, Any]:
        response: dict[str, Any] = sagemaker_ie.create_inference_experiment(**creation(name, **members))
        return response

    return created


@pytest.fixture
def refusal(create: Any) -> Callable[..., str]:
    """The message of the ValidationException that a request is answered with."""

    def refused(**members: Any) -> str:
        with pytest.raises(ClientError) as caught:
            create(**members)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        assert type(caught.value) is ClientError, "the model has no ValidationException"
        message: str = caught.value.response["Error"]["Message"]
        return message

    return refused


def test_the_answer_is_the_arn(create: Any) -> None:
    response = create()
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert response == {"InferenceExperimentArn": ARN}


def test_describe_shows_what_was_required_and_nothing_that_was_not_given(create: Any, describe: Any) -> None:
    create()
    assert describe("churn") == {
        "Arn": ARN,
        "Name": "churn",
        "Type": "ShadowMode",
        "Schedule": {"StartTime": NOON, "EndTime": NOON + 7 * DAY},
        "Status": "Running",
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
        "EndpointMetadata": {
            "EndpointName": "churn-endpoint",
            "EndpointConfigName": "churn-endpoint-config",
            "EndpointStatus": "InService",
        },
        "ModelVariants": [
            {**variant("production"), "Status": "InService"},
            {**variant("shadow", model="churn-model-v2"), "Status": "InService"},
        ],
        "ShadowModeConfig": shadow_mode(),
    }


@pytest.mark.parametrize(
    "member",
    [
        {"Description": "the new model on 30 % of the requests"},
        {"Description": ""},
        {"KmsKey": "alias/experiments"},
        {"DataStorageConfig": {"Destination": "s3://captured/churn"}},
        {
            "DataStorageConfig": {
                "Destination": "s3://captured/churn",
                "KmsKey": "alias/captured",
                "ContentType": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
            }
        },
        {"RoleArn": "arn:aws:iam::210987654321:role/path/other"},
        {"ShadowModeConfig": shadow_mode(source="shadow", shadow="production", sampling=100)},
        {"ShadowModeConfig": shadow_mode(sampling=0)},
    ],
    ids=lambda member: next(iter(member)),
)
def test_describe_shows_what_was_given(create: Any, describe: Any, member: dict[str, Any]) -> None:
    create(**member)
    assert {name: describe("churn")[name] for name in member} == member


def test_describe_shows_the_endpoint(create: Any, describe: Any) -> None:
    create(EndpointName="other-endpoint")
    assert describe("churn")["EndpointMetadata"]["EndpointName"] == "other-endpoint"


def test_describe_shows_the_variants_in_their_order(create: Any, describe: Any) -> None:
    variants = [variant("shadow", model="a", instance_type="ml.g5.xlarge", count=3), variant("production", model="b")]
    create(ModelVariants=variants)
    assert [{**each, "Status": "InService"} for each in variants] == describe("churn")["ModelVariants"]


@pytest.mark.parametrize(
    "tags", [[], [{"Key": "team", "Value": "risk"}], [{"Key": "b", "Value": ""}, {"Key": "a", "Value": "ü"}]]
)
def test_list_tags_shows_the_tags(sagemaker_ie: Any, create: Any, tags: list[dict[str, str]]) -> None:
    create(Tags=tags)
    assert sagemaker_ie.list_tags(ResourceArn=ARN)["Tags"] == tags


def test_a_view_shows_it(create: Any, sagemaker_ie_backend: Any) -> None:
    create(Tags=[{"Key": "team", "Value": "risk"}])
    view = sagemaker_ie_backend.get("churn")
    assert (view.arn, view.status, view.tags, view.creation_time) == (ARN, "Running", {"team": "risk"}, NOON)
    assert view.region == "us-east-1"


def test_a_call_is_recorded(create: Any, sagemaker_ie_backend: Any) -> None:
    create(Schedule={"StartTime": NOON + DAY})
    (call,) = sagemaker_ie_backend.calls
    assert (call.operation, call.error, call.status_before, call.status_after) == (
        "CreateInferenceExperiment",
        None,
        None,
        "Created",
    )
    assert call.parameters == creation(Schedule={"StartTime": NOON + DAY})


def test_changing_the_request_afterwards_changes_no_experiment(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any
) -> None:
    request = creation(
        DataStorageConfig={"Destination": "s3://b/c", "ContentType": {"CsvContentTypes": ["text/csv"]}},
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    sagemaker_ie.create_inference_experiment(**request)
    before = copy.deepcopy(describe("churn"))
    request["ModelVariants"][0]["InfrastructureConfig"].clear()
    request["ShadowModeConfig"]["ShadowModelVariants"].clear()
    request["DataStorageConfig"]["ContentType"]["CsvContentTypes"].append("x")
    request["Tags"][0]["Value"] = "x"
    assert (describe("churn"), sagemaker_ie_backend.get("churn").tags) == (before, {"team": "risk"})


class TestSchedule:
    @pytest.mark.parametrize(
        ("schedule", "start", "end", "status"),
        [
            # Without one it starts at once and concludes after 7 days.
            (None, NOON, NOON + 7 * DAY, "Running"),
            ({}, NOON, NOON + 7 * DAY, "Running"),
            ({"StartTime": NOON + DAY}, NOON + DAY, NOON + 8 * DAY, "Created"),
            ({"EndTime": NOON + DAY}, NOON, NOON + DAY, "Running"),
            ({"StartTime": NOON + DAY, "EndTime": NOON + 2 * DAY}, NOON + DAY, NOON + 2 * DAY, "Created"),
            # A start at this very second has come.
            ({"StartTime": NOON, "EndTime": NOON + DAY}, NOON, NOON + DAY, "Running"),
            ({"StartTime": NOON + HOUR, "EndTime": NOON + 2 * HOUR}, NOON + HOUR, NOON + 2 * HOUR, "Created"),
            # The longest one that there may be.
            ({"StartTime": NOON, "EndTime": NOON + 30 * DAY}, NOON, NOON + 30 * DAY, "Running"),
            ({"EndTime": NOON + 30 * DAY}, NOON, NOON + 30 * DAY, "Running"),
            ({"StartTime": NOON + 400 * DAY}, NOON + 400 * DAY, NOON + 407 * DAY, "Created"),
        ],
    )
    def test_what_comes_of_it(
        self, create: Any, describe: Any, schedule: Any, start: datetime, end: datetime, status: str
    ) -> None:
        create(**({} if schedule is None else {"Schedule": schedule}))
        shown = describe("churn")
        assert shown["Schedule"] == {"StartTime": start, "EndTime": end}
        assert shown["Status"] == status
        assert "CompletionTime" not in shown

    @pytest.mark.parametrize("when", [NOON + DAY, "2030-06-16T12:00:00Z", 1907841600, "2030-06-16T14:00:00+02:00"])
    def test_a_time_may_be_given_as_boto3_takes_it(self, create: Any, describe: Any, when: Any) -> None:
        create(Schedule={"StartTime": when})
        assert describe("churn")["Schedule"]["StartTime"] == NOON + DAY

    @pytest.mark.parametrize(
        ("schedule", "message"),
        [
            ({"StartTime": NOON - SECOND}, "Schedule.StartTime 2030-06-15T11:59:59+00:00 is in the past"),
            ({"EndTime": NOON - SECOND}, "Schedule.EndTime 2030-06-15T11:59:59+00:00 is in the past"),
            ({"EndTime": NOON}, "Schedule.EndTime 2030-06-15T12:00:00+00:00 is in the past"),
            (
                {"StartTime": NOON - 2 * DAY, "EndTime": NOON + DAY},
                "Schedule.StartTime 2030-06-13T12:00:00+00:00 is in the past",
            ),
            (
                {"StartTime": NOON + DAY, "EndTime": NOON + DAY},
                "Schedule.StartTime 2030-06-16T12:00:00+00:00 is not before Schedule.EndTime 2030-06-16T12:00:00+00:00",
            ),
            ({"StartTime": NOON + 2 * DAY, "EndTime": NOON + DAY}, "is not before"),
            ({"EndTime": NOON + 30 * DAY + SECOND}, "at most 30 days: the latest EndTime is 2030-07-15T12:00:00+00:00"),
            ({"StartTime": NOON + DAY, "EndTime": NOON + 31 * DAY + SECOND}, "at most 30 days"),
            (
                {"StartTime": NOON, "EndTime": NOON + HOUR - SECOND},
                "at least 1 hour: the earliest EndTime is 2030-06-15T13:00:00+00:00",
            ),
        ],
    )
    def test_what_is_out_of_bounds_is_refused(self, refusal: Any, schedule: Any, message: str) -> None:
        assert message in refusal(Schedule=schedule)


class TestVariants:
    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ({"ModelVariants": [variant("same"), variant("same")]}, "twice"),
            ({"ModelVariants": [variant("production")]}, "shadow, which is not one of the ModelVariants: production"),
            ({"ShadowModeConfig": shadow_mode(source="third")}, "SourceModelVariantName is third, which is not one of"),
            ({"ShadowModeConfig": shadow_mode(shadow="third")}, "names third, which is not one of"),
            ({"ShadowModeConfig": shadow_mode(source="shadow")}, "two different ModelVariants"),
        ],
    )
    def test_those_that_do_not_fit_together_are_refused(
        self, refusal: Any, members: dict[str, Any], message: str
    ) -> None:
        assert message in refusal(**members)

    @pytest.mark.parametrize("instance_type", ["ml.inf1.xlarge", "ml.inf1.24xlarge"])
    @pytest.mark.parametrize("which", [0, 1])
    def test_inf1_cannot_take_part(self, refusal: Any, instance_type: str, which: int) -> None:
        variants = [variant("production"), variant("shadow")]
        variants[which] = variant(variants[which]["VariantName"], instance_type=instance_type)
        assert instance_type in refusal(ModelVariants=variants)

    def test_everything_else_can(self, sagemaker_ie: Any, create: Any) -> None:
        model = sagemaker_ie.meta.service_model
        infrastructure = model.shape_for("RealTimeInferenceConfig")
        known = infrastructure.members["InstanceType"].enum
        others = [each for each in known if not each.startswith("ml.inf1.")]
        assert {"ml.c5.xlarge", "ml.g5.xlarge"} < set(others) < set(known)
        for number, each in enumerate(others):
            variants = [variant("production"), variant("shadow", instance_type=each)]
            assert "InferenceExperimentArn" in create(f"churn-{number}", ModelVariants=variants)


class TestTheModelsConstraints:
    @pytest.mark.parametrize(
        ("members", "path", "constraint"),
        [
            ({"name": "churn_v2"}, "name", "Member must satisfy regular expression pattern: "),
            ({"name": "x" * 121}, "name", "Member must have length less than or equal to 120"),
            ({"Type": "CanaryMode"}, "type", "Member must satisfy enum value set: [ShadowMode]"),
            ({"RoleArn": "a-role-without-an-arn"}, "roleArn", "Member must satisfy regular expression pattern: "),
            ({"Description": "x" * 1025}, "description", "Member must have length less than or equal to 1024"),
            (
                {"ModelVariants": [variant("production"), variant("shadow"), variant("third")]},
                "modelVariants",
                "Member must have length less than or equal to 2",
            ),
            (
                {"ModelVariants": [variant("production"), variant("shadow", instance_type="ml.x9.huge")]},
                "modelVariants.2.member.infrastructureConfig.realTimeInferenceConfig.instanceType",
                "Member must satisfy enum value set: [",
            ),
            (
                {"ShadowModeConfig": shadow_mode(sampling=101)},
                "shadowModeConfig.shadowModelVariants.1.member.samplingPercentage",
                "Member must have value less than or equal to 100",
            ),
            ({"Tags": [{"Key": "a*", "Value": "b"}]}, "tags.1.member.key", "Member must satisfy regular expression"),
        ],
        ids=lambda each: each if isinstance(each, str) else "",
    )
    def test_a_violation_is_refused_in_the_services_words(
        self, refusal: Any, members: dict[str, Any], path: str, constraint: str
    ) -> None:
        message = refusal(**members)
        assert "validation error" in message
        assert f"at '{path}' failed to satisfy constraint: {constraint}" in message

    def test_an_unchecked_client_is_told_what_is_missing(self, sagemaker_ie_backend: Any) -> None:
        client = boto3.client("sagemaker", config=Config(parameter_validation=False))
        with pytest.raises(ClientError) as caught:
            client.create_inference_experiment(Name="churn")
        message = caught.value.response["Error"]["Message"]
        assert message.startswith("5 validation errors detected: Value null at 'type' failed")
        assert sagemaker_ie_backend.experiments == []


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "the key a twice"),
        ([{"Key": "aws:a", "Value": "1"}], "reserved for AWS usage in tag key: aws:a"),
        ([{"Key": "AWS:a", "Value": "1"}], "reserved for AWS usage in tag key: AWS:a"),
    ],
)
def test_wrong_tags_are_refused(refusal: Any, tags: list[dict[str, str]], message: str) -> None:
    assert message in refusal(Tags=tags)


@pytest.mark.parametrize(
    "members",
    [
        {"Name": "churn_v2"},
        {"Schedule": {"EndTime": NOON - DAY}},
        {"ShadowModeConfig": shadow_mode(source="third")},
        {"Tags": [{"Key": "aws:a", "Value": "1"}]},
    ],
    ids=lambda members: next(iter(members)),
)
def test_a_refused_one_leaves_nothing(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any, members: dict[str, Any]
) -> None:
    with pytest.raises(ClientError):
        sagemaker_ie.create_inference_experiment(**{**creation(), **members})
    assert sagemaker_ie.list_inference_experiments()["InferenceExperiments"] == []
    assert sagemaker_ie_backend.experiments == []
    assert create()["InferenceExperimentArn"] == ARN


class TestANameThatExists:
    def test_it_is_in_use(self, sagemaker_ie: Any, create: Any, describe: Any) -> None:
        create(Description="first", Tags=[{"Key": "a", "Value": "1"}])
        before = describe("churn")
        with pytest.raises(sagemaker_ie.exceptions.ResourceInUse, match="churn exists in us-east-1 already"):
            create(Description="second", Tags=[{"Key": "b", "Value": "2"}])
        assert describe("churn") == before
        assert sagemaker_ie.list_tags(ResourceArn=ARN)["Tags"] == [{"Key": "a", "Value": "1"}]

    def test_the_same_request_again_is_in_use_too(self, sagemaker_ie: Any, create: Any) -> None:
        create()
        with pytest.raises(sagemaker_ie.exceptions.ResourceInUse):
            create()

    def test_names_differ_by_case(self, create: Any, describe: Any) -> None:
        create("churn", Description="small")
        create("Churn", Description="capital")
        assert [describe(name)["Description"] for name in ("churn", "Churn")] == ["small", "capital"]

    def test_another_region_is_another_place(self, create: Any, describe: Any) -> None:
        create(Description="here")
        there = boto3.client("sagemaker", "eu-west-1")
        there.create_inference_experiment(**creation(Description="there"))
        assert [describe("churn")["Description"], describe("churn", there)["Description"]] == ["here", "there"]

    def test_once_deleted_it_is_free_and_begins_anew(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any, describe: Any, time_machine: Any
    ) -> None:
        create(Schedule={"StartTime": NOON + DAY}, Description="old", Tags=[{"Key": "a", "Value": "1"}])
        old = sagemaker_ie_backend.get("churn")
        sagemaker_ie.delete_inference_experiment(Name="churn")
        time_machine.shift(HOUR)
        create(Schedule={"StartTime": NOON + 2 * DAY})
        shown = describe("churn")
        assert shown["CreationTime"] == shown["LastModifiedTime"] == NOON + HOUR
        assert "Description" not in shown
        assert sagemaker_ie.list_tags(ResourceArn=ARN)["Tags"] == []
        assert sagemaker_ie_backend.get("churn").history[0].event == "Create"
        assert old.status is None
        assert len(sagemaker_ie.list_inference_experiments()["InferenceExperiments"]) == 1

    def test_what_was_due_for_the_deleted_one_does_not_move_the_new_one(
        self, sagemaker_ie: Any, create: Any, describe: Any, time_machine: Any
    ) -> None:
        create(Schedule={"StartTime": NOON + DAY})
        sagemaker_ie.delete_inference_experiment(Name="churn")
        create(Schedule={"StartTime": NOON + 3 * DAY})
        time_machine.shift(2 * DAY)
        assert describe("churn")["Status"] == "Created"
        (summary,) = sagemaker_ie.list_inference_experiments(StatusEquals="Created")["InferenceExperiments"]
        assert summary["Name"] == "churn"
