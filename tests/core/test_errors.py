"""What a caught error holds: everything that a real client's would."""

from datetime import datetime
from typing import Any

import boto3
import botocore.exceptions
import pytest
from constants import UTC

PAST = datetime(2020, 1, 1, tzinfo=UTC)
REFUSALS = {
    "ConflictException": {"Name": "over", "Description": "too late"},
    "ResourceNotFound": {"Name": "ghost", "Description": "nobody"},
    "ValidationException": {"Name": "churn", "Schedule": {"EndTime": PAST}},
}
MODELED = ["ConflictException", "ResourceNotFound"]


@pytest.fixture(autouse=True)
def _experiments(sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn", "Running")
    sagemaker_ie_backend.seed("over", "Completed")


def refused(client: Any, code: str) -> botocore.exceptions.ClientError:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.update_inference_experiment(**REFUSALS[code])
    return caught.value


@pytest.mark.parametrize("code", REFUSALS)
class TestTheWholeResponse:
    def test_the_code_is_the_services(self, sagemaker_ie: Any, code: str) -> None:
        assert refused(sagemaker_ie, code).response["Error"]["Code"] == code

    def test_the_message_is_a_sentence(self, sagemaker_ie: Any, code: str) -> None:
        message = refused(sagemaker_ie, code).response["Error"]["Message"]
        assert message[0].isupper()
        assert message.endswith(".")

    def test_the_status_code_is_400(self, sagemaker_ie: Any, code: str) -> None:
        assert refused(sagemaker_ie, code).response["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_the_metadata_has_the_keys_of_a_real_response(self, sagemaker_ie: Any, code: str) -> None:
        metadata = refused(sagemaker_ie, code).response["ResponseMetadata"]
        assert set(metadata) == {"RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts"}

    def test_the_request_id_is_that_of_the_header(self, sagemaker_ie: Any, code: str) -> None:
        metadata = refused(sagemaker_ie, code).response["ResponseMetadata"]
        assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]

    def test_nothing_was_retried(self, sagemaker_ie: Any, code: str) -> None:
        assert refused(sagemaker_ie, code).response["ResponseMetadata"]["RetryAttempts"] == 0

    def test_str_names_the_operation_and_the_code(self, sagemaker_ie: Any, code: str) -> None:
        error = refused(sagemaker_ie, code)
        assert str(error).startswith(
            f"An error occurred ({code}) when calling the UpdateInferenceExperiment operation: "
        )
        assert error.operation_name == "UpdateInferenceExperiment"


@pytest.mark.parametrize("code", MODELED)
def test_a_modeled_error_has_its_message_twice_as_a_real_one_does(sagemaker_ie: Any, code: str) -> None:
    response = refused(sagemaker_ie, code).response
    assert response["Message"] == response["Error"]["Message"]


@pytest.mark.parametrize("code", MODELED)
def test_a_modeled_error_is_its_own_class(sagemaker_ie: Any, code: str) -> None:
    assert type(refused(sagemaker_ie, code)) is getattr(sagemaker_ie.exceptions, code)


@pytest.mark.parametrize("code", MODELED)
def test_an_error_of_the_codes_own_client_is_caught_by_the_fixtures_classes(sagemaker_ie: Any, code: str) -> None:
    assert isinstance(refused(boto3.client("sagemaker"), code), getattr(sagemaker_ie.exceptions, code))


def test_a_validation_exception_is_a_plain_client_error(sagemaker_ie: Any) -> None:
    assert type(refused(sagemaker_ie, "ValidationException")) is botocore.exceptions.ClientError


def test_a_validation_exception_has_no_modeled_message(sagemaker_ie: Any) -> None:
    assert "Message" not in refused(sagemaker_ie, "ValidationException").response


def test_a_wrong_type_is_refused_by_the_client_itself(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError):
        sagemaker_ie.update_inference_experiment(Name="churn", Description=5)
    assert sagemaker_ie_backend.calls == []


class TestAnUnknownName:
    @staticmethod
    def message(name: str, region: str = "us-east-1") -> str:
        client = boto3.client("sagemaker", region)
        with pytest.raises(client.exceptions.ResourceNotFound) as caught:
            client.describe_inference_experiment(Name=name)
        return caught.value.response["Message"]

    def test_it_is_told_the_known_names(self) -> None:
        expected = "Inference experiment ghost does not exist in us-east-1; known there: churn, over."
        assert self.message("ghost") == expected

    def test_it_is_told_of_other_regions(self) -> None:
        assert self.message("churn", "eu-west-1") == (
            "Inference experiment churn does not exist in eu-west-1; there is none in that region (churn, over in"
            " us-east-1; set the region of clients and seeds that name none with the ini option sagemaker_ie_region)."
        )

    def test_it_is_told_both(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("abroad", region="eu-west-1")
        assert self.message("ghost", "eu-west-1") == (
            "Inference experiment ghost does not exist in eu-west-1; known there: abroad (churn, over in"
            " us-east-1; set the region of clients and seeds that name none with the ini option sagemaker_ie_region)."
        )

    def test_it_is_told_only_the_first_of_many_names(self, sagemaker_ie_backend: Any) -> None:
        for number in range(12):
            sagemaker_ie_backend.seed(f"n{number}", region="eu-west-1")
        assert "known there: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more (" in self.message("x", "eu-west-1")
