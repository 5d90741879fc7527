"""AddTags, ListTags and DeleteTags: for the ARNs of experiments, and for no others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from constants import ARN, NOON, STATUSES

from pytest_sagemaker_ie import OperationNotAnswered

OPERATIONS: dict[str, dict[str, Any]] = {
    "add_tags": {"Tags": [{"Key": "new", "Value": "1"}]},
    "list_tags": {},
    "delete_tags": {"TagKeys": ["team"]},
}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def seed(sagemaker_ie_backend: Any) -> Callable[..., Any]:
    def seeded(status: str = "Running", **parameters: Any) -> Any:
        return sagemaker_ie_backend.seed("churn", status, **{"Tags": tags(team="risk", owner="ada"), **parameters})

    return seeded


@pytest.fixture
def listed(sagemaker_ie: Any) -> Callable[..., list[dict[str, str]]]:
    def listed(arn: str = ARN) -> list[dict[str, str]]:
        shown: list[dict[str, str]] = sagemaker_ie.list_tags(ResourceArn=arn)["Tags"]
        return shown

    return listed


@pytest.fixture
def refusal(sagemaker_ie: Any) -> Callable[..., str]:
    """The message of the ValidationException that an operation is answered with."""

    def refused(operation: str, **request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            getattr(sagemaker_ie, operation)(**{"ResourceArn": ARN, **OPERATIONS[operation], **request})
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        message: str = caught.value.response["Error"]["Message"]
        return message

    return refused


@pytest.mark.parametrize("status", STATUSES)
class TestInEveryStatus:
    def test_they_are_listed(self, seed: Any, listed: Any, status: str) -> None:
        seed(status)
        assert listed() == tags(team="risk", owner="ada")

    def test_they_are_added(self, sagemaker_ie: Any, seed: Any, listed: Any, status: str) -> None:
        view = seed(status)
        response = sagemaker_ie.add_tags(ResourceArn=view.arn, Tags=tags(cost="7", team="fraud"))
        assert response["Tags"] == listed() == tags(team="fraud", owner="ada", cost="7")

    def test_they_are_deleted(self, sagemaker_ie: Any, seed: Any, listed: Any, status: str) -> None:
        view = seed(status)
        response = sagemaker_ie.delete_tags(ResourceArn=view.arn, TagKeys=["team"])
        assert set(response) == {"ResponseMetadata"}
        assert listed() == tags(owner="ada")

    def test_the_experiment_stays_as_it_is(
        self, sagemaker_ie: Any, seed: Any, describe: Any, time_machine: Any, status: str
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        view = seed(status)
        before, history = describe("churn"), view.history
        time_machine.shift(timedelta(hours=1))
        sagemaker_ie.add_tags(ResourceArn=ARN, Tags=tags(a="b"))
        sagemaker_ie.delete_tags(ResourceArn=ARN, TagKeys=["a", "team"])
        after = describe("churn")
        assert {**after, "LastModifiedTime": None} == {**before, "LastModifiedTime": None}
        assert view.history == history


class TestTheTags:
    def test_there_may_be_none(self, seed: Any, listed: Any) -> None:
        seed(Tags=[])
        assert listed() == []

    def test_those_of_the_creation_are_listed(self, seed: Any, listed: Any) -> None:
        seed(Tags=tags(a="", b="x y", c="ü日本"))
        assert listed() == tags(a="", b="x y", c="ü日本")

    def test_adding_none_is_no_mistake(self, sagemaker_ie: Any, seed: Any) -> None:
        seed()
        response = sagemaker_ie.add_tags(ResourceArn=ARN, Tags=[])
        assert response["Tags"] == tags(team="risk", owner="ada")

    def test_keys_differ_by_case(self, sagemaker_ie: Any, seed: Any, listed: Any) -> None:
        seed()
        sagemaker_ie.add_tags(ResourceArn=ARN, Tags=tags(Team="x"))
        assert listed() == tags(team="risk", owner="ada", Team="x")

    def test_a_key_that_is_not_there_is_no_mistake(self, sagemaker_ie: Any, seed: Any, listed: Any) -> None:
        seed()
        sagemaker_ie.delete_tags(ResourceArn=ARN, TagKeys=["other", "owner", "owner"])
        assert listed() == tags(team="risk")

    def test_there_are_fifty_at_most(self, sagemaker_ie: Any, seed: Any, listed: Any, refusal: Any) -> None:
        seed(Tags=[])
        sagemaker_ie.add_tags(ResourceArn=ARN, Tags=tags(**{f"k{n}": "v" for n in range(49)}))
        before = listed()
        assert "51 tags; it can have at most 50" in refusal("add_tags", Tags=tags(a="1", b="2"))
        assert listed() == before
        # One that replaces another takes no place.
        sagemaker_ie.add_tags(ResourceArn=ARN, Tags=tags(a="1", k0="w"))
        assert len(listed()) == 50
        assert sagemaker_ie.list_tags(ResourceArn=ARN, MaxResults=50)["Tags"] == listed()

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (tags(a="1") + tags(a="2"), "the key a twice"),
            ([{"Key": "aws:team", "Value": "x"}], "reserved for AWS usage in tag key: aws:team"),
            ([{"Key": "Aws:team", "Value": "x"}], "reserved for AWS usage in tag key: Aws:team"),
            ([{"Key": "a", "Value": "1"}, {"Key": "b*", "Value": "2"}], "at 'tags.2.member.key' failed"),
            ([{"Key": "a" * 129, "Value": "1"}], "at 'tags.1.member.key' failed"),
            ([{"Key": "a", "Value": "v" * 257}], "at 'tags.1.member.value' failed"),
            (tags(**{f"k{n}": "v" for n in range(51)}), "at 'tags' failed"),
        ],
        ids=lambda each: each if isinstance(each, str) else "",
    )
    def test_wrong_ones_are_refused_and_none_is_added(
        self, seed: Any, listed: Any, refusal: Any, wrong: list[dict[str, str]], message: str
    ) -> None:
        seed()
        assert message in refusal("add_tags", Tags=wrong)
        assert listed() == tags(team="risk", owner="ada")

    def test_wrong_keys_are_refused_and_none_is_deleted(self, seed: Any, listed: Any, refusal: Any) -> None:
        seed()
        assert "at 'tagKeys.2.member' failed" in refusal("delete_tags", TagKeys=["team", "b*"])
        assert listed() == tags(team="risk", owner="ada")

    def test_no_keys_are_refused_by_the_client(self, sagemaker_ie: Any, seed: Any) -> None:
        seed()
        with pytest.raises(ParamValidationError):
            sagemaker_ie.delete_tags(ResourceArn=ARN, TagKeys=[])

    def test_a_key_of_awss_own_is_refused_and_none_is_deleted(self, refusal: Any, seed: Any, listed: Any) -> None:
        seed()
        told = refusal("delete_tags", TagKeys=["team", "aws:team"])
        assert told == "System prefix 'aws:' reserved for AWS usage in tag key: aws:team"
        assert listed() == tags(team="risk", owner="ada")

    def test_each_experiment_has_its_own(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, listed: Any) -> None:
        one, other = sagemaker_ie_backend.seed("one"), sagemaker_ie_backend.seed("other")
        sagemaker_ie.add_tags(ResourceArn=one.arn, Tags=tags(a="1"))
        assert (listed(one.arn), listed(other.arn)) == (tags(a="1"), [])
        assert (one.tags, other.tags) == ({"a": "1"}, {})

    def test_changing_an_answer_changes_no_tags(self, sagemaker_ie: Any, seed: Any, listed: Any) -> None:
        seed()
        listed().clear()
        sagemaker_ie.add_tags(ResourceArn=ARN, Tags=[])["Tags"][0]["Value"] = "x"
        assert listed() == tags(team="risk", owner="ada")

    def test_botocores_paginator_gives_them(self, sagemaker_ie: Any, seed: Any) -> None:
        seed()
        pages = sagemaker_ie.get_paginator("list_tags").paginate(ResourceArn=ARN)
        assert pages.build_full_result()["Tags"] == tags(team="risk", owner="ada")

    @pytest.mark.parametrize("token", ["x", "", "W10="])
    def test_a_token_that_was_never_answered_is_refused(self, seed: Any, refusal: Any, token: str) -> None:
        seed()
        assert "NextToken" in refusal("list_tags", NextToken=token)

    def test_a_page_of_less_than_fifty_is_refused(self, sagemaker_ie: Any, seed: Any) -> None:
        seed()
        with pytest.raises(ParamValidationError, match="MaxResults"):
            sagemaker_ie.list_tags(ResourceArn=ARN, MaxResults=49)


@pytest.mark.parametrize("operation", OPERATIONS)
class TestArns:
    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/ghost",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/Churn",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn/",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn/x",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/",
            # Of another region, account, partition: foreign, though the name is known here.
            "arn:aws:sagemaker:eu-west-1:123456789012:inference-experiment/churn",
            "arn:aws:sagemaker:us-east-1:210987654321:inference-experiment/churn",
            "arn:aws-cn:sagemaker:us-east-1:123456789012:inference-experiment/churn",
            "arn:aws:sagemaker::123456789012:inference-experiment/churn",
        ],
    )
    def test_one_of_no_experiment_here_is_refused(
        self, seed: Any, listed: Any, refusal: Any, operation: str, arn: str
    ) -> None:
        seed()
        assert refusal(operation, ResourceArn=arn) == "Resource does not exist."
        assert listed() == tags(team="risk", owner="ada")

    @pytest.mark.parametrize(
        "arn",
        [
            "",
            "churn",
            "inference-experiment/churn",
            "arn:aws:sagemaker",
            "arn:aws:sagemaker:us-east-1:12345:inference-experiment/churn",
            "arn:aws:sagemaker:us-east-1:123456789012:",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::123456789012:role/shadow-tests",
            "arn:aws:SageMaker:us-east-1:123456789012:inference-experiment/churn",
            " arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/" + "x" * 200,
        ],
    )
    def test_a_malformed_one_is_refused(self, seed: Any, listed: Any, refusal: Any, operation: str, arn: str) -> None:
        seed()
        assert "at 'resourceArn' failed to satisfy constraint" in refusal(operation, ResourceArn=arn)
        assert listed() == tags(team="risk", owner="ada")

    def test_a_malformed_one_is_refused_without_the_models_checks(
        self, sagemaker_ie: Any, seed: Any, operation: str, pytester: Any
    ) -> None:
        request = {"ResourceArn": "churn", **OPERATIONS[operation]}
        pytester.makepyfile(
            f"""
            import pytest
            from botocore.exceptions import ClientError

            @pytest.mark.sagemaker_ie("churn", parameter_validation=False)
            def test_it(sagemaker_ie):
                with pytest.raises(ClientError, match="ResourceArn churn is not the ARN of an inference experiment"):
                    sagemaker_ie.{operation}(**{request!r})
            """
        )
        pytester.runpytest_inprocess().assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn",
            "arn:aws:sagemaker:us-east-1:123456789012:model/churn",
            "arn:aws:sagemaker:eu-west-1:210987654321:training-job/churn",
            "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:experiment/churn",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiments/churn",
            "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment",
        ],
    )
    def test_one_of_another_kind_of_resource_is_not_ours(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, seed: Any, operation: str, arn: str
    ) -> None:
        seed()
        called = "".join(word.title() for word in operation.split("_"))
        with pytest.raises(OperationNotAnswered, match=rf"^{called} is not answered .* nothing was sent to AWS"):
            getattr(sagemaker_ie, operation)(ResourceArn=arn, **OPERATIONS[operation])
        assert sagemaker_ie_backend.calls == []

    def test_that_of_a_deleted_experiment_is_refused(
        self, sagemaker_ie: Any, seed: Any, refusal: Any, operation: str
    ) -> None:
        seed("Completed")
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert refusal(operation) == "Resource does not exist."

    def test_a_call_is_recorded_with_the_experiments_status(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, seed: Any, operation: str
    ) -> None:
        seed("Completed")
        getattr(sagemaker_ie, operation)(ResourceArn=ARN, **OPERATIONS[operation])
        (call,) = sagemaker_ie_backend.calls
        assert (call.error, call.status_before, call.status_after) == (None, "Completed", "Completed")
        assert call.parameters == {"ResourceArn": ARN, **OPERATIONS[operation]}

    def test_a_refused_call_for_a_foreign_arn_is_recorded_without_a_status(
        self, sagemaker_ie_backend: Any, seed: Any, refusal: Any, operation: str
    ) -> None:
        seed("Completed")
        refusal(operation, ResourceArn=ARN.replace("us-east-1", "eu-west-1"))
        (call,) = sagemaker_ie_backend.calls
        assert (call.error, call.status_before, call.status_after) == ("ValidationException", None, None)


def test_an_experiment_of_another_region_is_tagged_there(sagemaker_ie_backend: Any) -> None:
    view = sagemaker_ie_backend.seed("churn", region="cn-north-1")
    there = boto3.client("sagemaker", "cn-north-1")
    there.add_tags(ResourceArn=view.arn, Tags=tags(a="1"))
    assert there.list_tags(ResourceArn=view.arn)["Tags"] == tags(a="1")
    assert view.arn == "arn:aws-cn:sagemaker:cn-north-1:123456789012:inference-experiment/churn"
