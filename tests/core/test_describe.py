"""DescribeInferenceExperiment: the shape of what comes back, and that changing it changes no state."""

import contextlib
import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.validate import ParamValidator
from constants import STATUSES, UTC
from dateutil.tz import tzlocal

ENDED = ["Completed", "Cancelled"]
TIMES = ["CreationTime", "LastModifiedTime", "CompletionTime"]

EVERYTHING: dict[str, Any] = {
    "Description": "whole",
    "StatusReason": "because",
    "KmsKey": "volume-key",
    "DataStorageConfig": {
        "Destination": "s3://bucket/captured",
        "KmsKey": "storage-key",
        "ContentType": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    },
    "EndpointMetadata": {
        "EndpointName": "endpoint",
        "EndpointConfigName": "config",
        "EndpointStatus": "Failed",
        "FailureReason": "no capacity",
    },
}


def times_in(value: Any) -> list[datetime]:
    if isinstance(value, dict):
        return [time for each in value.values() for time in times_in(each)]
    if isinstance(value, list):
        return [time for each in value for time in times_in(each)]
    return [value] if isinstance(value, datetime) else []


@pytest.mark.parametrize("parameters", [{}, EVERYTHING], ids=["defaults", "everything"])
@pytest.mark.parametrize("status", STATUSES)
def test_the_response_satisfies_botocores_output_shape(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, status: str, parameters: dict[str, Any]
) -> None:
    sagemaker_ie_backend.seed("churn", status, **parameters)
    shape = sagemaker_ie.meta.service_model.operation_model("DescribeInferenceExperiment").output_shape
    report = ParamValidator().validate(describe("churn"), shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("status", STATUSES)
def test_the_response_has_only_members_of_the_output_shape(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, status: str
) -> None:
    """The validator above lets unknown members pass."""
    sagemaker_ie_backend.seed("churn", status, **EVERYTHING)
    shape = sagemaker_ie.meta.service_model.operation_model("DescribeInferenceExperiment").output_shape
    assert set(describe("churn")) <= set(shape.members)


@pytest.mark.parametrize("status", STATUSES)
def test_the_status_is_the_seeded_one_and_a_plain_str(sagemaker_ie_backend: Any, describe: Any, status: str) -> None:
    sagemaker_ie_backend.seed("churn", status)
    shown = describe("churn")["Status"]
    assert (shown, type(shown)) == (status, str)


@pytest.mark.parametrize("status", STATUSES)
def test_every_time_is_aware_and_local_as_botocore_makes_it(
    sagemaker_ie_backend: Any, describe: Any, status: str
) -> None:
    sagemaker_ie_backend.seed("churn", status)
    times = times_in(describe("churn"))
    assert len(times) >= 4
    assert {type(each.tzinfo) for each in times} == {tzlocal}


@pytest.mark.parametrize("status", STATUSES)
def test_a_completion_time_is_there_exactly_when_the_experiment_has_ended(
    sagemaker_ie_backend: Any, describe: Any, status: str
) -> None:
    sagemaker_ie_backend.seed("churn", status)
    assert ("CompletionTime" in describe("churn")) == (status in ENDED)


@pytest.mark.parametrize("member", ["Description", "StatusReason", "DataStorageConfig", "KmsKey", "CompletionTime"])
def test_an_absent_member_is_absent(sagemaker_ie_backend: Any, describe: Any, member: str) -> None:
    sagemaker_ie_backend.seed("churn", "Running")
    assert member not in describe("churn")


@pytest.mark.parametrize("member", EVERYTHING)
def test_a_given_member_is_shown_as_it_was_given(sagemaker_ie_backend: Any, describe: Any, member: str) -> None:
    sagemaker_ie_backend.seed("churn", "Running", **EVERYTHING)
    assert describe("churn")[member] == EVERYTHING[member]


@pytest.mark.parametrize("member", TIMES)
def test_a_given_time_is_the_same_moment(sagemaker_ie_backend: Any, describe: Any, member: str) -> None:
    when = datetime.now(UTC).replace(microsecond=250_000) - timedelta(days=2)
    times = {"CreationTime": when - timedelta(days=20), "CompletionTime": when, "LastModifiedTime": when}
    sagemaker_ie_backend.seed("churn", "Completed", **times)
    assert describe("churn")[member] == times[member]


@pytest.mark.parametrize("status", STATUSES)
def test_every_variant_shows_a_status(sagemaker_ie_backend: Any, describe: Any, status: str) -> None:
    sagemaker_ie_backend.seed("churn", status)
    expected = {
        "Creating": ["Creating", "Creating"],
        "Created": ["Creating", "Creating"],
        "Starting": ["Creating", "Creating"],
        "Updating": ["Updating", "Updating"],
        "Running": ["InService", "InService"],
        "Stopping": ["InService", "Deleting"],
        "Completed": ["InService", "Deleted"],
        "Cancelled": ["InService", "Deleted"],
    }
    assert [each["Status"] for each in describe("churn")["ModelVariants"]] == expected[status]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("ap-southeast-2", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
    ],
)
def test_the_arn_has_partition_region_account_and_name(sagemaker_ie_backend: Any, region: str, partition: str) -> None:
    experiment = sagemaker_ie_backend.seed("churn", region=region)
    assert experiment.arn == f"arn:{partition}:sagemaker:{region}:123456789012:inference-experiment/churn"


def test_the_arn_is_that_of_the_update(sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any) -> None:
    sagemaker_ie_backend.seed("churn")
    response = sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
    assert response["InferenceExperimentArn"] == describe("churn")["Arn"]


