"""The command ``python -m tests.mutation.tables``: change each cell of the rules' two tables, and see a test fail.

The life cycle and what an update may change are data, which mutmut leaves alone: it changes functions. For each mutant
the package and its tests are copied, the one cell is changed in the copy, and the tests below run there.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = [
    f"tests/core/test_{each}.py"
    for each in ("lifecycle", "experiments", "family", "update", "stop", "schedule", "transitions")
]

STATUSES = ["CREATING", "CREATED", "UPDATING", "STARTING", "RUNNING", "STOPPING", "COMPLETED", "CANCELLED"]
# UPDATE is not among them: what may be updated is in the other table.
ASKED_FOR = ["START", "STOP_COMPLETED", "STOP_CANCELLED", "DELETE"]
PERMISSIONS = ["YES", "REPEAT", "NO"]

Mutant = tuple[str, str, str]
"""What was changed, the file, and its new text."""


def mutants() -> Iterator[Mutant]:
    """Give every change of one cell."""
    for file, name, changes in (("lifecycle.py", "LIFECYCLE", _moves), ("rules.py", "MAY_CHANGE", _permissions)):
        place = f"pytest_sagemaker_ie/core/{file}"
        tree = ast.parse((ROOT / place).read_text("utf-8"))
        [at] = [
            number
            for number, each in enumerate(tree.body)
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == name
        ]
        for what, table in changes(_table(tree.body[at])):
            changed = deepcopy(tree)
            _table(changed.body[at]).keys, _table(changed.body[at]).values = table.keys, table.values
            yield f"{name}: {what}", place, ast.unparse(changed)


def _table(node: ast.AST) -> ast.Dict:
    """Return the first dict in what is assigned: the table."""
    return next(each for each in ast.walk(node) if isinstance(each, ast.Dict))


def _moves(table: ast.Dict) -> Iterator[tuple[str, ast.Dict]]:
    for row, (key, value) in enumerate(zip(table.keys, table.values, strict=True)):
        assert isinstance(value, ast.Call)
        said = f"{ast.unparse(key) if key else ''} -> {ast.unparse(value)}"
        less = deepcopy(table)
        del less.keys[row], less.values[row]
        yield f"without {said}", less
        for cell, column in enumerate(("through", "to")):
            for other in _others(ast.unparse(value.args[cell])):
                changed = deepcopy(table)
                move = changed.values[row]
                assert isinstance(move, ast.Call)
                move.args[cell] = _expression(other)
                yield f"{column} is {other} in {said}", changed
    present = {ast.unparse(key) for key in table.keys if key}
    for event in ASKED_FOR:
        for status in STATUSES:
            key = _expression(f"(Status.{status}, Event.{event})")
            if ast.unparse(key) not in present:
                more = deepcopy(table)
                more.keys.append(key)
                more.values.append(_expression("Move(Status.STOPPING, Status.COMPLETED, '')"))
                yield f"with {ast.unparse(key)}", more


def _others(status: str) -> list[str]:
    """Return two others that a cell may be changed to; `None` stands for no status."""
    if status == "None":
        return ["Status.STOPPING", "Status.CREATED"]
    return ["None", f"Status.{STATUSES[STATUSES.index(status.removeprefix('Status.')) - 1]}"]


def _permissions(table: ast.Dict) -> Iterator[tuple[str, ast.Dict]]:
    for row, (status, rules) in enumerate(zip(table.keys, table.values, strict=True)):
        fields = _table(rules)
        for cell, (field, permission) in enumerate(zip(fields.keys, fields.values, strict=True)):
            assert status is not None
            assert field is not None
            for other in PERMISSIONS:
                if other != ast.unparse(permission):
                    changed = deepcopy(table)
                    _table(changed.values[row]).values[cell] = _expression(other)
                    yield f"{ast.unparse(field)} is {other} in {ast.unparse(status)}", changed
    for status in STATUSES:
        if f"Status.{status}" not in map(ast.unparse, filter(None, table.keys)):
            more = deepcopy(table)
            more.keys.append(_expression(f"Status.{status}"))
            more.values.append(deepcopy(table.values[0]))
            yield f"with Status.{status}", more


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def is_killed(mutant: Mutant) -> bool:
    """Whether a test fails with a mutant."""
    _, place, text = mutant
    with tempfile.TemporaryDirectory() as copy:
        for folder in ("pytest_sagemaker_ie", "tests"):
            shutil.copytree(ROOT / folder, Path(copy, folder), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        Path(copy, place).write_text(text, "utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-qx", "-p", "no:randomly", "-p", "no:cacheprovider", *TESTS],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": copy, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return run.returncode != 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.tables", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="default: %(default)s")
    options = parser.parse_args(arguments)
    if is_killed(("nothing", "pytest_sagemaker_ie/py.typed", "")):
        sys.exit("The tests fail without any change.")
    every = list(mutants())
    with ThreadPoolExecutor(options.processes) as pool:
        survivors = [what for (what, _, _), killed in zip(every, pool.map(is_killed, every), strict=True) if not killed]
    sys.stdout.write("".join(f"survived: {each}\n" for each in survivors))
    sys.stdout.write(f"{len(every) - len(survivors)} of {len(every)} mutants killed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
