"""What a pytest run pays that has the plugin installed and does not use it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("boto3", "botocore", "freezegun", "werkzeug")


@pytest.fixture(scope="module")
def unused(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules imported by collecting and running a suite that does not use the plugin."""
    directory = tmp_path_factory.mktemp("unused")
    (directory / "test_it.py").write_text("def test_it():\n    assert True\n")
    command = [sys.executable, "-X", "importtime", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    # Without other plugins: one of them (moto's, say) may import what is looked for here.
    command += ["-p", "pytest_sagemaker_ie.plugin"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "1 passed" in result.stdout
    lines = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_the_plugin_is_loaded(unused: set[str]) -> None:
    assert "pytest_sagemaker_ie.aws.install" in unused


@pytest.mark.parametrize("package", HEAVY)
def test_a_suite_that_does_not_use_it_does_not_import(unused: set[str], package: str) -> None:
    assert {name for name in unused if name.partition(".")[0] == package} == set()


def test_of_the_package_it_imports_only_what_it_needs(unused: set[str]) -> None:
    # Each module is close to a millisecond of every run of everybody who has the plugin installed.
    imported = {name.partition(".")[2] for name in unused if name.startswith("pytest_sagemaker_ie.")}
    assert imported - {"plugin"} == {  # which not every version of Python counts
        "activation",
        "aws.region",
        "plugin.failure_section",
        "plugin.fixtures",
        "plugin.options",
        "aws",
        "aws.install",
        "report",
        "report.accounts",
    }


PLUGIN = """
    import sys
    import pytest_sagemaker_ie.plugin
    from pytest_sagemaker_ie.aws import answering, install

    def waiting():
        return [finder for finder in sys.meta_path if isinstance(finder, install._PreparesImports)]
"""


class TestThePostImportHook:
    @pytest.fixture
    def run(self, run_python: Any) -> Any:
        def ran(code: str, **environment: str) -> list[str]:
            result = run_python(PLUGIN + code, **environment)
            assert result.stderr == ""
            return result.stdout.split()

        return ran

    def test_it_waits_once_however_often_it_is_installed(self, run: Any) -> None:
        code = """
    install.install()
    install.install()
    print(len(waiting()))
"""
        assert run(code) == ["1"]

    def test_it_stays_for_a_reload(self, run: Any) -> None:
        code = """
    import importlib, botocore.session
    importlib.reload(botocore.session)
    print(len(waiting()), botocore.session.Session.create_client.__name__)
    print(hasattr(botocore.session.Session.create_client, "__wrapped__"))
"""
        assert run(code) == ["1", "create_client", "True"]

    def test_it_puts_the_handler_in_the_list_once(self, run: Any) -> None:
        code = """
    import botocore.handlers, botocore.session
    install.install()
    print(sum(each[1] is answering.answer for each in botocore.handlers.BUILTIN_HANDLERS))
"""
        assert run(code) == ["1"]

    def test_one_that_was_taken_away_comes_back_and_prepares_nothing_twice(self, run: Any) -> None:
        code = """
    import botocore.session
    prepared = botocore.session.Session.create_client
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in waiting()]
    install.install()
    print(len(waiting()), botocore.session.Session.create_client is prepared)
"""
        assert run(code) == ["1", "True"]

    def test_it_leaves_a_missing_module_to_the_ordinary_error(self, run: Any, tmp_path: Path) -> None:
        (tmp_path / "empty/botocore").mkdir(parents=True)
        (tmp_path / "empty/botocore/__init__.py").write_text("")
        code = """
    sys.path.insert(0, "empty")
    try:
        import botocore.session
    except ModuleNotFoundError as error:
        print(error.name)
"""
        assert run(code) == ["botocore.session"]
