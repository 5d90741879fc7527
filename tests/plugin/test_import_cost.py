"""What a pytest run pays that has the plugin installed and does not use it."""

import os
import subprocess
import sys

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
    assert "pytest_sagemaker_ie.plugin.options" in unused


@pytest.mark.parametrize("package", HEAVY)
def test_a_suite_that_does_not_use_it_does_not_import(unused: set[str], package: str) -> None:
    assert {name for name in unused if name.partition(".")[0] == package} == set()


def test_of_the_package_it_imports_only_what_it_needs(unused: set[str]) -> None:
    # Each module is close to a millisecond of every run where the plugin is installed.
    imported = {name.partition(".")[2] for name in unused if name.startswith("pytest_sagemaker_ie.")}
    assert imported - {"plugin"} == {  # which not every version of Python counts
        "activation",
        "clock",
        "plugin.options",
    }
