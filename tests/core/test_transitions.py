"""How fast a transitional status ends: at once, after so many looks or after a time; set on backend, seed or marker."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from constants import DAY, FINISH, HOUR, NOON, SECOND, SETTLED, TRANSITIONAL
from valid_requests import creation

from pytest_sagemaker_ie import SeedError

IMMEDIATE = {"progression": "immediate"}


def looks(times: int) -> dict[str, Any]:
    return {"progression": "manual", "times": times}


def lasting(seconds: float) -> dict[str, Any]:
    return {"progression": "time", "seconds": seconds}


@pytest.fixture(autouse=True)
def _noon(noon: None) -> None:
    """Fixtures that seed come after it."""


@pytest.fixture
def shown(sagemaker_ie: Any) -> Callable[..., list[str]]:
    """The statuses that so many looks show, one after the other."""

    def looked(count: int, name: str = "churn") -> list[str]:
        return [sagemaker_ie.describe_inference_experiment(Name=name)["Status"] for _ in range(count)]

    return looked


# By the transitional status: how an experiment comes to it, in which one it is then, and in which one it ends. By hand.
def _create(client: Any, backend: Any) -> None:
    client.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))


def _update_created(client: Any, backend: Any) -> None:
    backend.seed("churn")
    client.update_inference_experiment(Name="churn", Description="x")


def _update_running(client: Any, backend: Any) -> None:
    backend.seed("churn", "Running")
    client.update_inference_experiment(Name="churn", Description="x")


def _start(client: Any, backend: Any) -> None:
    backend.seed("churn")
    client.start_inference_experiment(Name="churn")


def _stop(client: Any, backend: Any) -> None:
    backend.seed("churn", "Running")
    client.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"})


def _complete(client: Any, backend: Any) -> None:
    backend.seed("churn", "Running")
    client.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"}, DesiredState="Completed")


WAYS = {
    "create": (_create, "Creating", "Created"),
    "update while created": (_update_created, "Updating", "Created"),
    "update while running": (_update_running, "Updating", "Running"),
    "start": (_start, "Starting", "Running"),
    "stop": (_stop, "Stopping", "Cancelled"),
    "stop and complete": (_complete, "Stopping", "Completed"),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> Any:
    """A way into a transitional status, to be gone by calling it; with the status and the one that it ends in."""
    go, transitional, end = WAYS[request.param]
    return (lambda: go(sagemaker_ie, sagemaker_ie_backend)), transitional, end


class TestOnTheBackend:
    def test_at_once_by_default(self, shown: Any, way: Any) -> None:
        go, _, end = way
        go()
        assert shown(2) == [end, end]

    @pytest.mark.parametrize("for_all", [True, False])
    def test_at_once_if_so_said(self, sagemaker_ie_backend: Any, shown: Any, way: Any, for_all: bool) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(looks(3))
        sagemaker_ie_backend.set_transition(IMMEDIATE, None if for_all else transitional)
        go()
        assert shown(1) == [end]

    @pytest.mark.parametrize("times", [1, 2, 5])
    @pytest.mark.parametrize("for_all", [True, False])
    def test_after_so_many_looks(
        self, sagemaker_ie_backend: Any, shown: Any, way: Any, for_all: bool, times: int
    ) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(looks(times), None if for_all else transitional)
        go()
        assert shown(times + 2) == [transitional] * times + [end] * 2

    @pytest.mark.parametrize("for_all", [True, False])
    def test_after_a_time(
        self, sagemaker_ie_backend: Any, shown: Any, way: Any, for_all: bool, time_machine: Any
    ) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(lasting(600), None if for_all else transitional)
        go()
        assert shown(9) == [transitional] * 9
        time_machine.shift(599 * SECOND)
        assert shown(9) == [transitional] * 9
        time_machine.shift(SECOND)
        assert shown(1) == [end]

    def test_after_no_time_it_is_at_once(self, sagemaker_ie_backend: Any, shown: Any, way: Any) -> None:
        go, _, end = way
        sagemaker_ie_backend.set_transition(lasting(0))
        go()
        assert shown(1) == [end]

    def test_the_other_statuses_pass_as_before(self, sagemaker_ie_backend: Any, shown: Any, way: Any) -> None:
        go, transitional, end = way
        for other in TRANSITIONAL:
            if other != transitional:
                sagemaker_ie_backend.set_transition(looks(9), other)
        go()
        assert shown(1) == [end]

    def test_the_history_has_the_times(self, sagemaker_ie_backend: Any, way: Any, time_machine: Any) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(lasting(600))
        go()
        time_machine.shift(DAY - SECOND)
        begun, finished = sagemaker_ie_backend.get("churn").history
        assert (begun.when, begun.status_after) == (NOON, transitional)
        assert finished == (NOON + 600 * SECOND, FINISH, transitional, end)

    def test_the_last_look_ends_it_at_its_time(
        self, sagemaker_ie_backend: Any, shown: Any, way: Any, time_machine: Any
    ) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(looks(2))
        go()
        time_machine.shift(HOUR)
        shown(1)
        time_machine.shift(HOUR)
        shown(1)
        assert sagemaker_ie_backend.get("churn").history[-1] == (NOON + 2 * HOUR, FINISH, transitional, end)
        assert sagemaker_ie_backend.get("churn").last_modified_time == NOON + 2 * HOUR

    def test_a_whole_life_is_seen_step_by_step(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any) -> None:
        sagemaker_ie_backend.set_transition(looks(1))
        sagemaker_ie.create_inference_experiment(**creation())
        assert shown(3) == ["Creating", "Running", "Running"]
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert shown(2) == ["Updating", "Running"]
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Retain"})
        assert shown(3) == ["Stopping", "Cancelled", "Cancelled"]

    def test_each_status_may_pass_in_its_own_way(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any, time_machine: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(looks(2), "Creating")
        sagemaker_ie_backend.set_transition(lasting(60), "Starting")
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON}))
        assert shown(4) == ["Creating", "Creating", "Starting", "Starting"]
        time_machine.shift(60 * SECOND)
        assert shown(1) == ["Running"]

    def test_a_fraction_of_a_second_is_a_time(
        self, sagemaker_ie_backend: Any, shown: Any, way: Any, time_machine: Any
    ) -> None:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(lasting(0.5))
        go()
        time_machine.shift(timedelta(milliseconds=499))
        assert shown(1) == [transitional]
        time_machine.shift(timedelta(milliseconds=1))
        assert shown(1) == [end]


class TestWhatIsALook:
    @pytest.fixture(autouse=True)
    def _updating(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.set_transition(looks(2))
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")

    def test_a_summary_is(self, sagemaker_ie: Any, shown: Any) -> None:
        for _ in range(2):
            (summary,) = sagemaker_ie.list_inference_experiments()["InferenceExperiments"]
            assert summary["Status"] == "Updating"
        assert shown(1) == ["Created"]

    def test_describe_and_list_count_together(self, sagemaker_ie: Any, shown: Any) -> None:
        assert shown(1) == ["Updating"]
        sagemaker_ie.list_inference_experiments()
        assert shown(1) == ["Created"]

    def test_a_list_that_does_not_show_it_is_none(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any
    ) -> None:
        sagemaker_ie_backend.seed("newer", CreationTime=NOON)
        for request in ({"StatusEquals": "Running"}, {"NameContains": "newer"}, {"MaxResults": 1}):
            names = [
                each["Name"] for each in sagemaker_ie.list_inference_experiments(**request)["InferenceExperiments"]
            ]
            assert "churn" not in names
        assert shown(3) == ["Updating", "Updating", "Created"]

    def test_a_view_is_none(self, sagemaker_ie_backend: Any, shown: Any) -> None:
        view = sagemaker_ie_backend.get("churn")
        assert [view.status for _ in range(9)] == ["Updating"] * 9
        assert view.history[-1].status_after == "Updating"
        assert [each.status for each in sagemaker_ie_backend.experiments] == ["Updating"]
        assert shown(3) == ["Updating", "Updating", "Created"]

    def test_that_of_another_experiment_is_none(self, sagemaker_ie_backend: Any, shown: Any) -> None:
        sagemaker_ie_backend.seed("other")
        shown(9, "other")
        assert shown(3) == ["Updating", "Updating", "Created"]

    def test_the_tags_are_none(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any) -> None:
        arn = sagemaker_ie_backend.get("churn").arn
        for _ in range(9):
            sagemaker_ie.list_tags(ResourceArn=arn)
        assert shown(3) == ["Updating", "Updating", "Created"]

    def test_a_refused_operation_is_none(self, sagemaker_ie: Any, shown: Any) -> None:
        for _ in range(9):
            with pytest.raises(sagemaker_ie.exceptions.ConflictException):
                sagemaker_ie.update_inference_experiment(Name="churn", Description="y")
        assert shown(3) == ["Updating", "Updating", "Created"]

    def test_each_status_begins_to_count_anew(self, sagemaker_ie: Any, shown: Any) -> None:
        assert shown(3) == ["Updating", "Updating", "Created"]
        sagemaker_ie.update_inference_experiment(Name="churn", Description="z")
        assert shown(3) == ["Updating", "Updating", "Created"]


class TestOnASeed:
    @pytest.mark.parametrize(
        "transition", [looks(2), {"Updating": looks(2)}, {"Updating": looks(2), "Starting": IMMEDIATE}]
    )
    def test_it_holds_for_that_experiment_alone(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any, transition: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", transition=transition)
        sagemaker_ie_backend.seed("other")
        for name in ("churn", "other"):
            sagemaker_ie.update_inference_experiment(Name=name, Description="x")
        assert shown(3) == ["Updating", "Updating", "Created"]
        assert shown(1, "other") == ["Created"]

    def test_it_comes_before_the_backends(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any) -> None:
        sagemaker_ie_backend.set_transition(looks(9))
        sagemaker_ie_backend.seed("churn", transition={"Updating": looks(1)})
        sagemaker_ie_backend.set_transition(looks(5))
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert shown(2) == ["Updating", "Created"]
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert shown(6) == ["Starting"] * 5 + ["Running"]

    def test_it_holds_for_the_statuses_of_the_schedule(self, sagemaker_ie_backend: Any, time_machine: Any) -> None:
        transition = {"Starting": lasting(60), "Stopping": lasting(30)}
        view = sagemaker_ie_backend.seed("churn", transition=transition)
        time_machine.shift(40 * DAY)
        assert [step.when for step in view.history] == [
            NOON + DAY,
            NOON + DAY + 60 * SECOND,
            NOON + 8 * DAY,
            NOON + 8 * DAY + 30 * SECOND,
        ]

    @pytest.mark.parametrize("status", TRANSITIONAL)
    def test_a_transitional_status_stays_by_default(
        self, sagemaker_ie_backend: Any, shown: Any, time_machine: Any, status: str
    ) -> None:
        view = sagemaker_ie_backend.seed("churn", status)
        assert shown(9) == [status] * 9
        time_machine.shift(400 * DAY)
        assert shown(1) == [status]
        assert view.history == []

    # By hand: in which status a seeded transitional one ends. Updating and Stopping go by the seed's schedule.
    ENDS = (
        ("Creating", {}, "Created"),
        ("Starting", {}, "Running"),
        ("Updating", {}, "Running"),
        ("Updating", {"StartTime": NOON + HOUR, "EndTime": NOON + DAY}, "Created"),
        ("Stopping", {}, "Completed"),
        ("Stopping", {"StartTime": NOON - HOUR, "EndTime": NOON + DAY}, "Cancelled"),
    )

    @pytest.mark.parametrize(("status", "schedule", "end"), ENDS)
    def test_a_transitional_status_ends_if_a_transition_is_given(
        self, sagemaker_ie_backend: Any, shown: Any, status: str, schedule: Any, end: str
    ) -> None:
        view = sagemaker_ie_backend.seed("churn", status, transition=looks(2), Schedule=schedule)
        assert shown(3) == [status, status, end]
        assert view.history == [(NOON, FINISH, status, end)]

    @pytest.mark.parametrize(("status", "schedule", "end"), ENDS)
    @pytest.mark.parametrize("when", ["before the seed", "after the seed"])
    def test_a_transitional_status_ends_if_the_backend_has_one(
        self, sagemaker_ie_backend: Any, shown: Any, time_machine: Any, status: str, schedule: Any, end: str, when: str
    ) -> None:
        if when == "before the seed":
            sagemaker_ie_backend.set_transition(lasting(60), status)
        view = sagemaker_ie_backend.seed("churn", status, Schedule=schedule)
        if when == "after the seed":
            sagemaker_ie_backend.set_transition(lasting(60), status)
        assert shown(1) == [status]
        time_machine.shift(60 * SECOND)
        assert shown(1) == [end]
        assert view.history[0] == (NOON + 60 * SECOND, FINISH, status, end)

    @pytest.mark.parametrize(("status", "schedule", "end"), ENDS)
    def test_a_transitional_status_ends_at_once_if_so_said(
        self, sagemaker_ie_backend: Any, status: str, schedule: Any, end: str
    ) -> None:
        assert sagemaker_ie_backend.seed("churn", status, transition=IMMEDIATE, Schedule=schedule).status == end

    @pytest.mark.parametrize("status", TRANSITIONAL)
    def test_a_transition_of_another_status_lets_it_stay(
        self, sagemaker_ie_backend: Any, shown: Any, time_machine: Any, status: str
    ) -> None:
        other = TRANSITIONAL[TRANSITIONAL.index(status) - 1]
        sagemaker_ie_backend.seed("churn", status, transition={other: looks(1)})
        time_machine.shift(40 * DAY)
        assert shown(3) == [status] * 3

    def test_a_stay_holds_for_the_seeded_status_only(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Creating", transition={"Creating": looks(1)})
        assert shown(2) == ["Creating", "Created"]
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert shown(1) == ["Created"]


class TestOnTheMarker:
    @pytest.fixture(autouse=True)
    def _noon(self) -> None:
        """Not here: the marker seeds before a test's own fixtures set the clock."""

    @pytest.mark.sagemaker_ie("churn", "Creating", transition=looks(2))
    @pytest.mark.sagemaker_ie("other", "Creating")
    def test_it_is_the_seeds(self, shown: Any) -> None:
        assert shown(3) == ["Creating", "Creating", "Created"]
        assert shown(3, "other") == ["Creating"] * 3

    @pytest.mark.sagemaker_ie("churn", transition={"Starting": looks(1), "Stopping": looks(2)})
    def test_it_may_be_said_by_status(self, sagemaker_ie: Any, shown: Any) -> None:
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert shown(2) == ["Starting", "Running"]
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Promote"})
        assert shown(3) == ["Stopping", "Stopping", "Cancelled"]

    @pytest.mark.parametrize(
        ("transition", "expected"),
        [
            ('{"progression": "slow"}', "{'progression': 'slow'} is not a transition."),
            ('{"progresion": "immediate"}', "{'progresion': 'immediate'} is not a transition."),
            ('{"Runing": {"progression": "immediate"}}', "'Runing' is not a transitional status."),
        ],
    )
    def test_a_mistake_is_an_error_at_set_up(self, pytester: Any, transition: str, expected: str) -> None:
        pytester.makepyfile(
            f"""
            import pytest

            @pytest.mark.sagemaker_ie("churn", transition={transition})
            def test_it(): ...
            """
        )
        result = pytester.runpytest_inprocess()
        result.assert_outcomes(errors=1)
        assert f"\n{expected}\n" in str(result.stdout)


