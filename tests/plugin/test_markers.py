"""Where the marker may stand, and which of several counts: these tests bear the markers that they are about."""

import enum
import unittest
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
CLIENT = boto3.client("sagemaker", "us-east-1", **KEYS)
IRISH_CLIENT = boto3.client("sagemaker", "eu-west-1", **KEYS)


class Names(str, enum.Enum):
    OF_MODULE = "of-module"


seeds = pytest.mark.sagemaker_ie
pytestmark = [seeds("of-module", "Stopping")]


def statuses(client: Any = CLIENT) -> dict[str, str]:
    """The statuses of the account's experiments by name, but for the module's."""
    shown = {each["Name"]: each["Status"] for each in client.list_inference_experiments()["InferenceExperiments"]}
    shown.pop("of-module", None)
    return shown


class TestWhereItMayStand:
    @seeds("churn", status="Running")
    def test_on_a_function(self, sagemaker_ie: Any) -> None:
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"

    @seeds("of-class", "Running")
    class TestOnAClass:
        def test_one(self) -> None:
            assert statuses() == {"of-class": "Running"}
            CLIENT.stop_inference_experiment(Name="of-class", ModelVariantActions={"production": "Retain"})

        def test_two(self) -> None:
            assert statuses() == {"of-class": "Running"}

        @seeds("inner", "Completed")
        class TestOnANestedClass:
            def test_it(self) -> None:
                assert statuses() == {"of-class": "Running", "inner": "Completed"}

    def test_on_a_module(self) -> None:
        assert CLIENT.describe_inference_experiment(Name="of-module")["Status"] == "Stopping"

    class TestInAClasssPytestmark:
        pytestmark = seeds("churn", "Running")

        def test_it(self) -> None:
            assert statuses() == {"churn": "Running"}

    class TestInAClasssListOfThem:
        pytestmark = [seeds("churn", "Running"), seeds("fraud", "Completed")]  # noqa: RUF012

        def test_it(self) -> None:
            assert statuses() == {"churn": "Running", "fraud": "Completed"}

    @pytest.mark.parametrize(
        "status", [pytest.param(each, marks=seeds("churn", each)) for each in ("Running", "Completed")]
    )
    def test_on_a_parameter(self, status: str) -> None:
        assert statuses() == {"churn": status}

    @pytest.mark.parametrize("a", [pytest.param(1, marks=seeds("one", "Running"))])
    @pytest.mark.parametrize("b", [pytest.param(1, marks=seeds("two", "Completed"))])
    def test_on_parameters_of_two_axes(self, a: int, b: int) -> None:
        assert statuses() == {"one": "Running", "two": "Completed"}

    @seeds("churn", "Running")
    async def test_on_a_coroutine_test(self) -> None:
        assert statuses() == {"churn": "Running"}


@seeds("of-base", "Running")
class Base:
    def test_inherited(self) -> None:
        assert statuses()["of-base"] == "Running"


@seeds("of-another-base")
class AnotherBase: ...


class TestOnABaseClass(Base):
    def test_own(self) -> None:
        assert statuses() == {"of-base": "Running"}


@seeds("own")
class TestOnSeveralBases(Base, AnotherBase):
    def test_own(self) -> None:
        assert statuses() == {"of-base": "Running", "of-another-base": "Created", "own": "Created"}


@seeds("whole", "Running")
class TestOnAUnittestMethodAndItsClass(unittest.TestCase):
    def setUp(self) -> None:
        assert statuses()["whole"] == "Running"

    @seeds("one", "Completed")
    def test_one(self) -> None:
        assert statuses() == {"whole": "Running", "one": "Completed"}

    def test_other(self) -> None:
        with pytest.raises(ClientError, match="known there: of-module, whole"):
            CLIENT.describe_inference_experiment(Name="one")


class TestStacking:
    @seeds("one", "Running")
    @seeds("two", "Completed")
    def test_every_one_seeds(self) -> None:
        assert statuses() == {"one": "Running", "two": "Completed"}

    @seeds("of-class")
    class TestThoseOfAllPlaces(AnotherBase):
        @seeds("of-function")
        @pytest.mark.parametrize("x", [pytest.param(1, marks=seeds("of-parameter"))])
        def test_they_add_up(self, x: int) -> None:
            assert {*statuses()} == {"of-another-base", "of-class", "of-function", "of-parameter"}

    @seeds("churn", "Running")
    @seeds("churn", "Completed", region="eu-west-1")
    def test_one_name_in_two_regions_is_two_experiments(self) -> None:
        assert statuses() == {"churn": "Running"}
        assert statuses(IRISH_CLIENT) == {"churn": "Completed"}

    @seeds(name="churn", status="Running", Description="mine", KmsKey="key")
    def test_parameters_reach_the_seed(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.get("churn")
        assert (experiment.description, experiment.kms_key) == ("mine", "key")


def status_of_module() -> str:
    return CLIENT.describe_inference_experiment(Name="of-module")["Status"]


class TestTheClosestWinsForOneName:
    """In each of these tests the second of two places wins."""

    @seeds("of-module", "Running")
    class TestModuleAndClass:
        def test_it(self) -> None:
            assert status_of_module() == "Running"

        @seeds("of-module", "Cancelled")
        class TestClassAndNestedClass:
            def test_it(self) -> None:
                assert status_of_module() == "Cancelled"

        @seeds("of-module", "Cancelled")
        def test_class_and_function(self) -> None:
            assert status_of_module() == "Cancelled"

        @pytest.mark.parametrize("x", [pytest.param(1, marks=seeds("of-module", "Cancelled"))])
        def test_class_and_parameter(self, x: int) -> None:
            assert status_of_module() == "Cancelled"

    @seeds("of-module", "Running")
    def test_module_and_function(self) -> None:
        assert status_of_module() == "Running"

    @seeds(Names.OF_MODULE, "Running")
    def test_a_name_that_is_an_enum(self) -> None:
        assert status_of_module() == "Running"

    @pytest.mark.parametrize("x", [pytest.param(1, marks=seeds("of-module", "Running"))])
    def test_module_and_parameter(self, x: int) -> None:
        assert status_of_module() == "Running"

    @seeds("churn", "Completed")
    @pytest.mark.parametrize("x", [pytest.param(1, marks=seeds("churn", "Running"))])
    def test_function_and_parameter(self, x: int) -> None:
        assert statuses() == {"churn": "Running"}

    @seeds("mistaken", Shedule={})
    class TestTheOneThatLoses:
        @seeds("mistaken", "Running")
        def test_it_is_not_seeded_at_all(self) -> None:
            assert statuses() == {"mistaken": "Running"}
