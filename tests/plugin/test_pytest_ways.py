"""pytest's ways of running, ordering, grouping and ending tests: each test has its own account, and leaves none."""

import itertools
import os
import textwrap
from collections.abc import Callable

import pytest

IMPORTS = """
import boto3
import pytest
import unittest

from pytest_sagemaker_ie import activation, mock_inference_experiments

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
CLIENT = boto3.client("sagemaker", **KEYS)

def statuses():
    shown = CLIENT.list_inference_experiments(SortBy="Name", SortOrder="Ascending")["InferenceExperiments"]
    return {each["Name"]: each["Status"] for each in shown}
"""

# At the end of a run nothing may be active, and the environment is what it was, however the run came to its end.
CONFTEST = """
import os

BEFORE = {name: value for name, value in os.environ.items() if name != "AWS_DEFAULT_REGION"}
NOT_OURS = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_TESTRUNUID")

def pytest_unconfigure():
    from pytest_sagemaker_ie import activation
    changed = {name for name, value in {*os.environ.items()} ^ {*BEFORE.items()} if name not in NOT_OURS}
    print("left behind:", activation._active, changed)
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a suite of one module in this process."""

    def ran(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST)
        pytester.makepyfile(IMPORTS + textwrap.dedent(code))
        result = pytester.runpytest_inprocess("-s", *arguments, no_reraise_ctrlc=True)
        assert "left behind: [] set()" in result.stdout.str()
        return result

    return ran


@pytest.fixture
def run_with_plugins(pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]) -> Run:
    """Run a suite of one module in its own process, with these plugins and no others."""

    def ran(plugins: list[str], code: str, *arguments: str) -> pytest.RunResult:
        for plugin in plugins:
            pytest.importorskip(plugin.partition(".")[0])
        pytester.makepyfile(IMPORTS + textwrap.dedent(code))
        return run_alone(*arguments, plugins=tuple(plugins))

    return ran


EACH_ITS_OWN = """
@pytest.mark.parametrize("number", range(6))
@pytest.mark.sagemaker_ie("churn", "Running")
class TestOfOneClass:
    def test_one(self, number):
        CLIENT.stop_inference_experiment(Name="churn", ModelVariantActions={"production": "Retain"})
        assert statuses() == {"churn": "Cancelled"}

    def test_another(self, number):
        assert statuses() == {"churn": "Running"}

@pytest.mark.parametrize("number", range(6))
def test_an_empty_account(sagemaker_ie_backend, number):
    assert statuses() == {}
    sagemaker_ie_backend.seed("mine")
"""


class TestOrderAndWorkers:
    @pytest.mark.slow
    def test_xdist_and_randomly(self, run_with_plugins: Run) -> None:
        result = run_with_plugins(["xdist", "pytest_randomly"], EACH_ITS_OWN, "-n", "2", "--randomly-seed=1")
        result.assert_outcomes(passed=18)

    def test_parametrized_statuses(self, run: Run) -> None:
        result = run(
            """
            from pytest_sagemaker_ie import Status

            @pytest.mark.parametrize("status", [*Status, *map(str, Status)])
            def test_by_the_backend(status, sagemaker_ie_backend):
                sagemaker_ie_backend.seed("churn", status)
                assert statuses() == {"churn": status}

            @pytest.mark.parametrize(
                "status", [pytest.param(each, marks=pytest.mark.sagemaker_ie("churn", each)) for each in Status]
            )
            def test_by_the_marker(status):
                assert statuses() == {"churn": status}
            """
        )
        result.assert_outcomes(passed=24)


class TestAsync:
    CODE = """
    import asyncio

    @pytest.mark.sagemaker_ie("churn", "Running")
    async def test_a_coroutine(sagemaker_ie):
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"
        await asyncio.sleep(0)
        assert await asyncio.to_thread(statuses) == {"churn": "Running"}
        assert await asyncio.create_task(of_a_task()) == {"churn": "Running"}

    async def of_a_task():
        return statuses()

    @pytest.fixture
    async def experiment(sagemaker_ie_backend):
        await asyncio.sleep(0)
        yield sagemaker_ie_backend.seed("of a fixture".replace(" ", "-"), "Completed")

    async def test_an_async_fixture(experiment):
        assert statuses() == {"of-a-fixture": "Completed"}

    @mock_inference_experiments(region="us-east-1")
    async def test_a_decorated_coroutine():
        assert statuses() == {}
    """

    def test_asyncio(self, run_with_plugins: Run) -> None:
        options = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
        run_with_plugins(["pytest_asyncio.plugin"], self.CODE, *options).assert_outcomes(passed=3)

    @pytest.mark.slow
    def test_anyio(self, run_with_plugins: Run) -> None:
        code = "pytestmark = pytest.mark.anyio\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
        run_with_plugins(["anyio.pytest_plugin"], code + textwrap.dedent(self.CODE)).assert_outcomes(passed=3)


