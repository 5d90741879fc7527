"""An account and a clock end with their test, also when the test is interrupted."""

import itertools
import sys
import time
from types import FrameType
from typing import Any

import pytest

from pytest_sagemaker_ie import activation

SUITE = """
import pytest

@pytest.fixture
def interrupted(sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.seed("left")
    {set_up}
    yield
    {tear_down}

def test_that_is_interrupted(interrupted):
    {call}

def test_next(sagemaker_ie_backend):
    assert sagemaker_ie_backend.experiments == []
"""
PLACES = ("set_up", "call", "tear_down")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("interruption", "ends_the_run"),
    [
        ("raise KeyboardInterrupt", True),
        pytest.param("pytest.exit('enough')", True, marks=pytest.mark.slow),
        pytest.param("raise SystemExit(3)", False, marks=pytest.mark.slow),
    ],
)
def test_they_end_with_it(pytester: pytest.Pytester, interruption: str, ends_the_run: bool, place: str) -> None:
    before = activation._entered_here.get()  # another test may have left one in another thread or task
    pytester.makepyfile(SUITE.format(**{**dict.fromkeys(PLACES, "..."), place: interruption}))
    result = pytester.runpytest_inprocess(no_reraise_ctrlc=True)
    if ends_the_run:
        assert result.ret == pytest.ExitCode.INTERRUPTED
    else:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert result.parseoutcomes()["passed"] >= 1
    assert not activation.is_active()
    assert activation._entered_here.get() == before
    began = time.time()
    time.sleep(0.001)
    assert time.time() > began


@pytest.mark.parametrize("interruption", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
def test_a_fault_that_did_not_happen_hides_no_interruption(pytester: pytest.Pytester, interruption: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        def test_that_is_interrupted(sagemaker_ie_backend):
            sagemaker_ie_backend.fail("StopInferenceExperiment", "ThrottlingException")
            {interruption}
        """
    )
    result = pytester.runpytest_inprocess(no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_an_account_that_is_interrupted_where_it_is_entered_or_left_is_not_active() -> None:
    """At the begin of each function of the package, but for the two that have no way to leave it then."""
    from pytest_sagemaker_ie import mock_inference_experiments

    def trace(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if "pytest_sagemaker_ie" in code.co_filename and code.co_name not in ("__exit__", "_leave") and not next(left):
            raise KeyboardInterrupt

    before = sys.gettrace()
    for number in itertools.count(1):
        left = iter(range(number, -1, -1))
        try:
            sys.settrace(trace)
            with mock_inference_experiments(region="us-east-1"):
                pass
            break
        except KeyboardInterrupt:
            assert not activation.is_active()
        finally:
            sys.settrace(before)
    assert number > 20


def test_an_interrupted_block_leaves_nothing_behind() -> None:
    from pytest_sagemaker_ie import mock_inference_experiments

    with pytest.raises(KeyboardInterrupt), mock_inference_experiments():
        raise KeyboardInterrupt
    assert not activation.is_active()
