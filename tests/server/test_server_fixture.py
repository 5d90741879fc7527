"""The fixture `sagemaker_ie_server`: other processes see the test's experiments, and the test sees what they do."""

import contextlib
import gc
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from aws_json import address_of, post
from freezegun import freeze_time
from life_over_http import BEGINNING, CLIENTS, check_calls, printed
from valid_requests import creation

from pytest_sagemaker_ie import InferenceExperimentServer, mock_inference_experiments, mocking, virtual_clock
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.server.listener import Application, Listener


@pytest.fixture
def run(sagemaker_ie_server: Any, tmp_path: Path) -> Callable[..., list[str]]:
    """Run code in a process of its own, which has boto3 and the server's environment, and return what it prints."""

    def ran(code: str, **environment: str) -> list[str]:
        script = tmp_path / "script.py"
        script.write_text("import boto3\nclient = boto3.client('sagemaker')\n" + textwrap.dedent(code))
        result = subprocess.run(
            [sys.executable, "-W", "error", script],
            env={**os.environ, **environment, **sagemaker_ie_server.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout.splitlines()

    return ran


class TestASubprocess:
    @freeze_time(BEGINNING)
    def test_boto3_lives_the_full_life_of_an_experiment(self, sagemaker_ie_server, sagemaker_ie_backend):
        ran = subprocess.run(
            [sys.executable, "-W", "error", CLIENTS / "experiment.py", "churn-py"],
            env={**os.environ, **sagemaker_ie_server.environment},
            capture_output=True,
            text=True,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.splitlines() == printed("churn-py")
        check_calls(sagemaker_ie_backend, "us-east-1")

    @pytest.mark.sagemaker_ie("churn", status="Running")
    def test_it_and_the_test_see_the_same_experiments(self, run, sagemaker_ie, sagemaker_ie_backend):
        sagemaker_ie_backend.seed("fraud", "Completed")
        assert run(
            """
            for name in "churn", "fraud":
                print(client.describe_inference_experiment(Name=name)["Status"])
            client.update_inference_experiment(Name='churn', Description='by the child')
            try:
                client.describe_inference_experiment(Name="nowhere")
            except client.exceptions.ResourceNotFound as error:
                print(error.response["Error"]["Code"], error.response["Error"]["Message"] == error.response["Message"])
            """
        ) == ["Running", "Completed", "ResourceNotFound True"]
        assert sagemaker_ie_backend.get("churn").description == "by the child"
        assert sagemaker_ie.describe_inference_experiment(Name="churn")["Description"] == "by the child"
        assert [each.operation for each in sagemaker_ie_backend.calls] == [
            *("DescribeInferenceExperiment", "DescribeInferenceExperiment", "UpdateInferenceExperiment"),
            *("DescribeInferenceExperiment", "DescribeInferenceExperiment"),
        ]

    @pytest.mark.slow
    def test_neither_settings_of_the_users_nor_a_proxy_lead_it_elsewhere(self, run, tmp_path, monkeypatch):
        config = tmp_path / "config"
        config.write_text("[default]\nregion = eu-west-1\nignore_configured_endpoint_urls = true\n")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # where nothing is
        assert run(
            "print(client.list_inference_experiments()['InferenceExperiments'], client.meta.region_name)",
            AWS_CONFIG_FILE=str(config),
            AWS_ENDPOINT_URL_SAGEMAKER="https://sagemaker.eu-west-1.amazonaws.com",
            AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
            AWS_SESSION_TOKEN="a real one",
            AWS_USE_FIPS_ENDPOINT="true",
            AWS_USE_DUALSTACK_ENDPOINT="true",
        ) == ["[] us-east-1"]


class TestTheServer:
    def test_it_is_at_a_port_of_the_loopback(self, sagemaker_ie_server):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sagemaker_ie_server.url)

    def test_it_is_an_inference_experiment_server(self, sagemaker_ie_server):
        assert type(sagemaker_ie_server) is InferenceExperimentServer
        assert repr(sagemaker_ie_server) == f"<InferenceExperimentServer at {sagemaker_ie_server.url}>"

    def test_its_environment_has_the_endpoint_the_region_and_made_up_credentials(self, sagemaker_ie_server):
        environment = sagemaker_ie_server.environment
        assert environment.pop("AWS_ACCESS_KEY_ID").startswith("sagemaker-ie-")
        assert environment == {
            "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker_ie_server.url,
            "AWS_SECRET_ACCESS_KEY": "sagemaker-ie-no-real-secret-key",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_SESSION_TOKEN": "",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_USE_FIPS_ENDPOINT": "false",
            "AWS_USE_DUALSTACK_ENDPOINT": "false",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @pytest.mark.parametrize(
        ("variables", "without"),
        [
            ({"https_proxy": "http://proxy"}, None),
            ({"http_proxy": ""}, None),
            ({"HTTP_PROXY": "http://proxy"}, "127.0.0.1"),
            ({"all_proxy": "http://proxy", "NO_PROXY": "intranet"}, "intranet,127.0.0.1"),
            ({"http_proxy": "http://proxy", "no_proxy": "a,b", "NO_PROXY": "c"}, "a,b,127.0.0.1"),
        ],
    )
    def test_its_environment_leads_past_a_proxy_if_there_is_one(
        self, sagemaker_ie_server, monkeypatch, variables, without
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        environment = sagemaker_ie_server.environment
        assert environment.get("no_proxy") == environment.get("NO_PROXY") == without

    def test_clients_of_the_process_still_go_by_the_hook(self, sagemaker_ie_server, sagemaker_ie_backend, monkeypatch):
        monkeypatch.setattr(socket.socket, "connect", None)
        client = boto3.client("sagemaker", endpoint_url=sagemaker_ie_server.url)
        client.list_inference_experiments()
        assert len(sagemaker_ie_backend.calls) == 1

    def test_it_serves_the_fixtures_account_also_while_another_is_active(
        self, sagemaker_ie_server, sagemaker_ie_backend
    ):
        with mock_inference_experiments():
            post(sagemaker_ie_server.url, "CreateInferenceExperiment", creation("churn"))
        assert sagemaker_ie_backend.get("churn").status == "Running"

    def test_the_last_tests_process_is_no_part_of_this_one(self, sagemaker_ie_server, sagemaker_ie_backend):
        answer = post(sagemaker_ie_server.url, "ListInferenceExperiments", key="sagemaker-ie-0123456789abcdef")
        assert (answer.status, answer.code) == (403, "UnrecognizedClientException")
        assert answer.body["Message"] == (
            "The security token included in the request is invalid. It belongs to a test that has ended."
        )
        assert sagemaker_ie_backend.calls == []

    def test_any_other_credentials_will_do(self, sagemaker_ie_server):
        assert post(sagemaker_ie_server.url, "ListInferenceExperiments", key="AKIAIOSFODNN7EXAMPLE").status == 200


class TestTime:
    def shown(self, server: Any, connection: "HTTPConnection | None" = None) -> dict[str, Any]:
        asked = {"Name": "churn"}
        body: dict[str, Any] = post(server.url, "DescribeInferenceExperiment", asked, connection=connection).body
        return body

    @freeze_time("2030-06-15T12:00:00Z")
    def test_freezegun_freezes_the_servers(self, sagemaker_ie_server):
        post(sagemaker_ie_server.url, "CreateInferenceExperiment", creation("churn"))
        noon = datetime(2030, 6, 15, 12, tzinfo=timezone.utc).timestamp()
        assert self.shown(sagemaker_ie_server)["CreationTime"] == noon

    def test_freezegun_moves_the_servers_over_a_kept_connection(self, sagemaker_ie_server, sagemaker_ie_backend):
        kept = HTTPConnection(*address_of(sagemaker_ie_server.url), timeout=10)
        with contextlib.closing(kept), freeze_time("2030-06-15T12:00:00Z") as clock:
            sagemaker_ie_backend.seed("churn", "Created")
            assert self.shown(sagemaker_ie_server, kept)["Status"] == "Created"
            used = kept.sock
            clock.tick(timedelta(days=2))
            assert self.shown(sagemaker_ie_server, kept)["Status"] == "Running"
            clock.tick(timedelta(days=30))
            assert self.shown(sagemaker_ie_server, kept)["Status"] == "Completed"
            assert kept.sock is used

    def test_time_machine_moves_the_servers(self, sagemaker_ie_server, sagemaker_ie_backend):
        with time_machine.travel("2030-06-15T12:00:00Z", tick=False) as traveller:
            sagemaker_ie_backend.seed("churn", "Created")
            traveller.shift(timedelta(days=2))
            assert self.shown(sagemaker_ie_server)["Status"] == "Running"

    def test_a_clock_that_stands_still_closes_no_connection_and_ends_no_wait(self, sagemaker_ie_server):
        with freeze_time("1970-01-01"):
            for _ in range(3):
                assert post(sagemaker_ie_server.url, "ListInferenceExperiments").status == 200

    @pytest.mark.sagemaker_ie_clock("2030-06-15T12:00:00Z")
    def test_the_virtual_clock_moves_the_servers(self, sagemaker_ie_clock, sagemaker_ie_server, sagemaker_ie_backend):
        sagemaker_ie_backend.seed("churn", "Created")
        time.sleep(2 * 86_400)
        assert self.shown(sagemaker_ie_server)["Status"] == "Running"

    @pytest.mark.sagemaker_ie("churn", status="Running")
    def test_a_connection_from_before_the_virtual_clock_sees_its_time(self, sagemaker_ie_server, sagemaker_ie_backend):
        connection = HTTPConnection(*address_of(sagemaker_ie_server.url), timeout=10)

        def status() -> Any:
            described = {"Name": "churn"}
            answer = post(sagemaker_ie_server.url, "DescribeInferenceExperiment", described, connection=connection)
            return answer.body["Status"]

        with contextlib.closing(connection):
            before = status()
            with virtual_clock() as clock:
                time.sleep(6 * 86_400)
                during = status()
                sagemaker_ie_backend.delay("DescribeInferenceExperiment", 60)
                then = clock.now()
                assert (status(), clock.now() - then) == ("Completed", timedelta(seconds=60))
        assert (before, during) == ("Running", "Completed")


class TestTrouble:
    """What a test scripts to go wrong goes wrong over HTTP."""

    @pytest.mark.parametrize(
        ("error", "status"),
        [("ThrottlingException", 400), ("InternalFailure", 500), ("ServiceUnavailable", 503)],
    )
    def test_an_error_is_answered_so_many_times(self, sagemaker_ie_server, sagemaker_ie_backend, error, status):
        sagemaker_ie_backend.fail("ListInferenceExperiments", error)
        answer = post(sagemaker_ie_server.url, "ListInferenceExperiments")
        assert (answer.status, answer.code, answer.headers["x-amzn-errortype"]) == (status, error, error)
        assert post(sagemaker_ie_server.url, "ListInferenceExperiments").status == 200

    @pytest.mark.parametrize(
        "fault", ["ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError", "EndpointConnectionError"]
    )
    def test_a_connection_that_breaks_is_closed_without_an_answer(
        self, sagemaker_ie_server, sagemaker_ie_backend, fault
    ):
        sagemaker_ie_backend.fail("ListInferenceExperiments", fault)
        with pytest.raises(RemoteDisconnected):
            post(sagemaker_ie_server.url, "ListInferenceExperiments")
        assert post(sagemaker_ie_server.url, "ListInferenceExperiments").status == 200

    @pytest.mark.sagemaker_ie("churn", status="Running")
    def test_the_retries_of_a_subprocess_deal_with_it(self, run, sagemaker_ie_backend):
        sagemaker_ie_backend.fail("DescribeInferenceExperiment", "InternalFailure")
        sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ConnectionClosedError")
        assert run(
            """
            import random
            random.random = lambda: 0.0  # how long the client waits before it tries again
            shown = client.describe_inference_experiment(Name="churn")
            print(shown["Status"], shown["ResponseMetadata"]["RetryAttempts"])
            """
        ) == ["Running 2"]
        assert [each.error for each in sagemaker_ie_backend.calls] == ["InternalFailure", "ConnectionClosedError", None]

    def test_an_answer_that_takes_its_time_moves_the_virtual_clock(
        self, sagemaker_ie_clock, sagemaker_ie_server, sagemaker_ie_backend
    ):
        began = sagemaker_ie_clock.now()
        sagemaker_ie_backend.delay("ListInferenceExperiments", 90)
        assert post(sagemaker_ie_server.url, "ListInferenceExperiments").status == 200
        assert sagemaker_ie_clock.now() - began == timedelta(seconds=90)


class TestAListener:
    def serving(self, listener: Listener, backend: Any) -> Any:
        return listener.serving(Application(service_of(backend), service_of(backend).answer))

    @contextlib.contextmanager
    def listening(self, *arguments: Any, **options: Any) -> Iterator[Listener]:
        listener = Listener(*arguments, **options)
        listener.start()
        try:
            yield listener
        finally:
            listener.close()

    @pytest.fixture
    def listener(self) -> Iterator[Listener]:
        with self.listening() as listener:
            yield listener

    def test_it_answers_from_none_before_and_after(self, listener, sagemaker_ie_backend):
        statuses = [post(listener.url, "ListInferenceExperiments").status]
        with self.serving(listener, sagemaker_ie_backend):
            statuses.append(post(listener.url, "ListInferenceExperiments").status)
        answer = post(listener.url, "ListInferenceExperiments")
        assert [*statuses, answer.status] == [403, 200, 403]
        assert answer.code == "UnrecognizedClientException"
        assert answer.body["Message"].endswith("No test uses this server at present.")

    def test_a_request_under_way_when_an_account_is_served_no_more_is_cut_off(self, listener, sagemaker_ie_backend):
        with socket.create_connection(address_of(listener.url), timeout=10) as connection:
            with self.serving(listener, sagemaker_ie_backend):
                connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{")
                post(listener.url, "ListInferenceExperiments")  # the connection before it has been accepted, then
            assert connection.recv(100) == b""

    def test_its_port_is_free_when_it_is_closed(self, sagemaker_ie_backend):
        listener = Listener()
        listener.start()
        with self.serving(listener, sagemaker_ie_backend), socket.create_connection(address_of(listener.url)) as kept:
            assert post(listener.url, "ListInferenceExperiments").status == 200
            listener.close()
            assert kept.recv(100) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address_of(listener.url), timeout=5)
        again = Listener(port=listener.port)
        again.close()
        gc.collect()  # an open socket would be a warning

    def test_a_port_that_is_taken_is_an_error(self, listener):
        with pytest.raises(OSError, match="in use"):
            Listener(port=listener.port)

    @pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6")
    def test_it_listens_at_an_address_of_ipv6(self, sagemaker_ie_backend):
        try:
            Listener("::1").close()
        except OSError as error:
            pytest.skip(f"no loopback of IPv6: {error}")
        with self.listening("::1") as listener, self.serving(listener, sagemaker_ie_backend):
            assert listener.url == f"http://[::1]:{listener.port}"
            assert post(listener.url, "ListInferenceExperiments").status == 200

    def test_one_at_every_address_answers_to_addresses_and_to_the_names_it_is_told(self, sagemaker_ie_backend):
        with (
            self.listening("0.0.0.0", allowed_hosts=["Host.Docker.Internal", ""]) as listener,
            self.serving(listener, sagemaker_ie_backend),
        ):
            assert listener.url == f"http://127.0.0.1:{listener.port}"
            statuses = {
                host: post(listener.url, "ListInferenceExperiments", Host=host).status
                for host in ("10.0.0.7:80", "host.docker.internal:5055", "[fe80::1]", "evil.example", "0.0.0.0", "")
            }
        assert statuses == {
            "10.0.0.7:80": 200,
            "host.docker.internal:5055": 200,
            "[fe80::1]": 200,
            "evil.example": 403,
            "0.0.0.0": 200,
            "": 403,
        }


CHILDREN = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import boto3
import pytest

def status():
    return boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Status"]

def refusal_of_another_operation():
    try:
        boto3.client("sagemaker").list_models()
    except Exception as error:
        return str(error)

def in_a_child(way, *functions):
    with ProcessPoolExecutor(1, multiprocessing.get_context(way)) as pool:
        return [pool.submit(function).result(30) for function in functions]

@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("way", [each for each in multiprocessing.get_all_start_methods() if each != "forkserver"])
@pytest.mark.sagemaker_ie("churn", status="Running")
class TestAChild:
    def test_with_the_environment(self, way, sagemaker_ie_server, sagemaker_ie_backend, monkeypatch):
        for name, value in sagemaker_ie_server.environment.items():
            monkeypatch.setenv(name, value)
        shown, refusal = in_a_child(way, status, refusal_of_another_operation)
        assert shown == "Running"
        assert "(OperationNotAnswered)" in refusal
        assert [each.operation for each in sagemaker_ie_backend.calls] == ["DescribeInferenceExperiment"]

    def test_without_it(self, way, sagemaker_ie_server):
        with pytest.raises(Exception, match="give the child the environment of the fixture sagemaker_ie_server"):
            in_a_child(way, status)
"""


@pytest.mark.slow
def test_children_that_multiprocessing_starts_are_served_if_they_have_the_environment(
    pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]
) -> None:
    pytester.makepyfile(CHILDREN)
    result = run_alone()
    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"passed"}, result.stdout.str()


class TestASuite:
    TWO_TESTS = """
        import pathlib
        import pytest
        from aws_json import post

        @pytest.mark.parametrize("number", range(2))
        def test_it(number, sagemaker_ie_server):
            with pathlib.Path("urls").open("a") as urls:
                urls.write(sagemaker_ie_server.url + "\\n")
            assert post(sagemaker_ie_server.url, "ListInferenceExperiments").body["InferenceExperiments"] == []
            post(sagemaker_ie_server.url, "CreateInferenceExperiment", {parameters!r})
            {end}
    """

    @pytest.fixture(autouse=True)
    def _finds_aws_json(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
        pytester.syspathinsert(Path(__file__).parents[1])

    def suite(self, pytester: pytest.Pytester, end: str = "pass") -> None:
        pytester.makepyfile(self.TWO_TESTS.format(end=end, parameters=creation("churn")))

    def urls(self, pytester: pytest.Pytester) -> list[str]:
        return (pytester.path / "urls").read_text().split()

    @pytest.mark.parametrize(
        ("end", "exit_code"),
        [
            ("pass", pytest.ExitCode.OK),
            ("assert False", pytest.ExitCode.TESTS_FAILED),
            ("raise KeyboardInterrupt", pytest.ExitCode.INTERRUPTED),
        ],
    )
    def test_the_port_is_free_when_it_has_ended(self, pytester, end, exit_code):
        # In this process, where a port that is not freed would stay: the interrupt is caught by the run itself.
        self.suite(pytester, end)
        with contextlib.suppress(KeyboardInterrupt):
            assert pytester.runpytest_inprocess(no_reraise_ctrlc=True).ret == exit_code
        (url, *_) = self.urls(pytester)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address_of(url), timeout=5)

    def test_each_test_has_experiments_of_its_own_at_one_port(self, pytester):
        self.suite(pytester)
        pytester.runpytest().assert_outcomes(passed=2)
        first, second = self.urls(pytester)
        assert first == second

    @pytest.mark.slow
    def test_each_worker_of_xdist_has_a_port_of_its_own(self, pytester, run_alone):
        pytest.importorskip("xdist")
        self.suite(pytester)
        run_alone("-n", "2", "--dist", "each", plugins=("xdist",)).assert_outcomes(passed=4)
        assert sorted(Counter(self.urls(pytester)).values()) == [2, 2]

    @pytest.mark.parametrize("host", ["192.0.2.1", "", "a..b"])
    def test_an_address_that_is_not_the_machines_is_named(self, pytester, host):
        pytester.makeini(f"[pytest]\nsagemaker_ie_server_host = {host}")
        pytester.makepyfile("def test_it(sagemaker_ie_server): pass")
        result = pytester.runpytest()
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([f"sagemaker_ie_server_host: cannot listen at '{host}': *"])
        assert "Traceback" not in result.stdout.str()

    def test_what_ends_a_test_within_a_request_fails_that_test(self, pytester):
        pytester.makepyfile(
            """
            from datetime import timedelta

            import pytest
            from aws_json import post

            @pytest.mark.sagemaker_ie_clock(horizon=timedelta(seconds=60))
            def test_horizon(sagemaker_ie_clock, sagemaker_ie_server, sagemaker_ie_backend):
                sagemaker_ie_backend.delay("ListInferenceExperiments", 90)
                answer = post(sagemaker_ie_server.url, "ListInferenceExperiments")
                assert (answer.status, answer.code) == (500, "InternalFailure")

            def test_the_next(sagemaker_ie_server, sagemaker_ie_backend):
                assert post(sagemaker_ie_server.url, "ListInferenceExperiments").status == 200
                assert len(sagemaker_ie_backend.calls) == 1
            """
        )
        result = pytester.runpytest()
        result.assert_outcomes(passed=2, errors=1)
        result.stdout.fnmatch_lines(
            [
                "*ERROR at teardown of test_horizon*",
                "E *RuntimeError: a request from another process ended with HorizonReached: *",
            ]
        )

    @pytest.mark.parametrize("fixtures", ["sagemaker_ie_server", "sagemaker_ie_clock, sagemaker_ie_server"])
    def test_another_process_that_looks_in_vain_fails_the_test(self, pytester, monkeypatch, fixtures):
        monkeypatch.setattr(mocking, "_LIMIT", 100)
        monkeypatch.setattr(mocking, "_CLOCKS_LIMIT", 50)
        pytester.makepyfile(
            f"""
            import pytest
            from aws_json import post

            @pytest.mark.sagemaker_ie("churn", status="Running")
            def test_in_vain({fixtures}):
                answer = None
                while answer is None or answer.status == 200 and answer.body["Status"] != "Completed":
                    answer = post(sagemaker_ie_server.url, "DescribeInferenceExperiment", {{"Name": "churn"}})
                assert (answer.status, answer.code) == (500, "InternalFailure")
            """
        )
        result = pytester.runpytest()
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(
            ["E *a request from another process ended with HorizonReached: The code under test has*"]
        )

    def test_the_ini_options_say_where_it_listens_and_to_which_names(self, pytester):
        pytester.makeini(
            """
            [pytest]
            sagemaker_ie_server_host = 0.0.0.0
            sagemaker_ie_server_allowed_hosts = host.docker.internal other.example
            """
        )
        pytester.makepyfile(
            """
            from aws_json import post

            def test_it(sagemaker_ie_server):
                for host, status in ("host.docker.internal", 200), ("other.example", 200), ("evil.example", 403):
                    assert post(sagemaker_ie_server.url, "ListInferenceExperiments", Host=host).status == status
            """
        )
        pytester.runpytest().assert_outcomes(passed=1)
