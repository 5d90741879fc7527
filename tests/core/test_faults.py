"""Trouble that a test scripts: which requests it strikes, what the client meets, and what has changed then."""

from datetime import timedelta
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from constants import NOON
from valid_requests import creation

from pytest_sagemaker_ie import (
    FaultError,
    HorizonReached,
    SeedError,
    UnspentFaultError,
    mock_inference_experiments,
    virtual_clock,
)
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.core.script import CONNECTION_FAULTS, ERRORS

DESCRIBE, UPDATE, CREATE = "DescribeInferenceExperiment", "UpdateInferenceExperiment", "CreateInferenceExperiment"
LIST, TAG = "ListInferenceExperiments", "AddTags"


def client_without_retries() -> Any:
    return boto3.client("sagemaker", config=Config(retries={"total_max_attempts": 1, "mode": "standard"}))


@pytest.fixture
def client(sagemaker_ie_backend: Any) -> Any:
    """A client that tries once, and two experiments."""
    for name in ("churn", "other"):
        sagemaker_ie_backend.seed(name)
    return client_without_retries()


def outcome(call: Any, **parameters: Any) -> str:
    """The code of the error that a call meets, the name of the exception if it has none, or "fine"."""
    try:
        call(**parameters)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    except botocore.exceptions.BotoCoreError as error:
        return type(error).__name__
    return "fine"


