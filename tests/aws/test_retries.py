"""The client's own retries deal with scripted trouble, as they would with a server that answers so."""

import http.server
import json
import os
import re
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.retries.bucket import Clock, TokenBucket
from freezegun import api

from pytest_sagemaker_ie import OperationNotAnswered, virtual_clock

DESCRIBE = "DescribeInferenceExperiment"
MODES = ["legacy", "standard", "adaptive"]
# How many attempts a client makes by default. Source: botocore's documentation of retries.
ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
FAULTS = [
    "ThrottlingException",
    "InternalFailure",
    "ServiceUnavailable",
    "AccessDeniedException",
    "ConnectionClosedError",
]


def client_in(mode: str, **settings: Any) -> Any:
    retries = {"mode": mode, **settings.pop("retries", {})}
    return boto3.client("sagemaker", config=Config(retries=retries, **settings))


def outcome(client: Any) -> tuple[str, int | None]:
    """What a call comes to, and how many retries its answer says there were."""
    try:
        response = client.describe_inference_experiment(Name="churn")
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["RetryAttempts"]
    except BotoCoreError as error:
        return type(error).__name__, None
    return "fine", response["ResponseMetadata"]["RetryAttempts"]


class _Troubled(http.server.BaseHTTPRequestHandler):
    """Answers like a SageMaker that is troubled so often, and then is fine."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        code, status_code, times = self.server.trouble
        if self.server.requests > times:
            self._answer(200, {"Name": "churn", "Status": "Created"})
        elif code == "ConnectionClosedError":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._answer(status_code, {"__type": code, "Message": "scripted"})

    def _answer(self, status_code: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status_code)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def troubled_server(code: str, times: int) -> Iterator[Any]:
    from pytest_sagemaker_ie.core.script import ERRORS

    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Troubled)
    server.daemon_threads = True
    server.requests, server.trouble = 0, (code, ERRORS.get(code, (0, ""))[0], times)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("times", [pytest.param(1, marks=pytest.mark.slow), 2, 100])
@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("mode", ["legacy", "standard", pytest.param("adaptive", marks=pytest.mark.slow)])
def test_it_comes_to_what_it_comes_to_against_a_server(
    mode: str, code: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No account is active here: the first client really asks a server, on this machine, and doesn't wait in between.
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    with troubled_server(code, times) as server:
        client = boto3.client(
            "sagemaker",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
            config=Config(retries={"mode": mode}),
        )
        expected = (outcome(client), server.requests)
        client.close()
    monkeypatch.undo()

    from pytest_sagemaker_ie import mock_inference_experiments

    with mock_inference_experiments() as backend:
        backend.seed("churn")
        backend.fail(DESCRIBE, code, times=times, optional=True)
        shown = outcome(client_in(mode))
        assert (shown, len(backend.calls)) == expected


class TestWithoutWaiting:
    @pytest.mark.parametrize("mode", MODES)
    def test_no_back_off_is_waited_out(self, sagemaker_ie_backend: Any, mode: str) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "ThrottlingException", times=2)
        client = client_in(mode)
        began = time.perf_counter()
        assert outcome(client) == ("fine", 2)
        waits = sum(call.retry_wait or 0 for call in sagemaker_ie_backend.calls)
        assert time.perf_counter() - began < waits

    @pytest.mark.parametrize("mode", MODES)
    def test_the_waits_can_be_read(self, sagemaker_ie_backend: Any, mode: str, caplog: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=2)
        client = client_in(mode)
        with caplog.at_level("DEBUG", logger="botocore.endpoint"):
            outcome(client)
        waits = [float(shown) for shown in re.findall(r"sleeping for (\S+) seconds", caplog.text)]
        assert [call.retry_wait for call in sagemaker_ie_backend.calls] == [*waits, None]

    def test_a_virtual_clock_shows_them(self, sagemaker_ie_backend: Any) -> None:
        with virtual_clock() as clock:
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=2)
            outcome(client_in("legacy"))
            waits = [call.retry_wait for call in sagemaker_ie_backend.calls if call.retry_wait is not None]
            assert clock.sleeps == waits

    def test_the_adaptive_limit_is_passed_by_a_virtual_clock(self, sagemaker_ie_backend: Any) -> None:
        with virtual_clock() as clock:
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie_backend.fail(DESCRIBE, "ThrottlingException", times=8)
            client = client_in("adaptive", retries={"total_max_attempts": 10})
            began = api.real_perf_counter()
            assert outcome(client) == ("fine", 8)
            assert (sum(clock.sleeps) > 8, api.real_perf_counter() - began < 5) == (True, True)

    def test_the_limit_is_noted_with_the_attempt_that_came_before_it(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "ThrottlingException", times=3)
        sagemaker_ie_backend.fail("ListInferenceExperiments", "ThrottlingException", after=10, optional=True)
        client = client_in("adaptive")
        outcome(client)
        for _ in range(3):
            client.list_inference_experiments()
        waits = [call.retry_wait for call in sagemaker_ie_backend.calls]
        assert [wait is None for wait in waits] == [False, False, True, True, True, True]

    def test_the_adaptive_limit_is_passed_without_one(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "ThrottlingException", times=8)
        began = time.perf_counter()
        assert outcome(client_in("adaptive", retries={"total_max_attempts": 10})) == ("fine", 8)
        waits = sum(call.retry_wait or 0 for call in sagemaker_ie_backend.calls)
        assert (waits > 8, time.perf_counter() - began < 5) == (True, True)


class TestHowManyAttempts:
    @pytest.mark.parametrize("mode", MODES)
    def test_as_many_as_the_mode_makes(self, sagemaker_ie_backend: Any, mode: str) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=None)
        outcome(client_in(mode))
        assert len(sagemaker_ie_backend.calls) == ATTEMPTS[mode]

    def test_as_many_as_the_client_was_told(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure", times=None)
        outcome(client_in("standard", retries={"total_max_attempts": 7}))
        assert len(sagemaker_ie_backend.calls) == 7

    def test_one_for_an_error_that_is_none_of_the_moment(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail(DESCRIBE, "AccessDeniedException")
        assert outcome(client_in("standard")) == ("AccessDeniedException", 0)


class TestOthers:
    def test_another_services_retries_wait_as_ever(
        self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sagemaker_ie_backend.fail("ListInferenceExperiments", "InternalFailure")
        outcome_of_list = client_in("standard").list_inference_experiments()
        assert outcome_of_list["ResponseMetadata"]["RetryAttempts"] == 1
        naps: list[float] = []
        monkeypatch.setattr("time.sleep", naps.append)
        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", _closed)
        sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
        with pytest.raises(BotoCoreError):
            sts.get_caller_identity()
        assert len(naps) >= 2

    def test_another_rate_limit_is_waited_out(self, sagemaker_ie_backend: Any) -> None:
        began = time.perf_counter()
        assert TokenBucket(10, Clock()).acquire(1)
        assert time.perf_counter() - began > 0.05

    def test_a_call_after_the_test_is_not_answered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pytest_sagemaker_ie import mock_inference_experiments

        session = botocore.session.get_session()
        client = session.create_client(
            "sagemaker", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            backend.fail(DESCRIBE, "InternalFailure")
            client.describe_inference_experiment(Name="churn")
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", _closed)
        assert outcome(client) == ("ConnectionClosedError", None)

    def test_another_operation_after_it_is_refused_as_ever(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        with pytest.raises(OperationNotAnswered, match="ListEndpoints is not answered"):
            sagemaker_ie.list_endpoints()

    def test_what_else_botocores_endpoint_asks_of_time_it_is_told(self) -> None:
        import botocore.endpoint

        assert botocore.endpoint.time.monotonic() <= time.monotonic()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_a_forked_child_is_refused_after_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.fail("ListInferenceExperiments", "InternalFailure")
        sagemaker_ie.list_inference_experiments()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of other threads, which this child has no need of
            child = os.fork()
        if child == 0:
            try:
                sagemaker_ie.list_inference_experiments()
            except OperationNotAnswered:
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0

    def test_moto_is_not_asked_for_what_is_answered_here(self, sagemaker_ie_backend: Any) -> None:
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie_backend.fail(DESCRIBE, "InternalFailure")
            assert outcome(boto3.client("sagemaker")) == ("fine", 1)

    def test_motos_own_tags_stay_motos(self, sagemaker_ie_backend: Any) -> None:
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            sagemaker_ie_backend.fail("ListTags", "InternalFailure", optional=True)
            client: Any = boto3.client("sagemaker")
            arn = client.create_model(
                ModelName="churn",
                ExecutionRoleArn="arn:aws:iam::123456789012:role/models",
                PrimaryContainer={"Image": "churn:1"},
                Tags=[{"Key": "team", "Value": "x"}],
            )["ModelArn"]
            assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "x"}]


def _closed(self: Any, request: Any) -> Any:
    import botocore.exceptions

    raise botocore.exceptions.ConnectionClosedError(endpoint_url=request.url)
