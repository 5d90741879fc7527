"""Clients that check nothing themselves, and bodies that no client would send: an error of the service's, always.

Nothing that is refused changes anything, and no body makes another exception than botocore's.
"""

import json
import random
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
import service_model
from botocore.config import Config
from botocore.exceptions import ClientError
from constants import ARN, DAY, HOUR, KEYS, NOON
from fuzz.door import Door, answer_of, everything_of
from hypothesis import given, settings
from hypothesis import strategies as st
from service_model import ELEMENT, KEY, OPERATIONS, VALUE, input_shape, message, wire
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import OperationNotAnswered, mock_inference_experiments
from pytest_sagemaker_ie.core.constraints import read_request
from pytest_sagemaker_ie.core.errors import SerializationException

CODES = {
    "ConflictException",
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ResourceNotFound",
    "SerializationException",
    "ValidationException",
}


def null(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("sagemaker", "us-east-1", **KEYS, config=Config(parameter_validation=False))


@pytest.fixture(scope="module")
def door() -> Door:
    return Door()


@pytest.fixture
def backend(sagemaker_ie_backend: Any) -> Any:
    sagemaker_ie_backend.seed("churn", "Created", Description="old", Tags=[{"Key": "old", "Value": ""}])
    return sagemaker_ie_backend


def refusal(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> tuple[str, str]:
    """The code and the message of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    assert type(caught.value) is ClientError
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return response["Error"]["Code"], response["Error"]["Message"]


class TestWhatBotocoreSends:
    """Values that botocore puts into a body as they are, if it does not check them."""

    @pytest.mark.parametrize(
        ("operation", "parameters", "faults"),
        [
            ("describe_inference_experiment", {}, ["name"]),
            ("describe_inference_experiment", {"Name": None}, ["name"]),
            (
                "create_inference_experiment",
                {},
                ["name", "type", "roleArn", "endpointName", "modelVariants", "shadowModeConfig"],
            ),
            ("stop_inference_experiment", {"Name": "churn"}, ["modelVariantActions"]),
            ("add_tags", {"ResourceArn": ARN}, ["tags"]),
            ("add_tags", {"ResourceArn": ARN, "Tags": [{"Key": None, "Value": "x"}]}, ["tags.1.member.key"]),
            (
                "add_tags",
                {"ResourceArn": ARN, "Tags": [{"Key": "x"}, {}]},
                [f"tags.{at}" for at in ("1.member.value", "2.member.key", "2.member.value")],
            ),
            ("delete_tags", {"ResourceArn": ARN, "TagKeys": ["a", None]}, ["tagKeys.2.member"]),
            ("list_tags", {"ResourceArn": None}, ["resourceArn"]),
            (
                "update_inference_experiment",
                {"ShadowModeConfig": {"ShadowModelVariants": [{"SamplingPercentage": None}]}},
                [
                    "name",
                    "shadowModeConfig.sourceModelVariantName",
                    "shadowModeConfig.shadowModelVariants.1.member.shadowModelVariantName",
                    "shadowModeConfig.shadowModelVariants.1.member.samplingPercentage",
                ],
            ),
        ],
    )
    def test_what_is_missing_or_null_is_told(
        self, client: Any, backend: Any, operation: str, parameters: dict[str, Any], faults: list[str]
    ) -> None:
        expected = message([null(path) for path in faults])
        assert refusal(getattr(client, operation), **parameters) == ("ValidationException", expected)

    def test_a_null_in_a_map_is_told_with_the_constraints_of_its_values(self, client: Any, backend: Any) -> None:
        backend.seed("live", "Running")
        actions = {"production": None, "shadow": "Remove"}
        assert refusal(client.stop_inference_experiment, Name="live", ModelVariantActions=actions) == (
            "ValidationException",
            "1 validation error detected: Value '{shadow=Remove, production=null}' at 'modelVariantActions' failed to"
            " satisfy constraint: Map value must satisfy constraint: [Member must satisfy enum value set:"
            " [Promote, Remove, Retain], Member must not be null]",
        )
        assert backend.get("live").status == "Running"

    def test_null_is_as_good_as_nothing_where_nothing_is_required(self, client: Any, backend: Any) -> None:
        client.update_inference_experiment(Name="churn", Description=None)
        assert backend.get("churn").description == "old"
        client.update_inference_experiment(Name="churn", DataStorageConfig={"Destination": "s3://a/", "KmsKey": None})
        assert backend.get("churn").data_storage_config == {"Destination": "s3://a/"}

    @pytest.mark.parametrize(
        ("operation", "parameters", "told"),
        [
            ("describe_inference_experiment", {"Name": 5}, "NUMBER_VALUE at 'name' can not be converted to a String"),
            ("describe_inference_experiment", {"Name": 5.5}, "NUMBER_VALUE at 'name' can not be converted to a String"),
            (
                "describe_inference_experiment",
                {"Name": True},
                "BOOLEAN_VALUE at 'name' can not be converted to a String",
            ),
            (
                "describe_inference_experiment",
                {"Name": ["a"]},
                "START_ARRAY at 'name' can not be converted to a String",
            ),
            ("describe_inference_experiment", {"Name": {}}, "START_OBJECT at 'name' can not be converted to a String"),
            (
                "list_inference_experiments",
                {"MaxResults": "5"},
                "STRING_VALUE at 'maxResults' can not be converted to an Integer",
            ),
            (
                "list_inference_experiments",
                {"MaxResults": 2.5},
                "NUMBER_VALUE at 'maxResults' can not be converted to an Integer",
            ),
            (
                "list_inference_experiments",
                {"MaxResults": True},
                "BOOLEAN_VALUE at 'maxResults' can not be converted to an Integer",
            ),
            (
                "list_inference_experiments",
                {"MaxResults": 2**31},
                "NUMBER_VALUE at 'maxResults' can not be converted to an Integer",
            ),
            (
                "list_inference_experiments",
                {"MaxResults": -(2**31) - 1},
                "NUMBER_VALUE at 'maxResults' can not be converted to an Integer",
            ),
            (
                "list_inference_experiments",
                {"SortBy": ["Name"]},
                "START_ARRAY at 'sortBy' can not be converted to a String",
            ),
            (
                "update_inference_experiment",
                {"Name": "churn", "ShadowModeConfig": shadow_mode(shadow=3)},  # type: ignore[arg-type]
                "NUMBER_VALUE at 'shadowModeConfig.shadowModelVariants.1.member.shadowModelVariantName'"
                " can not be converted to a String",
            ),
            (
                "create_inference_experiment",
                creation("new", Tags=[{"Key": "fine", "Value": "fine"}, {"Key": 5, "Value": "fine"}]),
                "NUMBER_VALUE at 'tags.2.member.key' can not be converted to a String",
            ),
            (
                "add_tags",
                {"ResourceArn": ARN, "Tags": [{"Key": "fine", "Value": False}]},
                "BOOLEAN_VALUE at 'tags.1.member.value' can not be converted to a String",
            ),
            (
                "stop_inference_experiment",
                {"Name": "churn", "ModelVariantActions": {"production": 5}},
                "NUMBER_VALUE at 'modelVariantActions' can not be converted to a String",
            ),
        ],
    )
    def test_a_json_type_that_cannot_be_read_is_told_with_its_place(
        self, client: Any, backend: Any, operation: str, parameters: dict[str, Any], told: str
    ) -> None:
        assert refusal(getattr(client, operation), **parameters) == ("SerializationException", told)

    @pytest.mark.parametrize("number", [2**31 - 1, -(2**31)])
    def test_the_least_and_the_greatest_integer_are_read(self, client: Any, backend: Any, number: int) -> None:
        code, told = refusal(client.list_inference_experiments, MaxResults=number)
        assert code == "ValidationException"
        assert told.startswith(f"1 validation error detected: Value '{number}' at 'maxResults'")


# By the type of a shape: values of other types, and what it is called when one cannot be read as it.
WRONG: dict[str, tuple[str, list[Any]]] = {
    "structure": ("a structure", ["x", 5, 1.5, True, []]),
    "list": ("a list", ["x", 5, 1.5, False, {}]),
    "map": ("a map", ["x", 5, 1.5, False, []]),
    "string": ("a String", [5, 1.5, True, [], {}]),
    "integer": ("an Integer", ["5", 1.5, 5.0, True, [], {}, 2**31, -(2**31) - 1, 10**400]),
    "timestamp": (
        "a Timestamp",
        ["2030-01-01", "1", True, [], {}, 1e15, -1e15, 10**400, 253402300800, -62135596801],
    ),
}
FOUND = {
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    bool: "BOOLEAN_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}


class TestTypes:
    """Every member of every operation's input is given every other type of JSON's."""

    @staticmethod
    def replaced(value: Any, steps: tuple[str, ...], new: Any) -> tuple[Any, str]:
        """A copy of `value` with something else in one place, and the name of the place."""
        if not steps:
            return new, ""
        key = {ELEMENT: 0, VALUE: next(iter(value), None)}.get(steps[0], steps[0])
        name = {ELEMENT: ".1.member", VALUE: ""}.get(steps[0], f".{steps[0][:1].lower()}{steps[0][1:]}")
        copied = value.copy()
        copied[key], below = TestTypes.replaced(value[key], steps[1:], new)
        return copied, name + below

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_wrong_one_is_told_with_its_place(self, operation: str) -> None:
        shape = input_shape(operation)

        @settings(max_examples=1, database=None)
        @given(service_model.whole(shape))
        def check(value: Any) -> None:
            request = wire(operation, value)
            for steps, its_shape in service_model.places(shape):
                if steps[-1] == KEY:
                    continue  # it is always a string
                read_as, all_wrong = WRONG[its_shape.type_name]
                for wrong in all_wrong:
                    body, path = self.replaced(request, steps, wrong)
                    with pytest.raises(SerializationException) as caught:
                        read_request(shape, body)
                    told = f"{FOUND[type(wrong)]} at '{path[1:]}' can not be converted to {read_as}"
                    assert str(caught.value) == told

        check()

    @pytest.mark.parametrize("when", [0, 1.5, -62135596800, 253402300799, 1e9])
    def test_a_time_is_a_number_of_seconds(self, door: Door, backend: Any, when: float) -> None:
        body = json.dumps({"CreationTimeAfter": when}).encode()
        assert "InferenceExperiments" in door.send("ListInferenceExperiments", body)

    @pytest.mark.parametrize("when", ["NaN", "Infinity", "-Infinity", "1e400"])
    def test_what_is_no_time_is_refused(self, door: Door, backend: Any, when: str) -> None:
        code, _ = refusal(door.send, "ListInferenceExperiments", b'{"CreationTimeAfter": %s}' % when.encode())
        assert code == "SerializationException"


def nested(depth: int, inside: str = "") -> str:
    return "[" * depth + inside + "]" * depth


NO_REQUESTS = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a list of a request": b'[{"Name": "churn"}]',
    "a string": b'"churn"',
    "a number": b"5",
    "true": b"true",
    "half a request": b'{"Name": "chu',
    "two requests": b'{"Name": "churn"}{"Name": "churn"}',
    "something behind it": b'{"Name": "churn"} x',
    "single quotes": b"{'Name': 'churn'}",
    "other space around it": '\u00a0{"Name": "churn"}\u2028'.encode(),
    "NaN": b'{"Name": NaN}',
    "a comma too many": b'{"Name": "churn",}',
    "a bare name": b'{Name: "churn"}',
    "a line break in a string": b'{"Name": "ch\nurn"}',
    "no UTF-8": b'{"Name": "\xff\xfe"}',
    "Latin-1": '{"Name": "möwe"}'.encode("latin-1"),
    "UTF-16": '{"Name": "churn"}'.encode("utf-16"),
    "a surrogate in UTF-8": b'{"Name": "\xed\xa0\x80"}',
    "XML": b"<Name>churn</Name>",
    "a form": b"Action=DescribeInferenceExperiment&Name=churn",
    "zeros": bytes(1000),
    "a long number": b'{"Name": ' + b"9" * 10_000 + b"}",
    "very deep": nested(10_000).encode(),
    "very deep in a member": f'{{"Name": {nested(10_000)}}}'.encode(),
    "very deep and unfinished": b"[" * 10_000,
    "very deep objects": b'{"a":' * 10_000,
    "a megabyte of garbage": random.Random(5).randbytes(1_000_000),
}

# JSON of another type; the other bodies are not JSON.
FOUND_INSTEAD = {
    b"null": "NULL_VALUE",
    b"[]": "START_ARRAY",
    b'[{"Name": "churn"}]': "START_ARRAY",
    b'"churn"': "STRING_VALUE",
    b"5": "NUMBER_VALUE",
    b"true": "BOOLEAN_VALUE",
}


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_a_serialization_exception(door: Door, backend: Any, body: bytes) -> None:
    before = everything_of(backend)
    for operation in OPERATIONS:
        code, told = refusal(door.send, operation, body)
        assert code == "SerializationException"
        assert told == f"{FOUND_INSTEAD.get(body, 'A body that is not JSON')} can not be converted to a structure"
        call = backend.calls[-1]
        assert (call.operation, call.error, call.parameters) == (operation, "SerializationException", {})
        assert operation in repr(call)
    assert len(backend.calls) == len(OPERATIONS)
    assert everything_of(backend) == before


@pytest.mark.parametrize("space", [b" ", b"\n", b"\r\n\t ", b" " * 10_000])
def test_space_around_a_request_is_no_mistake(door: Door, backend: Any, space: bytes) -> None:
    request = b'{"Name": "churn"}'
    for body in (space + request, request + space, space + request + space, request.replace(b" ", space)):
        assert door.send("DescribeInferenceExperiment", body)["Name"] == "churn"
        assert backend.calls[-1].parameters == {"Name": "churn"}


def test_of_two_members_of_one_name_the_last_counts(door: Door, backend: Any) -> None:
    assert door.send("DescribeInferenceExperiment", b'{"Name": "other", "Name": "churn"}')["Name"] == "churn"


def test_a_member_that_the_model_does_not_know_is_ignored(door: Door, backend: Any) -> None:
    body = b'{"Name": "churn", "name": 5, "Status": [null], "": {}, "ShadowModeConfig": null}'
    assert door.send("UpdateInferenceExperiment", body)["InferenceExperimentArn"] == ARN
    assert backend.get("churn").history == []
    body = json.dumps({"Name": "churn", "DataStorageConfig": {"Destination": "s3://a/", "Owner": "me"}}).encode()
    door.send("UpdateInferenceExperiment", body)
    assert backend.get("churn").data_storage_config == {"Destination": "s3://a/"}
    assert backend.calls[-1].parameters["DataStorageConfig"] == {"Destination": "s3://a/", "Owner": "me"}


class TestDepth:
    DEPTHS = (10, 100, 300, 500, 700, 900, 950, 980, 990, 1000, 2000, 5000, 9000, 30_000)

    def test_of_a_member_that_is_not_known(self, door: Door, backend: Any) -> None:
        for depth in self.DEPTHS:
            body = f'{{"Name": "churn", "Unknown": {nested(depth)}}}'.encode()
            answer = answer_of(door.send, "UpdateInferenceExperiment", body)
            assert answer.get("Error", {}).get("Code") in (None, "SerializationException")
            assert backend.calls[-1].parameters.get("Name", "churn") == "churn"

    @pytest.mark.parametrize(
        ("operation", "request_"),
        [
            ("DescribeInferenceExperiment", '{"Name": %s}'),
            ("UpdateInferenceExperiment", '{"Name": "churn", "ModelVariants": [1, 2, %s]}'),
            ("UpdateInferenceExperiment", '{"Name": "churn", "ModelVariants": [{"a": %s}]}'),
            ("UpdateInferenceExperiment", '{"Name": "churn", "ModelVariants": [{}, {}, {"a": %s}]}'),
            ("UpdateInferenceExperiment", '{"Name": "churn", "DataStorageConfig": {"Destination": %s}}'),
            ("StopInferenceExperiment", '{"Name": "churn", "ModelVariantActions": {"a": %s, "b": "x", "c": "x"}}'),
            ("DeleteTags", '{"ResourceArn": "a", "TagKeys": %s}'),
            ("AddTags", '{"ResourceArn": "a", "Tags": [{"Key": "a", "Value": %s}]}'),
            ("ListInferenceExperiments", '{"SortBy": %s}'),
            ("ListInferenceExperiments", '{"CreationTimeAfter": %s}'),
        ],
    )
    def test_of_a_member_that_is(self, door: Door, backend: Any, operation: str, request_: str) -> None:
        before = everything_of(backend)
        for depth in self.DEPTHS:
            code, _ = refusal(door.send, operation, (request_ % nested(depth)).encode())
            assert code in ("SerializationException", "ValidationException")
            assert isinstance(backend.calls[-1].parameters, dict)
        assert everything_of(backend) == before

    def test_of_the_stack_when_the_call_comes(self, door: Door, backend: Any) -> None:
        """Code that is itself deep in recursion gets the answers of code that isn't."""
        body = f'{{"Name": "churn", "ModelVariants": [{{}}, {{}}, {{"a": {nested(200)}}}]}}'.encode()

        def at_depth(depth: int) -> str:
            return at_depth(depth - 1) if depth else refusal(door.send, "UpdateInferenceExperiment", body)[0]

        assert {at_depth(depth) for depth in range(0, 500, 100)} <= {"SerializationException", "ValidationException"}

    def test_of_a_long_text_takes_no_more_memory_than_a_few_copies(self, door: Door, backend: Any) -> None:
        lists = ", ".join(["[]"] * 200)
        for text in ("a" * 300_000, r"\"[" * 100_000):
            body = f'{{"Name": "churn", "Description": "{text}", "Unknown": [{lists}]}}'.encode()
            answer_of(door.send, "UpdateInferenceExperiment", body)
            tracemalloc.start()
            assert backend.calls[-1].parameters["Unknown"] == [[]] * 200
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 20 * len(body)


class TestSize:
    def test_of_a_value(self, door: Door, backend: Any) -> None:
        body = json.dumps({"Name": "churn", "Description": "x" * 3_000_000}).encode()
        code, told = refusal(door.send, "UpdateInferenceExperiment", body)
        assert code == "ValidationException"
        assert told.endswith("Member must have length less than or equal to 1024")

    def test_of_a_list(self, door: Door, backend: Any) -> None:
        body = json.dumps({"ResourceArn": ARN, "Tags": [{"Key": "", "Value": ""}] * 20_000}).encode()
        code, told = refusal(door.send, "AddTags", body)
        assert code == "ValidationException"
        assert told.startswith("20001 validation errors detected: Value '[{Key=, Value=}, ")
        assert "at 'tags.20000.member.key' failed" in told

    def test_of_members_that_are_not_known(self, door: Door, backend: Any) -> None:
        body = json.dumps({"Name": "churn", **{f"x{number}": number for number in range(100_000)}}).encode()
        assert door.send("DescribeInferenceExperiment", body)["Name"] == "churn"

    @pytest.mark.parametrize(
        ("operation", "member", "value"),
        [
            ("DescribeInferenceExperiment", "Name", "a" + "-" * 300_000),
            ("DescribeInferenceExperiment", "Name", "a-" * 150_000),
            ("DescribeInferenceExperiment", "Name", "a" * 300_000 + "_"),
            ("UpdateInferenceExperiment", "DataStorageConfig", {"Destination": "s3://" + "/" * 300_000 + "\n"}),
            (
                "UpdateInferenceExperiment",
                "DataStorageConfig",
                {"Destination": "s3://a", "ContentType": {"CsvContentTypes": ["a-" * 100_000 + "/"]}},
            ),
            (
                "UpdateInferenceExperiment",
                "ModelVariants",
                [{**variant("a" + "-" * 300_000), "ModelName": "-" * 300_000}],
            ),
            ("ListTags", "ResourceArn", "arn:aws" + "-" * 300_000 + ":sagemaker:" + ":" * 300_000),
            ("ListTags", "NextToken", "é" * 300_000 + "\n"),
        ],
    )
    def test_of_a_value_that_nearly_matches(
        self, door: Door, backend: Any, operation: str, member: str, value: Any
    ) -> None:
        """No pattern takes time beyond measure for a text that it almost matches."""
        code, _ = refusal(door.send, operation, json.dumps({member: value}).encode())
        assert code == "ValidationException"


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\udfff\ud800",
        "\x00",
        "\u2028",
        "\ufeffchurn",
        "ch\u200burn",
        "🦊" * 40,
        "ĳ",
        "\U0010ffff",
        "é",
        "e\u0301",
    ],
)
def test_odd_unicode_in_a_name_is_told(door: Door, backend: Any, text: str) -> None:
    code, told = refusal(door.send, "DescribeInferenceExperiment", json.dumps({"Name": text}).encode())
    assert code == "ValidationException"
    assert f"Value '{text}' at 'name' failed to satisfy constraint: Member must satisfy regular" in told


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\ufeff", "e\u0301🦊", "\U0010ffff", "' at 'name' failed; \\"])
def test_odd_unicode_in_a_description_is_kept(door: Door, backend: Any, text: str) -> None:
    door.send("UpdateInferenceExperiment", json.dumps({"Name": "churn", "Description": text}).encode())
    assert door.send("DescribeInferenceExperiment", b'{"Name": "churn"}')["Description"] == text
    assert backend.calls[0].parameters["Description"] == text


