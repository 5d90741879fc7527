"""What a test pays for its account: set-up, one call and tear-down, after the first test.

Ours is what the fixtures do inside; the peers are measured doing as much: a client, one experiment, one update.
"""

import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber

from pytest_sagemaker_ie import mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import fresh_client

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

_REGION = "us-east-1"
_NAME = "churn-v2"
_ANSWER = {"InferenceExperimentArn": f"arn:aws:sagemaker:{_REGION}:123456789012:inference-experiment/{_NAME}"}
_KEEP_THE_DEFAULT_SESSION: Any = {"core": {"reset_boto3_session": False}}


def measure(*, quick: bool) -> list[Row]:
    """Return the one row."""
    rounds = 2 if quick else 40
    contenders = [
        Contender("fresh client + Stubber", lambda: _always(_fresh_client_and_stubber), 2),
        Contender("ours", lambda: _always(_ours), 20),
        Contender("ours, region in an AWS config file", _ours_with_a_config_file, 20),
    ]
    if find_spec("moto") is not None:
        importlib.import_module("moto.core.models")  # moto answers the clients that are made after it is imported
        kept = _client()
        contenders += [
            Contender("moto at best: client and session kept", lambda: _always(lambda: _moto_at_best(kept)), 2),
            Contender("moto by default: a new client", lambda: _always(_moto_by_default)),
        ]
    times = medians(contenders, rounds=rounds)
    return [
        Row(
            "Set-up, one call and tear-down of a test, after the first",
            f"{rounds} rounds; one seed or create, one update",
            times,
            base="fresh client + Stubber",
            budgets=[
                *(Budget.of_time(name, times[name], 1e-3) for name in times if name.startswith("ours")),
                Budget.of_ratio("ours", times["ours"], 0.15, "fresh client + Stubber", times["fresh client + Stubber"]),
            ],
        )
    ]


@contextmanager
def _always(call: Callable[[], object]) -> Iterator[Callable[[], object]]:
    yield call


def _ours() -> None:
    with mock_inference_experiments() as backend:
        backend.seed(_NAME)
        fresh_client(backend.region).update_inference_experiment(Name=_NAME, Description="changed")


@contextmanager
def _ours_with_a_config_file() -> Iterator[Callable[[], object]]:
    """As on most engineers' machines; the other rows are measured without any AWS configuration."""
    variable = "AWS_CONFIG_FILE"
    before = os.environ[variable]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config")
        config.write_text(f"[default]\nregion = {_REGION}\n", encoding="utf-8")
        os.environ[variable] = str(config)
        try:
            _ours()  # what is read once for each file is the first test's to pay
            yield _ours
        finally:
            os.environ[variable] = before


def _fresh_client_and_stubber() -> None:
    client = _client()
    with Stubber(client) as stubber:
        stubber.add_response("update_inference_experiment", _ANSWER)
        client.update_inference_experiment(Name=_NAME, Description="changed")


def _moto_at_best(client: Any) -> None:
    from moto import mock_aws

    with mock_aws(config=_KEEP_THE_DEFAULT_SESSION):
        _create_and_update_trial_component(client)


def _moto_by_default() -> None:
    from moto import mock_aws

    with mock_aws():
        _create_and_update_trial_component(_client())


def _create_and_update_trial_component(client: Any) -> None:
    client.create_trial_component(TrialComponentName=_NAME)
    client.update_trial_component(TrialComponentName=_NAME, DisplayName="changed")


def _client() -> Any:
    # With credentials given, botocore looks for none: there is no quicker way to make a client.
    return boto3.client(
        "sagemaker", region_name=_REGION, aws_access_key_id="benchmark", aws_secret_access_key="benchmark"
    )
