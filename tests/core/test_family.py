"""Every operation in every status, through the real client: the answer, the status after, and what changed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from constants import DAY, FINISH, HOUR, NOON, STATUSES
from valid_requests import creation

# Written by hand after the documentation of the service: the answer, and the status after it if that is another one.
TABLE = """
           create         describe  update             start              stop               delete             list
Creating   ResourceInUse  shown     ConflictException  ConflictException  ConflictException  ConflictException  shown
Created    ResourceInUse  shown     done               done:Running       ConflictException  done:gone          shown
Updating   ResourceInUse  shown     ConflictException  ConflictException  ConflictException  ConflictException  shown
Starting   ResourceInUse  shown     ConflictException  ConflictException  ConflictException  ConflictException  shown
Running    ResourceInUse  shown     done               ConflictException  done:Cancelled     ConflictException  shown
Stopping   ResourceInUse  shown     ConflictException  ConflictException  ConflictException  ConflictException  shown
Completed  ResourceInUse  shown     ConflictException  ConflictException  ConflictException  done:gone          shown
Cancelled  ResourceInUse  shown     ConflictException  ConflictException  ConflictException  done:gone          shown
"""


def read(table: str) -> Iterator[tuple[str, str, str, str]]:
    operations, *rows = [line.split() for line in table.strip().splitlines()]
    for status, *cells in rows:
        for operation, cell in zip(operations, cells, strict=True):
            answer, _, status_after = cell.partition(":")
            yield status, operation, answer, status_after or status


CELLS = list(read(TABLE))
REFUSED = [(status, operation, answer) for status, operation, answer, _ in CELLS if answer not in ("shown", "done")]
DONE = [(status, operation) for status, operation, answer, _ in CELLS if answer == "done"]
SHOWN = [(status, operation) for status, operation, answer, _ in CELLS if answer == "shown"]

# The API's name of each operation, and a request that is flawless apart from the status of the experiment.
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "create": ("create_inference_experiment", creation("churn", Description="new")),
    "describe": ("describe_inference_experiment", {"Name": "churn"}),
    "update": ("update_inference_experiment", {"Name": "churn", "Description": "new"}),
    "start": ("start_inference_experiment", {"Name": "churn"}),
    "stop": (
        "stop_inference_experiment",
        {
            "Name": "churn",
            "ModelVariantActions": {"production": "Remove", "shadow": "Promote"},
            "Reason": "the shadow is better",
        },
    ),
    "delete": ("delete_inference_experiment", {"Name": "churn"}),
    "list": ("list_inference_experiments", {}),
}

# What differs in Describe after an operation that is done an hour after noon; by (status, operation), by hand.
CHANGES: dict[tuple[str, str], dict[str, Any]] = {
    ("Created", "update"): {"Description": "new", "LastModifiedTime": NOON + HOUR},
    ("Created", "start"): {
        "Status": "Running",
        "Schedule": {"StartTime": NOON + HOUR, "EndTime": NOON + 8 * DAY},
        "LastModifiedTime": NOON + HOUR,
        "ModelVariants": {"production": "InService", "shadow": "InService"},
    },
    ("Running", "update"): {"Description": "new", "LastModifiedTime": NOON + HOUR},
    ("Running", "stop"): {
        "Status": "Cancelled",
        "StatusReason": "the shadow is better",
        "CompletionTime": NOON + HOUR,
        "LastModifiedTime": NOON + HOUR,
        "ModelVariants": {"production": "Deleted", "shadow": "InService"},
    },
}
# The steps in the history; by (status, operation), by hand: the event, and the status after it.
STEPS: dict[tuple[str, str], list[tuple[str, str | None]]] = {
    ("Created", "update"): [("Update", "Updating"), (FINISH, "Created")],
    ("Created", "start"): [("Start", "Starting"), (FINISH, "Running")],
    ("Created", "delete"): [("Delete", None)],
    ("Running", "update"): [("Update", "Updating"), (FINISH, "Running")],
    ("Running", "stop"): [("Stop (Cancelled)", "Stopping"), (FINISH, "Cancelled")],
    ("Completed", "delete"): [("Delete", None)],
    ("Cancelled", "delete"): [("Delete", None)],
}


@pytest.fixture
def seed(time_machine: Any, sagemaker_ie_backend: Any) -> Callable[[str], Any]:
    """Seed `churn` and a neighbour at noon; then it is an hour later."""

    def seeded(status: str) -> Any:
        time_machine.move_to(NOON, tick=False)
        tags = [{"Key": "team", "Value": "risk"}]
        experiment = sagemaker_ie_backend.seed("churn", status, Description="old", Tags=tags)
        sagemaker_ie_backend.seed("neighbour", status)
        time_machine.shift(HOUR)
        return experiment

    return seeded


@pytest.fixture
def call(sagemaker_ie: Any) -> Callable[[str], Any]:
    def called(operation: str) -> Any:
        method, request = REQUESTS[operation]
        return getattr(sagemaker_ie, method)(**request)

    return called


@pytest.fixture
def everything(sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any) -> Callable[[], Any]:
    """All that can be seen of the account, tags and histories included."""

    def seen() -> Any:
        page = sagemaker_ie.list_inference_experiments(SortBy="Name")
        shown = {}
        for each in sagemaker_ie_backend.experiments:
            tags = sagemaker_ie.list_tags(ResourceArn=each.arn)["Tags"]
            shown[each.name] = (describe(each.name), tags, each.history)
        return page["InferenceExperiments"], shown

    return seen


def test_the_table_has_every_status_and_operation() -> None:
    assert [status for status, operation, _, _ in CELLS if operation == "create"] == STATUSES
    assert {operation for _, operation, _, _ in CELLS} == set(REQUESTS)
    assert len(CELLS) == 8 * 7


def test_the_tables_of_changes_and_steps_have_everything_that_is_done() -> None:
    assert set(STEPS) == set(DONE)
    assert set(CHANGES) == {(status, operation) for status, operation in DONE if operation != "delete"}


@pytest.mark.parametrize(("status", "operation", "answer", "status_after"), CELLS)
class TestEveryCell:
    def test_the_answer(
        self, sagemaker_ie: Any, seed: Any, call: Any, status: str, operation: str, answer: str, status_after: str
    ) -> None:
        arn = seed(status).arn
        if answer in ("ConflictException", "ResourceInUse"):
            with pytest.raises(getattr(sagemaker_ie.exceptions, answer)) as caught:
                call(operation)
            assert caught.value.response["Error"]["Code"] == answer
            assert caught.value.response["Message"] == caught.value.response["Error"]["Message"]
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        else:
            response = call(operation)
            assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
            if answer == "done":
                assert response == {"InferenceExperimentArn": arn}

    def test_the_status_after(
        self,
        sagemaker_ie: Any,
        sagemaker_ie_backend: Any,
        describe: Any,
        seed: Any,
        call: Any,
        status: str,
        operation: str,
        answer: str,
        status_after: str,
    ) -> None:
        experiment = seed(status)
        neighbour = describe("neighbour")
        try:
            call(operation)
        except ClientError:
            assert answer in ("ConflictException", "ResourceInUse")
        record = sagemaker_ie_backend.calls[-1]
        assert record.error == (None if answer in ("done", "shown") else answer)
        if status_after == "gone":
            assert experiment.status is record.status_after is None
            with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
                describe("churn")
        else:
            assert experiment.status == describe("churn")["Status"] == status_after
            if operation != "list":  # that is about no one experiment
                assert (record.status_before, record.status_after) == (status, status_after)
        assert describe("neighbour") == neighbour


@pytest.mark.parametrize(("status", "operation"), list(CHANGES))
def test_describe_shows_what_is_done_and_no_other_change(
    describe: Any, seed: Any, call: Any, status: str, operation: str
) -> None:
    seed(status)
    expected = describe("churn")
    call(operation)
    for member, value in CHANGES[status, operation].items():
        if member == "ModelVariants":
            value = [{**each, "Status": value[each["VariantName"]]} for each in expected["ModelVariants"]]
        assert expected.get(member) != value, "this would be no change"
        expected[member] = value
    assert describe("churn") == expected


@pytest.mark.parametrize(("status", "operation"), DONE)
class TestWhatIsDone:
    def test_the_history_has_its_steps(self, describe: Any, seed: Any, call: Any, status: str, operation: str) -> None:
        experiment = seed(status)
        call(operation)
        steps, before = [], status
        for event, after in STEPS[status, operation]:
            steps.append((NOON + HOUR, event, before, after))
            before = after
        assert experiment.history == steps

    def test_the_list_shows_it(self, sagemaker_ie: Any, seed: Any, call: Any, status: str, operation: str) -> None:
        seed(status)
        sagemaker_ie.list_inference_experiments()  # so that the orders were made before the change
        call(operation)
        for sort_by in ("Name", "CreationTime", "Status"):
            page = sagemaker_ie.list_inference_experiments(SortBy=sort_by)["InferenceExperiments"]
            shown = {each["Name"]: each["Status"] for each in page}
            after = {"start": "Running", "stop": "Cancelled"}.get(operation, status)
            assert shown == {"neighbour": status, **({} if operation == "delete" else {"churn": after})}

    def test_the_tags_stay_as_long_as_it(
        self, sagemaker_ie: Any, seed: Any, call: Any, status: str, operation: str
    ) -> None:
        arn = seed(status).arn
        call(operation)
        if operation == "delete":
            with pytest.raises(ClientError, match="ValidationException"):
                sagemaker_ie.list_tags(ResourceArn=arn)
        else:
            assert sagemaker_ie.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "risk"}]


@pytest.mark.parametrize(("status", "operation"), SHOWN)
def test_a_look_changes_nothing(everything: Any, seed: Any, call: Any, status: str, operation: str) -> None:
    seed(status)
    before = everything()
    call(operation)
    assert everything() == before


@pytest.mark.parametrize("status", STATUSES)
def test_describe_shows_the_experiment(seed: Any, call: Any, status: str) -> None:
    experiment = seed(status)
    response = call("describe")
    assert (response["Name"], response["Status"], response["Arn"]) == ("churn", status, experiment.arn)


@pytest.mark.parametrize("status", STATUSES)
def test_list_shows_the_experiment(seed: Any, call: Any, status: str) -> None:
    seed(status)
    shown = {(each["Name"], each["Status"]) for each in call("list")["InferenceExperiments"]}
    assert shown == {("churn", status), ("neighbour", status)}


@pytest.mark.parametrize(("status", "operation", "answer"), REFUSED)
class TestWhatIsRefused:
    def test_it_changes_nothing(
        self, sagemaker_ie: Any, everything: Any, seed: Any, call: Any, status: str, operation: str, answer: str
    ) -> None:
        seed(status)
        before = everything()
        with pytest.raises(getattr(sagemaker_ie.exceptions, answer)):
            call(operation)
        assert everything() == before

    def test_it_changes_nothing_of_what_is_to_come(
        self, time_machine: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any, seed: Any, call: Any, status: str,
        operation: str, answer: str,
    ) -> None:  # fmt: skip
        experiment = seed(status)
        with pytest.raises(getattr(sagemaker_ie.exceptions, answer)):
            call(operation)
        time_machine.shift(40 * DAY)
        neighbour = sagemaker_ie_backend.get("neighbour")
        assert experiment.history == neighbour.history
        assert experiment.completion_time == neighbour.completion_time
        assert experiment.last_modified_time == neighbour.last_modified_time

    def test_the_message_names_experiment_and_status(
        self, sagemaker_ie: Any, seed: Any, call: Any, status: str, operation: str, answer: str
    ) -> None:
        seed(status)
        with pytest.raises(getattr(sagemaker_ie.exceptions, answer)) as caught:
            call(operation)
        message = caught.value.response["Error"]["Message"]
        assert "churn" in message
        assert f"status is {status}" in message


@pytest.mark.parametrize("operation", ["describe", "update", "start", "stop", "delete"])
def test_an_unknown_name_is_not_found_and_the_message_lists_the_known_ones(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, everything: Any, call: Any, operation: str
) -> None:
    sagemaker_ie_backend.seed("fraud", "Running")
    sagemaker_ie_backend.seed("upsell", "Completed")
    before = everything()
    with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound, match=r"churn .* fraud, upsell"):
        call(operation)
    record = sagemaker_ie_backend.calls[-1]
    assert (record.error, record.status_before, record.status_after) == ("ResourceNotFound", None, None)
    assert everything() == before