@pytest.mark.parametrize("parameter_validation", [True, False])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_sent_the_answer_is_the_services(door: Door, operation: str, parameter_validation: bool) -> None:
    """Requests that are right, wrong and anything else, to an account that checks the constraints or does not."""
    shape = input_shape(operation)
    everything = list(service_model.sites(shape))
    broken = st.frozensets(st.sampled_from(everything), max_size=3).flatmap(
        lambda plan: service_model.case(shape, plan)
    )
    json_ = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*shape.members]), inner),
        max_leaves=10,
    )
    requests = broken.map(lambda made: wire(operation, made.value)) | json_
    bodies = requests.map(lambda value: json.dumps(value).encode()) | st.binary()

    @given(bodies, st.booleans(), st.lists(st.sampled_from([*shape.members]), max_size=2))
    def check(body: bytes, is_known: bool, nulls: list[str]) -> None:
        if is_known and body.startswith(b"{"):
            request = {**json.loads(body), **dict.fromkeys(nulls)}
            body = json.dumps({**request, "Name": "churn", "ResourceArn": ARN}).encode()
        with mock_inference_experiments(parameter_validation=parameter_validation) as backend:
            backend.seed("churn")
            backend.seed("live", "Running")
            before = everything_of(backend)
            try:
                answer = answer_of(door.send, operation, body)
            except OperationNotAnswered:
                assert b":sagemaker:" in body
                return
            if "Error" in answer:
                assert answer["Error"]["Code"] in CODES
                assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
                assert everything_of(backend) == before

    check()


