"""Each region has its own experiments; ARNs carry the partition of the region; seeds and markers reach any of them."""

import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from constants import DAY, NOON
from valid_requests import creation

from pytest_sagemaker_ie import SeedError, mock_inference_experiments

ACCOUNT = "123456789012"

# By hand: regions of every partition that there is.
PARTITIONS = {
    "us-east-1": "aws",
    "eu-west-1": "aws",
    "ap-southeast-7": "aws",
    "ca-west-1": "aws",
    "mx-central-1": "aws",
    "il-central-1": "aws",
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "us-gov-west-1": "aws-us-gov",
    "us-gov-east-1": "aws-us-gov",
    "us-iso-east-1": "aws-iso",
    "us-iso-west-1": "aws-iso",
    "us-isob-east-1": "aws-iso-b",
    "eu-isoe-west-1": "aws-iso-e",
    "us-isof-south-1": "aws-iso-f",
    "eusc-de-east-1": "aws-eusc",
}


@pytest.fixture
def client(sagemaker_ie_backend: Any) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def client_in(region: str) -> Any:
        if region not in made:
            made[region] = boto3.client("sagemaker", region)
        return made[region]

    return client_in


def names(client: Any) -> list[str]:
    return [each["Name"] for each in client.list_inference_experiments()["InferenceExperiments"]]


@pytest.mark.parametrize(("region", "partition"), PARTITIONS.items())
def test_an_arn_has_the_partition_of_its_region(
    sagemaker_ie_backend: Any, client: Any, region: str, partition: str
) -> None:
    expected = f"arn:{partition}:sagemaker:{region}:{ACCOUNT}:inference-experiment/churn"
    created = client(region).create_inference_experiment(**creation())
    described = client(region).describe_inference_experiment(Name="churn")
    assert created["InferenceExperimentArn"] == described["Arn"] == expected
    assert sagemaker_ie_backend.get("churn", region).arn == expected
    shape = client(region).meta.service_model.shape_for("InferenceExperimentArn")
    assert re.fullmatch(shape.metadata["pattern"], expected)
    assert client(region).list_tags(ResourceArn=expected)["Tags"] == []


def test_the_partitions_are_those_that_botocore_knows(sagemaker_ie_backend: Any) -> None:
    session = boto3.Session()
    partitions = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sagemaker", partition)
    }
    assert {"aws", "aws-cn", "aws-us-gov"} <= set(partitions.values())
    for region, partition in partitions.items():
        assert sagemaker_ie_backend.seed("churn", region=region).arn.split(":")[1] == partition


def test_the_role_of_a_seed_has_the_partition_too(sagemaker_ie_backend: Any) -> None:
    view = sagemaker_ie_backend.seed("churn", region="us-gov-west-1")
    assert view.role_arn == f"arn:aws-us-gov:iam::{ACCOUNT}:role/shadow-tests"


class TestOneNameInTwoRegions:
    @pytest.fixture(autouse=True)
    def _experiments(self, sagemaker_ie_backend: Any) -> None:
        for region in ("eu-west-1", "us-east-1"):
            sagemaker_ie_backend.seed(
                "churn", "Running", region=region, Description=region, Tags=[{"Key": "where", "Value": region}]
            )

    def test_they_are_two_experiments(self, sagemaker_ie_backend: Any, client: Any) -> None:
        for region in ("eu-west-1", "us-east-1"):
            assert client(region).describe_inference_experiment(Name="churn")["Description"] == region
            assert sagemaker_ie_backend.get("churn", region).tags == {"where": region}

    @pytest.mark.parametrize(
        ("operation", "request_"),
        [
            ("update", {"Description": "new"}),
            ("stop", {"ModelVariantActions": {"shadow": "Promote"}}),
        ],
    )
    def test_an_operation_changes_the_one_of_its_region(
        self, sagemaker_ie_backend: Any, client: Any, describe: Any, operation: str, request_: Any
    ) -> None:
        here, there = client("us-east-1"), client("eu-west-1")
        before = describe("churn", here), describe("churn", there)
        getattr(there, f"{operation}_inference_experiment")(Name="churn", **request_)
        assert describe("churn", here) == before[0]
        assert describe("churn", there) != before[1]
        assert sagemaker_ie_backend.calls[-1].region == "eu-west-1"

    def test_deleting_one_leaves_the_other(self, client: Any) -> None:
        client("eu-west-1").stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Promote"})
        client("eu-west-1").delete_inference_experiment(Name="churn")
        assert (names(client("eu-west-1")), names(client("us-east-1"))) == ([], ["churn"])

    def test_the_tags_are_those_of_the_arns_region(self, sagemaker_ie_backend: Any, client: Any) -> None:
        arn = sagemaker_ie_backend.get("churn", "eu-west-1").arn
        assert client("eu-west-1").list_tags(ResourceArn=arn)["Tags"] == [{"Key": "where", "Value": "eu-west-1"}]
        with pytest.raises(ClientError, match="ValidationException"):
            client("us-east-1").list_tags(ResourceArn=arn)


