"""What may import what: the core stands on the standard library and on itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_sagemaker_ie

PACKAGE = Path(pytest_sagemaker_ie.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
CORE = [module for module in MODULES if module.startswith("core/")]


def imported(module: str) -> Iterator[str]:
    """The modules that one imports anywhere in its code, in full."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            yield node.module or ""
            if node.module in ("pytest_sagemaker_ie", "pytest_sagemaker_ie.core"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_a_core() -> None:
    assert len(CORE) > 5


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_only_the_standard_library_and_itself(module: str) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and name != "pytest_sagemaker_ie.core"
        and not name.startswith("pytest_sagemaker_ie.core.")
    }
    assert foreign == set()


@pytest.mark.parametrize("module", CORE)
def test_the_core_reads_no_clock_of_its_own(module: str) -> None:
    source = (PACKAGE / module).read_text(encoding="utf-8")
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls & {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter"} == set()


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("plugin/")])
def test_only_the_pytest_layer_imports_pytest(module: str) -> None:
    assert {name for name in imported(module) if name.partition(".")[0] in ("pytest", "_pytest")} == set()


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("report/")])
def test_the_reports_know_neither_pytest_nor_botocore(module: str) -> None:
    assert {name for name in imported(module) if name.partition(".")[0] in ("pytest", "boto3", "botocore")} == set()


@pytest.mark.parametrize("module", MODULES)
def test_each_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