class TestDuringATransition:
    """An experiment that came to a transitional status by an operation, and stays in it for an hour."""

    @pytest.fixture
    def transitional(self, sagemaker_ie_backend: Any, way: Any) -> tuple[str, str]:
        go, transitional, end = way
        sagemaker_ie_backend.set_transition(lasting(3600))
        go()
        return transitional, end

    @pytest.mark.parametrize(
        ("operation", "request_"),
        [
            ("update", {"Description": "y"}),
            ("update", {}),
            ("start", {}),
            ("stop", {"ModelVariantActions": {"shadow": "Promote"}}),
            ("delete", {}),
        ],
    )
    def test_an_operation_is_a_conflict_and_changes_nothing(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, time_machine: Any, transitional: Any,
        operation: str, request_: Any,
    ) -> None:  # fmt: skip
        status, end = transitional
        before, history = describe("churn"), sagemaker_ie_backend.get("churn").history
        time_machine.shift(HOUR / 2)
        with pytest.raises(sagemaker_ie.exceptions.ConflictException, match=f"churn: its status is {status}"):
            getattr(sagemaker_ie, f"{operation}_inference_experiment")(Name="churn", **request_)
        assert (describe("churn"), sagemaker_ie_backend.get("churn").history) == (before, history)
        time_machine.shift(HOUR / 2)
        assert sagemaker_ie_backend.get("churn").status == end

    def test_a_second_creation_is_in_use(self, sagemaker_ie: Any, describe: Any, transitional: Any) -> None:
        before = describe("churn")
        with pytest.raises(sagemaker_ie.exceptions.ResourceInUse):
            sagemaker_ie.create_inference_experiment(**creation())
        assert describe("churn") == before

    def test_describe_shows_what_was_changed_already(self, describe: Any, transitional: Any) -> None:
        shown = describe("churn")
        if transitional[0] == "Updating":
            assert shown["Description"] == "x"
        assert shown["Status"] == transitional[0]
        assert "CompletionTime" not in shown

    def test_tags_may_be_changed(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, transitional: Any) -> None:
        view = sagemaker_ie_backend.get("churn")
        sagemaker_ie.add_tags(ResourceArn=view.arn, Tags=[{"Key": "a", "Value": "b"}])
        assert (view.status, view.tags) == (transitional[0], {"a": "b"})

    # By hand: what the variants show in each transitional status; when stopping, the shadow is removed here.
    VARIANTS = {  # noqa: RUF012
        "Creating": ("Creating", "Creating"),
        "Starting": ("Creating", "Creating"),
        "Updating": ("Updating", "Updating"),
        "Stopping": ("InService", "Deleting"),
    }

    def test_the_variants_have_a_status_that_fits(self, describe: Any, transitional: Any) -> None:
        statuses = tuple(each["Status"] for each in describe("churn")["ModelVariants"])
        assert statuses == self.VARIANTS[transitional[0]]


