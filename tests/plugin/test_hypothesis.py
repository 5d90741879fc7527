"""Each example of a hypothesis test has its own account, with what the markers seed."""

import textwrap
from collections.abc import Callable

import pytest

IMPORTS = """
import unittest

import boto3
import hypothesis
import pytest
from hypothesis import strategies

CLIENT = boto3.client("sagemaker", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")

def a_few(function):
    few = hypothesis.settings(
        max_examples=5,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    )
    return few(hypothesis.given(number=strategies.integers(0, 100))(function))

def names():
    return {each["Name"] for each in CLIENT.list_inference_experiments()["InferenceExperiments"]}

def describe_and_update(client=CLIENT):
    assert "Description" not in client.describe_inference_experiment(Name="churn")
    client.update_inference_experiment(Name="churn", Description="changed")
"""


def test_examples(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        IMPORTS
        + textwrap.dedent(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            @a_few
            def test_the_marker_alone(number):
                describe_and_update()

            @pytest.mark.sagemaker_ie("churn", "Running")
            @a_few
            def test_the_fixtures_are_the_examples(sagemaker_ie, sagemaker_ie_backend, number):
                assert sagemaker_ie_backend.calls == []
                describe_and_update(sagemaker_ie)
                assert sagemaker_ie_backend.get("churn").description == "changed"
                assert len(sagemaker_ie_backend.calls) == 2

            @a_few
            def test_the_fixtures_alone(sagemaker_ie_backend, number):
                assert names() == set()
                sagemaker_ie_backend.seed("mine")
                assert names() == {"mine"}

            @pytest.fixture
            def account(sagemaker_ie_backend):
                return sagemaker_ie_backend

            @a_few
            def test_by_another_name(account, number):
                account.seed("mine")

            @pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.sagemaker_ie("other"))])
            @pytest.mark.sagemaker_ie("churn", "Running")
            @a_few
            def test_parametrized(x, number):
                assert names() == {"churn"} if x == 1 else {"churn", "other"}
                describe_and_update()

            @pytest.mark.sagemaker_ie("churn", "Running")
            class TestIt:
                @a_few
                def test_a_method(self, number):
                    describe_and_update()

            @pytest.mark.sagemaker_ie("churn", "Running")
            class OfUnittest(unittest.TestCase):
                @a_few
                def test_a_method(self, number):
                    describe_and_update()

            @pytest.mark.sagemaker_ie("churn", "Running")
            @a_few
            async def test_a_coroutine(sagemaker_ie_backend, number):
                describe_and_update()
                assert sagemaker_ie_backend.get("churn").description == "changed"

            @pytest.mark.sagemaker_ie("churn")
            @a_few
            def test_an_unspent_fault_fails(sagemaker_ie_backend, number):
                sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException")

            @pytest.mark.sagemaker_ie("churn")
            @a_few
            def test_a_failure_leaves_nothing(number):
                assert number < 3

            @a_few
            def test_without_an_account(number):
                from pytest_sagemaker_ie import activation
                assert not activation.is_active()
            """
        )
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=10, failed=2)
    result.stdout.fnmatch_lines(["*the test has scripted what did not happen:*"])


def test_hypothesis_measures_real_time(pytester: pytest.Pytester) -> None:
    code = """
        import time

        @pytest.mark.sagemaker_ie_clock
        @hypothesis.settings(max_examples=5, deadline=10_000, database=None, derandomize=True)
        @hypothesis.given(number=strategies.integers(0, 100))
        def test_an_example_that_sleeps(number):
            before = time.perf_counter()
            time.sleep(86_400)
            assert time.perf_counter() - before == pytest.approx(86_400)
    """
    pytester.makepyfile(IMPORTS + textwrap.dedent(code))
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.slow
def test_by_anyio(pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]) -> None:
    pytest.importorskip("anyio")
    code = """
        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        @pytest.mark.sagemaker_ie("churn", "Running")
        @pytest.mark.parametrize("x", range(2))
        @a_few
        async def test_a_coroutine(sagemaker_ie_backend, x, number):
            describe_and_update()
            assert sagemaker_ie_backend.get("churn").description == "changed"
    """
    pytester.makepyfile(IMPORTS + textwrap.dedent(code))
    run_alone(plugins=("anyio.pytest_plugin", "_hypothesis_pytestplugin")).assert_outcomes(passed=2)
