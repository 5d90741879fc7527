"""A small suite, interrupted at random moments and run again, many times in one process: what each run leaves behind.

`python -m tests.interruptions` runs it in full; the test suite runs a smaller one.
"""

import argparse
import contextlib
import gc
import io
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3  # noqa: F401  the interruptions are to come while tests run, not while it is imported
import pytest

from pytest_sagemaker_ie import activation
from pytest_sagemaker_ie.aws import answering, install

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["run"]

SUITE = """
import boto3
import pytest

from pytest_sagemaker_ie import activation, mock_inference_experiments

CLIENT = boto3.client("sagemaker", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")

def names():
    return [each["Name"] for each in CLIENT.list_inference_experiments()["InferenceExperiments"]]

@pytest.mark.parametrize("number", range(3))
@pytest.mark.sagemaker_ie("marked", "Running")
def test_with_the_marker(number):
    assert names() == ["marked"]

@pytest.mark.parametrize("number", range(3))
def test_with_the_fixture(sagemaker_ie, sagemaker_ie_backend, number):
    assert names() == []
    sagemaker_ie_backend.seed("seeded")
    assert sagemaker_ie.describe_inference_experiment(Name="seeded")["Status"] == "Created"

@pytest.mark.parametrize("number", range(3))
def test_with_the_context_manager(number):
    with mock_inference_experiments() as outer:
        outer.seed("outer")
        with mock_inference_experiments():
            assert names() == []
        assert names() == ["outer"]

@pytest.fixture(scope="module")
def shared():
    with mock_inference_experiments() as backend:
        backend.seed("shared")
        yield

@pytest.mark.parametrize("number", range(3))
def test_with_a_fixture_of_the_module(shared, number):
    assert names() == ["shared"]
"""

_OPTIONS = [
    "-q",
    "-s",
    # An interruption of a callback of the garbage collector's goes no further; pytest would tell of each.
    *(f"-pno:{plugin}" for plugin in ("cacheprovider", "randomly", "asyncio", "unraisableexception")),
    # pluggy warns if what a hook raises passes through another plugin's; as an error, the warning would take its place.
    "-Wignore::pluggy.PluggyTeardownRaisedWarning",
]
_PYTESTS_OWN = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def run(times: int, seed: int | str) -> list[str]:
    """Interrupt the suite as often as said, each time at another moment, and return what was wrong after it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        return _faults(times, seed, printed)


def _faults(times: int, seed: int | str, printed: io.StringIO) -> list[str]:
    """Do what `run` says; `printed` has what the runs print."""
    at = random.Random(seed)
    faults = []
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "test_it.py").write_text(SUITE)
        _run_suite(directory)
        before, began = _state(), time.perf_counter()
        if _run_suite(directory) != pytest.ExitCode.OK:
            raise RuntimeError("the suite does not pass")
        seconds = time.perf_counter() - began
        for number in range(times):
            moment = at.uniform(0.001, seconds)
            where = f"interruption {number} of {seed}, after {moment * 1000:.1f} ms of {seconds * 1000:.0f}"
            printed.seek(0)
            printed.truncate()
            result = _interrupted(directory, moment)
            gc.collect()  # Python says what a generator of pytest's raises that it closes: among what is printed, so
            if result == pytest.ExitCode.INTERNAL_ERROR:
                faults.append(f"{where}: an internal error:\n{printed.getvalue()}")
            left = _state()
            if left != before:
                faults.append(f"{where}: left behind {[each for each in left.items() if each not in before.items()]}")
                return faults  # the next ones would only say the same
            if _run_suite(directory) != pytest.ExitCode.OK:
                faults.append(f"{where}: the next run does not pass")
    return faults


def _run_suite(directory: str) -> "int | pytest.ExitCode":
    sys.modules.pop("test_it", None)
    return pytest.main([*_OPTIONS, "--rootdir", directory, "-c", os.devnull, directory])


def _interrupted(directory: str, moment: float) -> "int | pytest.ExitCode":
    """Run the suite, and have a KeyboardInterrupt raised in it as Control-C does, after `moment` seconds."""
    signal.signal(signal.SIGALRM, _interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, moment)
        return _run_suite(directory)
    except KeyboardInterrupt:  # before pytest has begun to catch it, or after
        return pytest.ExitCode.INTERRUPTED
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _interrupt(_: int, frame: "FrameType | None") -> None:
    # No block can do anything about an interruption before the first line of its `__exit__`.
    enters_exit = frame and frame.f_code.co_name == "__exit__" and frame.f_lineno == frame.f_code.co_firstlineno
    if enters_exit or _is_within(frame, "argparse"):  # which raises an AttributeError of its own
        signal.setitimer(signal.ITIMER_REAL, 1e-4)
        return
    raise KeyboardInterrupt


def _is_within(frame: "FrameType | None", module: str) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == module:
            return True
        frame = frame.f_back
    return False


def _state() -> dict[str, object]:
    """What a run may not change."""
    from botocore.handlers import BUILTIN_HANDLERS

    return {
        "accounts": [*activation._active],
        "accounts of this thread": activation._entered_here.get(),
        **{name: value for name, value in os.environ.items() if name not in _PYTESTS_OWN},
        "import hooks": [type(each) for each in sys.meta_path if isinstance(each, install._PreparesImports)],
        "handlers": [name for name, handler, *_ in BUILTIN_HANDLERS if handler is answering.answer],
    }


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seed", default=str(time.time_ns()))
    options = parser.parse_args()
    faults = run(options.times, options.seed)
    print(f"{options.times} interruptions, seed {options.seed}: {len(faults)} faults")  # noqa: T201
    print(*faults, sep="\n")  # noqa: T201
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
