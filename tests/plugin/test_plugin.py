"""The pytest layer: fixtures, marker and options, seen from suites that use them."""

import textwrap
from typing import Any

import pytest

IMPORTS = """
import boto3
import pytest
import unittest

def statuses(*names, region=None):
    client = boto3.client("sagemaker", region)
    return [client.describe_inference_experiment(Name=name)["Status"] for name in names]
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    """Run a suite of one module."""

    def ran(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(IMPORTS + textwrap.dedent(code))
        return pytester.runpytest_inprocess(*arguments)

    return ran


class TestWhereTheMarkerMayStand:
    def test_on_a_function(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", status="Running")
            def test_it(sagemaker_ie):
                assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"
            """
        )
        result.assert_outcomes(passed=1)

    def test_on_a_class(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            class TestIt:
                def test_one(self):
                    assert statuses("churn") == ["Running"]

                def test_two(self):
                    assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=2)

    def test_on_a_nested_class(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("outer", "Running")
            class TestOuter:
                @pytest.mark.sagemaker_ie("inner", "Completed")
                class TestInner:
                    def test_it(self):
                        assert statuses("outer", "inner") == ["Running", "Completed"]
            """
        )
        result.assert_outcomes(passed=1)

    @pytest.mark.parametrize("marks", ["{}", "[{}]"])
    def test_on_a_module(self, run: Any, marks: str) -> None:
        mark = 'pytest.mark.sagemaker_ie("churn", "Running")'
        result = run(
            f"""
            pytestmark = {marks.format(mark)}

            def test_it():
                assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    @pytest.mark.parametrize("marks", ["{}", "[{}]"])
    def test_in_a_classs_pytestmark(self, run: Any, marks: str) -> None:
        mark = 'pytest.mark.sagemaker_ie("churn", "Running")'
        result = run(
            f"""
            class TestIt:
                pytestmark = {marks.format(mark)}

                def test_it(self):
                    assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_on_a_base_class(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("base", "Running")
            class Base:
                def test_inherited(self):
                    assert statuses("base") == ["Running"]

            class TestIt(Base):
                def test_own(self):
                    assert statuses("base") == ["Running"]
            """
        )
        result.assert_outcomes(passed=2)

    def test_on_several_bases(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("one")
            class One: ...

            @pytest.mark.sagemaker_ie("two")
            class Two: ...

            @pytest.mark.sagemaker_ie("own")
            class TestIt(One, Two):
                def test_it(self, sagemaker_ie_backend):
                    assert statuses("one", "two", "own") == ["Created"] * 3
            """
        )
        result.assert_outcomes(passed=1)

    def test_on_a_parameter(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.parametrize("status", [
                pytest.param(each, marks=pytest.mark.sagemaker_ie("churn", each)) for each in ("Running", "Completed")
            ])
            def test_it(status):
                assert statuses("churn") == [status]
            """
        )
        result.assert_outcomes(passed=2)

    def test_on_parameters_of_two_axes(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.sagemaker_ie("one", "Running"))])
            @pytest.mark.parametrize("b", [pytest.param(1, marks=pytest.mark.sagemaker_ie("two", "Completed"))])
            def test_it(a, b):
                assert statuses("one", "two") == ["Running", "Completed"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_on_a_unittest_method_and_its_class(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("whole", "Running")
            class SomeTest(unittest.TestCase):
                def setUp(self):
                    assert statuses("whole") == ["Running"]

                @pytest.mark.sagemaker_ie("one", "Completed")
                def test_one(self):
                    assert statuses("whole", "one") == ["Running", "Completed"]

                def test_other(self):
                    with self.assertRaisesRegex(Exception, "known there: whole"):
                        statuses("one")
            """
        )
        result.assert_outcomes(passed=2)

    def test_on_a_coroutine_test(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            async def test_it():
                assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)


class TestStacking:
    def test_every_one_seeds(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("one", "Running")
            @pytest.mark.sagemaker_ie("two", "Completed")
            def test_it():
                assert statuses("one", "two") == ["Running", "Completed"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_those_of_all_places_add_up(self, run: Any) -> None:
        result = run(
            """
            pytestmark = pytest.mark.sagemaker_ie("module")

            @pytest.mark.sagemaker_ie("base")
            class Base: ...

            @pytest.mark.sagemaker_ie("class")
            class TestIt(Base):
                @pytest.mark.sagemaker_ie("function")
                @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.sagemaker_ie("parameter"))])
                def test_it(self, x, sagemaker_ie_backend):
                    for name in ("module", "base", "class", "function", "parameter"):
                        assert sagemaker_ie_backend.get(name).status == "Created"
            """
        )
        result.assert_outcomes(passed=1)

    # From the widest place to the closest; each pair is a test in which the second one wins.
    @pytest.mark.parametrize(
        ("wider", "closer"),
        [
            ("module", "base"),
            ("module", "class_"),
            ("base", "class_"),
            ("base", "function"),
            ("class_", "function"),
            ("module", "function"),
            ("function", "parameter"),
            ("module", "parameter"),
        ],
    )
    def test_the_closest_wins_for_one_name(self, run: Any, wider: str, closer: str) -> None:
        places = dict.fromkeys(("module", "base", "class_", "function", "parameter"), "")
        places[wider] = 'pytest.mark.sagemaker_ie("churn", "Completed")'
        places[closer] = 'pytest.mark.sagemaker_ie("churn", "Running")'
        result = run(
            f"""
            none = lambda each: each
            pytestmark = [{places["module"]}]

            @({places["base"] or "none"})
            class Base: ...

            @({places["class_"] or "none"})
            class TestIt(Base):
                @({places["function"] or "none"})
                @pytest.mark.parametrize("x", [pytest.param(1, marks=[{places["parameter"]}])])
                def test_it(self, x):
                    assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_the_one_that_loses_is_not_seeded_at_all(self, run: Any) -> None:
        """Its mistake, say, is of no account."""
        result = run(
            """
            pytestmark = pytest.mark.sagemaker_ie("churn", Shedule={})

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it():
                assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_one_name_in_two_regions_is_two_experiments(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            @pytest.mark.sagemaker_ie("churn", "Completed", region="eu-west-1")
            def test_it():
                assert statuses("churn") == ["Running"]
                assert statuses("churn", region="eu-west-1") == ["Completed"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_parameters_reach_the_seed(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie(name="churn", status="Running", Description="mine", KmsKey="key")
            def test_it(sagemaker_ie_backend):
                experiment = sagemaker_ie_backend.get("churn")
                assert (experiment.description, experiment.kms_key) == ("mine", "key")
            """
        )
        result.assert_outcomes(passed=1)