class TestResponseMetadata:
    @pytest.fixture(params=["describe", "update"])
    def response(self, request: pytest.FixtureRequest, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> Any:
        sagemaker_ie_backend.seed("churn")
        return getattr(sagemaker_ie, f"{request.param}_inference_experiment")(Name="churn")

    def test_it_has_the_keys_of_a_real_response(self, response: Any) -> None:
        keys = {"RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts"}
        assert set(response["ResponseMetadata"]) == keys

    def test_the_call_succeeded_at_once(self, response: Any) -> None:
        metadata = response["ResponseMetadata"]
        assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)

    def test_the_headers_are_those_of_the_service(self, response: Any) -> None:
        headers = response["ResponseMetadata"]["HTTPHeaders"]
        assert set(headers) == {"x-amzn-requestid", "content-type", "content-length", "date"}

    def test_the_request_id_is_that_of_the_header(self, response: Any) -> None:
        metadata = response["ResponseMetadata"]
        assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]

    def test_each_call_has_a_request_id_of_its_own(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        responses = [sagemaker_ie.describe_inference_experiment(Name="churn") for _ in range(20)]
        assert len({each["ResponseMetadata"]["RequestId"] for each in responses}) == 20


CALLS = [
    pytest.param("describe_inference_experiment", {"Name": "churn"}, id="describe"),
    pytest.param("update_inference_experiment", {"Name": "churn"}, id="update that changes nothing"),
    pytest.param("update_inference_experiment", {"Name": "churn", "Description": "ü"}, id="update"),
    pytest.param("describe_inference_experiment", {"Name": "ghost"}, id="not found"),
    pytest.param("update_inference_experiment", {"Name": "over", "Description": "x"}, id="conflict"),
    pytest.param(
        "update_inference_experiment",
        {"Name": "churn", "Schedule": {"EndTime": datetime(2020, 1, 1, tzinfo=UTC)}},
        id="validation",
    ),
]


class TestWhatBotocoreSees:
    """The HTTP response that handlers of botocore's `after-call` get, next to what was parsed from it."""

    @pytest.fixture
    def seen(self, request: pytest.FixtureRequest, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> Any:
        """The keyword arguments of `after-call`, with the parsed response as it was then."""
        sagemaker_ie_backend.seed("churn", **EVERYTHING)
        sagemaker_ie_backend.seed("over", "Completed")
        caught: list[dict[str, Any]] = []
        sagemaker_ie.meta.events.register(
            "after-call.sagemaker", lambda **event: caught.append({**event, "parsed": copy.deepcopy(event["parsed"])})
        )
        operation, parameters = request.param
        with contextlib.suppress(sagemaker_ie.exceptions.ClientError):
            getattr(sagemaker_ie, operation)(**parameters)
        return caught[0]

    @pytest.mark.parametrize("seen", [each.values for each in CALLS], ids=[each.id for each in CALLS], indirect=True)
    def test_the_parsed_response_is_what_botocores_parser_makes_of_the_http_response(self, seen: Any) -> None:
        http, model = seen["http_response"], seen["model"]
        response = {
            "headers": http.headers,
            "status_code": http.status_code,
            "body": http.content,
            "context": {"operation_name": model.name},
        }
        parser = create_parser("json")
        parsed = parser.parse(response, model.output_shape)
        if http.status_code >= 300:
            error_shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
            if error_shape is not None:
                parsed.update(parser.parse(response, error_shape))
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        assert seen["parsed"] == parsed

    @pytest.mark.parametrize("seen", [each.values for each in CALLS], ids=[each.id for each in CALLS], indirect=True)
    def test_the_content_length_is_that_of_the_content(self, seen: Any) -> None:
        http = seen["http_response"]
        assert http.headers["Content-Length"] == str(len(http.content))

    @pytest.mark.parametrize("seen", [CALLS[0].values], ids=["describe"], indirect=True)
    def test_the_http_response_has_no_attribute_that_botocores_has_not(self, seen: Any) -> None:
        assert not hasattr(seen["http_response"], "nothing_of_the_kind")


class TestWhatIsChangedOutside:
    def test_changing_a_returned_dict_changes_no_state(self, sagemaker_ie_backend: Any, describe: Any) -> None:
        sagemaker_ie_backend.seed("churn", **EVERYTHING)
        before = describe("churn")
        shown = describe("churn")
        shown["ModelVariants"][0]["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceCount"] = 99
        shown["DataStorageConfig"]["ContentType"]["CsvContentTypes"].append("x")
        shown["Schedule"].clear()
        shown["EndpointMetadata"]["EndpointName"] = "other"
        assert describe("churn") == before

    def test_changing_a_dict_passed_to_update_changes_no_state(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn")
        passed = {"Destination": "s3://bucket/", "ContentType": {"CsvContentTypes": ["text/csv"]}}
        sagemaker_ie.update_inference_experiment(Name="churn", DataStorageConfig=passed)
        before = describe("churn")
        passed["Destination"] = "s3://other/"
        passed["ContentType"]["CsvContentTypes"].append("x")  # type: ignore[index]
        assert describe("churn") == before

    def test_changing_a_dict_passed_to_seed_changes_no_state(self, sagemaker_ie_backend: Any, describe: Any) -> None:
        passed = copy.deepcopy(EVERYTHING)
        sagemaker_ie_backend.seed("churn", **passed)
        before = describe("churn")
        passed["DataStorageConfig"]["ContentType"]["CsvContentTypes"].append("x")
        passed["EndpointMetadata"]["EndpointName"] = "other"
        assert describe("churn") == before

    def test_two_seeds_of_the_same_dict_share_nothing(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any
    ) -> None:
        passed = copy.deepcopy(EVERYTHING)
        sagemaker_ie_backend.seed("one", **passed)
        sagemaker_ie_backend.seed("two", **passed)
        before = describe("two")
        sagemaker_ie.update_inference_experiment(Name="one", DataStorageConfig={"Destination": "s3://new/"})
        assert describe("two") == before
