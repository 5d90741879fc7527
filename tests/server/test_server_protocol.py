"""The AWS JSON 1.1 protocol over HTTP: what is answered, what is refused, and what a connection may do."""

import json
import logging
import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any

import pytest
from aws_json import address_of, headers_of, post, send_bytes
from valid_requests import creation

from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.server import listener

pytestmark = pytest.mark.sagemaker_ie("churn", status="Running")


@pytest.fixture
def url(sagemaker_ie_server: Any) -> str:
    return sagemaker_ie_server.url


POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"


def head(operation: str, **headers: str) -> bytes:
    """A request that an SDK may send, up to its body."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers_of(operation, **headers).items())
    return POST + f"{lines}\r\n".encode()


class TestAnswers:
    def test_a_success_is_the_response_in_wire_form(self, url, sagemaker_ie_backend):
        answer = post(url, "DescribeInferenceExperiment", {"Name": "churn"})
        assert answer.status == 200
        assert answer.body["Status"] == "Running"
        assert answer.body["Arn"] == sagemaker_ie_backend.get("churn").arn

    def test_times_are_seconds_since_the_epoch(self, url, sagemaker_ie_backend):
        answer = post(url, "DescribeInferenceExperiment", {"Name": "churn"})
        planned = sagemaker_ie_backend.get("churn").schedule["EndTime"]
        assert answer.body["Schedule"]["EndTime"] == planned.timestamp()

    def test_an_answer_without_members_is_an_empty_object(self, url, sagemaker_ie_backend):
        arn = sagemaker_ie_backend.get("churn").arn
        assert post(url, "DeleteTags", {"ResourceArn": arn, "TagKeys": ["team"]}).body == {}

    def test_the_headers_of_an_answer(self, url):
        headers = post(url, "DescribeInferenceExperiment", {"Name": "churn"}).headers
        # Without a Date: SDKs would set their clocks by it, and try again what was refused.
        assert headers.keys() == {"x-amzn-requestid", "content-type", "content-length"}
        assert headers["content-type"] == "application/x-amz-json-1.1"
        assert len(headers["x-amzn-requestid"]) == 36

    def test_each_answer_has_a_request_id_of_its_own(self, url):
        answers = [post(url, "ListInferenceExperiments") for _ in range(3)]
        assert len({each.headers["x-amzn-requestid"] for each in answers}) == 3

    def test_an_error_has_its_code_in_the_body_and_in_a_header(self, url):
        answer = post(url, "DescribeInferenceExperiment", {"Name": "nowhere"})
        assert answer.status == 400
        assert answer.body["__type"] == answer.headers["x-amzn-errortype"] == "ResourceNotFound"
        assert answer.body["Message"].startswith("Inference experiment nowhere does not exist in us-east-1")

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"Name": 1}', b"\xff\xfe", b'{"Name": NaN}'])
    def test_a_bad_body_is_a_serialization_exception(self, url, body):
        answer = post(url, "DescribeInferenceExperiment", body)
        assert (answer.status, answer.code) == (400, "SerializationException")

    def test_a_body_in_chunks_is_read(self, url):
        described = head("DescribeInferenceExperiment", Transfer_Encoding="chunked")
        body = b'9\r\n{"Name": \r\n8\r\n"churn"}\r\n0\r\n\r\n'
        assert b'"Status":"Running"' in send_bytes(url, described + body)

    def test_extensions_of_chunks_and_trailers_are_read_and_the_connection_kept(self, url):
        described = head("DescribeInferenceExperiment", Transfer_Encoding="Chunked")
        body = (
            b'9;name="va;lue"\r\n{"Name": \r\n008 ; signed\r\n"churn"}\r\n0;last\r\nX-Checksum: 1\r\nX-Other: 2\r\n\r\n'
        )
        assert send_bytes(url, 2 * (described + body)).count(b'"Status":"Running"') == 2

    def test_a_client_that_asks_first_is_told_to_go_on(self, url):
        with socket.create_connection(address_of(url), timeout=10) as connection:
            connection.sendall(head("ListInferenceExperiments", Content_Length="2", Expect="100-continue"))
            assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"{}")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


class TestRegions:
    def test_the_region_is_that_of_the_credential_scope(self, url, sagemaker_ie_backend):
        post(url, "CreateInferenceExperiment", creation("fraud"), region="eu-central-1")
        assert sagemaker_ie_backend.get("fraud", region="eu-central-1").status == "Running"
        assert sagemaker_ie_backend.calls[-1].region == "eu-central-1"

    @pytest.mark.parametrize("authorization", [None, "", "Bearer abc", "AWS4-HMAC-SHA256 Credential=any"])
    def test_a_request_without_a_scope_is_for_the_region_of_the_account(self, url, sagemaker_ie_backend, authorization):
        answer = post(url, "DescribeInferenceExperiment", {"Name": "churn"}, Authorization=authorization)
        assert answer.body["Status"] == "Running"
        assert sagemaker_ie_backend.calls[-1].region == sagemaker_ie_backend.region

    @pytest.mark.parametrize("region", ["everywhere", "moon-base-1", "us-EAST-1", "us-east-1.evil", "us-east-x"])
    def test_a_scope_with_what_is_no_region_is_refused(self, url, sagemaker_ie_backend, region):
        answer = post(url, "DescribeInferenceExperiment", {"Name": "churn"}, region=region)
        assert (answer.status, answer.code) == (403, "InvalidSignatureException")
        assert sagemaker_ie_backend.calls == []

    @pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-utopia-77"])
    def test_one_of_a_partition_is_answered_also_if_it_is_newer_than_botocore(self, url, region):
        assert post(url, "ListInferenceExperiments", region=region).body == {"InferenceExperiments": []}

    def test_the_accounts_own_is_answered_whatever_it_is(self, url, sagemaker_ie_backend, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "moon-base-1")
        assert post(url, "ListInferenceExperiments", region="moon-base-1").status == 200
        assert sagemaker_ie_backend.calls[-1].region == "moon-base-1"


class TestUnknownOperations:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
    def test_another_method_is_an_unknown_operation(self, url, method):
        answer = post(url, "ListInferenceExperiments", method=method)
        assert (answer.status, answer.code) == (404, "UnknownOperationException")

    def test_head_is_refused_without_a_body(self, url):
        answer = post(url, "ListInferenceExperiments", method="HEAD")
        assert (answer.status, answer.body) == (404, None)
        assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"

    @pytest.mark.parametrize("path", ["/experiments", "/../etc/passwd", "/%2e%2e/", "/%00", "/?x=1&y", "//"])
    def test_another_path_is_an_unknown_operation(self, url, path):
        answer = post(url, "ListInferenceExperiments", path=path)
        if path in ("/?x=1&y", "//"):  # no other path
            assert answer.status == 200
        else:
            assert (answer.status, answer.code) == (404, "UnknownOperationException")

    @pytest.mark.parametrize(
        "target",
        [
            *(None, "", "SageMaker", "SageMaker.", ".ListInferenceExperiments", "ListInferenceExperiments"),
            *("DynamoDB_20120810.ListTables", "SageMaker.NoSuchOperation", "SageMaker.listInferenceExperiments"),
            "SageMaker.__class__",
        ],
    )
    def test_a_target_that_sagemaker_has_not_is_an_unknown_operation(self, url, target):
        answer = post(url, "", X_Amz_Target=target)
        assert (answer.status, answer.code) == (400, "UnknownOperationException")

    @pytest.mark.parametrize(
        ("operation", "parameters"),
        [
            ("ListModels", {}),
            ("ListTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/churn"}),
        ],
    )
    def test_an_operation_of_sagemakers_that_is_not_answered_says_so(self, url, operation, parameters):
        answer = post(url, operation, parameters)
        # 501 is not tried again by any SDK
        assert (answer.status, answer.code) == (501, "OperationNotAnswered")
        assert answer.body["Message"].startswith(f"{operation} is not answered by pytest-sagemaker-ie.")

    def test_a_request_after_a_refused_one_is_answered_over_the_same_connection(self, url):
        connection = HTTPConnection(*address_of(url), timeout=10)
        try:
            for operation in ("NoSuchOperation", "ListModels"):
                assert post(url, operation, {"a": "b" * 1000}, connection=connection).status != 200
            used = connection.sock
            assert post(url, "ListInferenceExperiments", connection=connection).status == 200
            assert connection.sock is used
        finally:
            connection.close()


class TestForeignRequests:
    @pytest.mark.parametrize(
        "host",
        [
            *("evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"),
            *(
                "",
                "localhost, localhost",
                "localhost@evil.example",
                "[::1",
                "localhost:x",
                "a b",
                "/",
                "169.254.169.254",
            ),
        ],
    )
    def test_a_foreign_host_is_refused(self, url, host, sagemaker_ie_backend):
        answer = post(url, "ListInferenceExperiments", Host=host)
        assert (answer.status, answer.code) == (403, "AccessDeniedException")
        assert sagemaker_ie_backend.calls == []

    def test_a_request_without_a_host_is_refused(self, url):
        assert send_bytes(url, b"POST / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 403 ")

    def test_the_host_of_an_absolute_url_counts(self, url):
        answer = send_bytes(url, b"POST http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 403 ")

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.3.2.1:80", "[::1]", "[::1]:8080"])
    def test_the_names_of_the_loopback_are_not_foreign(self, url, host):
        assert post(url, "ListInferenceExperiments", Host=host).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:1"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ],
    )
    def test_a_page_of_another_origin_is_refused(self, url, headers, sagemaker_ie_backend):
        answer = post(url, "DeleteInferenceExperiment", {"Name": "churn"}, **headers)
        assert (answer.status, answer.code) == (403, "AccessDeniedException")
        assert sagemaker_ie_backend.calls == []

    def test_a_preflight_request_gets_no_permission(self, url):
        asked = {"Origin": "https://evil.example", "Access_Control_Request_Method": "POST"}
        answer = post(url, "ListInferenceExperiments", method="OPTIONS", **asked)
        assert answer.status == 403
        assert [name for name in answer.headers if name.startswith("access-control")] == []

    @pytest.mark.parametrize("site", ["same-origin", "none"])
    def test_the_same_origin_is_not_foreign(self, url, site):
        assert post(url, "ListInferenceExperiments", Origin=url, Sec_Fetch_Site=site).status == 200


class TestLimits:
    def test_a_body_of_the_largest_size_is_read(self, url):
        body = b'{"Name": "churn"}'.ljust(listener.LARGEST_BODY)
        assert post(url, "DescribeInferenceExperiment", body).status == 200

    @pytest.mark.parametrize("size", [listener.LARGEST_BODY + 1, 20 * listener.LARGEST_BODY])
    def test_a_larger_one_is_refused_and_the_connection_closed(self, url, size, sagemaker_ie_backend):
        answer = post(url, "DescribeInferenceExperiment", b" " * size)
        assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")
        assert answer.headers["connection"] == "close"
        assert sagemaker_ie_backend.calls == []

    def test_what_is_sent_beyond_all_bounds_is_not_read_to_its_end(self, url, monkeypatch):
        monkeypatch.setattr(listener, "_READS", 2)
        with pytest.raises(ConnectionError):
            send_bytes(url, POST + b"Content-Length: 999999999999\r\n\r\n" + b" " * 2**26)

    def test_a_size_that_is_claimed_is_not_waited_for(self, url):
        answer = send_bytes(url, POST + b"Content-Length: 999999999999\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 ")

    def test_a_body_in_chunks_has_the_same_limit(self, url):
        chunk = f"{2**16:x}\r\n{' ' * 2**16}\r\n".encode()
        request = POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20
        assert send_bytes(url, request).startswith(b"HTTP/1.1 413 ")

    @pytest.mark.parametrize(
        ("request_bytes", "status"),
        [
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\na: " + b"b" * 70_000 + b"\r\n\r\n", 431),
            (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
            (b"GET / HTTP/2.0\r\n\r\n", 505),
            (b"GET / HTTP/one\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \x00\r\n", 400),
            (b"POST http://[evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            (POST + b"Content-Length: many\r\n\r\n", 400),
            (POST + b"Content-Length: -1\r\n\r\n", 400),
            (POST + b"Content-Length: +2\r\n\r\n{}", 400),
            (POST + b"Content-Length: \r\n\r\n", 400),
            (POST + b"Content-Length : 2\r\n\r\n{}", 400),
            (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
            (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
            (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
            (POST + b"Content-Length: 10\r\n\r\n{}", 400),
            (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
            (CHUNKED + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
            (CHUNKED + b"\r\nno chunk\r\n", 400),
            (CHUNKED + b"\r\n2\r\n{}0\r\n\r\n", 400),
            (CHUNKED + b"\r\n2\r\n{}\r\n", 400),
            (CHUNKED + b"\r\n2\r\n{", 400),
            (CHUNKED + b"\r\n2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 200 + b"\r\n", 400),
        ],
    )
    def test_what_is_no_http_gets_an_error_in_the_services_form(self, url, request_bytes, status):
        head, _, body = send_bytes(url, request_bytes).partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"\r\nConnection: close" in head
        error = json.loads(body)
        assert error.keys() == {"__type", "Message"}
        assert f"x-amzn-ErrorType: {error['__type']}".encode() in head

    def test_a_request_that_tells_no_length_has_no_body(self, url):
        request = head("ListInferenceExperiments")
        assert b"SerializationException" in send_bytes(url, request)

    def test_what_follows_a_request_whose_length_is_not_one_is_no_request(self, url, sagemaker_ie_backend):
        refused = head("ListInferenceExperiments", Content_Length="2, 2") + b"{}"
        answers = send_bytes(url, refused + head("ListInferenceExperiments", Content_Length="2") + b"{}")
        assert answers.startswith(b"HTTP/1.1 400 ")
        assert answers.count(b"HTTP/1.1 ") == 1
        assert sagemaker_ie_backend.calls == []

    def test_a_mistake_of_ours_is_an_internal_failure_without_a_traceback(
        self, url, sagemaker_ie_backend, monkeypatch, caplog
    ):
        monkeypatch.setattr(service_of(sagemaker_ie_backend), "_lock", None)
        answer = post(url, "ListInferenceExperiments")
        assert (answer.status, answer.code) == (500, "InternalFailure")
        assert "Traceback" not in answer.body["Message"]
        (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert record.getMessage() == "SageMaker.ListInferenceExperiments was not answered"
        assert record.exc_info is not None


class TestConnections:
    def test_a_connection_is_kept(self, url):
        connection = HTTPConnection(*address_of(url), timeout=10)
        try:
            post(url, "ListInferenceExperiments", connection=connection)
            used = connection.sock
            assert used is not None
            post(url, "ListInferenceExperiments", connection=connection)
            assert connection.sock is used
        finally:
            connection.close()

    def test_a_request_on_a_kept_connection_is_answered_at_once(self, url):
        connection = HTTPConnection(*address_of(url), timeout=10)
        try:
            times = []
            for _ in range(20):
                began = time.perf_counter()
                post(url, "ListInferenceExperiments", connection=connection)
                times.append(time.perf_counter() - began)
            assert sorted(times)[10] < 0.03, "as long as the delay of an acknowledgement"
        finally:
            connection.close()

    def test_a_client_that_wants_the_connection_closed_has_it_closed(self, url):
        request = head("ListInferenceExperiments", Content_Length="2", Connection="close") + b"{}"
        assert send_bytes(url, request, end=False).endswith(b"}")

    def test_a_half_closed_connection_is_answered(self, url):
        request = head("DescribeInferenceExperiment", Content_Length="17") + b'{"Name": "churn"}'
        answer = send_bytes(url, request)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")

    def test_slow_clients_hold_no_other_up(self, url):
        half = POST + b"Content-Length: 100\r\n\r\n{"
        slow = [socket.create_connection(address_of(url), timeout=10) for _ in range(50)]
        try:
            for connection, content in zip(slow, [b"", b"POST", half, half[:-1], b"\r\n"] * 10, strict=True):
                connection.sendall(content)
            began = time.perf_counter()
            assert post(url, "ListInferenceExperiments").status == 200
            assert time.perf_counter() - began < 5
        finally:
            for connection in slow:
                connection.close()

    def test_the_connection_that_is_silent_for_the_longest_goes_when_there_are_too_many(self, url, monkeypatch):
        monkeypatch.setattr(listener, "CONNECTIONS", 4)
        busy, later = (HTTPConnection(*address_of(url), timeout=30) for _ in range(2))
        silent: list[socket.socket] = []
        try:
            post(url, "ListInferenceExperiments", connection=busy)
            used = busy.sock
            for _ in range(2):
                silent.append(socket.create_connection(address_of(url), timeout=30))
                silent[-1].sendall(b"POST / HTTP/1.1\r\n")  # begun, and no whole request
            post(url, "ListInferenceExperiments", connection=later)  # those before it have been accepted, then
            post(url, "ListInferenceExperiments", connection=busy)
            assert post(url, "ListInferenceExperiments").status == 200
            # The two began at once, for a busy machine; one of them goes, and no other connection.
            (gone,) = select.select(silent, [], [], 30)[0]
            assert gone.recv(100) == b""
            assert post(url, "ListInferenceExperiments", connection=busy).status == 200
            assert busy.sock is used
        finally:
            for each in (busy, later, *silent):
                each.close()

    def test_a_silent_connection_is_closed_after_a_while(self, url, monkeypatch):
        monkeypatch.setattr(listener._Handler, "timeout", 0.05)
        with socket.create_connection(address_of(url), timeout=10) as connection:
            assert connection.recv(100) == b""

    def test_a_body_that_does_not_come_is_not_waited_for_forever(self, url, monkeypatch):
        monkeypatch.setattr(listener._Handler, "timeout", 0.05)
        half = POST + b"Content-Length: 100\r\n\r\n{"
        assert send_bytes(url, half, end=False).startswith(b"HTTP/1.1 400 ")

    def test_a_client_that_is_gone_before_its_answer_is_no_error(self, url, caplog):
        for _ in range(20):
            with socket.create_connection(address_of(url), timeout=10) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, not closed
                connection.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
        assert post(url, "ListInferenceExperiments").status == 200
        assert caplog.records == []

    def test_thirty_two_clients_at_once_lose_nothing(self, url, sagemaker_ie_backend):
        clients, calls = 32, 10
        together = threading.Barrier(clients)

        def live(client: int) -> list[int]:
            connection = HTTPConnection(*address_of(url), timeout=60)
            try:
                together.wait()
                statuses = []
                for number in range(calls):
                    name = {"Name": f"churn-{client}-{number}"}
                    for operation, parameters in (
                        ("CreateInferenceExperiment", creation(**name)),
                        ("UpdateInferenceExperiment", {**name, "Description": f"by {client}"}),
                    ):
                        statuses.append(post(url, operation, parameters, connection=connection).status)
                return statuses
            finally:
                connection.close()

        with ThreadPoolExecutor(clients) as pool:
            answered = list(pool.map(live, range(clients)))

        assert answered == [[200] * 2 * calls] * clients
        assert len(sagemaker_ie_backend.calls) == clients * calls * 2
        made = [each for each in sagemaker_ie_backend.experiments if each.name != "churn"]
        assert {each.name: each.description for each in made} == {
            f"churn-{client}-{number}": f"by {client}" for client in range(clients) for number in range(calls)
        }

    def test_a_connection_that_fails_for_a_mistake_of_ours_is_closed_and_logged(self, url, monkeypatch, caplog):
        def fail(*_: object) -> None:
            raise RuntimeError("a mistake")

        with monkeypatch.context() as patched:
            patched.setattr(listener.Application, "answer", fail)
            with pytest.raises(RemoteDisconnected):
                post(url, "ListInferenceExperiments")
        assert post(url, "ListInferenceExperiments").status == 200
        (record,) = caplog.records
        assert record.getMessage() == "A connection was closed because of an error of pytest-sagemaker-ie"
        assert "a mistake" in str(record.exc_info)

    def test_an_application_may_have_the_connection_closed_without_an_answer(self, url, monkeypatch):
        monkeypatch.setattr(listener.Application, "answer", lambda *_: (0, {}))
        with pytest.raises(RemoteDisconnected):
            post(url, "ListInferenceExperiments")