# A request of each operation that the checks refuse, though the rest of it could be done.
REFUSED = {
    "CreateInferenceExperiment": {**creation("new"), "Description": "\n"},
    "DescribeInferenceExperiment": {"Name": ["watched"]},
    "ListInferenceExperiments": {"MaxResults": 101},
    "UpdateInferenceExperiment": {"Name": "churn", "Description": "new", "ModelVariants": []},
    "StartInferenceExperiment": {"Name": "churn\n"},
    "StopInferenceExperiment": {"Name": "live", "ModelVariantActions": {"production": "Retain", "shadow": None}},
    "DeleteInferenceExperiment": {"Name": 5},
    "DescribeEndpoint": {"EndpointName": "watched-endpoint-"},
    "AddTags": {"ResourceArn": ARN, "Tags": [{"Key": "new", "Value": ""}, {"Key": "newer"}]},
    "ListTags": {"ResourceArn": ARN, "MaxResults": 49},
    "DeleteTags": {"ResourceArn": ARN, "TagKeys": ["old", None]},
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_leaves_what_was_going_to_come(time_machine: Any, door: Door, operation: str) -> None:
    """One account has the refused requests and another one has not, and then the time goes on for both."""

    def seed(backend: Any) -> None:
        backend.set_transition({"progression": "time", "seconds": 600})
        backend.seed("churn", "Created", Tags=[{"Key": "old", "Value": ""}])
        backend.seed("live", "Running")
        backend.seed("slow", "Updating", transition={"progression": "time", "seconds": 7200})
        backend.seed("watched", "Starting", transition={"progression": "manual", "times": 2})

    time_machine.move_to(NOON, tick=False)
    with mock_inference_experiments() as untouched:
        seed(untouched)
    with mock_inference_experiments() as backend:
        seed(backend)
        for body in (json.dumps(REFUSED[operation]).encode(), b"", b"[]", b'{"Name": "churn",'):
            refusal(door.send, operation, body)
    for later in (timedelta(seconds=600), HOUR, 2 * HOUR, DAY, 8 * DAY, 30 * DAY):
        time_machine.move_to(NOON + later, tick=False)
        assert everything_of(backend) == everything_of(untouched)
    assert [each.status for each in backend.experiments] == ["Completed", "Completed", "Completed", "Starting"]