class TestEachTestHasItsOwnAccount:
    def test_an_update_is_not_seen_by_the_next(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn")
            @pytest.mark.parametrize("x", range(2))
            def test_it(sagemaker_ie, x):
                assert "Description" not in sagemaker_ie.describe_inference_experiment(Name="churn")
                sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
            """
        )
        result.assert_outcomes(passed=2)

    def test_a_failing_one_leaves_nothing(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn")
            def test_fails():
                assert False

            def test_next(sagemaker_ie_backend):
                with pytest.raises(KeyError):
                    sagemaker_ie_backend.get("churn")

            def test_nothing_is_active():
                from pytest_sagemaker_ie import activation
                assert activation._active == []
            """
        )
        result.assert_outcomes(passed=2, failed=1)

    def test_a_mistake_leaves_nothing_active(self, run: Any) -> None:
        result = run(
            """
            import os

            @pytest.mark.sagemaker_ie("churn", "Runing")
            def test_mistaken(): ...

            def test_nothing_is_active():
                from pytest_sagemaker_ie import activation
                assert activation._active == []
                assert "AWS_DEFAULT_REGION" not in os.environ
            """
        )
        result.assert_outcomes(passed=1, errors=1)


class TestTheMarkerAlone:
    def test_it_stubs_a_test_that_names_no_fixture(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it():
                assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_on_one_parameter_it_stubs_that_one_only(self, run: Any) -> None:
        result = run(
            """
            from pytest_sagemaker_ie import activation

            @pytest.mark.parametrize("active", [
                False, pytest.param(True, marks=pytest.mark.sagemaker_ie("churn")), False,
            ])
            def test_it(active):
                assert bool(activation._active) is active
            """
        )
        result.assert_outcomes(passed=3)

    def test_it_comes_before_the_tests_own_fixtures(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture
            def shown():
                return statuses("churn")

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it(shown):
                assert shown == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_it_comes_before_autouse_fixtures(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture(autouse=True)
            def look():
                statuses("churn")

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it(): ...
            """
        )
        result.assert_outcomes(passed=1)

    def test_it_comes_before_setup_method(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn", "Running")
            class TestIt:
                def setup_method(self):
                    self.shown = statuses("churn")

                def test_it(self):
                    assert self.shown == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_it_lasts_until_the_tests_own_fixtures_are_torn_down(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture
            def looking_back():
                yield
                statuses("churn")

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it(looking_back): ...
            """
        )
        result.assert_outcomes(passed=1)

    @pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
    def test_it_comes_after_fixtures_of_a_wider_scope(self, run: Any, scope: str) -> None:
        result = run(
            f"""
            from pytest_sagemaker_ie import activation

            @pytest.fixture(scope={scope!r}, autouse=True)
            def wide():
                assert activation._active == []
                yield
                assert activation._active == []

            @pytest.mark.sagemaker_ie("churn")
            def test_one(wide):
                assert activation._active

            @pytest.mark.sagemaker_ie("churn")
            def test_two():
                assert activation._active
            """
        )
        result.assert_outcomes(passed=2)

    def test_a_test_without_it_is_not_stubbed(self, run: Any) -> None:
        result = run(
            """
            from pytest_sagemaker_ie import activation

            def test_it():
                assert activation._active == []
            """
        )
        result.assert_outcomes(passed=1)


class TestTheFixtures:
    def test_the_client_alone_stubs(self, run: Any) -> None:
        result = run(
            """
            def test_it(sagemaker_ie):
                with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
                    statuses("churn")
            """
        )
        result.assert_outcomes(passed=1)

    def test_both_are_of_one_account(self, run: Any) -> None:
        result = run(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                sagemaker_ie_backend.seed("churn", "Running")
                assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"
            """
        )
        result.assert_outcomes(passed=1)

    def test_usefixtures_serves_unittest(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.usefixtures("sagemaker_ie_backend")
            class SomeTest(unittest.TestCase):
                def test_it(self):
                    with self.assertRaisesRegex(Exception, "there is none in that region"):
                        statuses("churn")
            """
        )
        result.assert_outcomes(passed=1)

    def test_a_fixture_of_the_suite_may_use_them(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture
            def running(sagemaker_ie_backend):
                return sagemaker_ie_backend.seed("churn", "Running")

            def test_it(running):
                assert statuses("churn") == ["Running"]
            """
        )
        result.assert_outcomes(passed=1)

    def test_they_are_listed_with_what_they_are(self, run: Any) -> None:
        result = run("def test_it(): ...", "--fixtures")
        result.stdout.fnmatch_lines(
            ["sagemaker_ie_backend -- *", "*The account behind the test's SageMaker clients*"], consecutive=True
        )
        result.stdout.fnmatch_lines(["sagemaker_ie -- *", "*A real boto3 SageMaker client*"], consecutive=True)


def mistake(result: pytest.RunResult) -> str:
    """The lines that the error at set-up shows, joined."""
    result.assert_outcomes(errors=1)
    lines = result.outlines
    first = next(index for index, line in enumerate(lines) if "ERROR at setup of" in line)
    last = next(index for index, line in enumerate(lines) if "short test summary" in line)
    return "\n".join(lines[first + 1 : last])


class TestMistakes:
    NODE = "*.py::test_it: marker sagemaker_ie: "
    CALL = (
        " is not a seed: the marker takes the experiment's name, its status, and the rest by keyword:"
        ' sagemaker_ie(name, status="Created", *, region=None, transition=None, parameter_validation=True,'
        " **parameters)"
    )

    @pytest.mark.parametrize(
        ("mark", "expected"),
        [
            pytest.param(
                'sagemaker_ie("churn", "Runing")',
                "unknown status 'Runing'. Did you mean 'Running'? Valid statuses: Creating, Created, Updating,"
                " Starting, Running, Stopping, Completed, Cancelled",
                id="status",
            ),
            pytest.param(
                'sagemaker_ie("churn", Shedule={})',
                "unknown parameter 'Shedule'. Did you mean 'Schedule'? Valid parameters: CompletionTime, CreationTime,"
                " DataStorageConfig, Description, EndpointMetadata, EndpointName, KmsKey, LastModifiedTime,"
                " ModelVariants, RoleArn, Schedule, ShadowModeConfig, StatusReason, Tags, Type",
                id="parameter",
            ),
            pytest.param('sagemaker_ie("churn", Description=5)', "Description is 5 (int); expected a str", id="type"),
            pytest.param(
                "sagemaker_ie(5)", "the name of an experiment is a str that is not empty, not 5", id="name's type"
            ),
            pytest.param(
                'sagemaker_ie(["a"])', "the name of an experiment is a str that is not empty, not ['a']", id="a list"
            ),
            pytest.param('sagemaker_ie("a", name="b")', "sagemaker_ie('a', name='b')" + CALL, id="the name twice"),
            pytest.param(
                'sagemaker_ie("churn", region=5)',
                "5 is not the name of a region, such as 'us-east-1'",
                id="region's type",
            ),
            pytest.param("sagemaker_ie", "sagemaker_ie()" + CALL, id="not called"),
            pytest.param("sagemaker_ie()", "sagemaker_ie()" + CALL, id="no name"),
            pytest.param('sagemaker_ie(status="Running")', "sagemaker_ie(status='Running')" + CALL, id="only a status"),
            pytest.param("sagemaker_ie(None)", "sagemaker_ie(None)" + CALL, id="None for a name"),
            pytest.param(
                'sagemaker_ie("churn", "Running", "eu-west-1")',
                "sagemaker_ie('churn', 'Running', 'eu-west-1')" + CALL,
                id="too many",
            ),
            pytest.param(
                'sagemaker_ie("churn", "Running", status="Running")',
                "sagemaker_ie('churn', 'Running', status='Running')" + CALL,
                id="the status twice",
            ),
        ],
    )
    def test_one_is_an_error_at_set_up_that_names_test_mistake_and_valid_values(
        self, run: Any, mark: str, expected: str
    ) -> None:
        result = run(f"@pytest.mark.{mark}\ndef test_it(): ...\n")
        assert mistake(result).endswith(f"::test_it: marker sagemaker_ie: {expected}")

    def test_one_shows_no_traceback_through_the_package(self, run: Any) -> None:
        text = mistake(run('@pytest.mark.sagemaker_ie("churn", "Runing")\ndef test_it(): ...\n'))
        assert len(text.splitlines()) == 1

    @pytest.mark.parametrize("place", ["function", "class", "module"])
    def test_a_name_seeded_twice_in_one_place_is_one(self, run: Any, place: str) -> None:
        marks = '[pytest.mark.sagemaker_ie("churn"), pytest.mark.sagemaker_ie("churn", "Running")]'
        code = {
            "function": f"@pytest.mark.parametrize('x', [1])\ndef test_it(x): ...\ntest_it.pytestmark += {marks}\n",
            "class": f"class TestIt:\n    pytestmark = {marks}\n    def test_it(self): ...\n",
            "module": f"pytestmark = {marks}\ndef test_it(): ...\n",
        }[place]
        text = mistake(run(code))
        assert text.endswith(": marker sagemaker_ie: 'churn' is seeded twice in one place, in us-east-1")

    def test_a_name_seeded_twice_on_a_parameter_is_one(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.parametrize("x", [pytest.param(1, marks=[pytest.mark.sagemaker_ie("churn")] * 2)])
            def test_it(x): ...
            """
        )
        assert mistake(result).endswith("'churn' is seeded twice in one place, in us-east-1")

    def test_the_own_region_named_is_the_same_place(self, run: Any) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("churn")
            @pytest.mark.sagemaker_ie("churn", region="us-east-1")
            def test_it(): ...
            """
        )
        assert mistake(result).endswith("'churn' is seeded twice in one place, in us-east-1")

    def test_the_test_with_one_does_not_run(self, run: Any) -> None:
        result = run('@pytest.mark.sagemaker_ie("churn", "Runing")\ndef test_it(): print("ran")\n', "-s")
        result.assert_outcomes(errors=1)
        result.stdout.no_fnmatch_line("*ran*")


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
            ("sagemaker_ie_region", "Europe", "'Europe' is not the name of a region, such as 'eu-west-1'"),
            (
                "sagemaker_ie_account_id",
                "12345",
                "'12345' is not an account id: twelve digits, such as '123456789012'",
            ),
            (
                "sagemaker_ie_parameter_validation",
                "maybe",
                "sagemaker_ie_parameter_validation is true or false: invalid truth value 'maybe'",
            ),
        ],
    )
    def test_a_wrong_value_is_a_usage_error(self, run: Any, option: str, value: str, expected: str) -> None:
        result = run("def test_it(): ...", "-o", f"{option}={value}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: pytest-sagemaker-ie: {expected}"])

    def test_they_are_in_the_help(self, run: Any) -> None:
        result = run("", "--help")
        result.stdout.fnmatch_lines(["SageMaker inference experiments:", "*--sagemaker-ie-region=REGION*"])
        result.stdout.fnmatch_lines(["*--sagemaker-ie-account-id=DIGITS*"])

    def test_the_marker_is_listed(self, run: Any) -> None:
        result = run("", "--markers")
        result.stdout.fnmatch_lines(
            ['@pytest.mark.sagemaker_ie(name, status="Created", [*], region=None, *[*][*]parameters): seed an *']
        )


class TestWithoutThePlugin:
    def test_its_marker_is_unknown(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("import pytest\n@pytest.mark.sagemaker_ie('churn')\ndef test_it(): ...\n")
        # In a process of its own: pytest remembers which markers it has met.
        result = pytester.runpytest_subprocess("-p", "no:sagemaker_ie")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*'sagemaker_ie' not found in `markers` configuration option*"])

    def test_its_fixture_is_unknown(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("def test_it(sagemaker_ie): ...\n")
        result = pytester.runpytest_inprocess("-p", "no:sagemaker_ie")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*fixture 'sagemaker_ie' not found*"])


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
