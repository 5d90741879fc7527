"""What a schedule does by itself: whatever clock `datetime` shows, one sees what would have happened by then."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine as time_machine_module
from constants import DAY, FINISH, HOUR, MINUTE, NOON, SECOND
from freezegun import freeze_time
from valid_requests import creation, shadow_mode

RETAIN = {"production": "Retain"}


def minutes(count: float) -> dict[str, Any]:
    return {"progression": "time", "seconds": 60 * count}


@pytest.fixture(params=["freezegun", "time-machine"])
def move_to(request: pytest.FixtureRequest) -> Iterator[Callable[[datetime], Any]]:
    """Set the clock; it stands at noon at first."""
    if request.param == "freezegun":
        with freeze_time(NOON) as frozen:
            yield frozen.move_to
    else:
        with time_machine_module.travel(NOON, tick=False) as traveller:
            yield traveller.move_to


@pytest.fixture
def at_noon(time_machine: Any) -> Callable[[datetime], Any]:
    """The same with one clock, for what does not depend on whose it is."""
    time_machine.move_to(NOON, tick=False)

    def move_to(when: datetime) -> None:
        time_machine.move_to(when, tick=False)

    return move_to


@pytest.fixture
def create(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> Callable[..., Any]:
    """Create `churn`, by default for tomorrow noon and three days, and return its view."""

    def created(start: datetime = NOON + DAY, end: datetime = NOON + 4 * DAY) -> Any:
        schedule = {"StartTime": start, "EndTime": end}
        sagemaker_ie.create_inference_experiment(**creation(Schedule=schedule))
        return sagemaker_ie_backend.get("churn")

    return created


def test_an_experiment_lives_by_its_schedule(move_to: Any, create: Any, describe: Any) -> None:
    create()
    for when, status in (
        (NOON, "Created"),
        (NOON + DAY - SECOND, "Created"),
        (NOON + DAY, "Running"),
        (NOON + 4 * DAY - SECOND, "Running"),
        (NOON + 4 * DAY, "Completed"),
        (NOON + 400 * DAY, "Completed"),
    ):
        move_to(when)
        assert describe("churn")["Status"] == status


def test_forty_days_at_once_are_the_steps_that_would_have_been(move_to: Any, create: Any, describe: Any) -> None:
    view = create()
    move_to(NOON + 40 * DAY)
    shown = describe("churn")
    assert shown["Status"] == "Completed"
    assert shown["CreationTime"] == NOON
    assert shown["CompletionTime"] == shown["LastModifiedTime"] == NOON + 4 * DAY
    assert shown["Schedule"] == {"StartTime": NOON + DAY, "EndTime": NOON + 4 * DAY}
    assert view.history == [
        (NOON, "Create", None, "Creating"),
        (NOON, FINISH, "Creating", "Created"),
        (NOON + DAY, "StartTime comes", "Created", "Starting"),
        (NOON + DAY, FINISH, "Starting", "Running"),
        (NOON + 4 * DAY, "EndTime comes", "Running", "Stopping"),
        (NOON + 4 * DAY, FINISH, "Stopping", "Completed"),
    ]


def test_forty_days_at_once_are_those_steps_with_transitional_statuses_too(
    move_to: Any, sagemaker_ie_backend: Any, create: Any, describe: Any
) -> None:
    for status, count in {"Creating": 1, "Starting": 10, "Stopping": 5}.items():
        sagemaker_ie_backend.set_transition(minutes(count), status)
    view = create()
    move_to(NOON + 40 * DAY)
    assert describe("churn")["CompletionTime"] == NOON + 4 * DAY + 5 * MINUTE
    assert view.history == [
        (NOON, "Create", None, "Creating"),
        (NOON + MINUTE, FINISH, "Creating", "Created"),
        (NOON + DAY, "StartTime comes", "Created", "Starting"),
        (NOON + DAY + 10 * MINUTE, FINISH, "Starting", "Running"),
        (NOON + 4 * DAY, "EndTime comes", "Running", "Stopping"),
        (NOON + 4 * DAY + 5 * MINUTE, FINISH, "Stopping", "Completed"),
    ]


@pytest.mark.parametrize(
    "look",
    [
        lambda client, view: client.describe_inference_experiment(Name="churn"),
        lambda client, view: client.list_inference_experiments(),
        lambda client, view: client.list_tags(ResourceArn=view.arn),
        lambda client, view: view.status,
        lambda client, view: view.history,
        lambda client, view: view.completion_time,
    ],
    ids=["describe", "list", "list_tags", "status", "history", "completion_time"],
)
def test_the_first_look_sees_it(at_noon: Any, sagemaker_ie: Any, create: Any, look: Callable[[Any, Any], Any]) -> None:
    view = create()
    at_noon(NOON + 40 * DAY)
    look(sagemaker_ie, view)
    at_noon(NOON)  # nothing would have moved it by now, had the look not
    assert view.status == "Completed"
    assert view.completion_time == NOON + 4 * DAY


@pytest.mark.parametrize(
    ("when", "operation", "request_", "conflict", "after"),
    [
        # The status that counts is the one the schedule has brought.
        (NOON + DAY, "update", {"ModelVariants": creation()["ModelVariants"]}, True, "Running"),
        (NOON + DAY, "update", {"ShadowModeConfig": shadow_mode(sampling=9)}, False, "Running"),
        (NOON + DAY, "start", {}, True, "Running"),
        (NOON + DAY, "delete", {}, True, "Running"),
        (NOON + DAY - SECOND, "stop", {"ModelVariantActions": RETAIN}, True, "Created"),
        (NOON + DAY, "stop", {"ModelVariantActions": RETAIN}, False, "Cancelled"),
        (NOON + 4 * DAY, "stop", {"ModelVariantActions": RETAIN}, True, "Completed"),
        (NOON + 4 * DAY, "update", {"Description": "x"}, True, "Completed"),
    ],
)
def test_an_operation_finds_what_the_schedule_has_brought(
    at_noon: Any, sagemaker_ie: Any, create: Any, when: Any, operation: str, request_: Any, conflict: bool, after: str
) -> None:
    view = create()
    at_noon(when)
    call = getattr(sagemaker_ie, f"{operation}_inference_experiment")
    if conflict:
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            call(Name="churn", **request_)
    else:
        call(Name="churn", **request_)
    assert view.status == after


def test_a_finished_one_may_be_deleted_and_created_again(at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
    create()
    at_noon(NOON + 40 * DAY)
    sagemaker_ie.delete_inference_experiment(Name="churn")
    view = create(NOON + 41 * DAY, NOON + 42 * DAY)
    assert (view.status, view.creation_time) == ("Created", NOON + 40 * DAY)


class TestTheVariantsOfTheEnd:
    """At its EndTime the endpoint goes back to what it was: the production variant stays, the shadow goes."""

    @staticmethod
    def statuses(shown: dict[str, Any]) -> dict[str, str]:
        return {each["VariantName"]: each["Status"] for each in shown["ModelVariants"]}

    def test_they_are_as_before_the_experiment(
        self, at_noon: Any, sagemaker_ie_backend: Any, create: Any, describe: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(minutes(5), "Stopping")
        create()
        at_noon(NOON + 2 * DAY)
        assert self.statuses(describe("churn")) == {"production": "InService", "shadow": "InService"}
        at_noon(NOON + 4 * DAY)
        assert self.statuses(describe("churn")) == {"production": "InService", "shadow": "Deleting"}
        at_noon(NOON + 4 * DAY + 5 * MINUTE)
        assert self.statuses(describe("churn")) == {"production": "InService", "shadow": "Deleted"}

    def test_the_shadow_is_the_one_of_the_last_update(
        self, at_noon: Any, sagemaker_ie: Any, create: Any, describe: Any
    ) -> None:
        create()
        turned = shadow_mode(source="shadow", shadow="production")
        sagemaker_ie.update_inference_experiment(Name="churn", ShadowModeConfig=turned)
        at_noon(NOON + 40 * DAY)
        assert self.statuses(describe("churn")) == {"production": "Deleted", "shadow": "InService"}


class TestUpdatingTheSchedule:
    def test_a_later_start_is_waited_for(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"StartTime": NOON + 2 * DAY})
        at_noon(NOON + 2 * DAY - SECOND)
        assert view.status == "Created"
        at_noon(NOON + 2 * DAY)
        assert view.status == "Running"

    def test_an_earlier_start_comes_earlier(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"StartTime": NOON + HOUR})
        at_noon(NOON + HOUR)
        assert view.history[-2] == (NOON + HOUR, "StartTime comes", "Created", "Starting")

    def test_a_start_at_this_second_comes_with_the_update(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"StartTime": NOON})
        assert view.status == "Running"

    def test_an_extension_is_waited_for(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        at_noon(NOON + 2 * DAY)
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": NOON + 9 * DAY})
        at_noon(NOON + 9 * DAY - SECOND)
        assert view.status == "Running"
        at_noon(NOON + 40 * DAY)
        assert (view.status, view.completion_time) == ("Completed", NOON + 9 * DAY)

    def test_a_nearer_end_comes_earlier(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        at_noon(NOON + 2 * DAY)
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": NOON + 2 * DAY + HOUR})
        at_noon(NOON + 40 * DAY)
        assert view.completion_time == NOON + 2 * DAY + HOUR

    def test_there_and_back_is_the_first_schedule(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> None:
        view = create()
        at_noon(NOON + 2 * DAY)
        for end in (NOON + 9 * DAY, NOON + 3 * DAY, NOON + 4 * DAY):
            sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": end})
        at_noon(NOON + 40 * DAY)
        assert view.completion_time == NOON + 4 * DAY
        assert [str(step.event) for step in view.history].count("EndTime comes") == 1


class TestAnEdgeDuringATransition:
    """A time that comes while the experiment is in a transitional status waits until that has ended."""

    def test_the_start_waits_for_an_update(
        self, at_noon: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any
    ) -> None:
        view = create()
        sagemaker_ie_backend.set_transition(minutes(10), "Updating")
        at_noon(NOON + DAY - 5 * MINUTE)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        at_noon(NOON + DAY)
        assert view.status == "Updating"
        at_noon(NOON + 40 * DAY)
        assert view.history[2:6] == [
            (NOON + DAY - 5 * MINUTE, "Update", "Created", "Updating"),
            (NOON + DAY + 5 * MINUTE, FINISH, "Updating", "Created"),
            (NOON + DAY + 5 * MINUTE, "StartTime comes", "Created", "Starting"),
            (NOON + DAY + 5 * MINUTE, FINISH, "Starting", "Running"),
        ]

    def test_the_end_waits_for_an_update(
        self, at_noon: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any
    ) -> None:
        view = create()
        sagemaker_ie_backend.set_transition(minutes(10), "Updating")
        at_noon(NOON + 4 * DAY - 5 * MINUTE)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        at_noon(NOON + 40 * DAY)
        assert view.completion_time == NOON + 4 * DAY + 5 * MINUTE

    def test_the_end_waits_for_a_slow_start(self, at_noon: Any, sagemaker_ie_backend: Any, create: Any) -> None:
        sagemaker_ie_backend.set_transition(minutes(120), "Starting")
        view = create(NOON + DAY, NOON + DAY + HOUR)
        at_noon(NOON + 40 * DAY)
        assert [step.when for step in view.history[2:]] == [
            NOON + DAY,
            NOON + DAY + 2 * HOUR,
            NOON + DAY + 2 * HOUR,
            NOON + DAY + 2 * HOUR,
        ]
        assert view.completion_time == NOON + DAY + 2 * HOUR

    def test_the_start_waits_for_a_slow_creation(self, at_noon: Any, sagemaker_ie_backend: Any, create: Any) -> None:
        sagemaker_ie_backend.set_transition(minutes(60), "Creating")
        view = create(NOON + MINUTE, NOON + DAY)
        at_noon(NOON + HOUR - SECOND)
        assert view.status == "Creating"
        at_noon(NOON + HOUR)
        assert view.status == "Running"

    def test_both_wait_for_looks(
        self, at_noon: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any, describe: Any
    ) -> None:
        sagemaker_ie_backend.set_transition({"progression": "manual", "times": 1}, "Creating")
        view = create()
        at_noon(NOON + 40 * DAY)
        assert view.status == "Creating"
        assert describe("churn")["Status"] == "Creating"
        assert view.completion_time == NOON + 40 * DAY
        assert [step.when for step in view.history] == [NOON] + 5 * [NOON + 40 * DAY]


class TestStartingEarly:
    @pytest.fixture
    def started(self, at_noon: Any, sagemaker_ie: Any, create: Any) -> Any:
        view = create()
        at_noon(NOON + HOUR)
        sagemaker_ie.start_inference_experiment(Name="churn")
        return view

    def test_it_runs_from_now_on(self, started: Any, describe: Any) -> None:
        shown = describe("churn")
        assert shown["Status"] == "Running"
        assert shown["Schedule"]["StartTime"] == shown["LastModifiedTime"] == NOON + HOUR
        assert started.history[-2:] == [
            (NOON + HOUR, "Start", "Created", "Starting"),
            (NOON + HOUR, FINISH, "Starting", "Running"),
        ]

    def test_the_first_start_time_brings_nothing_more(self, at_noon: Any, started: Any) -> None:
        before = started.history
        at_noon(NOON + DAY)
        assert started.history == before

    def test_it_ends_when_it_was_to_end(self, at_noon: Any, started: Any) -> None:
        at_noon(NOON + 40 * DAY)
        assert (started.status, started.completion_time) == ("Completed", NOON + 4 * DAY)

    def test_a_slow_start_is_a_start_at_once(
        self, at_noon: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any, create: Any, describe: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(minutes(10), "Starting")
        create()
        sagemaker_ie.start_inference_experiment(Name="churn")
        at_noon(NOON + 5 * MINUTE)
        assert describe("churn")["Status"] == "Starting"
        assert describe("churn")["Schedule"]["StartTime"] == NOON
        at_noon(NOON + 10 * MINUTE)
        assert describe("churn")["Status"] == "Running"

    def test_one_that_was_to_start_far_off_lasts_30_days(
        self, at_noon: Any, sagemaker_ie: Any, create: Any, describe: Any
    ) -> None:
        view = create(NOON + 20 * DAY, NOON + 45 * DAY)
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert describe("churn")["Schedule"] == {"StartTime": NOON, "EndTime": NOON + 30 * DAY}
        at_noon(NOON + 40 * DAY)
        assert view.completion_time == NOON + 30 * DAY

    def test_its_whole_schedule_may_be_sent_back_with_an_update(
        self, at_noon: Any, sagemaker_ie: Any, create: Any, describe: Any
    ) -> None:
        create(NOON + 20 * DAY, NOON + 45 * DAY)
        sagemaker_ie.start_inference_experiment(Name="churn")
        schedule = describe("churn")["Schedule"]
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x", Schedule=schedule)
        assert describe("churn")["Schedule"] == schedule


class TestSeeds:
    @pytest.mark.parametrize(
        ("status", "after", "completion"),
        [
            ("Created", "Completed", NOON + 8 * DAY),
            ("Running", "Completed", NOON + 6 * DAY),
            ("Completed", "Completed", NOON - DAY),
            ("Cancelled", "Cancelled", NOON - DAY),
            ("Creating", "Creating", None),
            ("Starting", "Starting", None),
            ("Updating", "Updating", None),
            ("Stopping", "Stopping", None),
        ],
    )
    def test_they_go_on_from_a_settled_status_and_stay_in_a_transitional_one(
        self, at_noon: Any, sagemaker_ie_backend: Any, status: str, after: str, completion: datetime | None
    ) -> None:
        view = sagemaker_ie_backend.seed("churn", status)
        at_noon(NOON + 40 * DAY)
        assert (view.status, view.completion_time) == (after, completion)

    def test_a_given_schedule_is_followed(self, at_noon: Any, sagemaker_ie_backend: Any) -> None:
        schedule = {"StartTime": NOON + HOUR, "EndTime": NOON + 2 * HOUR}
        view = sagemaker_ie_backend.seed("churn", Schedule=schedule)
        at_noon(NOON + 40 * DAY)
        assert [(step.when, step.event) for step in view.history] == [
            (NOON + HOUR, "StartTime comes"),
            (NOON + HOUR, FINISH),
            (NOON + 2 * HOUR, "EndTime comes"),
            (NOON + 2 * HOUR, FINISH),
        ]

    @freeze_time(NOON, as_kwarg="clock")
    @pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": NOON + HOUR})
    def test_those_of_the_marker_live_by_the_decorators_clock(
        self, describe: Any, clock: Any = None  # noqa: PT028
    ) -> None:  # fmt: skip
        assert describe("churn")["Status"] == "Running"
        clock.tick(HOUR)
        assert describe("churn")["CompletionTime"] == NOON + HOUR


class TestTimeGoingBackwards:
    """It undoes nothing, repeats nothing, and breaks nothing."""

    def test_what_has_happened_stays(self, move_to: Any, create: Any, describe: Any, sagemaker_ie: Any) -> None:
        view = create()
        move_to(NOON + 2 * DAY)
        before, history = describe("churn"), view.history
        assert before["Status"] == "Running"
        for back in (HOUR, DAY, 3 * DAY, 4000 * DAY):
            move_to(NOON + 2 * DAY - back)
            assert describe("churn") == before
            assert view.history == history
            (summary,) = sagemaker_ie.list_inference_experiments()["InferenceExperiments"]
            assert summary["Status"] == "Running"

    def test_what_comes_then_comes_once_and_at_its_time(self, move_to: Any, create: Any) -> None:
        view = create()
        for when in (NOON + 2 * DAY, NOON - DAY, NOON + 3 * DAY, NOON, NOON + 40 * DAY, NOON + DAY, NOON + 41 * DAY):
            move_to(when)
            assert view.status in ("Running", "Completed")
        assert [step.when for step in view.history] == [NOON] * 2 + [NOON + DAY] * 2 + [NOON + 4 * DAY] * 2

    def test_the_operations_work(self, at_noon: Any, sagemaker_ie: Any, create: Any, describe: Any) -> None:
        create()
        at_noon(NOON - DAY)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        sagemaker_ie.start_inference_experiment(Name="churn")
        at_noon(NOON - 2 * DAY)
        sagemaker_ie.update_inference_experiment(Name="churn", ShadowModeConfig=shadow_mode(sampling=1))
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=RETAIN)
        assert describe("churn")["Status"] == "Cancelled"
        for sort_by in ("Name", "CreationTime", "Status"):
            page = sagemaker_ie.list_inference_experiments(SortBy=sort_by, StatusEquals="Cancelled")
            assert len(page["InferenceExperiments"]) == 1
        sagemaker_ie.delete_inference_experiment(Name="churn")
        assert sagemaker_ie.list_inference_experiments()["InferenceExperiments"] == []

    def test_a_transitional_status_that_lasts_a_time_ends_in_the_end(
        self, at_noon: Any, sagemaker_ie_backend: Any, create: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(minutes(10))
        view = create()
        at_noon(NOON - DAY)
        assert view.status == "Creating"
        at_noon(NOON + 10 * MINUTE)
        assert view.status == "Created"

    def test_an_experiment_created_before_the_others_is_listed_before_them(
        self, at_noon: Any, sagemaker_ie: Any, create: Any
    ) -> None:
        create()
        sagemaker_ie.list_inference_experiments()
        at_noon(NOON - DAY)
        sagemaker_ie.create_inference_experiment(**creation("older"))
        page = sagemaker_ie.list_inference_experiments(SortOrder="Ascending")
        assert [each["Name"] for each in page["InferenceExperiments"]] == ["older", "churn"]


def test_many_experiments_move_each_at_its_own_time(at_noon: Any, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    for hour in range(1, 25):
        schedule = {"StartTime": NOON + hour * HOUR, "EndTime": NOON + (hour + 12) * HOUR}
        sagemaker_ie.create_inference_experiment(**creation(f"churn-{hour:02}", Schedule=schedule))
    at_noon(NOON + 20 * HOUR + MINUTE)
    expected = {"Completed": range(1, 9), "Running": range(9, 21), "Created": range(21, 25)}
    for status, hours in expected.items():
        page = sagemaker_ie.list_inference_experiments(StatusEquals=status, SortOrder="Ascending", MaxResults=100)
        assert [each["Name"] for each in page["InferenceExperiments"]] == [f"churn-{hour:02}" for hour in hours]
        for each in page["InferenceExperiments"]:
            hour = int(each["Name"][-2:])
            changed = {"Completed": hour + 12, "Running": hour, "Created": 0}[status]
            assert each["LastModifiedTime"] == NOON + changed * HOUR
