"""What a seed becomes: a whole experiment that fits its status, or a mistake that is named."""

from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator
from constants import DAY, NOON, STATUSES, UTC
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from valid_requests import shadow_mode, variant

from pytest_sagemaker_ie import SeedError, Status, mock_inference_experiments

# Two that differ from those that a seed has by default.
A, B = (variant(name, instance_type="ml.c5.xlarge", count=2) for name in "ab")


@pytest.mark.parametrize("status", STATUSES)
class TestDefaults:
    @pytest.fixture
    def shown(self, sagemaker_ie_backend: Any, describe: Any, status: str) -> Any:
        sagemaker_ie_backend.seed("churn", status)
        return describe("churn")

    def test_create_would_accept_them(self, sagemaker_ie: Any, shown: Any, status: str) -> None:
        shape = sagemaker_ie.meta.service_model.operation_model("CreateInferenceExperiment").input_shape
        request = {name: value for name, value in shown.items() if name in shape.members}
        request["EndpointName"] = shown["EndpointMetadata"]["EndpointName"]
        request["ModelVariants"] = [{k: v for k, v in each.items() if k != "Status"} for each in shown["ModelVariants"]]
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()

    def test_the_shadow_config_names_the_two_variants(self, shown: Any, status: str) -> None:
        shadow = shown["ShadowModeConfig"]
        named = [shadow["SourceModelVariantName"], shadow["ShadowModelVariants"][0]["ShadowModelVariantName"]]
        assert named == [each["VariantName"] for each in shown["ModelVariants"]]

    def test_the_schedule_is_a_whole_one(self, shown: Any, status: str) -> None:
        schedule = shown["Schedule"]
        assert timedelta(0) < schedule["EndTime"] - schedule["StartTime"] <= 30 * DAY

    def test_the_schedule_fits_the_status(self, shown: Any, status: str) -> None:
        now = datetime.now(UTC)
        started, ended = shown["Schedule"]["StartTime"] <= now, shown["Schedule"]["EndTime"] <= now
        expected = {
            "Creating": (False, False),
            "Created": (False, False),
            "Starting": (True, False),
            "Updating": (True, False),
            "Running": (True, False),
            "Stopping": (True, True),
            "Completed": (True, True),
            "Cancelled": (True, False),
        }
        assert (started, ended) == expected[status]

    def test_the_times_come_in_their_order(self, shown: Any, status: str) -> None:
        now = datetime.now(UTC)
        assert shown["CreationTime"] < shown["Schedule"]["StartTime"]
        assert shown["CreationTime"] <= shown["LastModifiedTime"] <= now
        assert shown["CreationTime"] < shown.get("CompletionTime", now) <= now

    def test_the_role_is_the_accounts(self, shown: Any, status: str) -> None:
        assert shown["RoleArn"].startswith("arn:aws:iam::123456789012:role/")

    def test_the_endpoint_has_the_status_that_follows(self, shown: Any, status: str) -> None:
        assert shown["EndpointMetadata"] == {
            "EndpointName": "churn-endpoint",
            "EndpointConfigName": "churn-endpoint-config",
            "EndpointStatus": "Updating" if status in ("Starting", "Updating", "Stopping") else "InService",
        }


def test_the_default_status_is_created(sagemaker_ie_backend: Any) -> None:
    assert sagemaker_ie_backend.seed("churn").status is Status.CREATED


@pytest.mark.parametrize("status", list(Status))
def test_a_status_may_be_given_as_an_enum_or_a_str(sagemaker_ie_backend: Any, status: Status) -> None:
    first = sagemaker_ie_backend.seed("first", status)
    second = sagemaker_ie_backend.seed("second", status.value)
    assert first.status is second.status is status


def test_the_role_is_of_the_regions_partition(sagemaker_ie_backend: Any) -> None:
    experiment = sagemaker_ie_backend.seed("churn", region="cn-north-1")
    assert experiment.role_arn == "arn:aws-cn:iam::123456789012:role/shadow-tests"


