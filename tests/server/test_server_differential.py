"""The hook and HTTP are two doors to one thing: the same requests get the same answers, errors included."""

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import hypothesis
import pytest
from freezegun import freeze_time
from fuzz.door import Door, answer_of, everything_of
from hypothesis import strategies as st
from service_model import OPERATIONS, input_shape, valid, wire
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import InferenceExperimentBackend, OperationNotAnswered, mock_inference_experiments
from pytest_sagemaker_ie.activation import activate, deactivate
from pytest_sagemaker_ie.aws.install import sync
from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.mocking import now, wait
from pytest_sagemaker_ie.server.listener import Application, Listener

NOON = datetime(2030, 6, 15, 12, tzinfo=timezone.utc)
ARN = "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/"
HOUR, DAY = 3600, 86_400
TOKEN = "the token of the last page"

names = st.sampled_from(["churn", "fraud", "nowhere"])
starts = st.sampled_from([0, HOUR, 5 * DAY]).map(lambda later: NOON.timestamp() + later)


def _fitting(operation: str, request: dict[str, Any], draw: Any) -> dict[str, Any]:
    """Put values into a request that are about an experiment that may exist, and that fit each other."""
    start = draw(starts)
    values: dict[str, Any] = {
        "Name": draw(names),
        "ResourceArn": ARN + draw(names),
        "EndpointName": "churn-endpoint",
        "ModelVariants": [variant("production"), variant("shadow")],
        "ShadowModeConfig": shadow_mode(sampling=draw(st.integers(0, 100))),
        "Schedule": {"StartTime": start, "EndTime": start + 7 * DAY},
        "ModelVariantActions": {"production": "Remove", "shadow": "Promote"},
        "NextToken": TOKEN,
    }
    request = {**request, **{name: value for name, value in values.items() if name in request}}
    for name in ("DesiredModelVariants", "NextToken", "Schedule", "ModelVariants"):
        if name in request and name not in input_shape(operation).required_members and draw(st.booleans()):
            del request[name]
    return request


@st.composite
def calls(draw: Any) -> tuple[str, bytes]:
    """An operation and the body of a request: mostly a fitting one, else any valid one, or bytes of any kind."""
    operation: str = draw(st.sampled_from(OPERATIONS))
    kind = draw(st.sampled_from(["fitting"] * 6 + ["valid", "spoilt", "bytes"]))
    if kind == "bytes":
        return operation, draw(st.binary(max_size=30))
    request = wire(operation, draw(valid(input_shape(operation))))
    if kind != "valid":
        request = _fitting(operation, request, draw)
    if kind == "spoilt" and request:
        request[draw(st.sampled_from(sorted(request)))] = draw(st.sampled_from([None, 1, "", "-", [], {}, 1e300]))
    return operation, json.dumps(request).encode()


waits = st.sampled_from([HOUR, 2 * DAY, 8 * DAY])
steps = st.lists(calls() | waits, min_size=1, max_size=25)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    listener.start()
    yield listener
    listener.close()


def _recorded(call: Any) -> tuple[Any, ...]:
    """What the record says of a call, but for the token, which is its account's own."""
    parameters = {name: value for name, value in call.parameters.items() if name != "NextToken"}
    return call.operation, call.region, parameters, call.status_before, call.status_after, call.error