class TestUnittest:
    def test_usefixtures(self, run: Run) -> None:
        result = run(
            """
            @pytest.mark.usefixtures("sagemaker_ie_backend")
            class SomeTest(unittest.TestCase):
                def test_one(self):
                    self.assertEqual(statuses(), {})

            @pytest.mark.sagemaker_ie("churn", "Running")
            class MarkedTest(unittest.TestCase):
                def setUp(self):
                    self.assertEqual([*statuses()], ["churn"])

                def test_one(self):
                    CLIENT.stop_inference_experiment(Name="churn", ModelVariantActions={"production": "Retain"})

                def test_another(self):
                    self.assertEqual(statuses(), {"churn": "Running"})

                @pytest.mark.sagemaker_ie("churn", "Completed")
                def test_the_closest_marker(self):
                    self.assertEqual(statuses(), {"churn": "Completed"})
            """
        )
        result.assert_outcomes(passed=4)

    def test_start_and_stop(self, run: Run) -> None:
        result = run(
            """
            class SomeTest(unittest.TestCase):
                def setUp(self):
                    mock = mock_inference_experiments(region="us-east-1")
                    mock.start().seed("churn", "Running")
                    self.addCleanup(mock.stop)

                def test_one(self):
                    self.assertEqual(statuses(), {"churn": "Running"})

                def test_that_fails(self):
                    self.fail()

                def test_that_is_skipped(self):
                    self.skipTest("for a reason")

            class InATestCaseOfCoroutines(unittest.IsolatedAsyncioTestCase):
                async def asyncSetUp(self):
                    mock = mock_inference_experiments(region="us-east-1")
                    mock.start().seed("churn", "Running")
                    self.addCleanup(mock.stop)

                async def test_one(self):
                    self.assertEqual(statuses(), {"churn": "Running"})

            def test_nothing_is_active_between():
                assert not activation.is_active()
            """
        )
        result.assert_outcomes(passed=3, failed=1, skipped=1)

    @pytest.mark.parametrize("base", ["unittest.TestCase", "object"])
    def test_freeze_time_on_a_class_is_the_markers_clock(self, run: Run, base: str) -> None:
        result = run(
            f"""
            from freezegun import freeze_time

            @freeze_time("2030-06-15 12:00")
            @pytest.mark.sagemaker_ie("churn", "Running")
            class TestIt({base}):
                def test_one(self):
                    shown = CLIENT.describe_inference_experiment(Name="churn")
                    assert shown["Schedule"]["StartTime"].isoformat() == "2030-06-14T12:00:00+00:00"

                @pytest.mark.sagemaker_ie("own", "Created")
                def test_another(self):
                    shown = CLIENT.describe_inference_experiment(Name="own")
                    assert shown["CreationTime"].year == 2030

            @pytest.mark.sagemaker_ie("churn", "Running")
            @freeze_time("2030-06-15 12:00")
            class TestTheOtherWayRound({base}):
                def test_one(self):
                    shown = CLIENT.describe_inference_experiment(Name="churn")
                    assert shown["Schedule"]["StartTime"].isoformat() == "2030-06-14T12:00:00+00:00"
            """
        )
        result.assert_outcomes(passed=3)

    def test_freeze_time_on_a_class_with_a_set_up_of_its_own(self, run: Run) -> None:
        result = run(
            """
            from freezegun import freeze_time

            @freeze_time("2030-06-15 12:00")
            @pytest.mark.sagemaker_ie("churn", "Running")
            class SomeTest(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    super().setUpClass()
                    cls.of_class = 1

                def setUp(self):
                    super().setUp()
                    self.shown = CLIENT.describe_inference_experiment(Name="churn")

                def test_one(self):
                    self.assertEqual(self.shown["Schedule"]["StartTime"].isoformat(), "2030-06-14T12:00:00+00:00")
                    self.assertEqual(self.shown["Status"], "Running")
            """
        )
        result.assert_outcomes(passed=1)


class TestItems:
    def test_a_doctest_asks_for_the_fixture(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            rollout='''
            """
            >>> sagemaker_ie = getfixture("sagemaker_ie")
            >>> getfixture("sagemaker_ie_backend").seed("churn", "Running")
            <Experiment 'churn' Running in us-east-1>
            >>> sagemaker_ie.describe_inference_experiment(Name="churn")["Status"]
            'Running'
            """
            '''
        )
        pytester.maketxtfile(
            test_guide="""
            >>> backend = getfixture("sagemaker_ie_backend")
            >>> backend.experiments
            []
            """
        )
        pytester.runpytest_inprocess("--doctest-modules").assert_outcomes(passed=2)

    def test_subtests(self, run: Run) -> None:
        if not hasattr(pytest, "Subtests"):
            pytest.importorskip("pytest_subtests")
        result = run(
            """
            def test_each_in_one_account(subtests, sagemaker_ie_backend):
                for status in ("Running", "Completed"):
                    with subtests.test(status=status):
                        name = f"churn-{status}"
                        sagemaker_ie_backend.seed(name, status)
                        assert statuses()[name] == status
                assert len(statuses()) == 2

            @pytest.mark.sagemaker_ie("churn", "Running")
            class SomeTest(unittest.TestCase):
                def test_of_unittest(self):
                    for number in range(2):
                        with self.subTest(number=number):
                            self.assertEqual(statuses(), {"churn": "Running"})
            """
        )
        assert result.ret == 0


