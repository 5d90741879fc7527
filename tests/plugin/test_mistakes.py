"""A mistake in a marker is an error at set-up: its first line, which pytest's summary shows, says what is wrong."""

import fnmatch
import textwrap

import pytest

API = (
    "Valid parameters: CompletionTime, CreationTime, DataStorageConfig, Description, EndpointMetadata, EndpointName,"
    " KmsKey, LastModifiedTime, ModelVariants, RoleArn, Schedule, ShadowModeConfig, StatusReason, Tags, Type"
)
STATUSES = "Valid statuses: Creating, Created, Updating, Starting, Running, Stopping, Completed, Cancelled"
FORM = (
    'Valid form: sagemaker_ie(name, status="Created", *, region=None, transition=None, parameter_validation=True,'
    " **parameters)"
)
CLOCK_FORM = "Valid form: sagemaker_ie_clock(moment=None, *, horizon=timedelta(days=60), patience=1.0)"
TWICE = "two markers in one place seed 'churn' in us-east-1: remove one"
NAME = "the name of an experiment is {}: give a non-empty str"

# The marker, the first line of the error, and what is valid, if the mistake leaves that open.
MISTAKES = {
    'sagemaker_ie("churn", "Runing")': ("unknown status 'Runing'. Did you mean 'Running'?", STATUSES),
    'sagemaker_ie("churn", status="xyz")': ("unknown status 'xyz'.", STATUSES),
    'sagemaker_ie("churn", stauts="Running")': ("unknown argument 'stauts'. Did you mean 'status'?", FORM),
    'sagemaker_ie("churn", regoin="eu-west-1")': ("unknown argument 'regoin'. Did you mean 'region'?", FORM),
    'sagemaker_ie("churn", transitions={})': ("unknown argument 'transitions'. Did you mean 'transition'?", FORM),
    "sagemaker_ie(parameter_validaton=False)": (
        "unknown argument 'parameter_validaton'. Did you mean 'parameter_validation'?",
        FORM,
    ),
    'sagemaker_ie(nme="churn")': ("unknown argument 'nme'. Did you mean 'name'?", FORM),
    'sagemaker_ie("churn", tags=[])': ("unknown argument 'tags'. Did you mean 'Tags'?", FORM),
    'sagemaker_ie("churn", role_arn="x")': ("unknown argument 'role_arn'. Did you mean 'RoleArn'?", FORM),
    'sagemaker_ie("churn", qqq=1)': ("unknown argument 'qqq'.", FORM),
    'sagemaker_ie("churn", Shedule={})': ("unknown parameter 'Shedule'. Did you mean 'Schedule'?", API),
    'sagemaker_ie("churn", Status="Running")': (
        "Status is not a parameter of a seed: give the status as the second argument, or as status=",
        None,
    ),
    'sagemaker_ie("churn", SamplingPercentage=30)': (
        "unknown parameter 'SamplingPercentage'. It is a member of ShadowModeConfig.ShadowModelVariants.",
        API,
    ),
    'sagemaker_ie("churn", EndTime=0)': ("unknown parameter 'EndTime'. It is a member of Schedule.", API),
    'sagemaker_ie("churn", InstanceType="ml.m5.large")': (
        "unknown parameter 'InstanceType'. It is a member of"
        " ModelVariants.InfrastructureConfig.RealTimeInferenceConfig.",
        API,
    ),
    'sagemaker_ie("churn", Schedule={"End": 0})': (
        "Schedule has no member 'End'. Did you mean 'EndTime'?",
        "Valid members: StartTime, EndTime",
    ),
    'sagemaker_ie("churn", Description=5)': ("Description is 5 (int); expected a str", None),
    'sagemaker_ie("churn", "Running", CompletionTime=0)': (
        "CompletionTime is given, but an experiment that is Running has not ended",
        None,
    ),
    'sagemaker_ie("churn_v2")': (
        "Value 'churn_v2' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: *",
        None,
    ),
    'sagemaker_ie("churn", transition="sometimes")': ("'sometimes' is not a transition.", 'Valid: {"progression": *'),
    "sagemaker_ie(5)": (NAME.format(5), None),
    'sagemaker_ie("")': (NAME.format("''"), None),
    'sagemaker_ie(["a"])': (NAME.format("[[]'a']"), None),
    'sagemaker_ie("a", name="b")': ("name is given twice: sagemaker_ie('a', name='b')", FORM),
    'sagemaker_ie("churn", "Running", status="Running")': (
        "status is given twice: sagemaker_ie('churn', 'Running', status='Running')",
        FORM,
    ),
    'sagemaker_ie("churn", "Running", "eu-west-1")': (
        "too many positional arguments, more than 2: sagemaker_ie('churn', 'Running', 'eu-west-1')",
        FORM,
    ),
    "sagemaker_ie": ("no name of an experiment: sagemaker_ie()", FORM),
    "sagemaker_ie()": ("no name of an experiment: sagemaker_ie()", FORM),
    'sagemaker_ie(status="Running")': ("no name of an experiment: sagemaker_ie(status='Running')", FORM),
    "sagemaker_ie(None)": ("no name of an experiment: sagemaker_ie(None)", FORM),
    'sagemaker_ie("churn", region=5)': ("5 is not the name of a region, such as 'us-east-1'", None),
    'sagemaker_ie("churn", parameter_validation="off")': (
        "parameter_validation must be True or False, not 'off'",
        None,
    ),
    "sagemaker_ie(parameter_validation=0)": ("parameter_validation must be True or False, not 0", None),
    "sagemaker_ie(parameter_validation=None)": ("parameter_validation must be True or False, not None", None),
    'sagemaker_ie_clock(momnet="2030-01-01")': ("unknown argument 'momnet'. Did you mean 'moment'?", CLOCK_FORM),
    "sagemaker_ie_clock(1, 2)": ("too many positional arguments, more than 1: sagemaker_ie_clock(1, 2)", CLOCK_FORM),
    'sagemaker_ie_clock("2030-01-01", moment=1)': (
        "moment is given twice: sagemaker_ie_clock('2030-01-01', moment=1)",
        CLOCK_FORM,
    ),
    "sagemaker_ie_clock(horizon=3)": ("a horizon is a timedelta *3*", None),
}

