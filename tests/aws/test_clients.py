"""The door: whoever makes a SageMaker client, and whenever, the active account answers it."""

import copy
import inspect
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import boto3
import botocore.endpoint
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ParamValidationError
from botocore.stub import Stubber

from pytest_sagemaker_ie import OperationNotAnswered, activation, mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import fresh_client
from pytest_sagemaker_ie.core.backend import service_of

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}

# Made when this module is imported, long before any test.
AT_IMPORT = boto3.client("sagemaker", "us-east-1", **KEYS)

SESSION_AT_IMPORT = boto3.Session(region_name="us-east-1", **KEYS)


class Singleton:
    """What an SDK does: one client, made when it is first wanted and kept."""

    _client: Any = None

    @classmethod
    def client(cls) -> Any:
        if cls._client is None:
            cls._client = boto3.client("sagemaker")
        return cls._client


def from_botocore() -> Any:
    return botocore.session.get_session().create_client("sagemaker", region_name="us-east-1")


WAYS: dict[str, Callable[[], Any]] = {
    "boto3.client": lambda: boto3.client("sagemaker"),
    "a session of its own": lambda: boto3.Session().client("sagemaker"),
    "a session with a region": lambda: boto3.Session(region_name="us-east-1").client("sagemaker"),
    "a session made at import": lambda: SESSION_AT_IMPORT.client("sagemaker"),
    "a client made at import": lambda: AT_IMPORT,
    "a botocore session": from_botocore,
    "explicit credentials": lambda: boto3.client("sagemaker", **KEYS),
    "an endpoint_url": lambda: boto3.client("sagemaker", endpoint_url="http://localhost:4566"),
    "a VPC endpoint": lambda: boto3.client("sagemaker", endpoint_url="https://vpce-1.api.sagemaker.amazonaws.com"),
    "a config": lambda: boto3.client("sagemaker", config=Config(retries={"max_attempts": 9}, read_timeout=1)),
    "unchecked parameters": lambda: boto3.client("sagemaker", config=Config(parameter_validation=False)),
    "without TLS": lambda: boto3.client("sagemaker", use_ssl=False),
    "an old default session": lambda: boto3._get_default_session().client("sagemaker"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sagemaker_ie("churn", "Running")
def test_a_client_is_answered_however_it_was_made(way: str) -> None:
    assert WAYS[way]().describe_inference_experiment(Name="churn")["Status"] == "Running"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sagemaker_ie("churn", "Running")
def test_a_client_made_before_the_account_is_answered(way: str) -> None:
    client = WAYS[way]()
    with mock_inference_experiments() as backend:
        backend.seed("churn", "Cancelled")
        assert client.describe_inference_experiment(Name="churn")["Status"] == "Cancelled"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1"])
def test_a_client_sees_the_experiments_of_its_region(sagemaker_ie_backend: Any, region: str) -> None:
    sagemaker_ie_backend.seed("churn", "Running", region=region)
    shown = boto3.client("sagemaker", region).describe_inference_experiment(Name="churn")
    assert f":sagemaker:{region}:" in shown["Arn"]


def test_a_client_does_not_see_those_of_another(sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn")
    client = boto3.client("sagemaker", "eu-west-1")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_inference_experiment(Name="churn")


def test_a_new_default_session_is_answered(sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker_ie_backend.seed("churn")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    boto3.setup_default_session(region_name="us-east-1")
    assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Status"] == "Created"


def test_the_fixtures_client_follows_a_new_default_session(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    client = request.getfixturevalue("sagemaker_ie")
    assert client.exceptions is boto3.client("sagemaker").exceptions


def test_the_fixtures_client_finds_its_credentials_when_the_account_is_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = secret\n")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with mock_inference_experiments():
        client: Any = fresh_client("us-east-1")
        assert "Credential=sagemaker-ie-no-real" in client.generate_presigned_url("list_models")
    assert "Credential=REAL" in client.generate_presigned_url("list_models")


class TestKeptByASingleton:
    """The two tests use one client; each sees its own experiments, in whichever order they run."""

    @pytest.mark.sagemaker_ie("first", "Running")
    def test_by_this_test_for_that(self) -> None:
        assert Singleton.client().describe_inference_experiment(Name="first")["Status"] == "Running"
        with pytest.raises(ClientError, match="known there: first"):
            Singleton.client().describe_inference_experiment(Name="second")

    @pytest.mark.sagemaker_ie("second", "Completed")
    def test_by_that_test_for_this(self) -> None:
        assert Singleton.client().describe_inference_experiment(Name="second")["Status"] == "Completed"
        with pytest.raises(ClientError, match="known there: second"):
            Singleton.client().describe_inference_experiment(Name="first")


class TestTheFixturesClient:
    def test_it_is_a_real_client(self, sagemaker_ie: Any) -> None:
        assert isinstance(sagemaker_ie, BaseClient)
        assert type(sagemaker_ie).__name__ == "SageMaker"

    def test_it_is_of_the_backends_region(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        assert sagemaker_ie.meta.region_name == sagemaker_ie_backend.region

    def test_it_has_paginators(self, sagemaker_ie: Any) -> None:
        assert sagemaker_ie.can_paginate("list_inference_experiments")
        assert sagemaker_ie.get_paginator("list_inference_experiments")

    def test_it_has_waiters(self, sagemaker_ie: Any) -> None:
        assert "endpoint_in_service" in sagemaker_ie.waiter_names

    def test_its_handlers_see_the_calls(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        seen: list[str] = []
        sagemaker_ie.meta.events.register(
            "provide-client-params.sagemaker.*", lambda model, **_: seen.append(model.name)
        )
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert seen == ["DescribeInferenceExperiment"]

    def test_a_handler_of_the_test_comes_before_the_account(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        answer = AWSResponse("https://example.com/", 200, {}, None), {"Status": "mine"}
        sagemaker_ie.meta.events.register("before-call.sagemaker.DescribeInferenceExperiment", lambda **_: answer)
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "mine"

    def test_a_stubber_on_it_comes_before_the_account(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        with Stubber(sagemaker_ie) as stubber:
            stubber.add_client_error("describe_inference_experiment", "ThrottlingException")
            with pytest.raises(ClientError, match="ThrottlingException"):
                sagemaker_ie.describe_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.calls == []

    def test_it_may_be_closed(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.close()
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Name"] == "churn"


def with_a_handler(client: Any) -> None:
    def left_behind(**_: Any) -> None:
        raise AssertionError("a handler of another test")

    client.meta.events.register("before-call.*.*", left_behind)
    client.meta.events.register("provide-client-params.sagemaker", left_behind)


def with_a_unique_handler(client: Any) -> None:
    client.meta.events.register_first(
        "before-parameter-build.sagemaker", lambda params, **_: params.update(Name="x"), unique_id="left"
    )


def with_a_stubber(client: Any) -> None:
    stubber = Stubber(client)
    stubber.add_client_error("describe_inference_experiment", "ThrottlingException")
    stubber.activate()


def with_an_attribute(client: Any) -> None:
    client.describe_inference_experiment = lambda **_: {"Status": "left behind"}


def with_another_meta(client: Any) -> None:
    client.meta = None


class TestNothingIsLeftOnTheFixturesClient:
    """What one test does to its client, the client of the next does not show."""

    LEFTOVERS = (
        with_a_handler,
        with_a_unique_handler,
        with_a_stubber,
        with_an_attribute,
        with_another_meta,
        BaseClient.close,
    )

    @pytest.mark.parametrize("leave", LEFTOVERS, ids=lambda each: each.__name__)
    def test_by_one_test_for_the_next(self, pytester: pytest.Pytester, leave: Callable[[Any], None]) -> None:
        pytester.makeconftest(
            f"""
            import pytest
            from {leave.__module__} import {leave.__qualname__.partition(".")[0]}

            @pytest.fixture
            def leave():
                return {leave.__qualname__}
            """
        )
        pytester.makepyfile(
            """
            import pytest

            pytestmark = pytest.mark.sagemaker_ie("churn", "Running")

            def test_one(sagemaker_ie, leave):
                leave(sagemaker_ie)

            def test_next(sagemaker_ie):
                assert sagemaker_ie.describe_inference_experiment(Name="churn")["Status"] == "Running"
            """
        )
        result = pytester.runpytest_inprocess()
        result.assert_outcomes(passed=2)


class TestTheEvents:
    """The handlers of the code are called, on the session and on the client, as the docs list them."""

    ANSWERED = ("provide-client-params", "before-parameter-build", "before-endpoint-resolution", "before-call")
    STRUCK = ("before-sign", "request-created", "before-send", "before-parse", "response-received", "needs-retry")
    if "before-parse" not in inspect.getsource(botocore.endpoint):  # not in the oldest botocore
        STRUCK = tuple(event for event in STRUCK if event != "before-parse")

    @staticmethod
    def listen(events: Any) -> list[str]:
        seen: list[str] = []
        for name in (*TestTheEvents.ANSWERED, *TestTheEvents.STRUCK, "after-call", "after-call-error"):
            events.register(name, lambda event_name, **_: seen.append(event_name.partition(".")[0]))
        return seen

    @pytest.mark.parametrize("on", ["client", "session", "fixture"])
    @pytest.mark.sagemaker_ie("churn")
    def test_of_an_answered_call(self, on: str, sagemaker_ie: Any) -> None:
        session = boto3.Session(region_name="us-east-1")
        client = sagemaker_ie if on == "fixture" else session.client("sagemaker")
        seen = self.listen(session.events if on == "session" else client.meta.events)
        client = session.client("sagemaker") if on == "session" else client
        client.describe_inference_experiment(Name="churn")
        assert seen == [*self.ANSWERED, "after-call"]

    @pytest.mark.sagemaker_ie("churn")
    def test_of_one_that_a_fault_strikes(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException")
        seen = self.listen(sagemaker_ie.meta.events)
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert seen == [*self.ANSWERED, *self.STRUCK * 2, "after-call"]

    @pytest.mark.parametrize("error", ["OperationNotAnswered", "EndpointConnectionError"])
    def test_of_one_that_raises(self, error: str, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        seen = self.listen(sagemaker_ie.meta.events)
        if error == "OperationNotAnswered":
            call = sagemaker_ie.list_models
        else:
            sagemaker_ie_backend.fail("ListInferenceExperiments", error, times=None)
            call = sagemaker_ie.list_inference_experiments
        with pytest.raises(Exception, match=r"."):
            call()
        assert (seen[-1], "after-call" in seen) == ("after-call-error", False)

    def test_a_handler_of_before_send_may_answer_an_attempt(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail("ListInferenceExperiments", "ThrottlingException", optional=True)
        raw = Mock(stream=lambda: [b'{"InferenceExperiments": []}'])
        sagemaker_ie.meta.events.register("before-send", lambda **_: AWSResponse("https://x", 200, {}, raw))
        assert sagemaker_ie.list_inference_experiments()["InferenceExperiments"] == []
        assert sagemaker_ie_backend.calls == []


class TestTheConfigurationOfAClient:
    @pytest.mark.sagemaker_ie("churn")
    def test_a_sessions_timestamp_parser_holds(self) -> None:
        session = botocore.session.get_session()
        session.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=lambda value: f"at {value}"
        )
        client = session.create_client("sagemaker", "us-east-1")
        assert str(client.describe_inference_experiment(Name="churn")["CreationTime"]).startswith("at 1")

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_each_of_the_fixtures_clients_has_its_own_quota_of_retries(
        self, mode: str, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """botocore gives a client of the standard mode a quota of five hundred, at five to ten for a retry."""
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
        for number in range(1, 61 if mode != "adaptive" else 4):
            sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ConnectionClosedError", times=4)
            with pytest.raises(ConnectionClosedError):
                fresh_client("us-east-1").describe_inference_experiment(Name="churn")
            assert len(sagemaker_ie_backend.calls) == 4 * number

    def test_it_is_that_of_the_moment(
        self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        assert fresh_client("us-east-1").meta.config.retries.get("total_max_attempts") != 7
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
        assert fresh_client("us-east-1").meta.config.retries["total_max_attempts"] == 7
        monkeypatch.delenv("AWS_MAX_ATTEMPTS")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        (tmp_path / "config").write_text("[default]\nmax_attempts = 9\n")
        assert fresh_client("us-east-1").meta.config.retries["total_max_attempts"] == 9

    def test_a_handler_of_the_default_session_is_called(
        self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        boto3.setup_default_session(region_name="us-east-1")
        fresh_client("us-east-1")
        seen = TestTheEvents.listen(boto3.DEFAULT_SESSION.events)  # type: ignore[attr-defined]
        fresh_client("us-east-1").list_inference_experiments()
        assert "before-call" in seen

    def test_a_patch_that_is_over_leaves_nothing(
        self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        for patched in ("boto3.session.Session.client", "botocore.client.ClientEndpointBridge.resolve"):
            with patch(patched), suppress(Exception):
                fresh_client("us-west-1")
        with patch("botocore.args.EndpointCreator"):
            fresh_client("us-west-1")
        assert fresh_client("us-west-1").list_inference_experiments()["InferenceExperiments"] == []

    def test_its_events_can_be_copied(self, sagemaker_ie: Any) -> None:
        events, seen = copy.copy(sagemaker_ie.meta.events), []
        events.register("before-call", lambda **_: seen.append("in the copy"))
        sagemaker_ie.list_inference_experiments()
        assert seen == []

    def test_its_connections_are_its_own_to_replace(self, sagemaker_ie: Any) -> None:
        sagemaker_ie._endpoint.http_session.send = None
        assert fresh_client("us-east-1")._endpoint.http_session.send is not None  # type: ignore[attr-defined]


class TestOtherOperations:
    @pytest.mark.parametrize(
        ("method", "parameters", "operation"),
        [
            ("list_endpoints", {}, "ListEndpoints"),
            ("delete_endpoint", {"EndpointName": "x"}, "DeleteEndpoint"),
            ("delete_model", {"ModelName": "x"}, "DeleteModel"),
        ],
    )
    def test_one_is_an_error_that_names_it_and_those_answered(
        self, sagemaker_ie: Any, method: str, parameters: dict[str, str], operation: str
    ) -> None:
        expected = (
            f"{operation} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
            " It answers CreateInferenceExperiment, DescribeInferenceExperiment, ListInferenceExperiments,"
            " UpdateInferenceExperiment, StartInferenceExperiment, StopInferenceExperiment, DeleteInferenceExperiment,"
            " DescribeEndpoint, AddTags, ListTags, DeleteTags, the last four for experiments and their endpoints."
        )
        with pytest.raises(OperationNotAnswered, match=f"^{expected}"):
            getattr(sagemaker_ie, method)(**parameters)

    def test_one_on_any_client_is_an_error(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(OperationNotAnswered):
            boto3.Session().client("sagemaker", "eu-west-1").list_models()

    def test_one_is_no_error_of_the_service(self, sagemaker_ie: Any) -> None:
        with pytest.raises(NotImplementedError):
            sagemaker_ie.list_models()

    def test_one_is_not_in_the_record(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(OperationNotAnswered):
            sagemaker_ie.list_models()
        assert sagemaker_ie_backend.calls == []

    def test_one_of_a_client_without_credentials_is_one_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It was made before the account, so botocore has looked for credentials, in vain."""
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.Session(region_name="us-east-1").client("sagemaker")
        with mock_inference_experiments(), pytest.raises(OperationNotAnswered, match=r"^ListModels is not answered"):
            client.list_models()

    @pytest.mark.sagemaker_ie("churn")
    def test_every_call_is_one_in_a_child_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = boto3.client("sagemaker", "us-east-1", **KEYS)
        monkeypatch.setattr(activation, "_process", 1)
        for call in (lambda: client.describe_inference_experiment(Name="churn"), client.list_models):
            with pytest.raises(OperationNotAnswered, match="made in a child process"):
                call()

    @pytest.mark.sagemaker_ie("churn")
    def test_a_child_process_can_make_a_client_without_a_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(activation, "_process", 1)
        client = boto3.client("sagemaker")
        with pytest.raises(OperationNotAnswered, match="made in a child process"):
            client.describe_inference_experiment(Name="churn")

    def test_one_of_a_stubber_is_the_stubbers(self, sagemaker_ie: Any) -> None:
        with Stubber(sagemaker_ie) as stubber:
            stubber.add_response("list_models", {"Models": []})
            assert sagemaker_ie.list_models()["Models"] == []


class NothingSentError(Exception):
    """Raised in place of sending."""


@pytest.fixture
def going_out() -> Callable[[Any], list[str]]:
    """Catch what a client hands to its connection; gives the URLs."""

    def catch(client: Any) -> list[str]:
        urls: list[str] = []

        def send(request: Any) -> None:
            urls.append(request.url)
            raise NothingSentError

        client._endpoint.http_session.send = send
        return urls

    return catch


class TestWithNothingActive:
    def test_a_call_goes_its_real_way(self, going_out: Any) -> None:
        client = boto3.client("sagemaker", "eu-west-1", **KEYS)
        urls = going_out(client)
        with pytest.raises(NothingSentError):
            client.describe_inference_experiment(Name="churn")
        assert urls == ["https://api.sagemaker.eu-west-1.amazonaws.com/"]

    def test_another_operation_goes_its_real_way(self, going_out: Any) -> None:
        client = boto3.client("sagemaker", "us-east-1", **KEYS)
        urls = going_out(client)
        with pytest.raises(NothingSentError):
            client.list_models()
        assert len(urls) == 1

    def test_a_client_that_was_answered_goes_its_real_way_again(self, going_out: Any) -> None:
        client = boto3.client("sagemaker", "us-east-1", **KEYS)
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            client.describe_inference_experiment(Name="churn")
        urls = going_out(client)
        with pytest.raises(NothingSentError):
            client.describe_inference_experiment(Name="churn")
        assert len(urls) == 1

    def test_a_call_wants_the_network(self, network_attempts: list[object]) -> None:
        client = boto3.client(
            "sagemaker", "us-east-1", **KEYS, config=Config(retries={"total_max_attempts": 1}, proxies={})
        )
        with pytest.raises(Exception, match=r"sagemaker\.us-east-1"):
            client.describe_inference_experiment(Name="churn")
        assert network_attempts


@pytest.mark.parametrize("service", ["s3", "sts", "sagemaker-runtime"])
@pytest.mark.sagemaker_ie("churn")
def test_another_service_is_left_alone(service: str, going_out: Any) -> None:
    client = boto3.client(service, "us-east-1", **KEYS)
    urls = going_out(client)
    call = {
        "s3": lambda: client.list_buckets(),
        "sts": lambda: client.get_caller_identity(),
        "sagemaker-runtime": lambda: client.invoke_endpoint(EndpointName="x", Body=b""),
    }[service]
    with pytest.raises(NothingSentError):
        call()
    assert len(urls) == 1


BEFORE_THE_HOOK = """
    import boto3, botocore.session
    keys = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
    before = {
        "default client": boto3.client("sagemaker", **keys),
        "session": boto3.Session(),
        "botocore session": botocore.session.get_session(),
    }
    before["session's client"] = before["session"].client("sagemaker", **keys)
    assert not any(name.startswith("pytest") for name in __import__("sys").modules)

    from pytest_sagemaker_ie import mock_inference_experiments

    with mock_inference_experiments() as backend:
        backend.seed("churn", "Running")
        clients = [
            before["default client"],
            before["session's client"],
            before["session"].client("sagemaker", **keys),
            before["botocore session"].create_client("sagemaker", **keys),
            boto3.client("sagemaker"),
        ]
        print(*[client.describe_inference_experiment(Name="churn")["Status"] for client in clients])
        print(len(backend.calls))
"""


@pytest.mark.slow
def test_clients_and_sessions_made_before_the_package_was_imported_are_answered_once(run_python: Any) -> None:
    result = run_python(BEFORE_THE_HOOK)
    assert (result.stderr, result.stdout.split()) == ("", ["Running"] * 5 + ["5"])


@pytest.mark.slow
def test_sessions_made_between_import_and_first_use_are_answered(run_python: Any) -> None:
    result = run_python(
        """
        import pytest_sagemaker_ie
        import boto3
        client = boto3.client(
            "sagemaker", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
        )
        with pytest_sagemaker_ie.mock_inference_experiments() as backend:
            backend.seed("churn", "Running")
            print(client.describe_inference_experiment(Name="churn")["Status"])
        """
    )
    assert (result.stderr, result.stdout.split()) == ("", ["Running"])


def test_what_another_services_client_refuses_is_not_noted(sagemaker_ie_backend: Any) -> None:
    with pytest.raises(ParamValidationError):
        boto3.client("dynamodb", "us-east-1").get_item()
    assert service_of(sagemaker_ie_backend).unanswered == []
