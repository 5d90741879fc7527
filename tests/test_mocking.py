"""`mock_inference_experiments`: the same without pytest, as a context manager and as a decorator."""

import asyncio
import inspect
import re
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import boto3
import pytest
from constants import KEYS

from pytest_sagemaker_ie import InferenceExperimentBackend, mock_inference_experiments
from pytest_sagemaker_ie.activation import active_account

CLIENT = boto3.client("sagemaker", "us-east-1", **KEYS)


def status_of(name: str) -> str:
    status: str = CLIENT.describe_inference_experiment(Name=name)["Status"]
    return status


@pytest.fixture
def is_active(network_attempts: list[object]) -> Callable[[], bool]:
    """Whether some account answers: without one the call wants the network."""

    def active() -> bool:
        try:
            CLIENT.describe_inference_experiment(Name="ghost")
        except CLIENT.exceptions.ResourceNotFound:
            return True
        except Exception:
            assert network_attempts
            return False
        raise AssertionError("there is no such experiment")

    return active


class TestStartAndStop:
    def test_it_answers_between_them(self, is_active: Any) -> None:
        mock = mock_inference_experiments()
        mock.start()
        between = is_active()
        mock.stop()
        assert (between, is_active()) == (True, False)

    def test_start_gives_the_backend(self) -> None:
        mock = mock_inference_experiments()
        backend = mock.start()
        mock.stop()
        assert isinstance(backend, InferenceExperimentBackend)

    @pytest.mark.parametrize("times", [0, 1])
    def test_to_stop_what_is_not_there_is_an_error(self, times: int) -> None:
        mock = mock_inference_experiments()
        for _ in range(times):
            mock.start()
            mock.stop()
        with pytest.raises(RuntimeError, match="was not started, or was stopped already"):
            mock.stop()


class TestAsAContextManager:
    def test_it_gives_the_backend(self) -> None:
        with mock_inference_experiments() as backend:
            assert isinstance(backend, InferenceExperimentBackend)

    def test_it_answers_inside(self, is_active: Any) -> None:
        with mock_inference_experiments():
            assert is_active()

    def test_it_answers_nothing_after(self, is_active: Any) -> None:
        with mock_inference_experiments():
            pass
        assert not is_active()

    def test_it_answers_nothing_before_it_is_entered(self, is_active: Any) -> None:
        mock_inference_experiments()
        assert not is_active()

    @pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
    def test_an_exception_passes_and_ends_it(self, is_active: Any, error: type[BaseException]) -> None:
        with pytest.raises(error), mock_inference_experiments():
            raise error
        assert not is_active()

    def test_the_same_one_entered_again_begins_empty(self) -> None:
        mock = mock_inference_experiments()
        with mock as backend:
            backend.seed("churn")
        with mock as backend, pytest.raises(KeyError):
            backend.get("churn")

    def test_the_backend_may_be_looked_at_afterwards(self) -> None:
        with mock_inference_experiments(region="us-east-1") as backend:
            backend.seed("churn")
            CLIENT.update_inference_experiment(Name="churn", Description="x")
        assert backend.get("churn").description == "x"
        assert len(backend.calls) == 1


class TestNested:
    def test_the_inner_one_answers(self) -> None:
        with mock_inference_experiments() as outer, mock_inference_experiments() as inner:
            outer.seed("churn", "Running")
            inner.seed("churn", "Completed")
            assert status_of("churn") == "Completed"

    def test_the_outer_one_returns(self) -> None:
        with mock_inference_experiments() as outer:
            outer.seed("churn", "Running")
            with mock_inference_experiments():
                pass
            assert status_of("churn") == "Running"

    def test_the_outer_one_returns_after_an_exception(self) -> None:
        with mock_inference_experiments() as outer:
            outer.seed("churn", "Running")
            with pytest.raises(ZeroDivisionError), mock_inference_experiments():
                raise ZeroDivisionError
            assert status_of("churn") == "Running"

    def test_the_outer_one_records_nothing_of_the_inner(self) -> None:
        with mock_inference_experiments() as outer, mock_inference_experiments() as inner:
            inner.seed("churn")
            status_of("churn")
        assert (len(outer.calls), len(inner.calls)) == (0, 1)

    def test_one_may_be_nested_in_itself(self) -> None:
        mock = mock_inference_experiments()
        with mock as outer:
            outer.seed("churn", "Running")
            with mock as inner:
                inner.seed("churn", "Completed")
                assert status_of("churn") == "Completed"
            assert status_of("churn") == "Running"

    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_one_inside_the_fixture(self) -> None:
        with mock_inference_experiments() as inner:
            inner.seed("churn", "Completed")
            assert status_of("churn") == "Completed"
        assert status_of("churn") == "Running"

    def test_the_inner_one_may_have_another_account(self) -> None:
        with mock_inference_experiments(), mock_inference_experiments(account_id="999999999999") as inner:
            assert ":999999999999:" in inner.seed("churn").arn


