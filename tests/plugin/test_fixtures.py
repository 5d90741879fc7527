"""What the marker alone and the fixtures give a test, and when: these tests use them as a suite does."""

import unittest
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_sagemaker_ie import activation

CLIENT = boto3.client("sagemaker", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")


def statuses() -> dict[str, str]:
    return {each["Name"]: each["Status"] for each in CLIENT.list_inference_experiments()["InferenceExperiments"]}


class TestTheMarkerAlone:
    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_it_stubs_a_test_that_names_no_fixture(self) -> None:
        assert statuses() == {"churn": "Running"}

    def test_a_test_without_it_is_not_stubbed(self) -> None:
        assert not activation.is_active()

    @pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.sagemaker_ie("churn")), 2])
    def test_on_one_parameter_it_stubs_that_one_only(self, number: int) -> None:
        assert activation.is_active() is (number == 1)


@pytest.mark.sagemaker_ie("churn", "Running")
class TestItComesBefore:
    @pytest.fixture
    def shown(self) -> dict[str, str]:
        return statuses()

    @pytest.fixture(autouse=True)
    def _shown_by_itself(self) -> Iterator[None]:
        self.shown_by_autouse = statuses()
        yield
        assert "churn" in statuses()

    def setup_method(self) -> None:
        self.shown_by_setup_method = statuses()

    def test_the_tests_own_fixtures(self, shown: dict[str, str]) -> None:
        assert shown == {"churn": "Running"}

    def test_autouse_fixtures_and_lasts_until_they_are_torn_down(self) -> None:
        assert self.shown_by_autouse == {"churn": "Running"}

    def test_setup_method(self) -> None:
        assert self.shown_by_setup_method == {"churn": "Running"}


@pytest.fixture(autouse=True, scope="class")
def _of_the_class() -> Iterator[None]:
    assert not activation.is_active()
    yield
    assert not activation.is_active()


@pytest.fixture(autouse=True, scope="module")
def _of_the_module() -> Iterator[None]:
    assert not activation.is_active()
    yield
    assert not activation.is_active()


@pytest.fixture(autouse=True, scope="package")
def _of_the_package() -> Iterator[None]:
    assert not activation.is_active()
    yield
    assert not activation.is_active()


@pytest.fixture(autouse=True, scope="session")
def _of_the_session() -> Iterator[None]:
    assert not activation.is_active()
    yield
    assert not activation.is_active()


@pytest.mark.sagemaker_ie("churn")
class TestItComesAfterFixturesOfAWiderScope:
    def test_one(self) -> None:
        assert activation.is_active()

    def test_another(self) -> None:
        assert activation.is_active()


@pytest.mark.sagemaker_ie("churn")
@pytest.mark.parametrize("x", range(2))
def test_an_update_is_not_seen_by_the_next_test(sagemaker_ie: Any, x: int) -> None:
    assert "Description" not in sagemaker_ie.describe_inference_experiment(Name="churn")
    sagemaker_ie.update_inference_experiment(Name="churn", Description="x")


class TestTheFixtures:
    def test_the_client_alone_stubs(self, sagemaker_ie: Any) -> None:
        with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
            boto3.client("sagemaker").describe_inference_experiment(Name="churn")

    def test_both_are_of_one_account(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"

    @pytest.fixture
    def running(self, sagemaker_ie_backend: Any) -> Any:
        return sagemaker_ie_backend.seed("churn", "Running")

    def test_a_fixture_of_the_suite_may_use_them(self, running: Any) -> None:
        assert statuses() == {running.name: "Running"}


@pytest.mark.usefixtures("sagemaker_ie_backend")
class TestUsefixturesOfUnittest(unittest.TestCase):
    def test_it_is_served(self) -> None:
        with pytest.raises(ClientError, match="there is none in that region"):
            CLIENT.describe_inference_experiment(Name="churn")