def test_the_same_name_may_live_in_two_regions(sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn", "Running")
    sagemaker_ie_backend.seed("churn", "Completed", region="eu-west-1")
    assert sagemaker_ie_backend.get("churn").status == "Running"
    assert sagemaker_ie_backend.get("churn", "eu-west-1").status == "Completed"


def test_an_endpoint_name_is_no_longer_than_the_service_allows(sagemaker_ie_backend: Any) -> None:
    experiment = sagemaker_ie_backend.seed("a" * 53 + "-" * 3 + "b" * 60)
    assert experiment.endpoint_metadata["EndpointName"] == "a" * 53 + "-endpoint"


class TestParameters:
    @pytest.mark.parametrize(
        "parameters",
        [
            {"EndpointName": "mine"},
            {"EndpointMetadata": {"EndpointName": "mine"}},
            {"EndpointName": "mine", "EndpointMetadata": {"EndpointName": "mine"}},
        ],
        ids=["as Create", "as Describe", "as both"],
    )
    def test_the_endpoint_is_spelled_as_create_or_as_describe_spells_it(
        self, sagemaker_ie_backend: Any, parameters: dict[str, Any]
    ) -> None:
        assert sagemaker_ie_backend.seed("churn", **parameters).endpoint_metadata == {
            "EndpointName": "mine",
            "EndpointConfigName": "mine-config",
            "EndpointStatus": "InService",
        }

    def test_tags_are_given_as_create_takes_them(self, sagemaker_ie_backend: Any) -> None:
        tags = [{"Key": "team", "Value": "growth"}, {"Key": "empty", "Value": ""}]
        assert sagemaker_ie_backend.seed("churn", Tags=tags).tags == {"team": "growth", "empty": ""}

    @pytest.mark.parametrize(
        ("member", "text"),
        [
            ("RoleArn", "arn:aws:iam::123456789012:role/a"),
            ("Description", "d"),
            ("KmsKey", "k"),
            ("StatusReason", "s"),
            ("Type", "ShadowMode"),
        ],
    )
    def test_a_str_is_kept(self, sagemaker_ie_backend: Any, describe: Any, member: str, text: str) -> None:
        sagemaker_ie_backend.seed("churn", "Cancelled", **{member: text})
        assert describe("churn")[member] == text

    def test_variants_may_be_a_tuple(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed("churn", ModelVariants=(A, B))
        assert [each["VariantName"] for each in experiment.model_variants] == ["a", "b"]

    def test_variants_alone_give_the_shadow_config(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed("churn", ModelVariants=[A, B])
        shadow = experiment.shadow_mode_config
        assert shadow["SourceModelVariantName"] == "a"
        assert shadow["ShadowModelVariants"][0]["ShadowModelVariantName"] == "b"

    def test_a_shadow_config_alone_gives_the_variants(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed("churn", ShadowModeConfig=shadow_mode("a", "b", 20))
        assert [each["VariantName"] for each in experiment.model_variants] == ["a", "b"]

    def test_both_together_are_kept(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed(
            "churn",
            ModelVariants=[A, B],
            ShadowModeConfig=shadow_mode("b", "a", 20),
        )
        assert experiment.shadow_mode_config == shadow_mode("b", "a", 20)

    def test_variants_may_have_the_statuses_that_describe_shows(self, sagemaker_ie_backend: Any) -> None:
        variants = [{**A, "Status": "InService"}, {**B, "Status": "Deleted"}]
        experiment = sagemaker_ie_backend.seed("churn", "Completed", ModelVariants=variants)
        assert experiment.model_variants == variants

    @pytest.mark.parametrize(
        "when",
        [
            pytest.param(NOON + DAY, id="aware"),
            pytest.param((NOON + DAY).astimezone(timezone(timedelta(hours=-7))), id="elsewhere"),
            pytest.param((NOON + DAY).astimezone().replace(tzinfo=None), id="naive, so local"),
            pytest.param("2030-06-16T12:00:00Z", id="ISO 8601"),
            pytest.param("2030-06-16T14:00:00+02:00", id="ISO 8601 with an offset"),
            pytest.param(int((NOON + DAY).timestamp()), id="seconds"),
            pytest.param((NOON + DAY).timestamp(), id="seconds as a float"),
        ],
    )
    @pytest.mark.usefixtures("noon")
    def test_a_time_may_be_given_as_boto3_takes_it(self, sagemaker_ie_backend: Any, when: Any) -> None:
        experiment = sagemaker_ie_backend.seed("churn", "Running", Schedule={"EndTime": when})
        assert experiment.schedule["EndTime"] == NOON + DAY


class TestHalfASchedule:
    pytestmark = pytest.mark.usefixtures("noon")

    @pytest.mark.parametrize(
        ("status", "start", "end"),
        [
            ("Created", 3, 8),
            ("Created", 10, 17),
            ("Running", -2, 6),
            ("Running", -29, 1),
            ("Completed", -20, -1),
            ("Completed", -0.5, 6.5),
        ],
    )
    def test_a_start_time_is_given_an_end_time(
        self, sagemaker_ie_backend: Any, status: str, start: float, end: float
    ) -> None:
        experiment = sagemaker_ie_backend.seed("churn", status, Schedule={"StartTime": NOON + start * DAY})
        assert experiment.schedule == {"StartTime": NOON + start * DAY, "EndTime": NOON + end * DAY}

    @pytest.mark.parametrize(
        ("status", "end", "start"),
        [
            ("Created", 20, 1),
            ("Created", 0.5, 0.25),
            ("Created", 60, 30),
            ("Running", 3, -1),
            ("Completed", -30, -37),
            ("Completed", -2, -8),
        ],
    )
    def test_an_end_time_is_given_a_start_time(
        self, sagemaker_ie_backend: Any, status: str, end: float, start: float
    ) -> None:
        experiment = sagemaker_ie_backend.seed("churn", status, Schedule={"EndTime": NOON + end * DAY})
        assert experiment.schedule == {"StartTime": NOON + start * DAY, "EndTime": NOON + end * DAY}


days = st.integers(-60 * 24, 60 * 24).map(lambda hours: hours / 24)


@given(
    status=st.sampled_from(STATUSES),
    schedule=st.fixed_dictionaries({}, optional={"StartTime": days, "EndTime": days}),
)
def test_an_accepted_schedule_is_whole_and_keeps_what_was_given(status: str, schedule: dict[str, float]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    given_times = {edge: now + each * DAY for edge, each in schedule.items()}
    with mock_inference_experiments() as backend:
        try:
            backend.seed("churn", status, Schedule=given_times)
        except SeedError:
            return
        shown = boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Schedule"]
    assert timedelta(0) < shown["EndTime"] - shown["StartTime"] <= 30 * DAY
    assert {edge: shown[edge] for edge in given_times} == given_times


@pytest.mark.usefixtures("noon")
class TestMistakes:
    @staticmethod
    def mistake(backend: Any, *args: Any, **kwargs: Any) -> str:
        with pytest.raises(SeedError) as caught:
            backend.seed(*args, **kwargs)
        return str(caught.value)

    def test_a_seed_error_is_a_value_error(self) -> None:
        assert issubclass(SeedError, ValueError)

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("runing", "unknown status 'runing'. Did you mean 'Running'? Valid statuses: "),
            ("xyz", "unknown status 'xyz'. Valid statuses: "),
            (None, "unknown status None. Valid statuses: "),
        ],
    )
    def test_an_unknown_status_is_told_the_valid_ones(
        self, sagemaker_ie_backend: Any, status: Any, expected: str
    ) -> None:
        valid = "Creating, Created, Updating, Starting, Running, Stopping, Completed, Cancelled"
        assert self.mistake(sagemaker_ie_backend, "churn", status) == expected + valid

    def test_an_unknown_parameter_is_told_the_valid_ones(self, sagemaker_ie_backend: Any) -> None:
        assert self.mistake(sagemaker_ie_backend, "churn", Shedule={}) == (
            "unknown parameter 'Shedule'. Did you mean 'Schedule'? Valid parameters: CompletionTime, CreationTime,"
            " DataStorageConfig, Description, EndpointMetadata, EndpointName, KmsKey, LastModifiedTime, ModelVariants,"
            " RoleArn, Schedule, ShadowModeConfig, StatusReason, Tags, Type"
        )

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            pytest.param(
                {"Name": "x"}, "Name is not a parameter of a seed: give the name as the first argument", id="Name"
            ),
            pytest.param(
                {"Status": "Running"},
                "Status is not a parameter of a seed: give the status as the second argument, or as status=",
                id="Status",
            ),
            pytest.param(
                {"Arn": "x"},
                "Arn is not a parameter of a seed: leave it out: the name, the region and the account decide it",
                id="Arn",
            ),
            pytest.param({"Description": 5}, "Description is 5 (int); expected a str", id="no str"),
            pytest.param({"Description": None}, "Description is None (NoneType); expected a str", id="None"),
            pytest.param({"Schedule": "x"}, "Schedule is 'x' (str); expected a dict", id="no dict"),
            pytest.param({"Tags": "x"}, "Tags is 'x' (str); expected a list", id="no list"),
            pytest.param({"ModelVariants": 5}, "ModelVariants is 5 (int); expected a list", id="no list of variants"),
            pytest.param(
                {"ModelVariants": []},
                "Value '[]' at 'ModelVariants' failed to satisfy constraint:"
                " Member must have length greater than or equal to 1",
                id="no variants",
            ),
            pytest.param(
                {"ModelVariants": [variant("a")]},
                "ModelVariants are ['a']; a shadow test has two, the production variant and then the shadow",
                id="one variant",
            ),
            pytest.param(
                {"ModelVariants": [{**variant("a"), "Status": "InService"}, variant("b")]},
                "ModelVariants[1] lacks the required member 'Status'",
                id="one status of two",
            ),
            pytest.param(
                {"DataStorageConfig": {}},
                "DataStorageConfig lacks the required member 'Destination'",
                id="a required member",
            ),
            pytest.param(
                {"ModelVariants": [variant("a"), variant("b")], "ShadowModeConfig": shadow_mode("a", "c")},
                "ShadowModeConfig.ShadowModelVariants names c, which is not one of the ModelVariants: a, b.",
                id="variants that differ",
            ),
            pytest.param(
                {"ShadowModeConfig": shadow_mode("a", "a")},
                "ModelVariants name a variant twice: a, a.",
                id="one variant for both",
            ),
            pytest.param(
                {
                    "ShadowModeConfig": {
                        "SourceModelVariantName": "a",
                        "ShadowModelVariants": [{"ShadowModelVariantName": "b", "SamplingPercentage": True}],
                    }
                },
                "ShadowModeConfig.ShadowModelVariants[0].SamplingPercentage is True (bool); expected an int",
                id="no int",
            ),
            pytest.param(
                {"Schedule": {"End": NOON}},
                "Schedule has no member 'End'. Did you mean 'EndTime'? Valid members: StartTime, EndTime",
                id="an unknown member",
            ),
            pytest.param(
                {"Schedule": {"EndTime": "tomorrow"}},
                "Schedule.EndTime is 'tomorrow' (str); expected a datetime, an ISO 8601 str, or seconds since the"
                " epoch",
                id="no time",
            ),
            pytest.param(
                {"Schedule": {"EndTime": True}},
                "Schedule.EndTime is True (bool); expected a datetime, an ISO 8601 str, or seconds since the epoch",
                id="a bool for a time",
            ),
            pytest.param(
                {"EndpointName": "a", "EndpointMetadata": {"EndpointName": "b"}},
                "EndpointName is 'a', but EndpointMetadata.EndpointName is 'b'",
                id="two endpoints",
            ),
            pytest.param(
                {"CompletionTime": NOON},
                "CompletionTime is given, but an experiment that is Created has not ended",
                id="an end of what has not ended",
            ),
        ],
    )
    def test_a_wrong_parameter_is_named_with_what_is_expected(
        self, sagemaker_ie_backend: Any, parameters: dict[str, Any], expected: str
    ) -> None:
        assert self.mistake(sagemaker_ie_backend, "churn", **parameters) == expected

    @pytest.mark.parametrize(
        ("status", "member", "days_from_now", "tense"),
        [
            ("Creating", "StartTime", -1, "past"),
            ("Created", "StartTime", 0, "past"),
            ("Starting", "StartTime", 1, "future"),
            ("Running", "StartTime", 1, "future"),
            ("Stopping", "StartTime", 1, "future"),
            ("Completed", "StartTime", 1, "future"),
            ("Starting", "EndTime", 0, "past"),
            ("Running", "EndTime", -1, "past"),
            ("Updating", "EndTime", -1, "past"),
        ],
    )
    def test_a_schedule_that_contradicts_the_status_is_refused(
        self, sagemaker_ie_backend: Any, status: str, member: str, days_from_now: int, tense: str
    ) -> None:
        when = NOON + days_from_now * DAY
        other = {"StartTime": {"EndTime": when + 7 * DAY}, "EndTime": {"StartTime": when - 7 * DAY}}[member]
        assert self.mistake(sagemaker_ie_backend, "churn", status, Schedule={member: when, **other}) == (
            f"Schedule.{member} {when.isoformat()} is in the {tense}, but the status is {status}"
            " (it is now 2030-06-15T12:00:00+00:00)"
        )

    def test_a_schedule_of_more_than_30_days_is_refused(self, sagemaker_ie_backend: Any) -> None:
        schedule = {"StartTime": NOON + DAY, "EndTime": NOON + 32 * DAY}
        assert "lasts at most 30 days" in self.mistake(sagemaker_ie_backend, "churn", Schedule=schedule)

    @pytest.mark.parametrize("name", ["", None, 5, b"churn", ["churn"]])
    def test_a_name_is_a_str(self, sagemaker_ie_backend: Any, name: Any) -> None:
        expected = f"the name of an experiment is {name!r}: give a non-empty str"
        assert self.mistake(sagemaker_ie_backend, name) == expected

    @pytest.mark.parametrize("region", ["", 5, ["us-east-1"], "eu-west1"])
    def test_a_region_has_the_form_of_one(self, sagemaker_ie_backend: Any, region: Any) -> None:
        expected = f"{region!r} is not the name of a region, such as 'us-east-1'"
        assert self.mistake(sagemaker_ie_backend, "churn", region=region) == expected

    def test_a_name_that_is_taken_is_refused(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        expected = "experiment 'churn' exists in us-east-1 already: it is Running"
        assert self.mistake(sagemaker_ie_backend, "churn") == expected

    def test_a_mistake_seeds_nothing(self, sagemaker_ie_backend: Any) -> None:
        self.mistake(sagemaker_ie_backend, "churn", Description=5)
        with pytest.raises(KeyError):
            sagemaker_ie_backend.get("churn")


class TestTimesThatCannotBe:
    """A seed's times agree with each other, with its status and with now."""

    @pytest.mark.parametrize(
        ("status", "parameters", "expected"),
        [
            ("Completed", {"CompletionTime": NOON + 5 * DAY}, "CompletionTime 2030-06-20.* to 2030-06-15"),
            ("Completed", {"CompletionTime": NOON - 20 * DAY}, "CompletionTime 2030-05-26.* from 2030-06-07.* to"),
            (
                "Cancelled",
                {"CompletionTime": NOON + DAY},
                "CompletionTime 2030-06-16.* does not fit the status Cancelled: give a time up to 2030-06-15",
            ),
            ("Running", {"CompletionTime": NOON}, "an experiment that is Running has not ended"),
            ("Running", {"CreationTime": NOON}, "CreationTime 2030-06-15.* is later than 2030-06-14"),
            ("Created", {"CreationTime": NOON + DAY}, "CreationTime 2030-06-16.* is later than 2030-06-15"),
            (
                "Running",
                {"LastModifiedTime": NOON - 50 * DAY, "CreationTime": NOON - 40 * DAY},
                "LastModifiedTime 2030-04-26.* is not between",
            ),
            ("Running", {"LastModifiedTime": NOON + DAY}, "LastModifiedTime 2030-06-16.* is not between"),
            ("Running", {"Schedule": {"EndTime": NOON + 40 * DAY}}, "^Schedule.EndTime 2030-07-25.* at most 30 days"),
            (
                "Running",
                {"Schedule": {"StartTime": NOON - 40 * DAY}},
                "^Schedule.StartTime 2030-05-06.* 30 days",
            ),
            ("Running", {"Schedule": {"EndTime": float("nan")}}, "Schedule.EndTime is nan"),
            ("Running", {"Schedule": {"EndTime": float("inf")}}, "Schedule.EndTime is inf"),
            ("Running", {"Schedule": {"EndTime": datetime.min}}, "Schedule.EndTime is datetime.datetime\\(1, 1, 1"),
        ],
    )
    def test_they_are_refused(
        self, sagemaker_ie_backend: Any, status: str, parameters: dict[str, Any], expected: str
    ) -> None:
        with freeze_time(NOON), pytest.raises(SeedError, match=expected):
            sagemaker_ie_backend.seed("churn", status, **parameters)

    def test_one_that_was_cancelled_has_ended_by_its_end_time(self, sagemaker_ie_backend: Any) -> None:
        with freeze_time(NOON):
            seeded = sagemaker_ie_backend.seed("churn", "Cancelled", Schedule={"EndTime": NOON - 5 * DAY})
            assert seeded.completion_time == NOON - 5 * DAY