# Decorators that do not go with the clock, and the first line of the error.
TIMES = {
    '@time_machine.travel("2026-03-02")\n@pytest.mark.sagemaker_ie("churn")': (
        '@time_machine.travel cannot start while the virtual clock runs: use @pytest.mark.sagemaker_ie_clock("...")'
        " instead"
    ),
    '@freeze_time("2026-03-02")\n@pytest.mark.sagemaker_ie_clock("2026-04-02")': (
        "two times for one test: remove that of @freeze_time or that of the marker"
    ),
}

# The same for a name that is seeded twice in one place.
TWO_IN_ONE_PLACE = {
    "function": """
        @pytest.mark.sagemaker_ie("churn")
        @pytest.mark.sagemaker_ie("churn", "Running")
        def test_it(): ...
    """,
    "its own region named": """
        @pytest.mark.sagemaker_ie("churn")
        @pytest.mark.sagemaker_ie("churn", region="us-east-1")
        def test_it(): ...
    """,
    "class": """
        class TestIt:
            pytestmark = [pytest.mark.sagemaker_ie("churn"), pytest.mark.sagemaker_ie("churn", "Running")]
            def test_it(self): ...
    """,
    "class and its base": """
        @pytest.mark.sagemaker_ie("churn")
        class Base: ...

        @pytest.mark.sagemaker_ie("churn", "Running")
        class TestIt(Base):
            def test_it(self): ...
    """,
    "module": """
        pytestmark = [pytest.mark.sagemaker_ie("churn"), pytest.mark.sagemaker_ie("churn", "Running")]
        def test_it(): ...
    """,
    "parameter": """
        @pytest.mark.parametrize("x", [pytest.param(1, marks=[pytest.mark.sagemaker_ie("churn")] * 2)])
        def test_it(x): ...
    """,
}


def error_lines(result: pytest.RunResult) -> dict[str, list[str]]:
    """The lines of each error at set-up, by the name of its test."""
    shown: dict[str, list[str]] = {}
    test = ""
    for line in result.outlines:
        if line.startswith("=") and "short test summary" in line:
            break
        if line.startswith("_") and "ERROR at setup of" in line:
            test = line.strip("_ ").removeprefix("ERROR at setup of ")
            shown[test] = []
        elif test:
            shown[test].append(line)
    return shown


def test_each_is_told_with_its_place_and_what_is_valid(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")  # so that pytest cuts no line of its summary
    tests = [f"@pytest.mark.{mark}\ndef test_{number}(): print('it ran')\n" for number, mark in enumerate(MISTAKES)]
    pytester.makepyfile(test_them="import pytest\n" + "".join(tests))
    result = pytester.runpytest_inprocess("-ra", "-s")
    result.assert_outcomes(errors=len(MISTAKES))
    result.stdout.no_fnmatch_line("*it ran*")
    shown = error_lines(result)
    for number, (mark, (mistake, valid)) in enumerate(MISTAKES.items()):
        result.stdout.fnmatch_lines([f"ERROR test_them.py::test_{number} - Failed: {mistake}"])
        place = f"test_them.py:{2 * number + 2}: marker {mark.partition('(')[0]}"
        expected = [mistake, place, *([] if valid is None else [valid])]
        lines = shown[f"test_{number}"]
        assert len(lines) == len(expected), lines
        assert all(fnmatch.fnmatchcase(*each) for each in zip(lines, expected, strict=True)), (lines, expected)


def test_a_name_seeded_twice_in_one_place_is_one(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    modules = {
        f"test_{number}": f"import pytest\n{textwrap.dedent(code)}"
        for number, code in enumerate(TWO_IN_ONE_PLACE.values())
    }
    pytester.makepyfile(**modules)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=len(TWO_IN_ONE_PLACE))
    places = [3, 3, 3, 6, 1, 3]  # the lines of what has the markers
    told = [f"{TWICE}\ntest_{number}.py:{line}: marker sagemaker_ie\n" for number, line in enumerate(places)]
    assert [each for each in told if each not in result.stdout.str()] == []
    summary = [line for line in result.outlines if line.startswith("ERROR test_")]
    assert [line.partition(" - ")[2] for line in summary] == [f"Failed: {TWICE}"] * len(TWO_IN_ONE_PLACE)


def test_two_that_set_the_time_are_one(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("time_machine")
    monkeypatch.setenv("COLUMNS", "2000")
    tests = [f"{each}\ndef test_{number}(sagemaker_ie_clock): ...\n" for number, each in enumerate(TIMES)]
    pytester.makepyfile("\n".join(["import pytest, time_machine", "from freezegun import freeze_time", *tests]))
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=len(TIMES))
    summary = [line.partition(" - ")[2] for line in result.outlines if line.startswith("ERROR ")]
    assert summary == [f"Failed: {mistake}" for mistake in TIMES.values()]
    assert "plugin/" not in result.stdout.str()
