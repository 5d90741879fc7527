"""Interrupted at any point, a block or a run leaves nothing behind: no account, nothing in the environment, no hook."""

import itertools
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from pytest_sagemaker_ie import activation, mock_inference_experiments
from pytest_sagemaker_ie.aws import region

CLIENT = boto3.client("sagemaker", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")


class Interruption:
    """A KeyboardInterrupt at one call of many, which are counted; Python looks for signals at calls and after them."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.where: str | None = None

    def __call__(self, frame: Any, event: str, _: object) -> None:
        # What is raised in a generator that Python closes goes no further.
        if event not in ("call", "c_return") or frame.f_code.co_name == "<genexpr>":
            return
        self._left -= 1
        if self._left == 0:
            sys.setprofile(None)
            self.where = f"{event} {frame.f_code.co_name}"
            raise KeyboardInterrupt


def interrupt(number: int) -> str | None:
    """Use an account, interrupted at the call of this number; return where that was, if there were so many."""
    interruption = Interruption(number)
    try:
        sys.setprofile(interruption)
        with mock_inference_experiments():
            pass
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(None)
    return interruption.where


def test_a_block_interrupted_at_any_call() -> None:
    # What Python does when it enters a with block's `__exit__`, nobody can catch: there the interruption comes first.
    with mock_inference_experiments():
        pass  # what is made once is there now
    before = dict(os.environ)
    activation._entered_here.set(())  # an account that another test left in another task may linger in this one
    places = set()
    for number in itertools.count(1):
        where = interrupt(number)
        if where is None:
            break
        places.add(where)
        if where != "call __exit__":
            assert activation._active == [], where
            assert activation._entered_here.get() == (), where
            assert region._placed == [], where
            assert dict(os.environ) == before, where
        else:
            activation._active.clear()
            activation._entered_here.set(())
            for placed in [*region._placed]:
                placed.__exit__()
    assert {"call activate", "call deactivate", "call _leave"} <= places
    with mock_inference_experiments(region="us-east-1"):
        assert CLIENT.list_inference_experiments()["InferenceExperiments"] == []


@pytest.mark.slow
def test_a_suite_interrupted_at_random_moments_and_run_again(run_python: Any) -> None:
    # In full, with 500 interruptions: python -m tests.interruptions
    result = run_python(
        "import sys; sys.path.insert(0, sys.argv[1]); import interruptions; print(interruptions.run(3, 1))",
        str(Path(__file__).parents[1]),
    )
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "[]\n")