class TestWiderScopes:
    @pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
    def test_through_the_context_manager(self, run: Run, scope: str) -> None:
        result = run(
            f"""
            @pytest.fixture(scope={scope!r})
            def shared():
                with mock_inference_experiments(region="us-east-1") as backend:
                    backend.seed("shared", "Running")
                    yield backend

            @pytest.mark.usefixtures("shared")
            class TestIt:
                def test_one(self):
                    assert statuses() == {{"shared": "Running"}}

                def test_the_functions_own_goes_before(self, sagemaker_ie_backend):
                    assert statuses() == {{}}

                @pytest.mark.sagemaker_ie("churn", "Created")
                def test_the_markers_goes_before(self):
                    assert statuses() == {{"churn": "Created"}}

                def test_the_outer_one_has_returned(self, shared):
                    CLIENT.update_inference_experiment(Name="shared", Description="changed")
                    assert shared.get("shared").description == "changed"
            """
        )
        result.assert_outcomes(passed=4)

    def test_autouse(self, run: Run) -> None:
        result = run(
            """
            @pytest.fixture(autouse=True)
            def _account(sagemaker_ie_backend):
                sagemaker_ie_backend.seed("always", "Running")

            def test_one():
                assert statuses() == {"always": "Running"}

            @pytest.mark.sagemaker_ie("churn")
            def test_next_to_the_marker():
                assert statuses() == {"always": "Running", "churn": "Created"}
            """
        )
        result.assert_outcomes(passed=2)

    def test_nested_contexts_in_a_test(self, run: Run) -> None:
        result = run(
            """
            @pytest.mark.sagemaker_ie("outer", "Running")
            def test_it():
                for name in ("first", "second"):
                    with mock_inference_experiments() as inner:
                        inner.seed(name)
                        with mock_inference_experiments():
                            assert statuses() == {}
                        assert statuses() == {name: "Created"}
                    assert statuses() == {"outer": "Running"}
            """
        )
        result.assert_outcomes(passed=1)


class TestEnds:
    """However a test ends, its account ends with it, and the next one has its own."""

    NEXT = """
def test_next_without_an_account():
    assert not activation.is_active()

@pytest.mark.sagemaker_ie("next", "Running")
def test_next_with_one():
    assert statuses() == {"next": "Running"}
"""

    def test_an_exception(self, run: Run) -> None:
        endings = ("assert False", "raise ZeroDivisionError", "pytest.fail()", "pytest.xfail()", "raise SystemExit(3)")
        places = ("in_a_fixture", "in_the_test", "in_a_finalizer")
        code = ""
        for number, (ending, place) in enumerate(itertools.product(endings, places)):
            lines = dict.fromkeys(places, "...") | {place: ending}
            code += f"""
@pytest.fixture
def ending_{number}(sagemaker_ie_backend):
    {lines["in_a_fixture"]}
    yield
    {lines["in_a_finalizer"]}

@pytest.mark.sagemaker_ie("churn")
def test_that_ends_{number}(ending_{number}):
    assert statuses() == {{"churn": "Created"}}
    {lines["in_the_test"]}
"""
            code += self.NEXT.replace("def test_next", f"def test_next_{number}")
        outcomes = run(code).parseoutcomes()
        # A test that fails in a finalizer has passed before; one that says xfail there is an error or not by version.
        assert outcomes["passed"] == 2 * 15 + 5
        assert outcomes["failed"] == 4
        assert outcomes["errors"] + outcomes["xfailed"] == 4 + 5 + 2

    def test_an_interrupted_run_leaves_the_next_one_alone(self, run: Run) -> None:
        run("@pytest.mark.sagemaker_ie('churn')\ndef test_that_ends():\n    raise KeyboardInterrupt\n")
        run(self.NEXT).assert_outcomes(passed=2)

    def test_exit_first(self, run: Run) -> None:
        result = run(
            "@pytest.mark.sagemaker_ie('churn')\ndef test_that_fails(): assert not statuses()\n" + self.NEXT, "-x"
        )
        result.assert_outcomes(failed=1)

    def test_last_failed(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTEST_ADDOPTS", os.environ["PYTEST_ADDOPTS"].replace("-p no:cacheprovider", ""))
        code = """
            import pathlib

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_that_fails_once():
                assert statuses() == {"churn": "Running"}
                again = pathlib.Path("again")
                if not again.exists():
                    again.touch()
                    raise ZeroDivisionError

            def test_that_passes(sagemaker_ie):
                assert statuses() == {}
        """
        run(code).assert_outcomes(passed=1, failed=1)
        run(code, "--lf").assert_outcomes(passed=1)
        run(code, "--ff").assert_outcomes(passed=2)
