"""UpdateInferenceExperiment: what may change in which status, what a change does, what a refusal leaves alone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from constants import DAY, NOON, STATUSES, UTC
from hypothesis import given
from hypothesis import strategies as st
from valid_requests import shadow_mode, variant

from pytest_sagemaker_ie import Event, Status, mock_inference_experiments

SAMPLING = "ShadowModeConfig.ShadowModelVariants.SamplingPercentage"
SOURCE_NAME = "ShadowModeConfig.SourceModelVariantName"
SHADOW_NAME = "ShadowModeConfig.ShadowModelVariants.ShadowModelVariantName"

# Written by hand after the documentation of the service. A change to a new value: accepted, or a ConflictException.
TABLE = f"""
                    Creating  Created  Updating  Starting  Running  Stopping  Completed  Cancelled
Description         no        yes      no        no        yes      no        no         no
Schedule.StartTime  no        yes      no        no        no       no        no         no
Schedule.EndTime    no        yes      no        no        yes      no        no         no
ModelVariants       no        yes      no        no        no       no        no         no
DataStorageConfig   no        yes      no        no        no       no        no         no
{SOURCE_NAME}       no        yes      no        no        no       no        no         no
{SHADOW_NAME}       no        yes      no        no        no       no        no         no
{SAMPLING}          no        yes      no        no        yes      no        no         no
"""


def read(table: str) -> Iterator[tuple[str, str, str]]:
    columns, *rows = [line.split() for line in table.strip().splitlines()]
    for field, *cells in rows:
        for status, cell in zip(columns, cells, strict=True):
            yield status, field, cell


CELLS = list(read(TABLE))
ALLOWED = [(status, field) for status, field, cell in CELLS if cell == "yes"]
REFUSED = [(status, field) for status, field, cell in CELLS if cell == "no"]


BETTER = variant("shadow", model="better", instance_type="ml.c5.xlarge", count=3)

# By the field, a request that changes it. The two variant names can only change together: there are two variants.
REQUESTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Description": lambda before: {"Description": "new"},
    "Schedule.StartTime": lambda before: {"Schedule": {"StartTime": before["Schedule"]["StartTime"] + DAY}},
    "Schedule.EndTime": lambda before: {"Schedule": {"EndTime": before["Schedule"]["EndTime"] + DAY}},
    "ModelVariants": lambda before: {"ModelVariants": [BETTER]},
    "DataStorageConfig": lambda before: {"DataStorageConfig": {"Destination": "s3://new/"}},
    SOURCE_NAME: lambda before: {"ShadowModeConfig": shadow_mode(source="shadow", shadow="production")},
    SHADOW_NAME: lambda before: {"ShadowModeConfig": shadow_mode(source="shadow", shadow="production")},
    SAMPLING: lambda before: {"ShadowModeConfig": shadow_mode(sampling=75)},
}
# The same for those that are refused before anything is asked of the values: each changes its field alone.
FORBIDDEN = {
    **REQUESTS,
    SOURCE_NAME: lambda before: {"ShadowModeConfig": shadow_mode(source="third")},
    SHADOW_NAME: lambda before: {"ShadowModeConfig": shadow_mode(shadow="third")},
}


def with_changes(before: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """What Describe shows after `request`, apart from the LastModifiedTime."""
    expected = {**before, **request}
    if "Schedule" in request:
        expected["Schedule"] = {**before["Schedule"], **request["Schedule"]}
    if "ModelVariants" in request:
        new = {each["VariantName"]: each for each in request["ModelVariants"]}
        expected["ModelVariants"] = [{**each, **new.get(each["VariantName"], {})} for each in before["ModelVariants"]]
    return expected


def without_modification_time(described: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in described.items() if member != "LastModifiedTime"}


@pytest.fixture
def seed(sagemaker_ie_backend: Any) -> Callable[..., Any]:
    def seeded(status: str, **parameters: Any) -> Any:
        parameters.setdefault("Description", "old")
        parameters.setdefault("DataStorageConfig", {"Destination": "s3://old/"})
        return sagemaker_ie_backend.seed("churn", status, **parameters)

    return seeded


@pytest.fixture
def refusal(sagemaker_ie: Any) -> Callable[..., ClientError]:
    """The error that an update of `churn` is answered with."""

    def refused(**request: Any) -> ClientError:
        with pytest.raises(ClientError) as caught:
            sagemaker_ie.update_inference_experiment(Name="churn", **request)
        return caught.value

    return refused


def code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def message(error: ClientError) -> str:
    return error.response["Error"]["Message"]


class TestTheTable:
    def test_it_has_every_status_and_every_member_that_the_request_has(self, sagemaker_ie: Any) -> None:
        shape = sagemaker_ie.meta.service_model.operation_model("UpdateInferenceExperiment").input_shape
        assert {field.partition(".")[0] for _, field, _ in CELLS} == set(shape.members) - {"Name"}
        assert {status for status, _, _ in CELLS} == set(STATUSES)
        assert len(CELLS) == 8 * 8

    @pytest.mark.parametrize(("status", "field"), ALLOWED)
    def test_an_allowed_change_shows_and_nothing_else_changes(
        self, sagemaker_ie: Any, describe: Any, seed: Any, status: str, field: str
    ) -> None:
        seed(status)
        before = describe("churn")
        request = REQUESTS[field](before)
        sagemaker_ie.update_inference_experiment(Name="churn", **request)
        expected = with_changes(before, request)
        assert without_modification_time(describe("churn")) == without_modification_time(expected)

    @pytest.mark.parametrize(("status", "field"), ALLOWED)
    def test_an_allowed_change_moves_the_last_modified_time(
        self, sagemaker_ie: Any, describe: Any, seed: Any, status: str, field: str
    ) -> None:
        seed(status, LastModifiedTime=datetime(2020, 1, 1, tzinfo=UTC))
        sagemaker_ie.update_inference_experiment(Name="churn", **REQUESTS[field](describe("churn")))
        assert datetime.now(UTC) - describe("churn")["LastModifiedTime"] < timedelta(minutes=1)

    @pytest.mark.parametrize(("status", "field"), ALLOWED)
    def test_an_allowed_change_passes_through_updating(
        self, sagemaker_ie: Any, describe: Any, seed: Any, status: str, field: str
    ) -> None:
        experiment = seed(status)
        sagemaker_ie.update_inference_experiment(Name="churn", **REQUESTS[field](describe("churn")))
        steps = [(step.event, step.status_before, step.status_after) for step in experiment.history]
        assert steps == [(Event.UPDATE, status, "Updating"), (Event.FINISH, "Updating", status)]

    @pytest.mark.parametrize(("status", "field"), REFUSED)
    def test_a_change_that_the_status_forbids_is_a_conflict(
        self, sagemaker_ie: Any, describe: Any, seed: Any, status: str, field: str
    ) -> None:
        seed(status)
        request = FORBIDDEN[field](describe("churn"))
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            sagemaker_ie.update_inference_experiment(Name="churn", **request)

    @pytest.mark.parametrize(("status", "field"), REFUSED)
    def test_a_conflict_names_the_experiment_its_status_and_the_field(
        self, describe: Any, seed: Any, refusal: Any, status: str, field: str
    ) -> None:
        seed(status)
        text = message(refusal(**FORBIDDEN[field](describe("churn"))))
        assert "inference experiment churn:" in text
        assert f"its status is {status}." in text
        named = text.partition(" of inference experiment")[0].removeprefix("Cannot update ").split(", ")
        assert field in named

    @pytest.mark.parametrize("field", [field for status, field in REFUSED if status == "Running"])
    def test_a_conflict_of_a_running_experiment_names_no_field_that_may_change(
        self, describe: Any, seed: Any, refusal: Any, field: str
    ) -> None:
        seed("Running")
        text = message(refusal(**FORBIDDEN[field](describe("churn"))))
        assert text.startswith(f"Cannot update {field} of inference experiment churn: ")

    @pytest.mark.parametrize(("status", "field"), REFUSED)
    def test_a_conflict_says_what_is_allowed(
        self, describe: Any, seed: Any, refusal: Any, status: str, field: str
    ) -> None:
        seed(status)
        text = message(refusal(**FORBIDDEN[field](describe("churn"))))
        if status == "Running":
            assert text.endswith(f"What may change now: Description, Schedule.EndTime, {SAMPLING}.")
        else:
            assert text.endswith("An update is allowed only in the statuses Created and Running.")

    @pytest.mark.parametrize(("status", "field"), REFUSED)
    def test_a_conflict_changes_nothing(self, describe: Any, seed: Any, refusal: Any, status: str, field: str) -> None:
        experiment = seed(status)
        before = describe("churn")
        refusal(**FORBIDDEN[field](before))
        assert (describe("churn"), experiment.history) == (before, [])


class TestWhatIsRepeatedUnchanged:
    @pytest.mark.parametrize("status", ["Created", "Running"])
    def test_an_update_with_the_name_alone_is_accepted(self, sagemaker_ie: Any, seed: Any, status: str) -> None:
        experiment = seed(status)
        response = sagemaker_ie.update_inference_experiment(Name="churn")
        assert response["InferenceExperimentArn"] == experiment.arn

    @pytest.mark.parametrize("status", sorted({*STATUSES} - {"Created", "Running"}))
    def test_an_update_with_the_name_alone_is_a_conflict_where_no_update_is_taken(
        self, seed: Any, refusal: Any, status: str
    ) -> None:
        seed(status)
        assert message(refusal()) == (
            f"Cannot update inference experiment churn: its status is {status}."
            " An update is allowed only in the statuses Created and Running."
        )

    @pytest.mark.parametrize("member", ["Description", "Schedule", "ModelVariants", "DataStorageConfig", None])
    def test_what_describe_showed_may_be_sent_back_to_a_created_experiment(
        self, sagemaker_ie: Any, describe: Any, seed: Any, member: "str | None"
    ) -> None:
        experiment = seed("Created")
        before = describe("churn")
        member = member or "ShadowModeConfig"
        value = before[member]
        if member == "ModelVariants":
            value = [{k: v for k, v in each.items() if k != "Status"} for each in value]
        sagemaker_ie.update_inference_experiment(Name="churn", **{member: value})
        assert (describe("churn"), experiment.history) == (before, [])

    def test_a_running_experiment_takes_its_start_time_again_with_a_new_end_time(
        self, sagemaker_ie: Any, describe: Any, seed: Any
    ) -> None:
        seed("Running")
        schedule = describe("churn")["Schedule"]
        schedule["EndTime"] += DAY
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule=schedule)
        assert describe("churn")["Schedule"] == schedule

    def test_a_running_experiment_takes_its_variant_names_again_with_a_new_sampling_percentage(
        self, sagemaker_ie: Any, describe: Any, seed: Any
    ) -> None:
        seed("Running")
        sagemaker_ie.update_inference_experiment(Name="churn", ShadowModeConfig=shadow_mode(sampling=5))
        assert describe("churn")["ShadowModeConfig"] == shadow_mode(sampling=5)

    def test_a_running_experiment_takes_what_cloudformation_sends(
        self, sagemaker_ie: Any, describe: Any, seed: Any
    ) -> None:
        seed("Running")
        before = describe("churn")
        request = {
            "Description": "all at once",
            "Schedule": {**before["Schedule"], "EndTime": before["Schedule"]["EndTime"] - DAY},
            "ShadowModeConfig": shadow_mode(sampling=10),
        }
        sagemaker_ie.update_inference_experiment(Name="churn", **request)
        assert without_modification_time(describe("churn")) == without_modification_time({**before, **request})

    @pytest.mark.parametrize("member", ["ModelVariants", "DataStorageConfig"])
    def test_a_running_experiment_refuses_its_infrastructure_even_unchanged(
        self, describe: Any, seed: Any, refusal: Any, member: str
    ) -> None:
        seed("Running")
        value = describe("churn")[member]
        if member == "ModelVariants":
            value = [{k: v for k, v in each.items() if k != "Status"} for each in value]
        assert code(refusal(**{member: value})) == "ConflictException"

    def test_a_start_time_that_has_passed_may_be_repeated(self, sagemaker_ie: Any, describe: Any, seed: Any) -> None:
        seed("Running")
        start = describe("churn")["Schedule"]["StartTime"]
        assert start < datetime.now(UTC)
        response = sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"StartTime": start})
        assert "InferenceExperimentArn" in response

    def test_a_time_with_a_fraction_may_be_sent_back_as_botocore_sends_it(
        self, sagemaker_ie: Any, describe: Any, seed: Any
    ) -> None:
        """Some versions of botocore send whole seconds."""
        now = datetime.now(UTC).replace(microsecond=789_000)
        seed("Running", Schedule={"StartTime": now - DAY, "EndTime": now + DAY})
        before = describe("churn")
        whole_seconds = {edge: when.replace(microsecond=0) for edge, when in before["Schedule"].items()}
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule=whole_seconds)
        assert describe("churn") == before


def test_a_conflict_names_every_field_that_is_forbidden(describe: Any, seed: Any, refusal: Any) -> None:
    seed("Running")
    error = refusal(
        Description="fine",
        Schedule={"StartTime": describe("churn")["Schedule"]["StartTime"] + DAY},
        DataStorageConfig={"Destination": "s3://new/"},
    )
    assert message(error) == (
        "Cannot update Schedule.StartTime, DataStorageConfig of inference experiment churn: its status is Running."
        f" What may change now: Description, Schedule.EndTime, {SAMPLING}."
    )


def test_one_forbidden_field_keeps_the_allowed_ones_from_changing(describe: Any, seed: Any, refusal: Any) -> None:
    seed("Running")
    refusal(Description="fine", DataStorageConfig={"Destination": "s3://new/"})
    assert describe("churn")["Description"] == "old"


def test_a_name_that_is_not_there_is_not_found(sagemaker_ie: Any, seed: Any) -> None:
    seed("Created")
    with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
        sagemaker_ie.update_inference_experiment(Name="other", Description="x")


def test_an_experiment_of_another_region_is_not_found(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("abroad", region="eu-west-1")
    with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
        sagemaker_ie.update_inference_experiment(Name="abroad", Description="x")


def test_an_update_leaves_other_experiments_alone(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, seed: Any
) -> None:
    seed("Created")
    sagemaker_ie_backend.seed("other")
    before = describe("other")
    for request in REQUESTS.values():
        sagemaker_ie.update_inference_experiment(Name="churn", **request(describe("churn")))
    assert describe("other") == before


def test_an_update_leaves_a_later_seed_with_the_defaults(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any, seed: Any
) -> None:
    sagemaker_ie_backend.seed("first")
    seed("Created")
    for request in REQUESTS.values():
        sagemaker_ie.update_inference_experiment(Name="churn", **request(describe("churn")))
    sagemaker_ie_backend.seed("second")
    assert describe("second")["ModelVariants"] == describe("first")["ModelVariants"]


def test_an_empty_description_is_a_description(sagemaker_ie: Any, describe: Any, seed: Any) -> None:
    seed("Created")
    sagemaker_ie.update_inference_experiment(Name="churn", Description="")
    assert describe("churn")["Description"] == ""


def test_a_description_may_have_any_characters_of_one_line(sagemaker_ie: Any, describe: Any, seed: Any) -> None:
    seed("Created")
    text = 'Größe "日本" \\ 🦊 tail'
    sagemaker_ie.update_inference_experiment(Name="churn", Description=text)
    assert describe("churn")["Description"] == text


def test_a_data_storage_config_is_replaced_whole(sagemaker_ie: Any, describe: Any, seed: Any) -> None:
    seed("Created", DataStorageConfig={"Destination": "s3://old/", "KmsKey": "key"})
    new = {"Destination": "s3://new/", "ContentType": {"CsvContentTypes": ["text/csv"]}}
    sagemaker_ie.update_inference_experiment(Name="churn", DataStorageConfig=new)
    assert describe("churn")["DataStorageConfig"] == new


def test_data_capture_may_be_turned_on(sagemaker_ie: Any, sagemaker_ie_backend: Any, describe: Any) -> None:
    sagemaker_ie_backend.seed("plain")
    sagemaker_ie.update_inference_experiment(Name="plain", DataStorageConfig={"Destination": "s3://new/"})
    assert describe("plain")["DataStorageConfig"] == {"Destination": "s3://new/"}


class TestVariants:
    def test_one_variant_replaces_the_one_of_its_name(self, sagemaker_ie: Any, describe: Any, seed: Any) -> None:
        seed("Created")
        production = describe("churn")["ModelVariants"][0]
        sagemaker_ie.update_inference_experiment(Name="churn", ModelVariants=[BETTER])
        shown = describe("churn")["ModelVariants"]
        assert shown == [production, {**BETTER, "Status": "Creating"}]

    @pytest.mark.parametrize("which", [0, 1])
    def test_one_variant_repeated_is_no_step(self, sagemaker_ie: Any, seed: Any, which: int) -> None:
        both = [variant("production"), BETTER]
        experiment = seed("Created", ModelVariants=both)
        sagemaker_ie.update_inference_experiment(Name="churn", ModelVariants=[both[which]])
        assert experiment.history == []

    def test_two_variants_of_which_one_is_new_are_a_step(self, sagemaker_ie: Any, describe: Any, seed: Any) -> None:
        both = [variant("production"), BETTER]
        experiment = seed("Created", ModelVariants=both)
        sagemaker_ie.update_inference_experiment(Name="churn", ModelVariants=[both[0], variant("shadow", model="best")])
        assert [step.status_after for step in experiment.history] == ["Updating", "Created"]
        assert describe("churn")["ModelVariants"][1]["ModelName"] == "best"

    def test_two_variants_and_a_shadow_config_replace_both(self, sagemaker_ie: Any, describe: Any, seed: Any) -> None:
        seed("Created")
        sagemaker_ie.update_inference_experiment(
            Name="churn",
            ModelVariants=[variant("a"), variant("b")],
            ShadowModeConfig=shadow_mode("a", "b", 1),
        )
        assert [each["VariantName"] for each in describe("churn")["ModelVariants"]] == ["a", "b"]

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            pytest.param(
                {"ModelVariants": [variant("third")]},
                "ModelVariants name third, which is not a variant of the experiment: production, shadow."
                " Give both variants to replace them.",
                id="one variant of another name",
            ),
            pytest.param(
                {"ModelVariants": [variant("same"), variant("same")]},
                "ModelVariants name a variant twice: same, same.",
                id="the same variant twice",
            ),
            pytest.param(
                {"ModelVariants": [variant("a"), variant("shadow")]},
                "ShadowModeConfig.SourceModelVariantName is production, which is not one of the ModelVariants:"
                " a, shadow.",
                id="the source is gone",
            ),
            pytest.param(
                {"ModelVariants": [variant("production"), variant("b")]},
                "ShadowModeConfig.ShadowModelVariants names shadow, which is not one of the ModelVariants:"
                " production, b.",
                id="the shadow is gone",
            ),
            pytest.param(
                {"ShadowModeConfig": shadow_mode(source="nobody")},
                "ShadowModeConfig.SourceModelVariantName is nobody, which is not one of the ModelVariants:"
                " production, shadow.",
                id="an unknown source",
            ),
            pytest.param(
                {"ShadowModeConfig": shadow_mode(shadow="nobody")},
                "ShadowModeConfig.ShadowModelVariants names nobody, which is not one of the ModelVariants:"
                " production, shadow.",
                id="an unknown shadow",
            ),
            pytest.param(
                {"ShadowModeConfig": shadow_mode(source="shadow")},
                "ShadowModeConfig names shadow both as the source and as the shadow variant:"
                " they are two different ModelVariants.",
                id="one variant for both",
            ),
        ],
    )
    def test_variants_that_do_not_fit_together_are_refused(
        self, describe: Any, seed: Any, refusal: Any, request_: dict[str, Any], expected: str
    ) -> None:
        seed("Created")
        before = describe("churn")
        error = refusal(**request_)
        assert (code(error), message(error)) == ("ValidationException", expected)
        assert describe("churn") == before


class TestSchedule:
    """At noon, with an experiment that is Created for tomorrow noon and a week, or Running since yesterday noon."""

    @pytest.fixture(autouse=True)
    def _clock(self, time_machine: Any) -> None:
        time_machine.move_to(NOON, tick=False)

    def schedule(self, start: "float | None" = None, end: "float | None" = None) -> dict[str, datetime]:
        days = {"StartTime": start, "EndTime": end}
        return {edge: NOON + each * DAY for edge, each in days.items() if each is not None}

    @pytest.mark.parametrize(
        ("status", "start", "end"),
        [
            pytest.param("Created", 7.5, None, id="a later start"),
            pytest.param("Created", None, 31, id="the longest from the start"),
            pytest.param("Created", 60, 90, id="the longest anywhere"),
            pytest.param("Created", 2, 2 + 1 / 24, id="one hour"),
            pytest.param("Created", 1 / 86400, None, id="a start in a second"),
            pytest.param("Running", None, 1 / 86400, id="an end in a second"),
            pytest.param("Running", None, 29, id="the longest from a start that has passed"),
            pytest.param("Running", -1, 29, id="the same with the start repeated"),
        ],
    )
    def test_a_schedule_within_the_bounds_is_taken(
        self,
        sagemaker_ie: Any,
        describe: Any,
        seed: Any,
        status: str,
        start: "float | None",
        end: "float | None",
    ) -> None:
        seed(status)
        before = describe("churn")["Schedule"]
        request = self.schedule(start, end)
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule=request)
        assert describe("churn")["Schedule"] == {**before, **request}

    @pytest.mark.parametrize(
        ("status", "start", "end", "expected"),
        [
            pytest.param(
                "Created",
                8,
                None,
                "Schedule.StartTime 2030-06-23T12:00:00+00:00 is not before"
                " Schedule.EndTime 2030-06-23T12:00:00+00:00.",
                id="the start at the end",
            ),
            pytest.param(
                "Created",
                3,
                2,
                "Schedule.StartTime 2030-06-18T12:00:00+00:00 is not before"
                " Schedule.EndTime 2030-06-17T12:00:00+00:00.",
                id="the start after the end",
            ),
            pytest.param(
                "Created",
                None,
                31 + 1 / 86400,
                "Schedule lasts from 2030-06-16T12:00:00+00:00 to 2030-07-16T12:00:01+00:00, but an inference"
                " experiment lasts at most 30 days: the latest EndTime is 2030-07-16T12:00:00+00:00.",
                id="a second too long",
            ),
            pytest.param(
                "Running",
                None,
                30,
                "Schedule lasts from 2030-06-14T12:00:00+00:00 to 2030-07-15T12:00:00+00:00, but an inference"
                " experiment lasts at most 30 days: the latest EndTime is 2030-07-14T12:00:00+00:00.",
                id="too long from a start that has passed",
            ),
            pytest.param(
                "Created",
                -1 / 86_400,
                None,
                "Schedule.StartTime 2030-06-15T11:59:59+00:00 is in the past: it is now 2030-06-15T12:00:00+00:00.",
                id="a start a second ago",
            ),
            pytest.param(
                "Created",
                -1,
                None,
                "Schedule.StartTime 2030-06-14T12:00:00+00:00 is in the past: it is now 2030-06-15T12:00:00+00:00.",
                id="a start in the past",
            ),
            pytest.param(
                "Running",
                None,
                0,
                "Schedule.EndTime 2030-06-15T12:00:00+00:00 is in the past: it is now 2030-06-15T12:00:00+00:00.",
                id="an end now",
            ),
            pytest.param(
                "Running",
                None,
                -0.5,
                "Schedule.EndTime 2030-06-15T00:00:00+00:00 is in the past: it is now 2030-06-15T12:00:00+00:00.",
                id="an end in the past",
            ),
        ],
    )
    def test_a_schedule_out_of_bounds_is_refused(
        self,
        describe: Any,
        seed: Any,
        refusal: Any,
        status: str,
        start: "float | None",
        end: "float | None",
        expected: str,
    ) -> None:
        seed(status)
        before = describe("churn")
        error = refusal(Schedule=self.schedule(start, end))
        assert (code(error), message(error)) == ("ValidationException", expected)
        assert describe("churn") == before

    def test_an_end_time_in_another_time_zone_is_the_same_moment(
        self, sagemaker_ie: Any, describe: Any, seed: Any
    ) -> None:
        seed("Running")
        end = (NOON + 3 * DAY).astimezone(timezone(timedelta(hours=9)))
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": end})
        assert describe("churn")["Schedule"]["EndTime"] == NOON + 3 * DAY

    def test_an_empty_schedule_changes_nothing(self, sagemaker_ie: Any, describe: Any, seed: Any) -> None:
        experiment = seed("Running")
        before = describe("churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={})
        assert (describe("churn"), experiment.history) == (before, [])

    def test_a_forbidden_field_comes_before_a_wrong_value(self, seed: Any, refusal: Any) -> None:
        seed("Completed")
        assert code(refusal(Schedule=self.schedule(end=-100))) == "ConflictException"


hours = st.integers(-24 * 40, 24 * 40)
names = st.sampled_from(["production", "shadow", "third"])
requests = st.fixed_dictionaries(
    {},
    optional={
        "Description": st.text(max_size=5),
        "Schedule": st.fixed_dictionaries({}, optional={"StartTime": hours, "EndTime": hours}),
        "ModelVariants": st.lists(st.builds(variant, names), min_size=1, max_size=2),
        "DataStorageConfig": st.fixed_dictionaries({"Destination": st.sampled_from(["s3://a/", "s3://b/"])}),
        "ShadowModeConfig": st.builds(shadow_mode, names, names, st.integers(0, 100)),
    },
)


class TestAnyUpdate:
    @staticmethod
    def outcome(status: str, request: dict[str, Any]) -> "tuple[dict[str, Any], dict[str, Any], ClientError | None]":
        """Describe before and after, and the refusal if there was one."""
        now = datetime.now(UTC).replace(microsecond=0)
        if "Schedule" in request:
            schedule = {edge: now + timedelta(hours=each) for edge, each in request["Schedule"].items()}
            request = {**request, "Schedule": schedule}
        with mock_inference_experiments() as backend:
            backend.seed("churn", status)
            client = boto3.client("sagemaker")

            def described() -> dict[str, Any]:
                response = client.describe_inference_experiment(Name="churn")
                del response["ResponseMetadata"]
                return response

            before = described()
            try:
                client.update_inference_experiment(Name="churn", **request)
            except ClientError as error:
                return before, described(), error
            return with_changes(before, request), described(), None

    @given(status=st.sampled_from(STATUSES), request=requests)
    def test_a_refusal_changes_nothing(self, status: str, request: dict[str, Any]) -> None:
        before, after, error = self.outcome(status, request)
        if error is not None:
            assert code(error) in ("ConflictException", "ValidationException")
            assert after == before

    @given(status=st.sampled_from([Status.CREATED, Status.RUNNING]), request=requests)
    def test_an_accepted_one_leaves_a_schedule_and_variants_that_fit(
        self, status: str, request: dict[str, Any]
    ) -> None:
        _, after, error = self.outcome(status, request)
        if error is None:
            schedule = after["Schedule"]
            assert timedelta(0) < schedule["EndTime"] - schedule["StartTime"] <= timedelta(days=30)
            variants = {each["VariantName"] for each in after["ModelVariants"]}
            shadow = after["ShadowModeConfig"]
            assert variants == {
                shadow["SourceModelVariantName"],
                shadow["ShadowModelVariants"][0]["ShadowModelVariantName"],
            }

    @given(request=requests)
    def test_an_accepted_one_shows_everything_that_was_asked(self, request: dict[str, Any]) -> None:
        expected, after, error = self.outcome("Created", request)
        starts_now = request.get("Schedule", {}).get("StartTime") == 0
        if error is None and len(request.get("ModelVariants", ())) < 2 and not starts_now:
            assert without_modification_time(after) == without_modification_time(expected)