class TestARegionOfItsOwn:
    def test_a_list_shows_it_alone(self, sagemaker_ie_backend: Any, client: Any) -> None:
        for region in ("eu-west-1", "us-east-1", "cn-north-1"):
            sagemaker_ie_backend.seed(f"churn-{region}", region=region)
        for region in ("eu-west-1", "us-east-1", "cn-north-1"):
            assert names(client(region)) == [f"churn-{region}"]
        assert names(client("sa-east-1")) == []

    @pytest.mark.parametrize("operation", ["describe", "update", "start", "delete"])
    def test_one_elsewhere_is_not_found_and_the_message_says_where_some_are(
        self, sagemaker_ie_backend: Any, client: Any, operation: str
    ) -> None:
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        there = client("us-west-2")
        expected = r"churn does not exist in us-west-2; there is none in that region \(churn in eu-west-1; "
        with pytest.raises(there.exceptions.ResourceNotFound, match=expected):
            getattr(there, f"{operation}_inference_experiment")(Name="churn")

    def test_a_name_is_free_that_another_has_used(self, client: Any) -> None:
        for region in ("eu-west-1", "us-east-1"):
            client(region).create_inference_experiment(**creation())
            with pytest.raises(client(region).exceptions.ResourceInUse, match=f"exists in {region} already"):
                client(region).create_inference_experiment(**creation())

    def test_a_schedule_is_followed_in_each(self, time_machine: Any, sagemaker_ie_backend: Any, client: Any) -> None:
        time_machine.move_to(NOON, tick=False)
        for days, region in enumerate(("eu-west-1", "us-east-1", "cn-north-1"), 1):
            schedule = {"StartTime": NOON + days * DAY, "EndTime": NOON + 2 * days * DAY}
            client(region).create_inference_experiment(**creation(Schedule=schedule))
        time_machine.shift(2 * DAY)
        statuses = {each.region: each.status for each in sagemaker_ie_backend.experiments}
        assert statuses == {"eu-west-1": "Completed", "us-east-1": "Running", "cn-north-1": "Created"}
        assert names(client("eu-west-1")) == ["churn"]

    def test_a_transition_holds_in_each(self, sagemaker_ie_backend: Any, client: Any) -> None:
        sagemaker_ie_backend.set_transition({"progression": "manual", "times": 1})
        for region in ("eu-west-1", "us-east-1"):
            client(region).create_inference_experiment(**creation())
        for region in ("eu-west-1", "us-east-1"):
            assert client(region).describe_inference_experiment(Name="churn")["Status"] == "Creating"
            assert client(region).describe_inference_experiment(Name="churn")["Status"] == "Running"


class TestSeedsAndMarkers:
    def test_a_seed_lives_in_the_backends_region_by_default(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        assert view.region == sagemaker_ie.meta.region_name == sagemaker_ie_backend.region == "us-east-1"

    def test_a_seed_lives_where_it_is_told_to(self, sagemaker_ie_backend: Any, client: Any) -> None:
        view = sagemaker_ie_backend.seed("churn", "Running", region="eu-west-1")
        assert view.region == "eu-west-1"
        assert client("eu-west-1").describe_inference_experiment(Name="churn")["Status"] == "Running"
        assert sagemaker_ie_backend.get("churn", "eu-west-1").arn == view.arn

    def test_the_same_seed_twice_in_a_region_is_one_too_many(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        sagemaker_ie_backend.seed("churn", region="eu-west-2")
        with pytest.raises(SeedError, match="'churn' exists in eu-west-1 already: it is Created"):
            sagemaker_ie_backend.seed("churn", region="eu-west-1")

    @pytest.mark.sagemaker_ie("churn", "Running", region="eu-west-1")
    @pytest.mark.sagemaker_ie("churn", "Created", region="cn-north-1")
    @pytest.mark.sagemaker_ie("churn", "Completed")
    def test_a_marker_seeds_where_it_is_told_to(self, client: Any) -> None:
        shown = {
            region: client(region).describe_inference_experiment(Name="churn")["Status"]
            for region in ("eu-west-1", "cn-north-1", "us-east-1")
        }
        assert shown == {"eu-west-1": "Running", "cn-north-1": "Created", "us-east-1": "Completed"}

    def test_get_names_the_regions_that_have_some(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        sagemaker_ie_backend.seed("fraud", region="eu-west-1")
        with pytest.raises(KeyError, match=r"no experiment 'churn' in us-east-1; .*\(churn, fraud in eu-west-1; .*\)"):
            sagemaker_ie_backend.get("churn")


class TestTheAccount:
    def test_its_id_is_in_the_arns_of_every_region(self) -> None:
        with mock_inference_experiments(account_id="210987654321") as backend:
            for region in ("us-east-1", "cn-north-1"):
                assert backend.seed("churn", region=region).arn.split(":")[4] == "210987654321"

    def test_the_inner_one_is_another(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("outer")
        with mock_inference_experiments() as inner:
            inner.seed("inner")
            assert names(sagemaker_ie) == ["inner"]
        assert names(sagemaker_ie) == ["outer"]
