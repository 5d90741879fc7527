"""The options, and what a suite's tests leave behind, seen from suites that use the plugin."""

import textwrap
from typing import Any

import pytest

from pytest_sagemaker_ie import activation


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    """Run a suite of one module."""

    def ran(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile("import pytest\n" + textwrap.dedent(code))
        return pytester.runpytest_inprocess(*arguments)

    return ran


def test_a_failure_and_a_mistake_leave_nothing_active(run: Any) -> None:
    result = run(
        """
        import os

        @pytest.mark.sagemaker_ie("churn")
        def test_fails():
            assert False

        @pytest.mark.sagemaker_ie("churn", "Runing")
        def test_mistaken(): ...

        def test_nothing_is_active():
            from pytest_sagemaker_ie import activation
            assert activation._active == []
            assert "AWS_DEFAULT_REGION" not in os.environ

        def test_next(sagemaker_ie_backend):
            with pytest.raises(KeyError):
                sagemaker_ie_backend.get("churn")
        """
    )
    result.assert_outcomes(passed=2, failed=1, errors=1)
    assert not activation.is_active()


def test_the_fixtures_are_listed_with_what_they_are(run: Any) -> None:
    result = run("def test_it(): ...", "--fixtures")
    result.stdout.fnmatch_lines(
        ["sagemaker_ie_backend -- *", "*The account behind the test's SageMaker clients*"], consecutive=True
    )
    result.stdout.fnmatch_lines(["sagemaker_ie -- *", "*A real boto3 SageMaker client*"], consecutive=True)


class TestOptions:
    SHOWN = """
        def test_it(sagemaker_ie_backend, sagemaker_ie):
            print("SHOWN", sagemaker_ie.meta.region_name, sagemaker_ie_backend.seed("x").arn)
    """

    @pytest.mark.parametrize(
        ("arguments", "region", "account_id"),
        [
            ([], "us-east-1", "123456789012"),
            (["--sagemaker-ie-region=eu-west-1"], "eu-west-1", "123456789012"),
            (["--sagemaker-ie-account-id", "999999999999"], "us-east-1", "999999999999"),
        ],
    )
    def test_on_the_command_line(self, run: Any, arguments: list[str], region: str, account_id: str) -> None:
        result = run(self.SHOWN, "-s", *arguments)
        result.stdout.fnmatch_lines([f"*SHOWN {region} arn:aws:sagemaker:{region}:{account_id}:*"])

    def test_in_the_ini_file(self, pytester: pytest.Pytester, run: Any) -> None:
        pytester.makeini("[pytest]\nsagemaker_ie_region = cn-north-1\nsagemaker_ie_account_id = 999999999999\n")
        result = run(self.SHOWN, "-s")
        result.stdout.fnmatch_lines(["*SHOWN cn-north-1 arn:aws-cn:sagemaker:cn-north-1:999999999999:*"])

    def test_the_command_line_comes_first(self, pytester: pytest.Pytester, run: Any) -> None:
        pytester.makeini("[pytest]\nsagemaker_ie_region = eu-west-1\n")
        result = run(self.SHOWN, "-s", "--sagemaker-ie-region=eu-north-1")
        result.stdout.fnmatch_lines(["*SHOWN eu-north-1 *"])

    def test_the_region_comes_before_the_environments(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
        result = run(self.SHOWN, "-s", "--sagemaker-ie-region=eu-north-1")
        result.stdout.fnmatch_lines(["*SHOWN eu-north-1 *"])

    def test_the_environments_region_comes_before_the_default(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
        result = run(self.SHOWN, "-s")
        result.stdout.fnmatch_lines(["*SHOWN eu-south-1 *"])

    @pytest.mark.parametrize(
        ("option", "value", "expected"),
        [
            (
                "sagemaker_ie_region",
                "Europe",
                "sagemaker_ie_region: 'Europe' is not the name of a region, such as 'eu-west-1'",
            ),
            (
                "sagemaker_ie_account_id",
                "12345",
                "sagemaker_ie_account_id: '12345' is not an account id: twelve digits, such as '123456789012'",
            ),
            (
                "sagemaker_ie_parameter_validation",
                "maybe",
                "sagemaker_ie_parameter_validation must be true or false: invalid truth value 'maybe'",
            ),
            (
                "sagemaker_ie_look_limit",
                "often",
                "sagemaker_ie_look_limit must be true or false: invalid truth value 'often'",
            ),
        ],
    )
    def test_a_wrong_value_is_a_usage_error(self, run: Any, option: str, value: str, expected: str) -> None:
        result = run("def test_it(): ...", "-o", f"{option}={value}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: pytest-sagemaker-ie: {expected}"])

    def test_a_region_that_botocore_does_not_know_is_an_error_of_the_set_up(self, run: Any) -> None:
        result = run("def test_it(sagemaker_ie): ...", "-o", "sagemaker_ie_region=eu-wset-1")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["sagemaker_ie_region: 'eu-wset-1' is not a region that botocore knows. Did you*"])
        result.stdout.no_fnmatch_line("*another exception occurred*")
        result.stdout.no_fnmatch_line("*Traceback*")
        result.stdout.no_fnmatch_line("*markers.py*")

    def test_they_are_in_the_help(self, run: Any) -> None:
        result = run("", "--help")
        result.stdout.fnmatch_lines(["SageMaker inference experiments:", "*--sagemaker-ie-region=REGION*"])
        result.stdout.fnmatch_lines(["*--sagemaker-ie-account-id=DIGITS*"])

    def test_the_marker_is_listed(self, run: Any) -> None:
        result = run("", "--markers")
        result.stdout.fnmatch_lines(
            ['@pytest.mark.sagemaker_ie(name, status="Created", [*], region=None, *[*][*]parameters): seed an *']
        )


class TestUnusualItems:
    def test_a_marker_that_a_collection_hook_adds_stubs(self, pytester: pytest.Pytester) -> None:
        pytester.makeconftest(
            """
            import pytest

            def pytest_collection_modifyitems(items):
                for each in items:
                    each.add_marker(pytest.mark.sagemaker_ie("churn"))
            """
        )
        pytester.makepyfile(
            """
            from pytest_sagemaker_ie.activation import is_active

            def test_it():
                assert is_active()
            """
        )
        pytester.runpytest_inprocess().assert_outcomes(passed=1)

    def test_a_closure_with_an_empty_cell_is_no_error(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import freezegun
            import pytest

            def make():
                def test_it():
                    if False:
                        later
                return test_it
                later = 1

            test_it = pytest.mark.sagemaker_ie("churn")(make())
            """
        )
        pytester.runpytest_inprocess().assert_outcomes(passed=1)