@mock_inference_experiments
def bare(name: str, *, suffix: str = "") -> str:
    """Do something."""
    with pytest.raises(CLIENT.exceptions.ResourceNotFound):
        status_of(name)
    return name + suffix


@mock_inference_experiments(region="eu-west-1")
def with_parentheses() -> str:
    region: str = boto3.client("sagemaker").meta.region_name
    return region


@mock_inference_experiments
async def coroutine(name: str) -> str:
    return bare.__wrapped__(name)  # type: ignore[attr-defined,no-any-return]


@mock_inference_experiments(region="eu-west-1")
async def coroutine_with_parentheses() -> str:
    return with_parentheses.__wrapped__()  # type: ignore[attr-defined,no-any-return]


class TestAsADecorator:
    def test_without_parentheses_it_answers_inside(self) -> None:
        assert bare("churn") == "churn"

    def test_with_parentheses_it_takes_the_arguments(self) -> None:
        assert with_parentheses() == "eu-west-1"

    def test_arguments_pass(self) -> None:
        assert bare("churn", suffix="!") == "churn!"

    def test_the_functions_name_and_docstring_stay(self) -> None:
        assert (bare.__name__, bare.__doc__) == ("bare", "Do something.")

    def test_it_answers_nothing_after(self, is_active: Any) -> None:
        bare("churn")
        assert not is_active()

    def test_each_call_begins_empty(self) -> None:
        @mock_inference_experiments
        def seeded() -> None:
            account = active_account()
            assert account is not None
            account.seed(None, "churn")

        seeded()
        seeded()

    def test_an_exception_passes_and_ends_it(self, is_active: Any) -> None:
        @mock_inference_experiments
        def failing() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            failing()
        assert not is_active()

    def test_it_may_call_itself(self) -> None:
        @mock_inference_experiments
        def down(depth: int) -> int:
            return down(depth - 1) if depth else bare("churn") == "churn"

        assert down(3)

    async def test_a_coroutine_function_is_answered_while_it_runs(self) -> None:
        assert await coroutine("churn") == "churn"

    async def test_a_coroutine_function_with_parentheses(self) -> None:
        assert await coroutine_with_parentheses() == "eu-west-1"

    async def test_a_coroutine_function_stays_one(self) -> None:
        assert inspect.iscoroutinefunction(coroutine)

    async def test_a_coroutine_is_not_answered_before_it_runs(self, is_active: Any) -> None:
        waiting = coroutine("churn")
        assert not is_active()
        await waiting

    def test_a_class_is_refused(self) -> None:
        expected = re.escape(
            "mock_inference_experiments decorates functions, not the class SomeTest: in setUp say"
            " mock = mock_inference_experiments(); self.backend = mock.start(); self.addCleanup(mock.stop)"
        )
        with pytest.raises(TypeError, match=expected):

            @mock_inference_experiments
            class SomeTest:
                pass

    def test_a_class_is_refused_with_parentheses_too(self) -> None:
        with pytest.raises(TypeError, match="not the class SomeTest"):

            @mock_inference_experiments()
            class SomeTest:
                pass


