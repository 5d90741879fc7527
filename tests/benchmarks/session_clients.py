"""The README's example as users write it: the code under test makes a client in a session that it makes too.

Each test extends one experiment: a Describe and an Update. moto does not answer these operations, so it answers those
of a trial component. Stubber needs the client itself, so its test puts a session in the place of boto3's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from typing import Any
from unittest import mock

import boto3
from botocore.stub import Stubber

from pytest_sagemaker_ie import mock_inference_experiments

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

_REGION = "us-east-1"
_NAME = "churn-v2"
_ARN = f"arn:aws:sagemaker:{_REGION}:123456789012:inference-experiment/{_NAME}"
_START = datetime(2030, 1, 1, tzinfo=timezone.utc)
_DESCRIBED = {
    "Arn": _ARN,
    "Name": _NAME,
    "Type": "ShadowMode",
    "Status": "Running",
    "Schedule": {"StartTime": _START, "EndTime": _START + timedelta(days=7)},
    "EndpointMetadata": {"EndpointName": "churn"},
    "ModelVariants": [],
}
_KEYS = {"region_name": _REGION, "aws_access_key_id": "benchmark", "aws_secret_access_key": "benchmark"}


def measure(*, quick: bool) -> list[Row]:
    """Return two rows: making the client, and the whole test."""
    rounds = 2 if quick else 15
    contenders = [Contender("Stubber", lambda: _always(_stubber)), Contender("ours", lambda: _always(_ours))]
    if find_spec("moto") is not None:
        contenders += [
            Contender("moto", lambda: _always(_moto)),
            Contender("ours and moto, for a test of both", lambda: _always(_ours_and_moto)),
        ]
    making = medians([Contender("outside", lambda: _always(_make)), Contender("inside", _inside)], rounds=rounds)
    times = medians(contenders, rounds=rounds)
    return [
        Row(
            "A SageMaker client in a new session, outside and inside an account",
            f"{rounds} rounds of one client each",
            making,
            base="outside",
            budgets=[Budget.of_ratio("inside", making["inside"], 0.25, "outside", making["outside"])],
        ),
        Row(
            "A test of code that makes a client in a new session: set-up, two calls and tear-down",
            f"{rounds} rounds of one test each",
            times,
            base="Stubber",
            budgets=[Budget.of_ratio("ours", times["ours"], 0.25, "Stubber", times["Stubber"])],
        ),
    ]


@contextmanager
def _always(call: Callable[[], object]) -> Iterator[Callable[[], object]]:
    yield call


def _make() -> Any:
    return boto3.Session(**_KEYS).client("sagemaker")


@contextmanager
def _inside() -> Iterator[Callable[[], object]]:
    with mock_inference_experiments():
        yield _make


def _extend(days: int) -> None:
    """The code under test."""
    client = boto3.Session(region_name=_REGION).client("sagemaker")
    planned = client.describe_inference_experiment(Name=_NAME)["Schedule"]["EndTime"]
    client.update_inference_experiment(Name=_NAME, Schedule={"EndTime": planned + timedelta(days=days)})


def _ours() -> None:
    with mock_inference_experiments() as backend:
        backend.seed(_NAME, "Running")
        _extend(1)


def _stubber() -> None:
    session = boto3.Session(**_KEYS)
    client = session.client("sagemaker")
    with mock.patch("boto3.Session", return_value=mock.Mock(client=lambda *_: client)), Stubber(client) as stubber:
        stubber.add_response("describe_inference_experiment", _DESCRIBED)
        stubber.add_response("update_inference_experiment", {"InferenceExperimentArn": _ARN})
        _extend(1)


def _moto() -> None:
    from moto import mock_aws

    with mock_aws():
        _create_and_update_trial_component()


def _ours_and_moto() -> None:
    from moto import mock_aws

    with mock_aws(), mock_inference_experiments() as backend:
        backend.seed(_NAME, "Running")
        _extend(1)


def _create_and_update_trial_component() -> None:
    client = boto3.Session(region_name=_REGION).client("sagemaker")
    client.create_trial_component(TrialComponentName=_NAME)
    client.update_trial_component(TrialComponentName=_NAME, DisplayName="changed")
