"""The names by which pytest may load the plugin, alone and together: it is loaded once."""

import os
import subprocess
import sys
from itertools import permutations
from typing import Any

import pytest

NAMES = ("sagemaker_ie", "pytest_sagemaker_ie", "pytest_sagemaker_ie.plugin")
OTHERS = ("anyio", "asyncio", "hypothesispytest", "randomly", "recording", "time_machine", "xdist")  # they take time
SUITE = """
    import pytest

    @pytest.mark.sagemaker_ie("churn", status="Running")
    def test_it(sagemaker_ie, pytestconfig):
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"
        assert pytestconfig.pluginmanager.has_plugin("sagemaker_ie")
"""

# Runs them one after the other, in one process. pytest warns then that it does not rewrite what it has imported.
MAIN = """
import sys
import pytest

for names in sys.argv[1:]:
    options = [option for name in names.split() for option in ("-p", name)]
    warnings = ["-W", "error", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    print(names, int(pytest.main(["-q", *warnings, *options])))
"""


@pytest.mark.slow
@pytest.mark.parametrize("autoload", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "named",
    [
        pytest.param([*NAMES, " ".join(NAMES)], id="some"),
        pytest.param([" ".join(names) for names in permutations(NAMES)], id="in any order", marks=pytest.mark.slow),
    ],
)
def test_each_combination_loads_it_once(pytester: pytest.Pytester, named: list[str], autoload: bool) -> None:
    pytester.makepyfile(test_it=SUITE, main=MAIN)
    environment = {**os.environ, "PYTEST_ADDOPTS": "-p no:cacheprovider" + "".join(f" -p no:{each}" for each in OTHERS)}
    if not autoload:
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    result = subprocess.run(
        [sys.executable, "main.py", *named], env=environment, capture_output=True, text=True, timeout=120
    )
    results = [line for line in result.stdout.splitlines() if line.partition(" ")[0] in NAMES]
    assert results == [f"{names} 0" for names in named], result.stdout + result.stderr


@pytest.mark.slow
def test_a_conftest_may_name_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(f"pytest_plugins = {NAMES[1:]}")
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_without_it_marker_and_fixtures_are_unknown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_fixtures="def test_one(sagemaker_ie): ...\ndef test_another(sagemaker_ie_backend): ...\n",
        test_marker="import pytest\n@pytest.mark.sagemaker_ie('churn')\ndef test_it(): ...\n",
    )
    # In its own process: pytest remembers which markers it has met.
    result = pytester.runpytest_subprocess("-p", "no:sagemaker_ie", "--continue-on-collection-errors")
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*'sagemaker_ie' not found in `markers` configuration option*"])
    result.stdout.fnmatch_lines(["*fixture 'sagemaker_ie' not found*"])
    result.stdout.fnmatch_lines(["*fixture 'sagemaker_ie_backend' not found*"])


def test_an_account_without_a_clock_imports_no_freezegun(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    pytester.makepyfile(
        """
        import sys
        from pytest_sagemaker_ie import mock_inference_experiments

        def test_it():
            with mock_inference_experiments() as account:
                account.seed("churn")

        def test_next():
            assert "freezegun" not in sys.modules
        """
    )
    pytester.runpytest_subprocess("-p", "pytest_sagemaker_ie.plugin").assert_outcomes(passed=2)


def test_the_package_imports_no_pytest(run_python: Any) -> None:
    code = "import sys, pytest_sagemaker_ie\nprint(sorted(name for name in sys.modules if 'pytest' in name))\n"
    result = run_python(code)
    assert (result.stdout, result.stderr) == ("['pytest_sagemaker_ie']\n", "")
