"""The view: all experiments of an account, the history of each, and the limit of a region."""

import re
from typing import Any

import boto3
import pytest
from constants import DAY, HOUR, NOON, STATUSES, UTC
from valid_requests import creation

from pytest_sagemaker_ie import Event, HistoryEntry, Status
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE

TRANSITIONS = {
    "immediate": {"progression": "immediate"},
    "manual": {"progression": "manual", "times": 2},
    "time": {"progression": "time", "seconds": 600},
}


def assert_legal(history: list[HistoryEntry], status: Status | None) -> None:
    """Each step follows from the one before by a row of the life cycle, and the last one led to `status`."""
    ends_in: Status | None = None
    for number, step in enumerate(history):
        if number:
            assert step.status_before is history[number - 1].status_after
            assert step.when >= history[number - 1].when
        if step.event is Event.FINISH:
            assert ends_in is not None
            assert step.status_after is ends_in
            ends_in = None
        else:
            through, to, _ = LIFECYCLE[step.status_before, step.event]
            assert step.status_after is (through or to)
            ends_in = to if through is not None else None
    if history:
        assert history[-1].status_after is status


class TestAllExperiments:
    def test_there_are_none_at_first(self, sagemaker_ie_backend: Any) -> None:
        assert list(sagemaker_ie_backend.experiments) == []

    def test_they_are_those_of_every_region_in_the_order_in_which_they_came(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.seed("b")
        sagemaker_ie_backend.seed("c", region="eu-west-1")
        sagemaker_ie.create_inference_experiment(**creation("a"))
        there = boto3.client("sagemaker", "eu-west-1")
        there.create_inference_experiment(**creation("d"))
        expected = [("us-east-1", "b"), ("us-east-1", "a"), ("eu-west-1", "c"), ("eu-west-1", "d")]
        assert [(each.region, each.name) for each in sagemaker_ie_backend.experiments] == expected

    def test_they_are_views_that_stay_live(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        (view,) = sagemaker_ie_backend.experiments
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert view.status == "Running"

    def test_a_deleted_one_is_not_among_them(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.seed("fraud")
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert [each.name for each in sagemaker_ie_backend.experiments] == ["fraud"]

    def test_deleting_while_going_through_them_is_no_harm(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for number in range(5):
            sagemaker_ie_backend.seed(f"churn-{number}")
        for each in sagemaker_ie_backend.experiments:
            sagemaker_ie.delete_inference_experiment(Name=each.name)
        assert sagemaker_ie_backend.experiments == []

    def test_changing_the_list_changes_no_account(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.experiments.clear()
        assert len(sagemaker_ie_backend.experiments) == 1

    def test_they_show_what_the_schedule_has_brought(self, time_machine: Any, sagemaker_ie_backend: Any) -> None:
        time_machine.move_to(NOON, tick=False)
        for status in ("Created", "Running"):
            sagemaker_ie_backend.seed(status.lower(), status)
        time_machine.shift(40 * DAY)
        assert [each.status for each in sagemaker_ie_backend.experiments] == ["Completed", "Completed"]


class TestAViewOfADeletedOne:
    PROPERTIES = (
        "arn",
        "completion_time",
        "creation_time",
        "data_storage_config",
        "description",
        "endpoint_metadata",
        "history",
        "kms_key",
        "last_modified_time",
        "model_variants",
        "name",
        "region",
        "role_arn",
        "schedule",
        "shadow_mode_config",
        "status",
        "status_reason",
        "tags",
        "type",
    )

    @pytest.fixture
    def view(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> Any:
        view = sagemaker_ie_backend.seed("churn", "Completed", Description="x", Tags=[{"Key": "a", "Value": "b"}])
        sagemaker_ie.delete_inference_experiment(Name="churn")
        return view

    @pytest.mark.parametrize("name", PROPERTIES)
    def test_every_property_can_be_read(self, view: Any, name: str) -> None:
        getattr(view, name)

    def test_it_shows_what_it_was_at_last(self, view: Any) -> None:
        assert (view.status, view.description, view.tags) == (None, "x", {"a": "b"})
        assert [(step.event, step.status_before, step.status_after) for step in view.history] == [
            ("Delete", "Completed", None)
        ]
        assert repr(view) == "<Experiment 'churn' deleted in us-east-1>"

    def test_it_is_not_the_next_one_of_its_name(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, view: Any) -> None:
        sagemaker_ie.create_inference_experiment(**creation("churn", Description="y"))
        assert (view.status, view.description) == (None, "x")
        assert sagemaker_ie_backend.get("churn").description == "y"

    def test_time_does_not_move_it(self, view: Any, time_machine: Any) -> None:
        history = view.history
        time_machine.move_to(NOON + 400 * DAY)
        assert (view.status, view.history) == (None, history)


class TestHistory:
    def test_an_entry_has_when_event_from_and_to(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))
        first, second = sagemaker_ie_backend.get("churn").history
        assert first == HistoryEntry(NOON, Event.CREATE, None, Status.CREATING)
        assert (second.when, second.event, second.status_before, second.status_after) == (
            NOON,
            Event.FINISH,
            Status.CREATING,
            Status.CREATED,
        )
        assert second.when.tzinfo is UTC

    @pytest.mark.parametrize("transition", TRANSITIONS)
    @pytest.mark.parametrize("desired", ["Completed", "Cancelled"])
    def test_a_whole_life_is_a_legal_path(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any, transition: str, desired: str
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        sagemaker_ie_backend.set_transition(TRANSITIONS[transition])

        def settle() -> None:
            time_machine.shift(600)
            for _ in range(2):
                sagemaker_ie.describe_inference_experiment(Name="churn")

        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))
        view = sagemaker_ie_backend.get("churn")
        settle()
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        settle()
        sagemaker_ie.start_inference_experiment(Name="churn")
        settle()
        sagemaker_ie.update_inference_experiment(Name="churn", Description="y")
        settle()
        sagemaker_ie.stop_inference_experiment(
            Name="churn", ModelVariantActions={"shadow": "Remove"}, DesiredState=desired
        )
        settle()
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert [str(step.event) for step in view.history if step.event is not Event.FINISH] == [
            "Create",
            "Update",
            "Start",
            "Update",
            f"Stop ({desired})",
            "Delete",
        ]
        assert len(view.history) == 11
        assert_legal(view.history, None)

    @pytest.mark.parametrize("transition", TRANSITIONS)
    @pytest.mark.parametrize("status", STATUSES)
    def test_that_of_a_seed_goes_on_legally(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any, transition: str, status: str
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        view = sagemaker_ie_backend.seed("churn", status, transition=TRANSITIONS[transition])
        for _ in range(40):
            time_machine.shift(DAY)
            sagemaker_ie.describe_inference_experiment(Name="churn")
        assert view.status == ("Cancelled" if status == "Cancelled" else "Completed")
        if view.history:
            assert view.history[0].status_before == status
            # Where a seeded transitional status leads is not in its history: any row's end will do for that step.
            first = 1 if view.history[0].event is Event.FINISH else 0
            assert first == 0 or view.history[0].status_after in {
                row.to for row in LIFECYCLE.values() if row.through == status
            }
            assert_legal(view.history[first:], view.status)

    def test_a_refused_operation_is_no_step(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"})
        assert view.history == []

    def test_an_update_that_changes_nothing_is_no_step(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn", Description="x")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert view.history == []

    def test_the_last_step_is_the_last_modification(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        sagemaker_ie_backend.set_transition(TRANSITIONS["time"])
        view = sagemaker_ie_backend.seed("churn")
        for _ in range(9 * 24):
            time_machine.shift(HOUR)
            if view.history:
                assert view.last_modified_time == view.history[-1].when
        assert view.completion_time == view.last_modified_time


class TestTheLimit:
    def test_there_is_none_at_first(self, sagemaker_ie_backend: Any) -> None:
        assert sagemaker_ie_backend.experiments_limit is None
        with pytest.raises(AttributeError, match="experiment_limit"):
            sagemaker_ie_backend.experiment_limit = 1

    @pytest.mark.parametrize("limit", [0, 1, 3])
    def test_one_more_than_it_is_refused(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, limit: int) -> None:
        sagemaker_ie_backend.experiments_limit = limit
        for number in range(limit):
            sagemaker_ie.create_inference_experiment(**creation(f"churn-{number}"))
        for _ in range(2):
            with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded) as caught:
                sagemaker_ie.create_inference_experiment(**creation("one-more"))
            assert caught.value.response["Error"]["Code"] == "ResourceLimitExceeded"
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
            assert f"us-east-1 is {limit}, with {limit} in use" in caught.value.response["Error"]["Message"]
        assert len(sagemaker_ie_backend.experiments) == limit
        assert sagemaker_ie_backend.calls[-1].error == "ResourceLimitExceeded"

    def test_deleting_one_makes_room(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.experiments_limit = 1
        sagemaker_ie_backend.seed("churn", "Completed")
        with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded):
            sagemaker_ie.create_inference_experiment(**creation("next"))
        sagemaker_ie.delete_inference_experiment(Name="churn")
        sagemaker_ie.create_inference_experiment(**creation("next"))
        assert [each.name for each in sagemaker_ie_backend.experiments] == ["next"]

    def test_it_holds_for_each_region_by_itself(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.experiments_limit = 1
        there = boto3.client("sagemaker", "eu-west-1")
        for client in (sagemaker_ie, there):
            client.create_inference_experiment(**creation())
            with pytest.raises(client.exceptions.ResourceLimitExceeded):
                client.create_inference_experiment(**creation("next"))

    def test_seeds_are_not_held_to_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.experiments_limit = 1
        for number in range(3):
            sagemaker_ie_backend.seed(f"churn-{number}")
        with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded, match="is 1, with 3 in use"):
            sagemaker_ie.create_inference_experiment(**creation("next"))

    def test_it_may_be_changed_and_taken_away(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.experiments_limit = 0
        with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded):
            sagemaker_ie.create_inference_experiment(**creation("a"))
        sagemaker_ie_backend.experiments_limit = 1
        sagemaker_ie.create_inference_experiment(**creation("a"))
        sagemaker_ie_backend.experiments_limit = None
        sagemaker_ie.create_inference_experiment(**creation("b"))
        assert sagemaker_ie_backend.experiments_limit is None

    def test_a_name_that_exists_comes_first(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.experiments_limit = 1
        with pytest.raises(sagemaker_ie.exceptions.ResourceInUse):
            sagemaker_ie.create_inference_experiment(**creation())

    @pytest.mark.parametrize("wrong", [-1, 1.5, "3", True, float("inf")], ids=repr)
    def test_a_wrong_one_is_a_value_error_and_changes_nothing(self, sagemaker_ie_backend: Any, wrong: Any) -> None:
        sagemaker_ie_backend.experiments_limit = 7
        with pytest.raises(ValueError, match=re.escape(f"experiments_limit is {wrong!r}: give a whole number or None")):
            sagemaker_ie_backend.experiments_limit = wrong
        assert sagemaker_ie_backend.experiments_limit == 7