class TestWhatTheClientMeets:
    @pytest.mark.parametrize("code", ERRORS)
    def test_an_error_of_the_service(self, client: Any, sagemaker_ie_backend: Any, code: str) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, code)
        with pytest.raises(ClientError) as raised:
            client.describe_inference_experiment(Name="churn")
        response: Any = raised.value.response
        shown = (
            response["Error"]["Code"],
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Message"],
        )
        assert shown == (code, *ERRORS[code])

    @pytest.mark.parametrize("kind", CONNECTION_FAULTS)
    def test_the_end_of_a_connection(self, client: Any, sagemaker_ie_backend: Any, kind: str) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, kind)
        with pytest.raises(getattr(botocore.exceptions, kind)):
            client.describe_inference_experiment(Name="churn")

    @pytest.mark.parametrize("error", [botocore.exceptions.ReadTimeoutError, botocore.exceptions.ConnectTimeoutError])
    def test_one_of_botocores_exceptions_by_its_class(
        self, client: Any, sagemaker_ie_backend: Any, error: type[Exception]
    ) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, error)
        with pytest.raises(error):
            client.describe_inference_experiment(Name="churn")

    def test_a_modeled_error_as_the_clients_own_exception(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(UPDATE, "ConflictException")
        with pytest.raises(client.exceptions.ConflictException) as raised:
            client.update_inference_experiment(Name="churn", Description="x")
        assert raised.value.response["Message"] == "ConflictException, as the test has scripted it"

    def test_a_modeled_error_by_the_clients_own_class(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(UPDATE, client.exceptions.ConflictException)
        assert outcome(client.update_inference_experiment, Name="churn") == "ConflictException"

    def test_any_code_with_any_message_and_status(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "LunchBreak", message="Back at two.", status_code=418)
        with pytest.raises(ClientError) as raised:
            client.describe_inference_experiment(Name="churn")
        response: Any = raised.value.response
        assert response["Error"] == {"Code": "LunchBreak", "Message": "Back at two."}
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 418

    def test_the_answers_that_are_not_troubled_are_those_of_every_day(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        for name in ("churn", "other"):
            sagemaker_ie_backend.seed(name)
        plain = sagemaker_ie.describe_inference_experiment(Name="churn")
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", name="other", optional=True)
        troubled = sagemaker_ie.describe_inference_experiment(Name="churn")
        for response in (plain, troubled):
            response["ResponseMetadata"].pop("RequestId")
            response["ResponseMetadata"]["HTTPHeaders"].pop("x-amzn-requestid")
            response["ResponseMetadata"]["HTTPHeaders"].pop("date")
        assert plain == troubled

    def test_a_refusal_of_every_day_under_a_fault_for_later(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(UPDATE, "InternalFailure", after=1, optional=True)
        assert outcome(client.update_inference_experiment, Name="nobody") == "ResourceNotFound"

    def test_no_credentials_are_asked_for(self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def search(self: Any) -> Any:
            raise AssertionError("credentials were looked for")

        monkeypatch.setattr("botocore.credentials.CredentialResolver.load_credentials", search)
        sagemaker_ie_backend.fail(LIST, "ThrottlingException")
        assert boto3.Session().client("sagemaker").list_inference_experiments()["InferenceExperiments"] == []


class TestWhichRequests:
    def test_the_next_one(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure")
        met = [outcome(client.describe_inference_experiment, Name="churn") for _ in range(3)]
        assert met == ["InternalFailure", "fine", "fine"]

    def test_so_many(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=2)
        met = [outcome(client.describe_inference_experiment, Name="churn") for _ in range(3)]
        assert met == ["InternalFailure", "InternalFailure", "fine"]

    def test_all(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=None)
        met = {outcome(client.describe_inference_experiment, Name="churn") for _ in range(20)}
        assert met == {"InternalFailure"}

    def test_the_nth(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", after=2)
        met = [outcome(client.describe_inference_experiment, Name="churn") for _ in range(4)]
        assert met == ["fine", "fine", "InternalFailure", "fine"]

    def test_the_nth_of_those_that_fare_well(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", after=1)
        sagemaker_ie_backend.fail(DESCRIBE, "ServiceUnavailable")
        met = [outcome(client.describe_inference_experiment, Name="churn") for _ in range(3)]
        assert met == ["ServiceUnavailable", "fine", "InternalFailure"]

    def test_those_of_one_operation(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure")
        assert outcome(client.update_inference_experiment, Name="churn") == "fine"
        assert outcome(client.describe_inference_experiment, Name="churn") == "InternalFailure"

    def test_those_about_one_experiment(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", name="other")
        assert outcome(client.describe_inference_experiment, Name="churn") == "fine"
        assert outcome(client.describe_inference_experiment, Name="other") == "InternalFailure"

    def test_the_tags_of_one_experiment(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(TAG, "InternalFailure", name="other")
        met = [
            outcome(
                client.add_tags, ResourceArn=sagemaker_ie_backend.get(name).arn, Tags=[{"Key": "team", "Value": "x"}]
            )
            for name in ("churn", "other")
        ]
        assert met == ["fine", "InternalFailure"]

    def test_those_in_one_region(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(LIST, "AccessDeniedException", region="eu-west-1")
        met = [
            outcome(boto3.client("sagemaker", region_name=region).list_inference_experiments)
            for region in ("us-east-1", "eu-west-1")
        ]
        assert met == ["fine", "AccessDeniedException"]

    def test_those_while_a_condition_holds(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(
            UPDATE, "InternalFailure", times=None, when=lambda call: call.parameters.get("Description") == "bad"
        )
        met = [outcome(client.update_inference_experiment, Name="churn", Description=text) for text in ("good", "bad")]
        assert met == ["fine", "InternalFailure"]

    def test_of_two_faults_the_one_scripted_first_and_then_the_other(
        self, client: Any, sagemaker_ie_backend: Any
    ) -> None:
        for code in ("InternalFailure", "ServiceUnavailable"):
            sagemaker_ie_backend.fail(DESCRIBE, code)
        met = [outcome(client.describe_inference_experiment, Name="churn") for _ in range(3)]
        assert met == ["InternalFailure", "ServiceUnavailable", "fine"]


class TestWhatHasChanged:
    def test_nothing_when_the_request_failed(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(UPDATE, "InternalFailure")
        before = client.describe_inference_experiment(Name="churn")
        outcome(client.update_inference_experiment, Name="churn", Description="x")
        after = client.describe_inference_experiment(Name="churn")
        assert {**before, "ResponseMetadata": None} == {**after, "ResponseMetadata": None}

    @pytest.mark.parametrize("error", ["ReadTimeoutError", "ConnectionClosedError", "InternalFailure"])
    def test_everything_when_only_the_answer_was_lost(self, client: Any, sagemaker_ie_backend: Any, error: str) -> None:
        sagemaker_ie_backend.fail(UPDATE, error, answer_lost=True)
        met = outcome(client.update_inference_experiment, Name="churn", Description="x")
        assert (met, sagemaker_ie_backend.get("churn").description) == (error, "x")

    def test_a_lost_refusal_is_lost_too(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(UPDATE, "ReadTimeoutError", answer_lost=True)
        assert outcome(client.update_inference_experiment, Name="nobody") == "ReadTimeoutError"

    def test_a_retried_create_meets_what_it_has_created(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(CREATE, "ReadTimeoutError", answer_lost=True)
        with pytest.raises(sagemaker_ie.exceptions.ResourceInUse):
            sagemaker_ie.create_inference_experiment(**creation())
        assert sagemaker_ie_backend.get("churn").status == "Running"

    def test_a_lost_delete_has_deleted(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail("DeleteInferenceExperiment", "ReadTimeoutError", answer_lost=True)
        outcome(client.delete_inference_experiment, Name="churn")
        call = sagemaker_ie_backend.calls[-1]
        assert (call.status_before, call.status_after, call.error) == ("Created", None, "ReadTimeoutError")
        assert [state.name for state in service_of(sagemaker_ie_backend).states()] == ["other", "churn"]

    def test_each_attempt_is_in_the_record(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "ServiceUnavailable", times=2)
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert [call.error for call in sagemaker_ie_backend.calls] == ["ServiceUnavailable", "ServiceUnavailable", None]


@pytest.mark.usefixtures("places")
class TestDelay:
    def test_an_answer_takes_its_time(self) -> None:
        with virtual_clock(NOON) as clock, mock_inference_experiments() as backend:
            backend.seed("churn")
            backend.delay(UPDATE, 30)
            client_without_retries().update_inference_experiment(Name="churn", Description="x")
            assert clock.now() - NOON == timedelta(seconds=30)
            assert backend.get("churn").last_modified_time == NOON

    def test_a_refusal_takes_its_time_too(self) -> None:
        with virtual_clock(NOON) as clock, mock_inference_experiments() as backend:
            backend.delay(UPDATE, 30)
            met = outcome(client_without_retries().update_inference_experiment, Name="churn")
            assert (met, clock.now() - NOON) == ("ResourceNotFound", timedelta(seconds=30))

    def test_one_that_takes_longer_than_the_client_waits_is_lost(self) -> None:
        with virtual_clock(NOON) as clock, mock_inference_experiments() as backend:
            backend.seed("churn")
            backend.delay(UPDATE, 300)
            met = outcome(client_without_retries().update_inference_experiment, Name="churn", Description="x")
            assert (met, clock.now() - NOON) == ("ReadTimeoutError", timedelta(seconds=60))
            assert backend.get("churn").description == "x"

    def test_a_client_that_waits_for_ever_gets_its_answer(self) -> None:
        with virtual_clock(NOON) as clock, mock_inference_experiments() as backend:
            backend.seed("churn")
            backend.delay(UPDATE, 7200)
            client: Any = boto3.client("sagemaker", config=Config(read_timeout=None))  # type: ignore[arg-type]
            client.update_inference_experiment(Name="churn", Description="x")
            assert clock.now() - NOON == timedelta(hours=2)

    def test_past_the_horizon_the_call_is_unanswered(self) -> None:
        with virtual_clock(NOON, horizon=timedelta(hours=1)), mock_inference_experiments() as backend:
            backend.delay(LIST, 7200)
            client: Any = boto3.client("sagemaker", config=Config(read_timeout=10_000))
            with pytest.raises(HorizonReached):
                client.list_inference_experiments()
            assert backend.calls[0].error == "HorizonReached"


class TestDelayWithoutAClock:
    def test_it_needs_a_clock(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(FaultError, match="none runs: use the fixture sagemaker_ie_clock"):
            sagemaker_ie_backend.delay(UPDATE, 30)

    @pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), "30", True])
    def test_what_is_no_time_is_an_error(self, sagemaker_ie_backend: Any, seconds: Any) -> None:
        with pytest.raises(FaultError, match=f"seconds is {seconds!r}: give a number greater than 0"):
            sagemaker_ie_backend.delay(UPDATE, seconds)


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "options", "mistake"),
        [
            (["CreateModel", "InternalFailure"], {}, "'CreateModel' is not an operation that is answered.*ListTags"),
            (
                ["update_inference_experiment", "InternalFailure"],
                {},
                "Did you mean 'UpdateInferenceExperiment'\\? Valid: CreateInferenceExperiment, ",
            ),
            ([None, "InternalFailure"], {}, "None is not an operation"),
            ([UPDATE, "ThrotlingException"], {}, "Did you mean 'ThrottlingException'\\? Valid: ConflictException, "),
            ([UPDATE, "ResourceInUse"], {}, "'ResourceInUse' is not an error that is known here"),
            ([UPDATE, ZeroDivisionError], {}, "'ZeroDivisionError' is not an error that is known here"),
            ([UPDATE, ZeroDivisionError], {"message": "x"}, "'ZeroDivisionError' is not an error that is known here"),
            ([UPDATE, 503], {}, "503 is not an error: give a code, or"),
            ([UPDATE, ""], {}, "'' is not an error: give a code, or"),
            ([UPDATE, "ReadTimeoutError"], {"message": "x"}, "leave message and status_code out"),
            ([UPDATE, "ReadTimeoutError"], {"status_code": 500}, "leave message and status_code out"),
            ([UPDATE, "InternalFailure"], {"status_code": 200}, r"status_code is 200: give .*from 400 to 599"),
            ([UPDATE, "InternalFailure"], {"status_code": 600}, r"status_code is 600: give .*from 400 to 599"),
            ([UPDATE, "InternalFailure"], {"status_code": "500"}, r"status_code is '500': give .*from 400 to 599"),
            ([UPDATE, "InternalFailure"], {"message": 1}, "message is 1: give a str"),
            ([UPDATE, "InternalFailure"], {"times": 0}, "times is 0: give a whole number from 1 on, or None"),
            ([UPDATE, "InternalFailure"], {"times": True}, "times is True: give a whole number from 1 on, or None"),
            ([UPDATE, "InternalFailure"], {"after": -1}, "after is -1: give a whole number from 0 on"),
            ([UPDATE, "InternalFailure"], {"when": "Running"}, "when is 'Running': give a function"),
            ([UPDATE, "InternalFailure"], {"name": ""}, "name is '': give the name of an experiment, or None"),
            ([UPDATE, "InternalFailure"], {"region": "Ireland"}, "'Ireland' is not the name of a region"),
            ([LIST, "InternalFailure"], {"name": "churn"}, "is about no single experiment: leave name='churn' out"),
        ],
    )
    def test_a_fault_that_cannot_be_is_an_error_at_its_line(
        self, sagemaker_ie_backend: Any, arguments: Any, options: Any, mistake: str
    ) -> None:
        with pytest.raises(FaultError, match=mistake):
            sagemaker_ie_backend.fail(*arguments, **options)

    def test_a_fault_says_what_it_is_and_how_often_it_has_happened(
        self, client: Any, sagemaker_ie_backend: Any
    ) -> None:
        faults = [
            sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=2, optional=True),
            sagemaker_ie_backend.fail(UPDATE, botocore.exceptions.ReadTimeoutError, times=None, optional=True),
        ]
        outcome(client.describe_inference_experiment, Name="churn")
        assert list(map(repr, faults)) == [
            "<fail('DescribeInferenceExperiment', 'InternalFailure'): happened 1 of 2>",
            "<fail('UpdateInferenceExperiment', 'ReadTimeoutError'): happened 0 as often as it can>",
        ]


class TestWhatDidNotComeToPass:
    def test_it_fails_the_test_at_its_tear_down(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            def test_it(sagemaker_ie_backend):
                sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ThrottlingException")
                sagemaker_ie_backend.fail_experiment("churn", "Starting", times=2)
            """
        )
        result = pytester.runpytest()
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(
            [
                "the test has scripted what did not happen: <fail('UpdateInferenceExperiment', 'ThrottlingException'):"
                " happened 0 of 1>",
                "  <fail_experiment('churn', 'Starting'): happened 0 of 2>",
                "There is no experiment 'churn'.",
                "Give optional=True to what need not happen.",
            ]
        )

    def test_nothing_is_said_of_what_is_optional(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            def test_it(sagemaker_ie_backend):
                sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ThrottlingException", optional=True)
                sagemaker_ie_backend.fail_experiment("churn", "Starting", optional=True)
            """
        )
        pytester.runpytest().assert_outcomes(passed=1)

    def test_nothing_is_said_when_the_test_has_failed_anyway(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            def test_it(sagemaker_ie_backend):
                sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ThrottlingException")
                assert False
            """
        )
        pytester.runpytest().assert_outcomes(failed=1)

    def test_nothing_is_said_of_a_unittest_that_has_failed_or_was_skipped(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import unittest
            import pytest

            class TestIt(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def _backend(self, sagemaker_ie_backend):
                    self.backend = sagemaker_ie_backend

                def test_fails(self):
                    self.backend.fail("ListInferenceExperiments", "ThrottlingException")
                    self.fail()

                def test_skips(self):
                    self.backend.fail("ListInferenceExperiments", "ThrottlingException")
                    self.skipTest("no")
            """
        )
        pytester.runpytest().assert_outcomes(failed=1, skipped=1)

    def test_the_filters_are_told(self, sagemaker_ie_backend: Any) -> None:
        fault = sagemaker_ie_backend.fail(UPDATE, "InternalFailure", name="churn", after=2, optional=True)
        assert repr(fault) == (
            "<fail('UpdateInferenceExperiment', 'InternalFailure', name='churn', after=2): happened 0 of 1>"
        )

    def test_the_context_manager_says_so_at_its_end(self) -> None:
        def scripted() -> None:
            with mock_inference_experiments() as backend:
                backend.fail(LIST, "AccessDeniedException", times=2)
                outcome(client_without_retries().list_inference_experiments)

        with pytest.raises(UnspentFaultError, match="happened 1 of 2"):
            scripted()

    def test_the_context_manager_lets_another_error_go_first(self) -> None:
        def scripted() -> None:
            with mock_inference_experiments() as backend:
                backend.fail(LIST, "AccessDeniedException")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            scripted()


class TestExperimentsThatFail:
    @pytest.mark.parametrize("status", ["Creating", "Starting", "Updating", "Stopping"])
    def test_one_that_passes_through_the_status_is_cancelled(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, status: str
    ) -> None:
        act, seeded = {
            "Creating": (lambda: sagemaker_ie.create_inference_experiment(**creation()), None),
            "Starting": (lambda: sagemaker_ie.start_inference_experiment(Name="churn"), "Created"),
            "Updating": (lambda: sagemaker_ie.update_inference_experiment(Name="churn", Description="x"), "Running"),
            "Stopping": (
                lambda: sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions={"shadow": "Remove"}),
                "Running",
            ),
        }[status]
        if seeded is not None:
            sagemaker_ie_backend.seed("churn", seeded)
        sagemaker_ie_backend.fail_experiment("churn", status, reason="No capacity.")
        act()
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")
        assert (shown["Status"], shown["StatusReason"]) == ("Cancelled", "No capacity.")
        assert "CompletionTime" in shown
        steps = [(each.event, each.status_before) for each in sagemaker_ie_backend.get("churn").history]
        assert steps[-1] == ("it fails", status)

    def test_it_fails_when_it_would_have_passed_the_status(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", transition={"progression": "manual", "times": 2})
        sagemaker_ie_backend.fail_experiment("churn", "Starting")
        sagemaker_ie.start_inference_experiment(Name="churn")
        seen = [sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] for _ in range(3)]
        assert seen == ["Starting", "Starting", "Cancelled"]

    def test_one_seeded_in_the_status_fails_at_once(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Starting")
        sagemaker_ie_backend.fail_experiment("churn", "Starting")
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")
        assert shown["StatusReason"] == "The experiment failed while it was Starting."

    def test_the_shadow_leaves_the_endpoint(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Starting")
        sagemaker_ie_backend.fail_experiment("churn", "Starting")
        variants = sagemaker_ie.describe_inference_experiment(Name="churn")["ModelVariants"]
        assert [each["Status"] for each in variants] == ["InService", "Deleted"]

    def test_what_a_stop_does_with_the_variants_it_does_all_the_same(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.fail_experiment("churn", "Stopping")
        sagemaker_ie.stop_inference_experiment(
            Name="churn", ModelVariantActions={"production": "Remove", "shadow": "Promote"}
        )
        variants = sagemaker_ie.describe_inference_experiment(Name="churn")["ModelVariants"]
        assert [each["Status"] for each in variants] == ["Deleted", "InService"]

    def test_others_go_on(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for name in ("churn", "other"):
            sagemaker_ie_backend.seed(name)
        sagemaker_ie_backend.fail_experiment("churn", "Starting")
        for name in ("churn", "other"):
            sagemaker_ie.start_inference_experiment(Name=name)
        assert [each.status for each in sagemaker_ie_backend.experiments] == ["Cancelled", "Running"]

    def test_whichever_comes_first_when_none_is_named(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for name in ("churn", "other"):
            sagemaker_ie_backend.seed(name)
        sagemaker_ie_backend.fail_experiment(None, "Starting")
        for name in ("other", "churn"):
            sagemaker_ie.start_inference_experiment(Name=name)
        assert [each.status for each in sagemaker_ie_backend.experiments] == ["Running", "Cancelled"]

    def test_only_those_of_its_region(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail_experiment("churn", "Starting", region="eu-west-1", optional=True)
        sagemaker_ie.start_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.get("churn").status == "Running"

    @pytest.mark.parametrize(
        ("arguments", "options", "mistake"),
        [
            (["churn", "Running"], {}, "'Running' is not a transitional status. Valid: Creating, "),
            (["", "Starting"], {}, "name is '': give the name of an experiment, or None"),
            (["churn", "Starting"], {"reason": 3}, "reason is 3: give a StatusReason"),
            (["churn", "Starting"], {"times": -1}, "times is -1: give a whole number from 1 on"),
            (["churn", "Starting"], {"region": 1}, "1 is not the name of a region"),
        ],
    )
    def test_a_failure_that_cannot_be_is_an_error_at_its_line(
        self, sagemaker_ie_backend: Any, arguments: Any, options: Any, mistake: str
    ) -> None:
        with pytest.raises(FaultError, match=mistake):
            sagemaker_ie_backend.fail_experiment(*arguments, **options)


class TestEndpoints:
    def test_its_status_is_shown_from_then_on(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", EndpointName="churn-endpoint")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed", failure_reason="Out of memory.")
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")["EndpointMetadata"]
        assert shown == {
            "EndpointName": "churn-endpoint",
            "EndpointConfigName": "churn-endpoint-config",
            "EndpointStatus": "Failed",
            "FailureReason": "Out of memory.",
        }

    def test_an_experiment_created_later_shows_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("earlier", "Completed", EndpointName="churn-endpoint")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Updating")
        sagemaker_ie.create_inference_experiment(**creation())
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")["EndpointMetadata"]
        assert shown["EndpointStatus"] == "Updating"

    def test_other_endpoints_are_in_service(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", EndpointName="churn-endpoint")
        sagemaker_ie_backend.seed("fraud", EndpointName="another")
        sagemaker_ie_backend.seed("churn", EndpointName="churn-endpoint", region="eu-west-1")
        sagemaker_ie_backend.set_endpoint("another", "Failed")
        sagemaker_ie_backend.set_endpoint("churn-endpoint", "Failed", region="eu-west-1")
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")["EndpointMetadata"]
        assert shown["EndpointStatus"] == "InService"

    @pytest.mark.parametrize(
        ("arguments", "options", "mistake"),
        [
            (["churn-endpoint", "Broken"], {}, "Member must satisfy enum value set: .*Failed"),
            (["churn_endpoint", "Failed"], {}, "Member must satisfy regular expression pattern"),
            (["churn-endpoint", "Failed"], {"region": "Ireland"}, "'Ireland' is not the name of a region"),
            (["churn-endpoint", 3], {}, "expected a str"),
            (["churn-endpont", "Failed"], {}, r"Did you mean 'churn-endpoint'\? Valid endpoints: churn-endpoint$"),
            (
                ["churn", "Failed"],
                {"region": "eu-west-1"},
                "has no experiment, .* Valid endpoints: there is none",
            ),
        ],
    )
    def test_one_that_cannot_be_is_an_error_at_its_line(
        self, sagemaker_ie_backend: Any, arguments: Any, options: Any, mistake: str
    ) -> None:
        sagemaker_ie_backend.seed("churn", EndpointName="churn-endpoint")
        with pytest.raises(SeedError, match=mistake):
            sagemaker_ie_backend.set_endpoint(*arguments, **options)
