"""One UpdateInferenceExperiment: ours next to the floor, Stubber and moto's nearest call.

The floor is the same client with a ``before-call`` handler that returns a fixed answer: what botocore itself costs.
"""

import datetime
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.stub import Stubber

from pytest_sagemaker_ie import Status, mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import fresh_client

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

Parameters = dict[str, Any]

_REGION = "us-east-1"
_NAME = "churn-v2"
_ANSWER = {"InferenceExperimentArn": f"arn:aws:sagemaker:{_REGION}:123456789012:inference-experiment/{_NAME}"}
_CALLS = 20


def measure(*, quick: bool) -> list[Row]:
    """Return the rows for the smallest update and for one with every parameter."""
    rounds = 3 if quick else 400
    tomorrow = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    return [
        _row(
            "Name and Description",
            [{"Name": _NAME, "Description": text} for text in ("one", "another")],
            [{"TrialComponentName": _NAME, "DisplayName": text} for text in ("one", "another")],
            limit=1.5,
            rounds=rounds,
        ),
        _row(
            "all parameters",
            [_all_parameters(tomorrow, number) for number in (1, 2)],
            [_all_trial_component_parameters(tomorrow, number) for number in (1, 2)],
            limit=1.5,
            rounds=rounds,
        ),
    ]


def _row(what: str, ours: list[Parameters], motos: list[Parameters], *, limit: float, rounds: int) -> Row:
    contenders = [
        Contender("floor", lambda: _floor(ours), _CALLS),
        Contender("ours", lambda: _ours(ours), _CALLS),
        Contender("Stubber", lambda: _stubber(ours), _CALLS),
    ]
    if find_spec("moto") is not None:
        contenders.append(Contender("moto: update_trial_component", lambda: _moto(motos), _CALLS))
    times = medians(contenders, rounds=rounds)
    return Row(
        f"One UpdateInferenceExperiment: {what}",
        f"{rounds} rounds of {_CALLS} calls each; a Created experiment, changed by every call;"
        " Stubber's add_response included",
        times,
        base="floor",
        budgets=[Budget.of_ratio("ours", times["ours"], limit, "the floor", times["floor"])],
    )


@contextmanager
def _floor(updates: list[Parameters]) -> Iterator[Callable[[], object]]:
    client: Any = fresh_client(_REGION)
    answer = (AWSResponse("", 200, HTTPHeaders(), None), {**_ANSWER, "ResponseMetadata": {"HTTPStatusCode": 200}})
    client.meta.events.register("before-call.*.*", lambda **_: answer)
    yield _alternating(client.update_inference_experiment, updates)


@contextmanager
def _ours(updates: list[Parameters]) -> Iterator[Callable[[], object]]:
    with mock_inference_experiments(region=_REGION) as backend:
        experiment = backend.seed(_NAME, Status.CREATED)
        yield _alternating(fresh_client(_REGION).update_inference_experiment, updates)
        # Each update that changes something makes two steps: into Updating, and back.
        assert len(experiment.history) == 2 * len(backend.calls) == 2 * (1 + _CALLS), experiment.history


@contextmanager
def _stubber(updates: list[Parameters]) -> Iterator[Callable[[], object]]:
    client = fresh_client(_REGION)
    with Stubber(client) as stubber:

        def update(**parameters: Any) -> None:
            stubber.add_response("update_inference_experiment", _ANSWER)
            client.update_inference_experiment(**parameters)

        yield _alternating(update, updates)
        stubber.assert_no_pending_responses()


@contextmanager
def _moto(updates: list[Parameters]) -> Iterator[Callable[[], object]]:
    from moto import mock_aws

    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        client: Any = fresh_client(_REGION)
        client.create_trial_component(TrialComponentName=_NAME)
        yield _alternating(client.update_trial_component, updates)
        shown = client.describe_trial_component(TrialComponentName=_NAME)
        assert shown["DisplayName"] == updates[_CALLS % len(updates)]["DisplayName"], shown


def _alternating(update: Callable[..., object], updates: list[Parameters]) -> Callable[[], object]:
    """Return a call that makes the next of `updates`, after a first that fills the new client's caches."""
    parameters = itertools.cycle(updates)
    update(**next(parameters))
    return lambda: update(**next(parameters))


def _all_parameters(tomorrow: datetime.datetime, number: int) -> Parameters:
    """Return an update in which every updatable field has a value of its own for each `number`."""
    production, shadow = f"production-{number}", f"shadow-{number}"
    return {
        "Name": _NAME,
        "Description": f"update {number}",
        "Schedule": {
            "StartTime": tomorrow + datetime.timedelta(hours=number),
            "EndTime": tomorrow + datetime.timedelta(days=7, hours=number),
        },
        "ModelVariants": [
            {
                "ModelName": f"{variant}-model",
                "VariantName": variant,
                "InfrastructureConfig": {
                    "InfrastructureType": "RealTimeInference",
                    "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": number},
                },
            }
            for variant in (production, shadow)
        ],
        "DataStorageConfig": {
            "Destination": f"s3://shadow-tests/{number}",
            "KmsKey": f"alias/shadow-tests-{number}",
            "ContentType": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        },
        "ShadowModeConfig": {
            "SourceModelVariantName": production,
            "ShadowModelVariants": [{"ShadowModelVariantName": shadow, "SamplingPercentage": 10 * number}],
        },
    }


def _all_trial_component_parameters(tomorrow: datetime.datetime, number: int) -> Parameters:
    """Return what is nearest to it among the updates that moto answers, in parameters and in depth."""
    return {
        "TrialComponentName": _NAME,
        "DisplayName": f"update {number}",
        "Status": {"PrimaryStatus": "InProgress", "Message": f"update {number}"},
        "StartTime": tomorrow + datetime.timedelta(hours=number),
        "EndTime": tomorrow + datetime.timedelta(days=7, hours=number),
        "Parameters": {"variant": {"StringValue": f"shadow-{number}"}, "sampling": {"NumberValue": 10.0 * number}},
        "InputArtifacts": {"model": {"MediaType": "application/gzip", "Value": f"s3://shadow-tests/model-{number}"}},
        "OutputArtifacts": {"captured": {"MediaType": "text/csv", "Value": f"s3://shadow-tests/{number}"}},
    }
