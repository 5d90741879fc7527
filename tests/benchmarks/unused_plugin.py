"""What installing the plugin adds to a pytest run that does not use it: whole processes, with and without it.

Every other plugin that happens to be installed is kept out, so that what one has imported is not free to another. What
counts is the processor time of the processes: other programs do not add to it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from time import perf_counter

from .rounds import Contender, medians
from .table import Budget, Row, shown_time

__all__ = ["measure"]

_OURS = "sagemaker_ie"
_PEER = "pytest_httpx"
_NOT_IMPORTED = ("boto3", "botocore", "freezegun")
_MANY = 1000


def measure(*, quick: bool) -> list[Row]:
    """Return the row of a run with one test, and that of a run with many."""
    installed = {each.name for each in entry_points(group="pytest11")}
    if _OURS not in installed:
        raise SystemExit("pytest-sagemaker-ie is not installed in this environment: run `pip install -e .` first")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        rounds = 1 if quick else 25
        one = _times(folder, installed, tests=1, rounds=rounds)
        found = [name for name in _NOT_IMPORTED if name in _imported(folder, installed.difference({_OURS}))]
        many = _times(folder, installed, tests=_MANY, rounds=rounds)
    in_run, in_all = (times["with the plugin"] - times["without the plugin"] for times in (one, many))
    in_test = (in_all - in_run) / (_MANY - 1)
    return [
        Row(
            "Added to a pytest run that does not use the plugin",
            f"{rounds} runs each of `python -m pytest -q` on one empty test; no other plugin loaded",
            one,
            base="without the plugin",
            budgets=[
                Budget("the plugin adds at most 10 ms", shown_time(in_run), in_run <= 10e-3),
                Budget("imports none of " + ", ".join(_NOT_IMPORTED), ", ".join(found) or "none", not found),
            ],
            difference=True,
        ),
        Row(
            "Added to the tests of a run that does not use the plugin",
            f"the same, on {_MANY:,} empty tests",
            many,
            base="without the plugin",
            budgets=[Budget("the plugin adds at most 20 µs a test", shown_time(in_test), in_test <= 20e-6)],
            difference=True,
        ),
    ]


def _times(folder: Path, installed: set[str], *, tests: int, rounds: int) -> dict[str, float]:
    (folder / "test_nothing.py").write_text("".join(f"def test_{number}():\n    pass\n" for number in range(tests)))

    def contender(label: str, *plugins: str) -> Contender:
        return Contender(label, lambda: _run(folder, installed.difference(plugins)))

    contenders = [contender("without the plugin"), contender("with the plugin", _OURS)]
    if _PEER in installed:
        contenders.append(contender("with pytest-httpx instead", _PEER))
    return medians(contenders, rounds=rounds, clock=_processor_time)


def _processor_time() -> float:
    """Return the processor time of all processes that have ended, in seconds; the time where there is none."""
    if sys.platform == "win32":
        return perf_counter()
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _run(folder: Path, blocked: set[str]) -> Iterator[Callable[[], object]]:
    yield lambda: _pytest(folder, blocked)


def _pytest(folder: Path, blocked: set[str], *command: str) -> str:
    kept_out = [f"-pno:{name}" for name in sorted(blocked)]
    ran = subprocess.run(
        [sys.executable, *(command or ("-m", "pytest")), "-q", *kept_out, "test_nothing.py"],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0 or " passed" not in ran.stdout:
        raise RuntimeError(f"the run that should be timed failed:\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def _environment(folder: Path) -> dict[str, str]:
    """Keep compiled modules, whatever the caller's settings, and keep them where nothing of them is left behind."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _imported(folder: Path, blocked: set[str]) -> set[str]:
    """Return the names of all modules that are there at the end of a run with the plugin."""
    code = "import sys, pytest; status = pytest.main(sys.argv[1:]); print(*sys.modules); sys.exit(status)"
    modules = set(_pytest(folder, blocked, "-c", code).splitlines()[-1].split())
    if "pytest_sagemaker_ie.plugin" not in modules:
        raise RuntimeError("the plugin was not loaded in the run that should show what it imports")
    return modules
