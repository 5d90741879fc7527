"""Which room may import what: one table. Imports inside functions count; those for type checkers alone do not."""

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_sagemaker_ie

PACKAGE = Path(pytest_sagemaker_ie.__file__).parent
NAME = "pytest_sagemaker_ie"

# By the room, or the module at the package's top: the others that it may import, and the libraries. Every room may
# import its own modules and the standard library. The names of `__init__` are imported lazily, and not by a statement.
ROOMS = "core clock activation aws report mocking server plugin"
ALLOWED = {
    "__init__": ("", ""),
    "core": ("", ""),
    "clock": ("", "freezegun"),
    "activation": ("core", ""),
    "aws": ("core activation clock", "aiobotocore boto3 botocore moto"),
    "report": ("core activation", ""),
    "mocking": ("aws activation clock core", ""),
    "server": ("core aws mocking __init__", "botocore tomli"),
    "plugin": (ROOMS + " __init__", "pytest"),
}


def module_named(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join([NAME, *(part for part in parts if part != "__init__")])


MODULES = {module_named(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imported(module: str) -> Iterator[str]:
    """Give the modules that one imports anywhere in its code, but for what only a type checker reads."""
    left: list[ast.AST] = [tree_of(module)]
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            left += node.orelse
            continue
        left += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            of_module = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in of_module)


IMPORTS = {module: set(imported(module)) for module in MODULES}


def test_each_room_imports_what_the_table_allows() -> None:
    wrong = []
    for module, names in IMPORTS.items():
        rooms, libraries = (cell.split() for cell in ALLOWED[room_of(module)])
        for name in sorted(names):
            top = name.partition(".")[0]
            if top == NAME:
                allowed = room_of(name) in [room_of(module), *rooms]
            else:
                allowed = top in sys.stdlib_module_names or top in libraries
            if not allowed:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_no_import_goes_in_a_circle() -> None:
    try:
        graphlib.TopologicalSorter({module: names - {module} for module, names in IMPORTS.items()}).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_at_the_top_there_are_few_modules_and_the_rooms() -> None:
    top = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert {"__init__.py", "activation.py", "mocking.py", "py.typed"} <= top
    assert len([name for name in top if name.endswith(".py")]) <= 4
    assert {name for name in top if (PACKAGE / name).is_dir()} == {"aws", "clock", "core", "plugin", "report", "server"}


def test_the_core_reads_no_clock_and_does_no_input_or_output() -> None:
    core = [module for module in MODULES if room_of(module) == "core"]
    assert len(core) > 5
    outside = {"asyncio", "io", "multiprocessing", "os", "pathlib", "socket", "subprocess", "time"}
    clocks = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"}
    wrong = []
    for module in core:
        wrong += [f"{module} imports {name}" for name in IMPORTS[module] & outside]
        tree = tree_of(module)
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        asked = {node.attr for node in calls if isinstance(node, ast.Attribute)}
        called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        wrong += [f"{module} asks for {name}" for name in (asked & clocks) | (called & {"open", "print", "input"})]
    assert wrong == []


def test_each_module_says_what_it_is_for() -> None:
    assert [
        module for module, path in MODULES.items() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ] == []
