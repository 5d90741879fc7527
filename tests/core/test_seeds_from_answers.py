"""What DescribeInferenceExperiment answered becomes a seed; short seeds; times that count from the seeding; a reset."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import boto3
import pytest
from constants import DAY, HOUR, NOON, STATUSES
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import FaultError, SeedError, Status, mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.core import arguments
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.core.seeding import seed_parameters

TAGS = [{"Key": "team", "Value": "growth"}]
NEVER = {"progression": "time", "seconds": 10**9}
ACTIONS = [
    {"production": "Retain"},
    {"production": "Remove", "shadow": "Promote"},
    {"production": "Retain", "shadow": "Retain"},
]


def seconds(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else str(value)


def from_cli(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


WAYS: dict[str, Callable[[Any], Any]] = {
    "as boto3 returned it": lambda response: response,
    "times as seconds": lambda response: json.loads(json.dumps(response, default=seconds)),
    "times as the CLI prints them": lambda response: json.loads(json.dumps(response, default=from_cli)),
    "times as str writes them": lambda response: json.loads(json.dumps(response, default=str)),
}


def answers(client: Any, name: str = "churn") -> tuple[Any, Any]:
    """What the two Describes say of an experiment."""
    experiment = client.describe_inference_experiment(Name=name)
    endpoint = client.describe_endpoint(EndpointName=experiment["EndpointMetadata"]["EndpointName"])
    for each in (experiment, endpoint):
        del each["ResponseMetadata"]
    return experiment, {member: endpoint[member] for member in endpoint if not member.endswith("Time")}


def live(client: Any, backend: Any, status: str, data: st.DataObject, clock: Any) -> None:
    """Let an experiment come to a status by calls and by time."""
    draw = data.draw
    before = draw(st.sampled_from([HOUR, 3 * DAY])) + draw(st.integers(0, 999)) * timedelta(milliseconds=1)
    length = draw(st.sampled_from([HOUR, 7 * DAY, 30 * DAY]))
    schedule = {"StartTime": NOON + before, "EndTime": NOON + before + length}
    at_once = draw(st.booleans()) and status in ("Creating", "Running", "Updating", "Stopping", "Completed")
    extra = draw(
        st.sampled_from([{}, {"Description": "x", "KmsKey": "k"}, {"DataStorageConfig": {"Destination": "s3://a"}}])
    )
    request = creation("churn", Schedule={"EndTime": NOON + length} if at_once else schedule, **extra)
    if status in ("Creating", "Starting", "Updating", "Stopping"):
        backend.set_transition(NEVER, status)
    if status == "Cancelled" and draw(st.booleans()):
        backend.fail_experiment("churn", "Creating")
    if status == "Completed" and draw(st.booleans()):
        backend.set_transition({"progression": "time", "seconds": 600}, "Stopping")
    client.create_inference_experiment(**request)
    if status in ("Creating", "Created") or backend.get("churn").status == "Cancelled":
        return
    if not at_once and status == "Updating" and before and draw(st.booleans()):
        client.update_inference_experiment(Name="churn", Description="changed")
        return
    if not at_once:
        client.start_inference_experiment(Name="churn") if draw(st.booleans()) else clock.tick(before)
    if status in ("Starting", "Running"):
        return
    if status == "Updating":
        client.update_inference_experiment(
            Name="churn", ShadowModeConfig=shadow_mode(sampling=draw(st.integers(1, 99)))
        )
        return
    clock.tick(draw(st.sampled_from([timedelta(0), timedelta(minutes=30)])))
    if status == "Cancelled" or draw(st.booleans()):
        state = {"DesiredState": "Completed"} if status != "Cancelled" else {}
        actions = draw(st.sampled_from(ACTIONS))
        client.stop_inference_experiment(Name="churn", ModelVariantActions=actions, Reason="done", **state)
    else:
        clock.move_to(backend.get("churn").schedule["EndTime"])
    if status == "Completed":
        backend.experiments  # noqa: B018  a look, at its EndTime
        clock.tick(DAY)


@pytest.mark.parametrize("status", STATUSES)
def test_a_round_trip_gives_equal_answers(status: str) -> None:
    client = boto3.client("sagemaker", region_name="us-east-1")

    @given(st.data(), st.sampled_from(sorted(WAYS)))
    def check(data: st.DataObject, way: str) -> None:
        with freeze_time(NOON, ignore=["hypothesis"]) as clock:
            with mock_inference_experiments() as backend:
                live(client, backend, status, data, clock)
                before = answers(client)
                assert before[0]["Status"] == status
                response = WAYS[way](client.describe_inference_experiment(Name="churn"))
            with mock_inference_experiments() as another:
                another.seed_from(response)
                assert answers(client) == before

    check()


class TestSeedFrom:
    @staticmethod
    def answer(**changes: Any) -> dict[str, Any]:
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Running", Description="of production")
            response = boto3.client("sagemaker").describe_inference_experiment(Name="churn")
        return {**response, **changes}

    def test_it_is_in_this_account_and_region(self) -> None:
        response = self.answer(Arn="arn:aws:sagemaker:us-west-2:999999999999:inference-experiment/churn")
        with mock_inference_experiments(region="eu-west-1", account_id="210987654321") as backend:
            experiment = backend.seed_from(response)
            assert experiment.arn == "arn:aws:sagemaker:eu-west-1:210987654321:inference-experiment/churn"
            assert (experiment.status, experiment.description) == ("Running", "of production")

    def test_it_has_the_tags_that_are_given(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed_from(self.answer(), tags=TAGS)
        assert sagemaker_ie.list_tags(ResourceArn=experiment.arn)["Tags"] == TAGS

    def test_the_response_stays_as_it_is(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        response = self.answer()
        before = json.dumps(response, default=str)
        sagemaker_ie_backend.seed_from(response)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="changed")
        assert json.dumps(response, default=str) == before

    def test_it_goes_on_from_there(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed_from(self.answer())
        sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions=ACTIONS[1], DesiredState="Completed")
        endpoint = sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        assert [each["VariantName"] for each in endpoint["ProductionVariants"]] == ["shadow"]

    def test_one_that_was_created_at_once_goes_on_to_running(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.set_transition(NEVER, "Creating")
        sagemaker_ie.create_inference_experiment(**creation("churn"))
        response = sagemaker_ie.describe_inference_experiment(Name="churn")
        with mock_inference_experiments() as backend:
            experiment = backend.seed_from(response)
            backend.set_transition({"progression": "immediate"})
            assert experiment.status == "Running"

    def test_one_that_was_described_another_day_fits_its_day(self, sagemaker_ie_backend: Any) -> None:
        with freeze_time(NOON - 60 * DAY):
            response = self.answer()
        with freeze_time(NOON), pytest.raises(SeedError, match=r"EndTime .* is in the past, but the status is Running"):
            sagemaker_ie_backend.seed_from(response)
        with freeze_time(NOON - 60 * DAY):
            assert sagemaker_ie_backend.seed_from(response).status == "Running"

    @pytest.mark.parametrize("response", [None, [], {}, {"Name": "churn"}, {"Status": "Running"}, "{}"])
    def test_what_is_no_answer_is_told_so(self, sagemaker_ie_backend: Any, response: Any) -> None:
        with pytest.raises(
            SeedError, match="not a response of DescribeInferenceExperiment: give a dict with a Name and"
        ):
            sagemaker_ie_backend.seed_from(response)

    def test_what_it_cannot_hold_is_told(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(SeedError, match="unknown parameter 'Colour'"):
            sagemaker_ie_backend.seed_from(self.answer(Colour="blue"))


class TestShortSeeds:
    @pytest.mark.parametrize(
        ("given", "variants", "expected"),
        [
            ({"ShadowModelVariants": [{"SamplingPercentage": 30}]}, None, ("production", "shadow", 30)),
            ({"ShadowModelVariants": [{"ShadowModelVariantName": "b"}]}, None, ("production", "b", 50)),
            ({"ShadowModelVariants": [{"ShadowModelVariantName": "production"}]}, None, ("shadow", "production", 50)),
            ({"SourceModelVariantName": "a"}, None, ("a", "shadow", 50)),
            ({"SourceModelVariantName": "shadow"}, None, ("shadow", "production", 50)),
            ({}, None, ("production", "shadow", 50)),
            ({"ShadowModelVariants": [{"SamplingPercentage": 30}]}, "ab", ("a", "b", 30)),
            ({"ShadowModelVariants": [{"ShadowModelVariantName": "a"}]}, "ab", ("b", "a", 50)),
            ({"SourceModelVariantName": "b"}, "ab", ("b", "a", 50)),
            (None, "ab", ("a", "b", 50)),
        ],
    )
    def test_the_shadow_mode_is_completed(
        self, sagemaker_ie_backend: Any, given: Any, variants: str | None, expected: tuple[str, str, int]
    ) -> None:
        parameters = {} if given is None else {"ShadowModeConfig": given}
        if variants:
            parameters["ModelVariants"] = [{"VariantName": each} for each in variants]
        experiment = sagemaker_ie_backend.seed("churn", "Running", **parameters)
        assert experiment.shadow_mode_config == shadow_mode(*expected)
        assert {each["VariantName"] for each in experiment.model_variants} == set(expected[:2])

    def test_variants_are_completed(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed(
            "churn",
            ModelVariants=(
                {"VariantName": "a", "ModelName": "old"},
                {"VariantName": "b", "InfrastructureConfig": variant("b", count=4)["InfrastructureConfig"]},
            ),
        )
        a, b = experiment.model_variants
        assert a == {**variant("a", model="old"), "Status": "Creating"}
        assert b["InfrastructureConfig"] == variant("b", count=4)["InfrastructureConfig"]

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"ShadowModeConfig": 5}, r"ShadowModeConfig is 5 \(int\); expected a dict"),
            ({"ShadowModeConfig": {"ShadowModelVariants": 5}}, r"ShadowModelVariants is 5 \(int\); expected a list"),
            (
                {"ShadowModeConfig": {"ShadowModelVariants": {"SamplingPercentage": 30}}},
                r"ShadowModelVariants is \{'SamplingPercentage': 30\} \(dict\); expected a list",
            ),
            ({"ShadowModeConfig": {"ShadowModelVariants": []}}, "lacks the required member"),
            ({"ModelVariants": [5]}, r"ModelVariants\[0\] is 5 \(int\); expected a dict"),
            ({"ModelVariants": [{"ModelName": "m"}, {"VariantName": "b"}]}, r"ModelVariants\[0\] lacks the required"),
            ({"ModelVariants": [{"VariantName": "a"}]}, r"ModelVariants are \['a'\]; a shadow test has two"),
            ({"ModelVariants": [{"VariantName": "a", "Infrastructure": {}}]}, "has no member 'Infrastructure'"),
        ],
    )
    def test_what_has_a_wrong_type_is_named(self, sagemaker_ie_backend: Any, parameters: Any, expected: str) -> None:
        with pytest.raises(SeedError, match=expected):
            sagemaker_ie_backend.seed("churn", **parameters)


class TestTimesFromTheSeeding:
    @pytest.mark.usefixtures("noon")
    def test_they_count_from_it(self, sagemaker_ie_backend: Any) -> None:
        experiment = sagemaker_ie_backend.seed(
            "churn",
            "Running",
            Schedule={"StartTime": -2 * HOUR, "EndTime": 6 * HOUR},
            CreationTime=-3 * HOUR,
            LastModifiedTime=timedelta(0),
        )
        assert experiment.schedule == {"StartTime": NOON - 2 * HOUR, "EndTime": NOON + 6 * HOUR}
        assert (experiment.creation_time, experiment.last_modified_time) == (NOON - 3 * HOUR, NOON)

    def test_in_a_marker_they_count_from_the_tests_time(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("""
            from datetime import datetime, timedelta, timezone
            import pytest
            from freezegun import freeze_time

            @pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": timedelta(hours=6)})
            @freeze_time("2031-01-01")
            def test_it(sagemaker_ie_backend):
                end = datetime(2031, 1, 1, 6, tzinfo=timezone.utc)
                assert sagemaker_ie_backend.get("churn").schedule["EndTime"] == end
        """)
        pytester.runpytest().assert_outcomes(passed=1)

    def test_one_beyond_the_calendar_is_named(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(SeedError, match=r"Schedule\.EndTime is datetime\.timedelta"):
            sagemaker_ie_backend.seed("churn", Schedule={"EndTime": timedelta.max})


class TestReset:
    def test_the_account_is_as_new(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.seed("other", region="eu-west-1")
        sagemaker_ie_backend.experiments_limit = 1
        sagemaker_ie_backend.list_pages = "sparse"
        sagemaker_ie_backend.set_transition(NEVER)
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed")
        sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ThrottlingException")
        sagemaker_ie_backend.fail_experiment(None, "Creating")
        for number in range(3):
            sagemaker_ie_backend.seed(f"n-{number}")
        token = sagemaker_ie.list_inference_experiments(MaxResults=1)["NextToken"]

        sagemaker_ie_backend.reset()

        assert (sagemaker_ie_backend.experiments, sagemaker_ie_backend.calls) == ([], [])
        assert (sagemaker_ie_backend.experiments_limit, sagemaker_ie_backend.list_pages) == (None, "full")
        assert sagemaker_ie_backend.unspent_faults == []
        with pytest.raises(AssertionError, match="The account answered no call"):
            sagemaker_ie_backend.assert_called("ListInferenceExperiments")
        for name in ("churn", "another"):
            sagemaker_ie.create_inference_experiment(**creation(name))
            assert sagemaker_ie.describe_inference_experiment(Name=name)["Status"] == "Running"
        assert sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")["EndpointStatus"] == "InService"
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert len(sagemaker_ie_backend.calls) == 6
        with pytest.raises(sagemaker_ie.exceptions.ClientError, match="NextToken"):
            sagemaker_ie.list_inference_experiments(MaxResults=1, NextToken=token)
        assert f"{sagemaker_ie_backend!r}".endswith("2 experiments, 7 calls>")

    def test_a_seed_that_nobody_has_looked_at_is_gone(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.reset()
        assert sagemaker_ie_backend.seed("churn", "Running").status == "Running"
        assert len(sagemaker_ie_backend.experiments) == 1

    def test_the_reports_know_what_was_before_it_and_after_it(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("""
            import boto3
            import pytest
            from pytest_sagemaker_ie import mock_inference_experiments

            @pytest.fixture(scope="module")
            def of_module():
                with mock_inference_experiments() as backend:
                    yield backend

            @pytest.fixture
            def backend(of_module):
                yield of_module
                of_module.reset()

            @pytest.mark.parametrize("name", ["first", "second"])
            def test_it(backend, name):
                client = boto3.client("sagemaker", region_name="us-east-1")
                assert client.list_inference_experiments()["InferenceExperiments"] == []
                backend.seed(name, "Running")
                client.update_inference_experiment(Name=name, Description="of " + name)
                backend.reset()
                client.list_inference_experiments()
                assert len(backend.calls) == 1
                assert name == "first"
        """)
        result = pytester.runpytest("-q", "--sagemaker-ie-report")
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(
            ["Seeded: second (Running)", "*  List", "*  Update  second *", "*  List", "    all *  4 *  2"]
        )
        result.stdout.no_fnmatch_line("*: first*")


class TestRegionsThatThereAreNot:
    """A region's name is one that botocore's partitions know; a client may be in any."""

    @pytest.mark.parametrize(
        ("use", "mistake"),
        [
            (lambda backend, region: backend.seed("churn", region=region), SeedError),
            (lambda backend, region: backend.set_endpoint("churn", "Failed", region=region), SeedError),
            (lambda backend, region: backend.fail("AddTags", "BadGateway", region=region), FaultError),
            (lambda backend, region: backend.delay("AddTags", 1, region=region), FaultError),
            (lambda backend, region: backend.fail_experiment(None, "Starting", region=region), FaultError),
            (lambda backend, region: backend.assert_called("AddTags", times=0, region=region), ValueError),
        ],
        ids=["seed", "set_endpoint", "fail", "delay", "fail_experiment", "assert_called"],
    )
    def test_one_is_told_with_those_that_there_are(self, sagemaker_ie_backend: Any, use: Any, mistake: Any) -> None:
        with pytest.raises(mistake, match=r"Did you mean 'us-east-1'.* Valid: af-south-1, .*, us-gov-west-1") as caught:
            use(sagemaker_ie_backend, "us-east-11")
        assert str(caught.value).startswith("'us-east-11' is not a region that botocore knows.")

    def test_of_a_marker(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile("""
            import pytest

            @pytest.mark.sagemaker_ie("churn", region="eu-wset-1")
            def test_it():
                pass
        """)
        result = pytester.runpytest()
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*'eu-wset-1' is not a region that botocore knows. Did you mean 'eu-west-1'?*"])

    def test_of_an_account(self) -> None:
        with (
            pytest.raises(ValueError, match="'mars-north-1' is not a region"),
            mock_inference_experiments(region="mars-north-1"),
        ):
            raise AssertionError

    def test_a_client_may_be_in_one_that_is_newer_than_botocore(self, sagemaker_ie_backend: Any) -> None:
        client = boto3.client("sagemaker", region_name="eu-moon-9")
        client.create_inference_experiment(**creation("churn"))
        assert sagemaker_ie_backend.get("churn", "eu-moon-9").status == "Running"


@pytest.mark.parametrize("times", [-1, 1.0, True, "2"])
def test_how_often_a_call_was_made_is_a_count(sagemaker_ie_backend: Any, times: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(f"times is {times!r}: give a whole number from 0 on, or None")):
        sagemaker_ie_backend.assert_called("AddTags", times=times)


class TestTypes:
    """What `typed_arguments.py` leaves out: the lists are the package's own."""

    def test_a_seed_takes_the_parameters_that_it_is_said_to_take(self) -> None:
        assert set(arguments.SeedParameters.__annotations__) == set(seed_parameters(service_model()))

    def test_the_operations_and_statuses_are_those_that_there_are(self) -> None:
        def names(alias: Any) -> set[str]:
            return {name for each in get_args(alias) for name in ([each] if isinstance(each, str) else names(each))}

        assert names(arguments.OperationName) == set(OPERATIONS)
        assert names(arguments.TransitionalName) == TRANSITIONAL
        assert names(arguments.StatusName) == set(Status)