class TestChangingItInTheMiddle:
    @pytest.fixture(autouse=True)
    def _updating(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.set_transition(looks(3))
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")

    def test_at_once_ends_it(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.set_transition(IMMEDIATE)
        assert sagemaker_ie_backend.get("churn").status == "Created"

    def test_a_time_is_counted_from_its_beginning(
        self, sagemaker_ie_backend: Any, shown: Any, time_machine: Any
    ) -> None:
        time_machine.shift(10 * SECOND)
        sagemaker_ie_backend.set_transition(lasting(60), "Updating")
        time_machine.shift(49 * SECOND)
        assert shown(5) == ["Updating"] * 5
        time_machine.shift(SECOND)
        assert shown(1) == ["Created"]

    def test_a_time_that_is_over_already_ends_it_then(self, sagemaker_ie_backend: Any, time_machine: Any) -> None:
        time_machine.shift(HOUR)
        sagemaker_ie_backend.set_transition(lasting(60), "Updating")
        assert sagemaker_ie_backend.get("churn").history[-1] == (NOON + 60 * SECOND, FINISH, "Updating", "Created")

    def test_looks_that_were_had_count(self, sagemaker_ie_backend: Any, shown: Any) -> None:
        assert shown(1) == ["Updating"]
        sagemaker_ie_backend.set_transition(looks(2))
        assert shown(2) == ["Updating", "Created"]

    def test_one_for_another_status_changes_nothing(self, sagemaker_ie_backend: Any, shown: Any) -> None:
        for other in ("Creating", "Starting", "Stopping"):
            sagemaker_ie_backend.set_transition(IMMEDIATE, other)
        assert shown(4) == ["Updating"] * 3 + ["Created"]


class TestMistakes:
    VALID = (
        'Valid: {"progression": "immediate"}, {"progression": "manual", "times": 3} (looks), or'
        ' {"progression": "time", "seconds": 600}'
    )
    WRONG = (
        None,
        "immediate",
        3,
        [],
        {},
        {"progression": "Immediate"},
        {"progression": "manuel", "times": 3},
        {"progression": None},
        {"times": 3},
        {"progression": "immediate", "times": 3},
        {"progression": "manual"},
        {"progression": "manual", "times": 0},
        {"progression": "manual", "times": -1},
        {"progression": "manual", "times": 1.5},
        {"progression": "manual", "times": "3"},
        {"progression": "manual", "times": True},
        {"progression": "manual", "times": 3, "seconds": 3},
        {"progression": "manual", "seconds": 3},
        {"progression": "time"},
        {"progression": "time", "seconds": -1},
        {"progression": "time", "seconds": "60"},
        {"progression": "time", "seconds": None},
        {"progression": "time", "seconds": True},
        {"progression": "time", "seconds": float("nan")},
        {"progression": "time", "seconds": timedelta(seconds=3)},
        {"progression": "time", "times": 3},
    )

    @pytest.mark.parametrize("wrong", WRONG, ids=repr)
    def test_a_wrong_transition_is_told_the_valid_ones(self, sagemaker_ie_backend: Any, wrong: Any) -> None:
        with pytest.raises(SeedError) as caught:
            sagemaker_ie_backend.set_transition(wrong)
        assert str(caught.value) == f"{wrong!r} is not a transition. {self.VALID}"

    @pytest.mark.parametrize("wrong", [each for each in WRONG if each], ids=repr)
    def test_a_seed_with_a_wrong_one_is_no_seed(self, sagemaker_ie_backend: Any, wrong: Any) -> None:
        with pytest.raises(SeedError, match="is not a"):
            sagemaker_ie_backend.seed("churn", transition=wrong)
        assert sagemaker_ie_backend.experiments == []

    @pytest.mark.parametrize("wrong", [[], {}], ids=repr)
    def test_a_seed_with_nothing_for_one_is_no_seed(self, sagemaker_ie_backend: Any, wrong: Any) -> None:
        with pytest.raises(SeedError, match="is not a transition"):
            sagemaker_ie_backend.seed("churn", transition=wrong)
        assert sagemaker_ie_backend.experiments == []

    @pytest.mark.parametrize("wrong", [*SETTLED, "creating", "", "Paused", 3, []], ids=repr)
    def test_a_status_that_does_not_pass_is_told_those_that_do(self, sagemaker_ie_backend: Any, wrong: Any) -> None:
        expected = f"{wrong!r} is not a transitional status. Valid: Creating, Updating, Starting, Stopping"
        with pytest.raises(SeedError) as caught:
            sagemaker_ie_backend.set_transition(looks(1), wrong)
        assert str(caught.value) == expected

    @pytest.mark.parametrize("wrong", SETTLED)
    def test_it_is_the_same_on_a_seed(self, sagemaker_ie_backend: Any, wrong: str) -> None:
        with pytest.raises(SeedError, match=f"'{wrong}' is not a transitional status"):
            sagemaker_ie_backend.seed("churn", transition={"Updating": looks(1), wrong: looks(1)})
        assert sagemaker_ie_backend.experiments == []

    def test_a_wrong_one_changes_nothing(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any) -> None:
        sagemaker_ie_backend.set_transition(looks(2))
        for wrong in ({"progression": "slow"}, lasting(-1)):
            with pytest.raises(SeedError):
                sagemaker_ie_backend.set_transition(wrong)
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))
        assert shown(3) == ["Creating", "Creating", "Created"]

    def test_changing_the_dict_afterwards_changes_nothing(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any
    ) -> None:
        setting = looks(2)
        sagemaker_ie_backend.set_transition(setting)
        setting["times"] = 9
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))
        assert shown(3) == ["Creating", "Creating", "Created"]

    @pytest.mark.parametrize("huge", [10**20, 1e308, float("inf")])
    def test_a_time_without_an_end_is_one(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, shown: Any, time_machine: Any, huge: float
    ) -> None:
        sagemaker_ie_backend.set_transition(lasting(huge))
        sagemaker_ie.create_inference_experiment(**creation(Schedule={"StartTime": NOON + DAY}))
        time_machine.shift(4000 * DAY)
        assert shown(1) == ["Creating"]
        sagemaker_ie.list_inference_experiments()


def test_every_account_begins_at_once(pytester: Any) -> None:
    pytester.makepyfile(
        """
        def test_one(sagemaker_ie_backend):
            sagemaker_ie_backend.set_transition({"progression": "manual", "times": 5})

        def test_two(sagemaker_ie, sagemaker_ie_backend):
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie.start_inference_experiment(Name="churn")
            assert sagemaker_ie_backend.get("churn").status == "Running"
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_schedule_cannot_be_changed_during_a_transition(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any
) -> None:
    sagemaker_ie_backend.set_transition(looks(5))
    sagemaker_ie.create_inference_experiment(**creation())
    before = sagemaker_ie_backend.get("churn").schedule
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": NOON + 3 * DAY})
    assert describe("churn")["Schedule"] == before


@pytest.mark.parametrize("seconds", [float("nan"), -1])
def test_a_time_that_cannot_be_is_a_mistake(sagemaker_ie_backend: Any, seconds: float) -> None:
    with pytest.raises(SeedError, match="is not a transition"):
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": seconds})
