"""Asserting calls: what counts as one, and what a failure says."""

import textwrap
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from constants import UTC

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.fixture
def backend(sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any) -> Any:
    """An account with three calls: a look, an update, and an update that was refused."""
    time_machine.move_to(datetime(2026, 3, 2, tzinfo=UTC), tick=False)
    sagemaker_ie_backend.seed("churn", "Running")
    sagemaker_ie_backend.seed("over", "Completed")
    sagemaker_ie.describe_inference_experiment(Name="churn")
    sagemaker_ie.update_inference_experiment(Name="churn", Description="x", Schedule={"EndTime": NOON})
    with pytest.raises(sagemaker_ie.exceptions.ConflictException):
        sagemaker_ie.update_inference_experiment(Name="over", Description="y")
    return sagemaker_ie_backend


def message(assertion: Any, *arguments: Any, **keywords: Any) -> list[str]:
    with pytest.raises(AssertionError) as failure:
        assertion(*arguments, **keywords)
    return str(failure.value).splitlines()


class TestWhatMatches:
    def test_an_operation_alone(self, backend: Any) -> None:
        calls = backend.assert_called("UpdateInferenceExperiment")
        assert [call.name for call in calls] == ["churn", "over"]

    def test_the_parameters_that_are_named(self, backend: Any) -> None:
        (call,) = backend.assert_called("UpdateInferenceExperiment", Description="x")
        assert call.name == "churn"

    def test_a_call_that_was_refused(self, backend: Any) -> None:
        (call,) = backend.assert_called("UpdateInferenceExperiment", Name="over")
        assert call.error == "ConflictException"

    @pytest.mark.parametrize(
        "end", [NOON, NOON.astimezone(timezone(timedelta(hours=9))), "2026-03-06T12:00:00Z", NOON.timestamp()]
    )
    def test_a_time_in_each_of_its_forms(self, backend: Any, end: object) -> None:
        backend.assert_called("UpdateInferenceExperiment", Schedule={"EndTime": end})

    @pytest.mark.parametrize(("parameters", "times"), [({}, 2), ({"Description": "x"}, 1), ({"Name": "nothing"}, 0)])
    def test_how_often(self, backend: Any, parameters: dict[str, Any], times: int) -> None:
        assert len(backend.assert_called("UpdateInferenceExperiment", times=times, **parameters)) == times

    def test_the_region(self, backend: Any) -> None:
        boto3.client("sagemaker", "eu-west-1").list_inference_experiments()
        backend.assert_called("ListInferenceExperiments", region="eu-west-1")
        backend.assert_called("ListInferenceExperiments")
        backend.assert_called("ListInferenceExperiments", region="us-east-1", times=0)


class TestWhatAFailureSays:
    def test_the_calls_of_the_operation_with_what_differs(self, backend: Any) -> None:
        said = message(
            backend.assert_called,
            "UpdateInferenceExperiment",
            Name="churn",
            Schedule={"EndTime": NOON + timedelta(days=1)},
        )
        assert said == [
            "UpdateInferenceExperiment was not called with Name='churn', Schedule={'EndTime': 2026-03-07T12:00:00Z}.",
            "Its calls: 2",
            "  1. Name='churn', Description='x', Schedule={'EndTime': 2026-03-06T12:00:00Z}",
            "       Schedule is {'EndTime': 2026-03-06T12:00:00Z}, expected {'EndTime': 2026-03-07T12:00:00Z}",
            "  2. Name='over', Description='y' (ConflictException)",
            "       Name is 'over', expected 'churn'",
            "       Schedule was not given, expected {'EndTime': 2026-03-07T12:00:00Z}",
        ]

    def test_how_often_it_was_called(self, backend: Any) -> None:
        said = message(backend.assert_called, "UpdateInferenceExperiment", times=0, Description="x")
        assert said[:2] == [
            "UpdateInferenceExperiment was called 1 time with Description='x', not 0 times.",
            "Its calls: 2",
        ]

    def test_the_other_operations(self, backend: Any) -> None:
        assert message(backend.assert_called, "StopInferenceExperiment") == [
            "StopInferenceExperiment was not called.",
            "The calls were DescribeInferenceExperiment (1 time), UpdateInferenceExperiment (2 times).",
        ]

    def test_that_there_was_no_call(self, sagemaker_ie_backend: Any) -> None:
        assert message(sagemaker_ie_backend.assert_called, "StopInferenceExperiment", Name="churn") == [
            "StopInferenceExperiment was not called with Name='churn'.",
            "The account answered no call: neither the test nor the code under test made one.",
        ]

    def test_ten_of_many(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for number in range(12):
            sagemaker_ie.list_inference_experiments(NameContains=str(number))
        said = message(sagemaker_ie_backend.assert_called, "ListInferenceExperiments", NameContains="x")
        assert said[-3:] == ["  10. NameContains='9'", "       NameContains is '9', expected 'x'", "  ... and 2 more"]

    def test_the_line_of_the_test_and_none_of_the_packages(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            textwrap.dedent(
                """
                def test_it(sagemaker_ie_backend):
                    sagemaker_ie_backend.assert_called("StopInferenceExperiment")

                def test_a_mistake(sagemaker_ie_backend):
                    sagemaker_ie_backend.assert_called("StopInferenceExperiment", Nam="churn")
                """
            )
        )
        result = pytester.runpytest_inprocess()
        result.assert_outcomes(failed=2)
        result.stdout.fnmatch_lines(["test_*.py:2: AssertionError", "test_*.py:5: ValueError"])
        result.stdout.no_fnmatch_line("*core/*.py:*")


class TestMistakes:
    @pytest.mark.parametrize(
        ("operation", "hint"),
        [("UpdateInferenceExperment", " Did you mean 'UpdateInferenceExperiment'?"), ("Xyz", ""), (None, "")],
    )
    def test_an_operation_that_there_is_not(self, sagemaker_ie_backend: Any, operation: Any, hint: str) -> None:
        with pytest.raises(ValueError) as mistake:
            sagemaker_ie_backend.assert_called(operation)
        assert str(mistake.value).startswith(
            f"{operation!r} is not an operation that is answered.{hint} Valid: CreateInferenceExperiment, "
        )

    def test_a_parameter_that_there_is_not(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(ValueError, match=r"unknown parameter 'Descripton'\. Did you mean 'Description'\? Valid"):
            sagemaker_ie_backend.assert_called("UpdateInferenceExperiment", Descripton="x")

    def test_a_value_of_the_wrong_type(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(ValueError, match=r"Schedule\.EndTime is 'soon' \(str\); expected a datetime"):
            sagemaker_ie_backend.assert_called("UpdateInferenceExperiment", Schedule={"EndTime": "soon"})