class InSetUp(unittest.TestCase):
    def setUp(self) -> None:
        mock = mock_inference_experiments()
        self.backend = mock.start()
        self.addCleanup(mock.stop)
        self.backend.seed("churn", "Running")

    def test_it_answers_in_the_test(self) -> None:
        assert status_of("churn") == "Running"

    def test_each_test_has_its_own(self) -> None:
        CLIENT.update_inference_experiment(Name="churn", Description="mine")
        assert len(self.backend.calls) == 1

    @mock_inference_experiments
    def test_a_decorated_method(self) -> None:
        with pytest.raises(CLIENT.exceptions.ResourceNotFound):
            status_of("churn")


class InSetUpClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        mock = mock_inference_experiments()
        mock.start().seed("churn", "Running")
        cls.addClassCleanup(mock.stop)

    def test_it_answers_in_one_test(self) -> None:
        assert status_of("churn") == "Running"

    def test_it_answers_in_another(self) -> None:
        assert status_of("churn") == "Running"


def test_it_serves_unittest_without_pytest(run_python: Any) -> None:
    result = run_python(
        """
        import sys
        import unittest
        import boto3
        from pytest_sagemaker_ie import mock_inference_experiments

        class SomeTest(unittest.IsolatedAsyncioTestCase):
            @mock_inference_experiments(region="eu-west-1")
            async def test_a_decorated_coroutine_method(self):
                client = boto3.client("sagemaker")
                with self.assertRaises(client.exceptions.ResourceNotFound):
                    client.describe_inference_experiment(Name="churn")
                self.assertNotIn("pytest", sys.modules)

        unittest.main()
        """
    )
    assert (result.returncode, result.stderr.splitlines()[-1]) == (0, "OK")


class TestArguments:
    @pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2", "us-gov-west-1", "us-isob-east-1", "cn-north-1"])
    def test_a_region_is_taken(self, region: str) -> None:
        with mock_inference_experiments(region=region) as backend:
            assert (backend.region, boto3.client("sagemaker").meta.region_name) == (region, region)

    @pytest.mark.parametrize(
        "region", ["", "europe", "eu-west", "EU-WEST-1", "eu-west-1 ", "eu-west-1a", "eu-west-1\n"]
    )
    def test_what_is_no_region_is_refused_at_once(self, region: str) -> None:
        with pytest.raises(ValueError, match="is not the name of a region, such as 'eu-west-1'") as caught:
            mock_inference_experiments(region=region)
        assert repr(region) in str(caught.value)

    @pytest.mark.parametrize("account_id", ["", "12345678901", "1234567890123", "12345678901x", "123456789012\n"])
    def test_what_is_no_account_id_is_refused_at_once(self, account_id: str) -> None:
        with pytest.raises(ValueError, match="is not an account id: twelve digits, such as '123456789012'") as caught:
            mock_inference_experiments(account_id=account_id)
        assert repr(account_id) in str(caught.value)

    def test_the_account_id_is_in_the_arns(self) -> None:
        with mock_inference_experiments(account_id="000000000042") as backend:
            experiment = backend.seed("churn")
        assert ":000000000042:" in experiment.arn
        assert ":000000000042:" in (experiment.role_arn or "")


class TestWhatItDoesNotDecorate:
    def test_a_generator_is_refused(self) -> None:
        with pytest.raises(TypeError, match="does not decorate generators, such as fixture: use"):

            @mock_inference_experiments
            def fixture() -> Iterator[None]:
                yield

    def test_an_async_generator_is_refused(self) -> None:
        with pytest.raises(TypeError, match="does not decorate generators"):

            @mock_inference_experiments
            async def fixture() -> AsyncIterator[None]:
                yield

    def test_a_region_is_given_by_keyword(self) -> None:
        with pytest.raises(TypeError, match=r"takes keywords only, such as region='eu-west-1'"):
            mock_inference_experiments("eu-west-1")  # type: ignore[call-overload]


async def test_two_runs_of_one_decorated_coroutine_keep_their_accounts() -> None:
    seen = {}

    @mock_inference_experiments
    async def run(name: str, delay: float) -> None:
        mine = active_account()
        await asyncio.sleep(delay)
        seen[name] = active_account() is mine

    await asyncio.gather(run("short", 0.01), run("long", 0.05))
    assert seen == {"short": True, "long": True}
