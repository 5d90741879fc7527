"""StopInferenceExperiment: what becomes of the variants, of the status and its reason; which actions are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from constants import DAY, FINISH, HOUR, NOON, SECOND
from valid_requests import shadow_mode, variant

from pytest_sagemaker_ie import Status

MINUTES = {"progression": "time", "seconds": 600}


@pytest.fixture(autouse=True)
def _running(time_machine: Any, sagemaker_ie_backend: Any) -> None:
    """One experiment that has run for a day, and a neighbour; now it is an hour past noon."""
    time_machine.move_to(NOON, tick=False)
    sagemaker_ie_backend.seed(
        "churn",
        "Running",
        ModelVariants=[variant("production"), variant("shadow", model="churn-model-v2")],
        ShadowModeConfig=shadow_mode(),
        Schedule={"StartTime": NOON - DAY, "EndTime": NOON + 6 * DAY},
        Description="the new model",
    )
    sagemaker_ie_backend.seed("neighbour", "Running")
    time_machine.shift(HOUR)


@pytest.fixture
def stop(sagemaker_ie: Any) -> Callable[..., Any]:
    def stopped(actions: dict[str, str] | None = None, **members: Any) -> Any:
        actions = {"production": "Remove", "shadow": "Promote"} if actions is None else actions
        return sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=actions, **members)

    return stopped


@pytest.fixture
def refusal(stop: Any) -> Callable[..., str]:
    """The message of the ValidationException that a stop is answered with."""

    def refused(actions: dict[str, str] | None = None, **members: Any) -> str:
        with pytest.raises(ClientError) as caught:
            stop(actions, **members)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        message: str = caught.value.response["Error"]["Message"]
        return message

    return refused


@pytest.fixture
def variant_statuses(describe: Any) -> Callable[[], dict[str, str]]:
    def statuses() -> dict[str, str]:
        return {each["VariantName"]: each["Status"] for each in describe("churn")["ModelVariants"]}

    return statuses


# By hand: the action for each variant, none as a dash; then what becomes of each, or why it is refused.
TABLE = [
    # production  shadow     production   shadow
    ("Remove", "Promote", "Deleted", "InService"),  # the shadow takes its place
    ("Retain", "Remove", "InService", "Deleted"),  # all as it was
    ("Retain", "Promote", "InService", "InService"),
    ("Retain", "Retain", "InService", "InService"),
    # A variant without an action ends as at the EndTime: the endpoint goes back to what it was.
    ("Retain", None, "InService", "Deleted"),
    (None, "Remove", "InService", "Deleted"),
    (None, "Retain", "InService", "InService"),
    (None, "Promote", "InService", "InService"),
    ("Promote", "Remove", "production variant already", None),
    ("Promote", "Retain", "production variant already", None),
    ("Promote", "Promote", "production variant already", None),
    ("Promote", None, "production variant already", None),
    # An endpoint has at least one production variant.
    ("Remove", "Remove", "promote no other in its place", None),
    ("Remove", "Retain", "promote no other in its place", None),
    ("Remove", None, "promote no other in its place", None),
]
ACCEPTED = [row for row in TABLE if row[3] is not None]
REFUSED = [row[:3] for row in TABLE if row[3] is None]


def actions_of(production: str | None, shadow: str | None) -> dict[str, str]:
    named = {"production": production, "shadow": shadow}
    return {name: action for name, action in named.items() if action is not None}


def test_the_table_has_every_pair_of_actions() -> None:
    some = {"Promote", "Remove", "Retain", None}
    assert {row[:2] for row in TABLE} == {(a, b) for a in some for b in some} - {(None, None)}
    assert len(TABLE) == 15


class TestActions:
    @pytest.mark.parametrize(("production", "shadow", "production_after", "shadow_after"), ACCEPTED)
    def test_what_becomes_of_the_variants(
        self, stop: Any, variant_statuses: Any, production: Any, shadow: Any, production_after: str, shadow_after: str
    ) -> None:
        stop(actions_of(production, shadow))
        assert variant_statuses() == {"production": production_after, "shadow": shadow_after}

    @pytest.mark.parametrize(("production", "shadow", "production_after", "shadow_after"), ACCEPTED)
    def test_what_they_are_on_the_way(
        self,
        sagemaker_ie_backend: Any,
        stop: Any,
        variant_statuses: Any,
        time_machine: Any,
        production: Any,
        shadow: Any,
        production_after: str,
        shadow_after: str,
    ) -> None:
        sagemaker_ie_backend.set_transition(MINUTES, "Stopping")
        stop(actions_of(production, shadow))
        on_the_way = {"Deleted": "Deleting", "InService": "InService"}
        expected = {"production": on_the_way[production_after], "shadow": on_the_way[shadow_after]}
        assert variant_statuses() == expected
        time_machine.shift(599 * SECOND)
        assert variant_statuses() == expected
        time_machine.shift(SECOND)
        assert variant_statuses() == {"production": production_after, "shadow": shadow_after}

    @pytest.mark.parametrize(("production", "shadow", "reason"), REFUSED)
    def test_what_is_refused(
        self, refusal: Any, describe: Any, sagemaker_ie_backend: Any, production: Any, shadow: Any, reason: str
    ) -> None:
        before = describe("churn")
        message = refusal(actions_of(production, shadow), Reason="x", DesiredState="Completed")
        assert reason in message
        assert "production" in message
        assert describe("churn") == before
        assert sagemaker_ie_backend.get("churn").history == []

    def test_the_roles_are_those_of_the_shadow_config_and_not_of_the_names(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        config = shadow_mode(source="shadow", shadow="production")
        view = sagemaker_ie_backend.seed("turned", "Running", ShadowModeConfig=config)
        sagemaker_ie.stop_inference_experiment(
            Name="turned", ModelVariantActions={"production": "Promote", "shadow": "Remove"}
        )
        shown = {each["VariantName"]: each["Status"] for each in view.model_variants}
        assert shown == {"production": "InService", "shadow": "Deleted"}

    def test_a_variant_that_is_not_there_is_refused(self, refusal: Any, describe: Any) -> None:
        before = describe("churn")
        message = refusal({"production": "Retain", "third": "Remove"})
        assert message == "ModelVariantActions name third, which is not one of the ModelVariants: production, shadow."
        assert describe("churn") == before

    @pytest.mark.parametrize(
        ("actions", "path"),
        [
            ({"shadow": "Destroy"}, "modelVariantActions"),
            ({"a": "Retain", "b": "Retain", "c": "Retain"}, "modelVariantActions"),
            ({"sha_dow": "Remove"}, "modelVariantActions"),
        ],
    )
    def test_the_models_constraints_hold(self, refusal: Any, describe: Any, actions: dict[str, str], path: str) -> None:
        before = describe("churn")
        assert f"at '{path}' failed to satisfy constraint: " in refusal(actions)
        assert describe("churn") == before

    def test_a_wrong_action_is_told_the_three(self, refusal: Any) -> None:
        assert refusal({"shadow": "Destroy"}) == (
            "1 validation error detected: Value '{shadow=Destroy}' at 'modelVariantActions' failed to satisfy"
            " constraint: Map value must satisfy constraint:"
            " [Member must satisfy enum value set: [Promote, Remove, Retain]]"
        )

    def test_none_are_refused_by_the_client(self, sagemaker_ie: Any) -> None:
        with pytest.raises(ParamValidationError, match="ModelVariantActions"):
            sagemaker_ie.stop_inference_experiment(Name="churn")


class TestDesiredState:
    @pytest.mark.parametrize(
        ("desired", "status", "event"),
        [
            ({}, "Cancelled", "Stop (Cancelled)"),
            ({"DesiredState": "Cancelled"}, "Cancelled", "Stop (Cancelled)"),
            ({"DesiredState": "Completed"}, "Completed", "Stop (Completed)"),
        ],
    )
    def test_it_is_the_status_in_which_the_experiment_ends(
        self, sagemaker_ie_backend: Any, stop: Any, desired: dict[str, str], status: str, event: str
    ) -> None:
        view = sagemaker_ie_backend.get("churn")
        stop(**desired)
        assert view.status == status
        now = NOON + HOUR
        assert view.history == [
            (now, event, "Running", "Stopping"),
            (now, FINISH, "Stopping", status),
        ]

    @pytest.mark.parametrize("desired", ["Running", "completed", "Deleted"])
    def test_another_one_is_refused(self, refusal: Any, describe: Any, desired: str) -> None:
        before = describe("churn")
        message = refusal(DesiredState=desired)
        assert "at 'desiredState' failed to satisfy constraint: Member must satisfy enum value set" in message
        assert describe("churn") == before

    @pytest.mark.parametrize("status", sorted({*Status} - {"Running"}))
    @pytest.mark.parametrize("desired", ["Completed", "Cancelled"])
    def test_it_makes_no_other_status_one_to_stop(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, status: str, desired: str
    ) -> None:
        sagemaker_ie_backend.seed("other", status)
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            sagemaker_ie.stop_inference_experiment(
                Name="other", ModelVariantActions={"shadow": "Remove"}, DesiredState=desired
            )
        assert sagemaker_ie_backend.get("other").status == status


class TestReason:
    @pytest.mark.parametrize("reason", ["errors of the shadow rose", "", "x" * 1024])
    def test_it_becomes_the_status_reason(self, sagemaker_ie: Any, stop: Any, describe: Any, reason: str) -> None:
        stop(Reason=reason)
        assert describe("churn")["StatusReason"] == reason
        (summary,) = sagemaker_ie.list_inference_experiments(NameContains="churn")["InferenceExperiments"]
        assert summary["StatusReason"] == reason

    def test_without_one_there_is_none(self, stop: Any, describe: Any) -> None:
        stop()
        assert "StatusReason" not in describe("churn")

    def test_without_one_the_present_one_stays(self, sagemaker_ie_backend: Any, sagemaker_ie: Any) -> None:
        told = sagemaker_ie_backend.seed("told", "Running", StatusReason="began well")
        sagemaker_ie.stop_inference_experiment(Name="told", ModelVariantActions={"shadow": "Remove"})
        assert told.status_reason == "began well"

    def test_it_shows_while_stopping(self, sagemaker_ie_backend: Any, stop: Any, describe: Any) -> None:
        sagemaker_ie_backend.set_transition(MINUTES, "Stopping")
        stop(Reason="errors")
        assert [describe("churn")[member] for member in ("Status", "StatusReason")] == ["Stopping", "errors"]

    def test_one_too_long_is_refused(self, refusal: Any, describe: Any) -> None:
        before = describe("churn")
        assert "at 'reason' failed to satisfy constraint" in refusal(Reason="x" * 1025)
        assert describe("churn") == before


class TestDesiredModelVariants:
    BIGGER = variant("shadow", model="churn-model-v2", instance_type="ml.c5.4xlarge", count=4)

    def test_one_replaces_the_variant_of_its_name(self, stop: Any, describe: Any) -> None:
        stop(DesiredModelVariants=[self.BIGGER])
        assert describe("churn")["ModelVariants"] == [
            {**variant("production"), "Status": "Deleted"},
            {**self.BIGGER, "Status": "InService"},
        ]

    def test_both_may_be_named_where_both_stay(self, stop: Any, describe: Any) -> None:
        smaller = variant("production", count=9)
        stop({"production": "Retain", "shadow": "Promote"}, DesiredModelVariants=[self.BIGGER, smaller])
        assert describe("churn")["ModelVariants"] == [
            {**smaller, "Status": "InService"},
            {**self.BIGGER, "Status": "InService"},
        ]

    @pytest.mark.parametrize(
        ("actions", "named", "staying"),
        [
            ({"production": "Remove", "shadow": "Promote"}, "production", "shadow"),
            ({"production": "Retain", "shadow": "Remove"}, "shadow", "production"),
            ({"production": "Retain"}, "shadow", "production"),
            ({"production": "Retain", "shadow": "Retain"}, "third", "production, shadow"),
        ],
    )
    def test_one_that_does_not_stay_is_refused(
        self, refusal: Any, describe: Any, actions: dict[str, str], named: str, staying: str
    ) -> None:
        before = describe("churn")
        message = refusal(actions, DesiredModelVariants=[variant(named)])
        assert message == f"DesiredModelVariants name {named}, which is not a variant that stays: {staying}."
        assert describe("churn") == before

    def test_one_named_twice_is_refused(self, refusal: Any, describe: Any) -> None:
        before = describe("churn")
        twice = [variant("shadow", count=1), variant("shadow", count=2)]
        assert "DesiredModelVariants" in refusal(DesiredModelVariants=twice)
        assert describe("churn") == before

    def test_inf1_cannot_take_part(self, refusal: Any, describe: Any) -> None:
        before = describe("churn")
        assert "ml.inf1.xlarge" in refusal(DesiredModelVariants=[variant("shadow", instance_type="ml.inf1.xlarge")])
        assert describe("churn") == before

    def test_the_models_constraints_hold(self, refusal: Any) -> None:
        message = refusal(DesiredModelVariants=[variant("shadow", instance_type="ml.x9.huge")])
        path = "desiredModelVariants.1.member.infrastructureConfig.realTimeInferenceConfig.instanceType"
        assert f"at '{path}' failed to satisfy constraint: Member must satisfy enum value set" in message


class TestWhatDescribeShowsThen:
    def test_all_of_it(self, stop: Any, describe: Any) -> None:
        before = describe("churn")
        stop(Reason="done", DesiredState="Completed")
        assert describe("churn") == {
            **before,
            "Status": "Completed",
            "StatusReason": "done",
            "CompletionTime": NOON + HOUR,
            "LastModifiedTime": NOON + HOUR,
            "ModelVariants": [
                {**variant("production"), "Status": "Deleted"},
                {**variant("shadow", model="churn-model-v2"), "Status": "InService"},
            ],
        }

    def test_the_completion_time_is_when_the_stopping_ended(
        self, sagemaker_ie_backend: Any, stop: Any, describe: Any, time_machine: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(MINUTES, "Stopping")
        stop()
        assert "CompletionTime" not in describe("churn")
        assert describe("churn")["LastModifiedTime"] == NOON + HOUR
        time_machine.shift(40 * DAY)
        shown = describe("churn")
        assert shown["CompletionTime"] == shown["LastModifiedTime"] == NOON + HOUR + 600 * SECOND

    def test_the_schedule_stays_and_brings_nothing_more(
        self, sagemaker_ie_backend: Any, stop: Any, describe: Any, time_machine: Any
    ) -> None:
        stop()
        before, history = describe("churn"), sagemaker_ie_backend.get("churn").history
        time_machine.shift(40 * DAY)
        assert describe("churn") == before
        assert sagemaker_ie_backend.get("churn").history == history
        assert before["Schedule"] == {"StartTime": NOON - DAY, "EndTime": NOON + 6 * DAY}

    def test_a_second_stop_is_a_conflict(self, sagemaker_ie: Any, stop: Any, describe: Any) -> None:
        stop(Reason="first")
        before = describe("churn")
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            stop(Reason="second")
        assert describe("churn") == before

    def test_the_status_comes_before_the_actions(self, sagemaker_ie: Any, stop: Any) -> None:
        stop()
        with pytest.raises(sagemaker_ie.exceptions.ConflictException, match="its status is Cancelled"):
            stop({"third": "Remove"})

    def test_the_neighbour_runs_on(self, stop: Any, describe: Any) -> None:
        before = describe("neighbour")
        stop()
        assert describe("neighbour") == before

    def test_an_update_before_it_is_kept(self, sagemaker_ie: Any, stop: Any, describe: Any) -> None:
        sagemaker_ie.update_inference_experiment(Name="churn", ShadowModeConfig=shadow_mode(sampling=99))
        stop()
        assert describe("churn")["ShadowModeConfig"] == shadow_mode(sampling=99)


def test_the_order_of_variants_stays(sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any) -> None:
    sagemaker_ie_backend.seed("swapped", "Running", ModelVariants=[variant("b"), variant("a")])
    desired = [variant("a", count=5), variant("b", count=6)]
    sagemaker_ie.stop_inference_experiment(
        Name="swapped", ModelVariantActions={"a": "Promote", "b": "Retain"}, DesiredModelVariants=desired
    )
    assert describe("swapped")["ModelVariants"] == [{**each, "Status": "InService"} for each in reversed(desired)]
