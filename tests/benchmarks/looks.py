"""Ten thousand looks at an experiment under the virtual clock, each followed by a sleep, over as many plain looks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from freezegun import api

from pytest_sagemaker_ie import mock_inference_experiments, virtual_clock
from pytest_sagemaker_ie.aws.sessions import fresh_client

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

_REGION = "us-east-1"
_NAME = "churn-v2"


def measure(*, quick: bool) -> list[Row]:
    """Return the one row."""
    rounds, looks = (3, 20) if quick else (10, 1000)
    times = medians(
        [Contender("plain", _plain, looks), Contender("ours", _clocked, looks)],
        rounds=rounds,
        clock=api.real_perf_counter,
    )
    return [
        Row(
            "One look in a loop that sleeps a minute after each, under the virtual clock",
            f"{rounds} rounds of {looks} looks each; starting the clock not included",
            times,
            base="plain",
            budgets=[Budget.of_ratio("ours", times["ours"], 1.5, "a plain look", times["plain"])],
        )
    ]


@contextmanager
def _plain() -> Iterator[Callable[[], object]]:
    with mock_inference_experiments(region=_REGION) as backend:
        backend.seed(_NAME)
        client = fresh_client(_REGION)
        yield lambda: client.describe_inference_experiment(Name=_NAME)


@contextmanager
def _clocked() -> Iterator[Callable[[], object]]:
    with virtual_clock() as clock, mock_inference_experiments(region=_REGION) as backend:
        backend.set_transition({"progression": "time", "seconds": 600})
        backend.seed(_NAME)
        client = fresh_client(_REGION)

        def look() -> None:
            client.describe_inference_experiment(Name=_NAME)
            time.sleep(60)

        began = clock.now()
        yield look
        assert clock.now() > began
