"""What the service model can't say of a request's values: each rule at its very edge, and a message that says what to
change. A refused request leaves everything as it was, and as it was going to be.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from constants import DAY, HOUR, NOON, SECOND, UTC
from fuzz.door import answer_of, everything_of
from service_model import installed_model
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import SeedError, mock_inference_experiments
from pytest_sagemaker_ie.core import values
from pytest_sagemaker_ie.core.errors import ValidationException
from pytest_sagemaker_ie.core.wire import milliseconds

INF1 = [
    each for each in installed_model().shape_for("ProductionVariantInstanceType").enum if each.startswith("ml.inf1.")
]
NAMES = "production, shadow"


pytestmark = pytest.mark.usefixtures("noon")


def refused(function: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        function(*arguments)
    return str(caught.value)


class TestASchedule:
    @pytest.mark.parametrize("duration", [HOUR, 7 * DAY, 30 * DAY - SECOND, 30 * DAY])
    def test_it_may_last_from_an_hour_to_thirty_days(self, duration: timedelta) -> None:
        values.check_schedule(milliseconds(NOON), milliseconds(NOON + duration))

    @pytest.mark.parametrize("duration", [timedelta(milliseconds=1), HOUR - timedelta(milliseconds=1)])
    def test_a_shorter_one_is_told_the_earliest_end(self, duration: timedelta) -> None:
        told = refused(values.check_schedule, milliseconds(NOON), milliseconds(NOON + duration))
        assert told == (
            f"Schedule lasts from 2030-06-15T12:00:00+00:00 to {(NOON + duration).isoformat()}, but an inference"
            " experiment lasts at least 1 hour: the earliest EndTime is 2030-06-15T13:00:00+00:00."
        )

    @pytest.mark.parametrize("over", [timedelta(milliseconds=1), SECOND, DAY, 3000 * DAY])
    def test_a_longer_one_is_told_the_latest_end(self, over: timedelta) -> None:
        told = refused(values.check_schedule, milliseconds(NOON), milliseconds(NOON + 30 * DAY + over))
        assert told == (
            f"Schedule lasts from 2030-06-15T12:00:00+00:00 to {(NOON + 30 * DAY + over).isoformat()}, but an inference"
            " experiment lasts at most 30 days: the latest EndTime is 2030-07-15T12:00:00+00:00."
        )

    @pytest.mark.parametrize("end", [NOON, NOON - SECOND, NOON - 40 * DAY])
    def test_it_begins_before_it_ends(self, end: datetime) -> None:
        assert refused(values.check_schedule, milliseconds(NOON), milliseconds(end)) == (
            f"Schedule.StartTime 2030-06-15T12:00:00+00:00 is not before Schedule.EndTime {end.isoformat()}."
        )

    def test_the_furthest_future_can_be_told(self) -> None:
        latest = 253_402_300_799_000
        assert "9999-12-31T23:59:59+00:00" in refused(values.check_schedule, latest - 31 * 86_400_000, latest)

    def test_it_ends_in_a_year_of_four_digits(self) -> None:
        latest = 253_402_300_799_000
        values.check_schedule(latest - 3_600_000, latest)
        assert refused(values.check_schedule, latest, latest + 500) == "Schedule ends after the year 9999."


class TestATimeInThePast:
    NOW = NOON + timedelta(milliseconds=500)

    @pytest.mark.parametrize("when", [NOON, NOON + timedelta(milliseconds=499), NOW, NOON + SECOND, NOON + 999 * DAY])
    def test_the_present_second_will_do_for_a_start(self, when: datetime) -> None:
        values.check_not_past("Schedule.StartTime", milliseconds(when), milliseconds(self.NOW))

    @pytest.mark.parametrize("when", [NOON + timedelta(milliseconds=501), NOON + SECOND])
    def test_an_end_is_in_the_future(self, when: datetime) -> None:
        values.check_not_past("Schedule.EndTime", milliseconds(when), milliseconds(self.NOW))

    @pytest.mark.parametrize(
        ("field", "when"),
        [
            ("Schedule.StartTime", NOON - timedelta(milliseconds=1)),
            ("Schedule.StartTime", NOON - 30 * DAY),
            ("Schedule.EndTime", NOON - SECOND),
            ("Schedule.EndTime", NOON),
            ("Schedule.EndTime", NOW),
        ],
    )
    def test_the_past_is_refused_and_told_the_time(self, field: str, when: datetime) -> None:
        assert refused(values.check_not_past, field, milliseconds(when), milliseconds(self.NOW)) == (
            f"{field} {when.isoformat()} is in the past: it is now 2030-06-15T12:00:00.500000+00:00."
        )


class TestVariants:
    def test_two_that_differ_are_accepted(self) -> None:
        values.check_variants([variant("production"), variant("shadow")], shadow_mode())
        values.check_variants([variant("b"), variant("a")], shadow_mode("a", "b"))

    @pytest.mark.parametrize("sampling", [0, 1, 50, 100])
    def test_a_percentage_is_not_below_zero(self, sampling: int) -> None:
        both = [variant("production"), variant("shadow")]
        values.check_variants(both, shadow_mode(sampling=sampling))
        assert refused(values.check_variants, both, shadow_mode(sampling=-sampling - 1)) == (
            f"SamplingPercentage of shadow is {-sampling - 1}; it is a percentage, from 0 to 100."
        )

    @pytest.mark.parametrize(
        ("names", "source", "shadow", "message"),
        [
            (["a", "a"], "a", "a", "ModelVariants name a variant twice: a, a."),
            (
                ["a", "b"],
                "c",
                "b",
                "ShadowModeConfig.SourceModelVariantName is c, which is not one of the ModelVariants: a, b.",
            ),
            (
                ["a", "b"],
                "a",
                "c",
                "ShadowModeConfig.ShadowModelVariants names c, which is not one of the ModelVariants: a, b.",
            ),
            (
                ["a", "b"],
                "b",
                "b",
                "ShadowModeConfig names b both as the source and as the shadow variant: they are two different"
                " ModelVariants.",
            ),
            (
                ["a"],
                "a",
                "b",
                "ShadowModeConfig.ShadowModelVariants names b, which is not one of the ModelVariants: a.",
            ),
            (
                ["a", "b"],
                "A",
                "b",
                "ShadowModeConfig.SourceModelVariantName is A, which is not one of the ModelVariants: a, b.",
            ),
        ],
    )
    def test_names_that_do_not_fit_are_told_those_that_would(
        self, names: list[str], source: str, shadow: str, message: str
    ) -> None:
        assert refused(values.check_variants, [variant(each) for each in names], shadow_mode(source, shadow)) == message

    def test_there_are_inf1_instances(self) -> None:
        assert len(INF1) >= 4

    @pytest.mark.parametrize("instance_type", INF1)
    @pytest.mark.parametrize("which", ["production", "shadow"])
    def test_none_is_on_inf1(self, which: str, instance_type: str) -> None:
        both = [
            variant(each, instance_type=instance_type if each == which else "ml.inf2.xlarge")
            for each in ("production", "shadow")
        ]
        assert refused(values.check_variants, both, shadow_mode()) == (
            f"The variant {which} uses {instance_type}, but Inf1 instances cannot take part in an inference experiment:"
            " choose another InstanceType."
        )


class TestAStop:
    @staticmethod
    def check(actions: dict[str, str], desired: "list[dict[str, Any]] | None" = None) -> tuple[str, ...]:
        both = [variant("production"), variant("shadow")]
        return values.check_stop(both, shadow_mode(), actions, desired or [])

    @pytest.mark.parametrize(
        ("production", "shadow", "dropped"),
        [
            ("Retain", "Remove", ("shadow",)),
            ("Retain", "Retain", ()),
            ("Retain", "Promote", ()),
            ("Remove", "Promote", ("production",)),
            ("Retain", None, ("shadow",)),
            (None, "Remove", ("shadow",)),
            (None, "Retain", ()),
            (None, "Promote", ()),
        ],
    )
    def test_the_dropped_variants(
        self, production: "str | None", shadow: "str | None", dropped: tuple[str, ...]
    ) -> None:
        actions = {"production": production, "shadow": shadow}
        assert self.check({name: action for name, action in actions.items() if action}) == dropped

    @pytest.mark.parametrize(
        ("actions", "message"),
        [
            ({"third": "Retain"}, f"ModelVariantActions name third, which is not one of the ModelVariants: {NAMES}."),
            (
                {"production": "Retain", "Shadow": "Remove"},
                f"ModelVariantActions name Shadow, which is not one of the ModelVariants: {NAMES}.",
            ),
            (
                {"production": "Promote"},
                "ModelVariantActions promote production, which is the production variant already: only the shadow"
                " variant can be promoted.",
            ),
            (
                {"production": "Remove"},
                "ModelVariantActions remove the production variant production and promote no other in its place.",
            ),
            (
                {"production": "Remove", "shadow": "Retain"},
                "ModelVariantActions remove the production variant production and promote no other in its place.",
            ),
            (
                {"production": "Remove", "shadow": "Remove"},
                "ModelVariantActions remove the production variant production and promote no other in its place.",
            ),
        ],
    )
    def test_actions_that_cannot_be(self, actions: dict[str, str], message: str) -> None:
        assert refused(self.check, actions) == message

    def test_desired_variants_are_some_that_stay(self) -> None:
        promote = {"production": "Remove", "shadow": "Promote"}
        assert self.check(promote, [variant("shadow")]) == ("production",)
        assert self.check({"shadow": "Retain"}, [variant("shadow"), variant("production")]) == ()
        for name, actions, staying in (
            ("production", promote, "shadow"),
            ("third", promote, "shadow"),
            ("shadow", {"production": "Retain"}, "production"),
            ("third", {"shadow": "Retain"}, NAMES),
        ):
            told = refused(self.check, actions, [variant(staying.partition(",")[0]), variant(name)])
            assert told == f"DesiredModelVariants name {name}, which is not a variant that stays: {staying}."

    def test_no_desired_variant_is_named_twice(self) -> None:
        told = refused(self.check, {"shadow": "Retain"}, [variant("shadow"), variant("production"), variant("shadow")])
        assert told == "DesiredModelVariants name a variant twice: shadow, production, shadow."

    @pytest.mark.parametrize("instance_type", INF1)
    def test_no_desired_variant_is_on_inf1(self, instance_type: str) -> None:
        told = refused(self.check, {"shadow": "Retain"}, [variant("shadow", instance_type=instance_type)])
        assert "shadow" in told
        assert instance_type in told


class TestTags:
    @staticmethod
    def tags(*keys: str, value: str = "new") -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key in keys]

    def test_new_ones_come_to_the_present_ones_and_replace_those_of_the_same_key(self) -> None:
        present = {"a": "old", "b": "old"}
        assert values.check_tags(self.tags("b", "c"), present) == {"a": "old", "b": "new", "c": "new"}
        assert present == {"a": "old", "b": "old"}
        assert values.check_tags([], present) == present

    @pytest.mark.parametrize("key", ["aws:", "aws:team", "AWS:team", "Aws:x"])
    def test_no_key_begins_with_aws(self, key: str) -> None:
        told = refused(values.check_tags, self.tags("team", key), {})
        assert told == f"System prefix 'aws:' reserved for AWS usage in tag key: {key}"

    @pytest.mark.parametrize("key", ["aws", "aws-team", "my:aws:", " aws:"])
    def test_other_keys_may_hold_aws(self, key: str) -> None:
        assert values.check_tags(self.tags(key), {}) == {key: "new"}

    def test_no_key_comes_twice_in_one_request(self) -> None:
        assert refused(values.check_tags, self.tags("a", "b", "a"), {}) == "Tags hold the key a twice."
        assert values.check_tags(self.tags("a", "A"), {}) == {"a": "new", "A": "new"}

    @pytest.mark.parametrize(("present", "added"), [(0, 50), (49, 1), (50, 0), (25, 25)])
    def test_there_are_fifty_at_most_after_merging(self, present: int, added: int) -> None:
        before = {f"old-{number}": "old" for number in range(present)}
        keys = [f"new-{number}" for number in range(added)]
        assert len(values.check_tags(self.tags(*keys), before)) == 50
        assert refused(values.check_tags, self.tags(*keys, "last"), before) == (
            "The experiment would have 51 tags; it can have at most 50."
        )

    def test_replacing_is_not_adding(self) -> None:
        before = {f"old-{number}": "old" for number in range(50)}
        assert len(values.check_tags(self.tags(*before), before)) == 50


# By what is wrong: an operation and its parameters, and words of the answer. `churn` is Created, `live` is Running.
REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "31 days": (
        "create_inference_experiment",
        creation("new", Schedule={"StartTime": NOON + DAY, "EndTime": NOON + 32 * DAY}),
        "at most 30 days",
    ),
    "31 days from now": (
        "create_inference_experiment",
        creation("new", Schedule={"EndTime": NOON + 31 * DAY}),
        "30 days",
    ),
    "a start in the past": (
        "create_inference_experiment",
        creation("new", Schedule={"StartTime": NOON - SECOND}),
        "Schedule.StartTime 2030-06-15T11:59:59+00:00 is in the past",
    ),
    "an end now": ("create_inference_experiment", creation("new", Schedule={"EndTime": NOON}), "is in the past"),
    "an end before the start": (
        "create_inference_experiment",
        creation("new", Schedule={"StartTime": NOON + 2 * DAY, "EndTime": NOON + DAY}),
        "is not before Schedule.EndTime",
    ),
    "one variant": (
        "create_inference_experiment",
        creation("new", ModelVariants=[variant("production")]),
        "names shadow, which is not one of the ModelVariants: production.",
    ),
    "inf1": (
        "create_inference_experiment",
        creation("new", ModelVariants=[variant("production"), variant("shadow", instance_type="ml.inf1.xlarge")]),
        "ml.inf1.xlarge",
    ),
    "a percentage below zero": (
        "create_inference_experiment",
        creation("new", ShadowModeConfig=shadow_mode(sampling=-1)),
        "from 0 to 100",
    ),
    "a tag of AWS": (
        "create_inference_experiment",
        creation("new", Tags=[{"Key": "fine", "Value": ""}, {"Key": "aws:x", "Value": ""}]),
        "aws:x",
    ),
    "a longer schedule": (
        "update_inference_experiment",
        {"Name": "churn", "Description": "new", "Schedule": {"EndTime": NOON + 32 * DAY}},
        "at most 30 days",
    ),
    "a longer schedule of a running one": (
        "update_inference_experiment",
        {"Name": "live", "Schedule": {"EndTime": NOON + 30 * DAY}},
        "the latest EndTime is 2030-07-14T12:00:00+00:00",
    ),
    "a new start in the past": (
        "update_inference_experiment",
        {"Name": "churn", "Schedule": {"StartTime": NOON - DAY}},
        "is in the past",
    ),
    "a new end in the past": (
        "update_inference_experiment",
        {"Name": "live", "Schedule": {"EndTime": NOON - HOUR}},
        "is in the past",
    ),
    "a start after the end": (
        "update_inference_experiment",
        {"Name": "churn", "Schedule": {"StartTime": NOON + 9 * DAY}},
        "is not before",
    ),
    "a new name for one": (
        "update_inference_experiment",
        {"Name": "churn", "ModelVariants": [variant("third")], "Description": "new"},
        "ModelVariants name third, which is not a variant of the experiment: production, shadow.",
    ),
    "other names than the config's": (
        "update_inference_experiment",
        {"Name": "churn", "ModelVariants": [variant("a"), variant("b")]},
        "production, which is not one of the ModelVariants: a, b.",
    ),
    "inf1 in an update": (
        "update_inference_experiment",
        {"Name": "churn", "ModelVariants": [variant("shadow", instance_type="ml.inf1.2xlarge")]},
        "ml.inf1.2xlarge",
    ),
    "a lower percentage": (
        "update_inference_experiment",
        {"Name": "live", "ShadowModeConfig": shadow_mode(sampling=-5)},
        "-5",
    ),
    "an action for nobody": (
        "stop_inference_experiment",
        {"Name": "live", "ModelVariantActions": {"third": "Retain"}, "Reason": "over"},
        "name third",
    ),
    "no production left": (
        "stop_inference_experiment",
        {"Name": "live", "ModelVariantActions": {"production": "Remove"}},
        "promote no other",
    ),
    "a desired variant that goes": (
        "stop_inference_experiment",
        {
            "Name": "live",
            "ModelVariantActions": {"production": "Retain"},
            "DesiredModelVariants": [variant("production", count=9), variant("shadow")],
        },
        "DesiredModelVariants name shadow",
    ),
    "a desired variant on inf1": (
        "stop_inference_experiment",
        {
            "Name": "live",
            "ModelVariantActions": {"production": "Retain"},
            "DesiredModelVariants": [variant("production", instance_type="ml.inf1.xlarge")],
        },
        "ml.inf1.xlarge",
    ),
    "a second tag of one key": (
        "add_tags",
        {
            "ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn",
            "Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        },
        "Tags hold the key a twice.",
    ),
    "51 tags": (
        "add_tags",
        {
            "ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn",
            "Tags": [{"Key": f"k{number}", "Value": ""} for number in range(50)],
        },
        "The experiment would have 51 tags; it can have at most 50.",
    ),
}
MODELS = {
    "a name": ("update_inference_experiment", {"Name": "churn_", "Description": "new"}, "regular expression"),
    "a description": (
        "update_inference_experiment",
        {"Name": "churn", "Description": "x" * 1025, "Schedule": {"EndTime": NOON + 3 * DAY}},
        "length less than or equal to 1024",
    ),
    "a conflict": (
        "update_inference_experiment",
        {"Name": "live", "Description": "new", "DataStorageConfig": {"Destination": "s3://a/"}},
        "Cannot update DataStorageConfig",
    ),
    "an enum": ("list_inference_experiments", {"StatusEquals": "Gone"}, "enum value set"),
    "a token": ("list_inference_experiments", {"NextToken": "gone"}, "NextToken"),
    "too many at once": ("list_inference_experiments", {"MaxResults": 101}, "less than or equal to 100"),
    "a name that exists": ("create_inference_experiment", creation("churn", Description="new"), "exists"),
    "a stop too early": (
        "stop_inference_experiment",
        {"Name": "churn", "ModelVariantActions": {"a": "Retain"}},
        "Created",
    ),
    "a start too late": ("start_inference_experiment", {"Name": "live"}, "Running"),
    "a deletion too early": ("delete_inference_experiment", {"Name": "live"}, "Running"),
}


def seed(backend: Any) -> None:
    """A Created and a Running experiment, one that is under way, and one that waits to be looked at."""
    backend.set_transition({"progression": "time", "seconds": 600})
    backend.seed("churn", "Created", Description="old", Tags=[{"Key": "old", "Value": ""}])
    backend.seed("live", "Running")
    backend.seed("slow", "Updating", transition={"progression": "time", "seconds": 7200})
    backend.seed("watched", "Starting", transition={"progression": "manual", "times": 3})


@pytest.mark.parametrize(("operation", "request_", "words"), REFUSALS.values(), ids=REFUSALS)
def test_the_answer_is_a_validation_exception_that_says_what_to_change(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, operation: str, request_: dict[str, Any], words: str
) -> None:
    seed(sagemaker_ie_backend)
    with pytest.raises(ClientError) as caught:
        getattr(sagemaker_ie, operation)(**request_)
    response = caught.value.response
    assert response["Error"]["Code"] == "ValidationException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert words in response["Error"]["Message"]
    assert response["Error"]["Message"].endswith((".", "tag key: aws:x"))


@pytest.mark.parametrize(
    ("operation", "request_", "words"), [*REFUSALS.values(), *MODELS.values()], ids=[*REFUSALS, *MODELS]
)
def test_a_refusal_changes_neither_what_is_nor_what_will_be(
    time_machine: Any, sagemaker_ie: Any, operation: str, request_: dict[str, Any], words: str
) -> None:
    """One account has the refused request and another one has not, and then the time goes on for both."""
    with mock_inference_experiments() as untouched:
        seed(untouched)
    with mock_inference_experiments() as backend:
        seed(backend)
        before = everything_of(backend)
        with pytest.raises(ClientError, match=re.escape(words)):
            getattr(sagemaker_ie, operation)(**request_)
        assert everything_of(backend) == before
        assert [call.error is not None for call in backend.calls] == [True]
    for later in (600 * SECOND, HOUR, 2 * HOUR, DAY, 7 * DAY, 30 * DAY):
        time_machine.move_to(NOON + later, tick=False)
        assert everything_of(backend) == everything_of(untouched)
    assert [each.status for each in backend.experiments] == ["Completed", "Completed", "Completed", "Starting"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Schedule": {"StartTime": NOON + DAY, "EndTime": NOON + 32 * DAY}}, "at most 30 days"),
        ({"Schedule": {"StartTime": NOON + DAY, "EndTime": NOON + DAY}}, "is not before"),
        ({"ShadowModeConfig": shadow_mode(sampling=-1)}, "from 0 to 100"),
        ({"ModelVariants": [variant("a", instance_type="ml.inf1.xlarge"), variant("b")]}, "ml.inf1.xlarge"),
        ({"ModelVariants": [variant("a"), variant("b")], "ShadowModeConfig": shadow_mode()}, "production"),
    ],
)
def test_seeds_are_held_to_the_same_rules(sagemaker_ie_backend: Any, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(SeedError, match=words):
        sagemaker_ie_backend.seed("churn", **parameters)
    assert sagemaker_ie_backend.experiments == []


class TestTheEndOfTime:
    """The service's times end with the year 9999."""

    LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    def test_an_experiment_without_an_end_time_ends_within_it_or_is_refused(self, sagemaker_ie: Any) -> None:
        for start in (self.LAST, self.LAST - HOUR, self.LAST - 7 * DAY, self.LAST - 8 * DAY):
            answer = answer_of(sagemaker_ie.create_inference_experiment, **creation(Schedule={"StartTime": start}))
            if "Error" in answer:
                assert answer["Error"]["Code"] == "ValidationException"
                continue
            shown = sagemaker_ie.describe_inference_experiment(Name="churn")
            assert start <= shown["Schedule"]["EndTime"] <= self.LAST
            assert len(sagemaker_ie.list_inference_experiments()["InferenceExperiments"]) == 1
            sagemaker_ie.delete_inference_experiment(Name="churn")

    def test_a_seed_without_an_end_time_ends_within_it_or_is_refused(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        for number in range(3):
            try:
                sagemaker_ie_backend.seed(f"churn-{number}", Schedule={"StartTime": self.LAST - number * 4 * DAY})
            except SeedError:
                continue
            sagemaker_ie.describe_inference_experiment(Name=f"churn-{number}")