class Doors:
    """One account behind the hook and one behind HTTP, as alike as their seeds, and a client of each."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.by_hook, self.by_http = Door(), Door(endpoint_url=listener.url)
        self.tokens = ["", ""]

    def compare(self, steps: list[Any]) -> None:
        model = service_model()
        mock = mock_inference_experiments(region="us-east-1")
        hooked = mock.start()
        mock.stop()  # entered for each of its calls alone: otherwise it would answer the other client too
        service = Service(model, region=lambda: "us-east-1", account_id="123456789012", clock=now, wait=wait)
        served = InferenceExperimentBackend(service)
        accounts = (hooked, served)
        self.tokens = ["", ""]
        with freeze_time(NOON) as clock, self.listener.serving(Application(service, service.answer)):
            for each in accounts:
                each.set_transition({"progression": "time", "seconds": 2 * HOUR}, "Updating")
                each.seed("churn", "Running")
                each.experiments_limit = 3
            for step in steps:
                if isinstance(step, int):
                    clock.tick(step)
                    continue
                answers = [self.answer(number, accounts, *step) for number in (0, 1)]
                assert answers[0] == answers[1], step
            assert everything_of(hooked) == everything_of(served)
        assert [_recorded(each) for each in hooked.calls] == [_recorded(each) for each in served.calls]

    def answer(self, number: int, accounts: Any, operation: str, body: bytes) -> dict[str, Any]:
        body = body.replace(TOKEN.encode(), self.tokens[number].encode())
        if number == 0:
            activate(service_of(accounts[0]))
            sync()
            try:
                answer = answer_of(self.by_hook.send, operation, body)
            except OperationNotAnswered:  # no answer of the service: the test's code is told so
                return {"code": "OperationNotAnswered"}
            finally:
                deactivate(service_of(accounts[0]))
                sync()
        else:
            answer = answer_of(self.by_http.send, operation, body)
            if answer.get("Error", {}).get("Code") == "OperationNotAnswered":
                return {"code": "OperationNotAnswered"}
        metadata = answer.pop("ResponseMetadata")
        answer["status"] = metadata["HTTPStatusCode"]
        if "NextToken" in answer:  # sealed by its account
            self.tokens[number] = answer.pop("NextToken")
            answer["more"] = True
        return answer


@pytest.fixture(scope="module")
def doors(listener: Listener) -> Doors:
    return Doors(listener)


@hypothesis.given(steps)
@hypothesis.settings(suppress_health_check=list(hypothesis.HealthCheck))
def test_random_sequences_are_answered_alike(doors: Doors, steps: list[Any]) -> None:
    doors.compare(steps)


def test_a_life_with_an_error_of_each_kind_is_answered_alike(doors: Doors) -> None:
    def call(operation: str, **parameters: Any) -> tuple[str, bytes]:
        return operation, json.dumps(parameters).encode()

    about = f"{'a' * 200}"
    doors.compare(
        [
            call("CreateInferenceExperiment", **creation("fraud")),
            call("CreateInferenceExperiment", **creation("fraud")),  # ResourceInUse
            call("CreateInferenceExperiment", **creation("price")),
            call("CreateInferenceExperiment", **creation("rank")),  # ResourceLimitExceeded
            call("ListInferenceExperiments", MaxResults=1),
            call("ListInferenceExperiments", MaxResults=1, NextToken=TOKEN),
            call("DescribeInferenceExperiment", Name=about),  # ValidationException
            call("DescribeInferenceExperiment", Name="nowhere"),  # ResourceNotFound
            call("DescribeInferenceExperiment", Name=["fraud"]),  # SerializationException
            call("UpdateInferenceExperiment", Name="fraud", Description="é \u2028 🦊"),
            call("DescribeInferenceExperiment", Name="fraud"),
            call("StartInferenceExperiment", Name="fraud"),  # ConflictException
            3 * HOUR,
            call("StopInferenceExperiment", Name="fraud", ModelVariantActions={"shadow": "Promote"}),
            call("DescribeInferenceExperiment", Name="fraud"),
            8 * DAY,
            call("AddTags", ResourceArn=f"{ARN}churn", Tags=[{"Key": "team", "Value": "growth"}]),
            call("ListTags", ResourceArn=f"{ARN}churn"),
            call("DeleteTags", ResourceArn=f"{ARN}churn", TagKeys=["team"]),
            call("DeleteInferenceExperiment", Name="churn"),
            call("ListInferenceExperiments"),
        ]
    )
    assert doors.tokens[0] != ""
