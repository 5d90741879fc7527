"""A marked test whose module, class or wider fixture calls SageMaker too early is told what to use instead."""

import textwrap
from collections.abc import Callable

import pytest

SET_UP = """
import boto3
import pytest
from botocore.session import Session

KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}

def without_region():
    boto3.client("sagemaker", **KEYS)

def without_credentials():
    session = Session()
    session.register_component("credential_provider", type("None", (), {"load_credentials": lambda self: None})())
    session.create_client("sagemaker", "us-east-1").list_inference_experiments()

"""
TITLE = "*- sagemaker_ie -*"
BEFORE = (
    "before the test's account was active: modules, setup_class and fixtures of a wider scope than the test run first."
)
NOTES = {
    "without_region": f"A client was made without a region, {BEFORE} For SageMaker clients that are made there, set the"
    " ini option sagemaker_ie_region, as in: sagemaker_ie_region = us-east-1",
    "without_credentials": f"A call was made without credentials, {BEFORE} For SageMaker calls that are made there, use"
    " `with mock_inference_experiments():`, or make them in the test or in a fixture of its scope.",
}

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a suite of one module where AWS is not configured."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(pytester.path / "none"))

    def ran(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(SET_UP + textwrap.dedent(code))
        return pytester.runpytest_inprocess(*arguments)

    return ran


EACH = pytest.mark.parametrize(("what", "colour"), [("without_region", "yes"), ("without_credentials", "no")])


@EACH
def test_in_setup_class_or_a_wider_fixture(run: Run, what: str, colour: str) -> None:
    result = run(
        f"""
        @pytest.fixture(scope="module")
        def client():
            {what}()

        class TestIt:
            @classmethod
            def setup_class(cls):
                {what}()

            @pytest.mark.sagemaker_ie("churn")
            def test_in_setup_class(self): ...

        @pytest.mark.sagemaker_ie("churn")
        def test_in_a_fixture(client): ...

        def test_with_a_fixture_alone(client, sagemaker_ie): ...
        """,
        f"--color={colour}",
    )
    result.assert_outcomes(errors=3)
    assert result.stdout.str().count(NOTES[what]) == 3


@EACH
def test_while_its_module_is_imported(run: Run, what: str, colour: str) -> None:
    result = run(f"{what}()\n@pytest.mark.sagemaker_ie('churn')\ndef test_it(): ...\n", f"--color={colour}")
    result.assert_outcomes(errors=1)
    assert result.stdout.str().count(NOTES[what]) == 1


def test_nothing_is_told_of_what_the_plugin_has_no_part_in(run: Run) -> None:
    result = run(
        """
        from pytest_sagemaker_ie import mock_inference_experiments

        @pytest.fixture(scope="module")
        def client():
            without_region()

        @pytest.fixture
        def other():
            boto3.client("dynamodb", **KEYS)

        @pytest.fixture(scope="module")
        def own_account():
            with mock_inference_experiments():
                boto3.client("dynamodb", **KEYS)

        def test_without_the_plugin(client): ...

        @pytest.mark.sagemaker_ie("churn")
        def test_of_another_service(other): ...

        @pytest.mark.sagemaker_ie("churn")
        def test_in_an_account_of_the_module(own_account): ...
        """
    )
    result.assert_outcomes(errors=3)
    result.stdout.no_fnmatch_line(TITLE)


def test_under_the_guard_an_unmarked_test_is_told_to_use_the_marker(run: Run) -> None:
    code = """
        @pytest.fixture
        def client():
            without_region()

        def test_in_a_fixture(client): ...

        def test_without_region():
            without_region()

        def test_of_another_error():
            raise ValueError
    """
    result = run(code, "-o", "sagemaker_ie_guard=true")
    result.assert_outcomes(errors=1, failed=2)
    told = "No account answers this test. If it uses SageMaker, mark it with @pytest.mark.sagemaker_ie(...), or request"
    assert result.stdout.str().count(told) == 2
    run(code).stdout.no_fnmatch_line(TITLE)


def test_nothing_is_told_of_another_error_at_import(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("raise ValueError")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line(TITLE)
    pytester.makeconftest("raise ValueError")
    assert "sagemaker_ie_region" not in str(pytester.runpytest_subprocess().stderr)


def test_an_error_that_is_its_own_cause_ends_its_test_alone(pytester: pytest.Pytester) -> None:
    own_cause = "try:\n    raise ValueError('own')\nexcept ValueError as error:\n    raise error from error\n"
    pytester.makepyfile(
        test_collected=own_cause,
        test_set_up=f"""
            import pytest

            @pytest.mark.sagemaker_ie("churn", "Runing")
            def test_mistaken(): ...

            @pytest.fixture(scope="module")
            def failing():
{textwrap.indent(own_cause, " " * 16)}
            def test_it(failing): ...
        """,
    )
    result = pytester.runpytest_subprocess("--continue-on-collection-errors", timeout=30)
    result.assert_outcomes(errors=3)
    result.stdout.no_fnmatch_line(TITLE)


def test_a_client_of_another_service_gets_no_note(run: Run) -> None:
    result = run("boto3.client('dynamodb', **KEYS)")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*NoRegionError*"])
    result.stdout.no_fnmatch_line(TITLE)