def test_a_view_from_before_a_reset_keeps_out_of_the_account(sagemaker_ie_backend: Any) -> None:
    old = sagemaker_ie_backend.seed("churn", "Stopping")
    assert old.status == "Stopping"
    sagemaker_ie_backend.reset()
    failure = sagemaker_ie_backend.fail_experiment("churn", "Stopping", optional=True)
    assert (old.status, failure.happened) == ("Stopping", 0)


def test_a_view_of_a_seed_that_no_call_has_reached_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(view: Any) -> tuple[str, str, str]:
        return view.region, view.arn, view.role_arn

    role = "arn:aws:iam::123456789012:role/shadow-tests"
    with mock_inference_experiments() as backend:
        before_reset, other = backend.seed("churn"), backend.seed("churn", region="eu-west-1")
        backend.reset()
        assert seen(before_reset) == ("us-east-1", other.arn.replace("eu-west-1", "us-east-1"), role)
        taken, other = backend.seed("churn"), backend.seed("churn", region="eu-west-1")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        with pytest.raises(SeedError, match="seeded twice"):
            backend.get("churn")
        assert seen(taken) == ("eu-west-1", other.arn, role)


def test_seeds_that_collide_leave_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_inference_experiments() as backend:
        backend.seed("churn")
        backend.seed("fraud")
        backend.seed("churn", region="eu-west-1")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        with pytest.raises(SeedError, match="'churn' is seeded twice in eu-west-1"):
            backend.get("churn")
        assert backend.get("fraud").region == "eu-west-1"


def test_an_endpoints_status_is_set_against_what_time_has_made_of_it(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
) -> None:
    sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 600}, "Starting")
    sagemaker_ie_backend.seed("churn", Schedule={"StartTime": timedelta(hours=1)})
    sagemaker_ie_clock.tick(3700)
    sagemaker_ie_backend.set_endpoint("churn-endpoint", "InService")
    assert sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")["EndpointStatus"] == "InService"


def test_fewer_looks_than_were_seen_end_with_the_next(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.set_transition({"progression": "manual", "times": 3})
    experiment = sagemaker_ie_backend.seed("churn", "Stopping")
    for times in (3, 3, 2):
        sagemaker_ie_backend.set_transition({"progression": "manual", "times": times})
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Stopping"
    assert experiment.status == "Completed"


@freeze_time("2026-03-02 12:00:00.905")
def test_a_time_from_the_seeding_is_a_whole_second(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    experiment = sagemaker_ie_backend.seed("churn", "Running", Schedule={"EndTime": timedelta(days=1)})
    assert experiment.schedule["EndTime"] == datetime.fromisoformat("2026-03-03T12:00:00+00:00")
