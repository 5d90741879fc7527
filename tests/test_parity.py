"""The parity command: the account agrees, one difference of a server is found, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from parity import __main__ as command
from parity.answers import Like, Within, agrees
from parity.bench import Bench, Setting
from parity.probes import FREE, Case
from parity.rules import RULES, Rule
from parity.run import AGREES, DIFFERS, NOT_RUN, in_order, try_all

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, TRANSITIONAL, Event
from pytest_sagemaker_ie.core.rules import MAY_CHANGE

ROOT = Path(__file__).parents[1]
HELD = {"progression": "time", "seconds": 600}


def silent(text: str) -> None:
    pass


def never(case: Case) -> None:
    return None


class TestTheTable:
    def test_ids_are_unique_and_texts_are_sentences(self) -> None:
        assert len({rule.id for rule in RULES}) == len(RULES) > 150
        assert all(rule.text.endswith(".") and rule.source and rule.case for rule in RULES)

    def test_it_has_each_move_of_the_life_cycle(self) -> None:
        ids = {rule.id for rule in RULES}
        for status, event in LIFECYCLE:
            if event is Event.FAIL:
                assert "failure-ends" in ids
                continue
            verb = {
                Event.CREATE: "create-scheduled",
                Event.CREATE_AT_ONCE: "create-unscheduled",
                Event.START_TIME: "start-time-comes",
                Event.END_TIME: "end-time-comes",
                Event.START: "start-created",
                Event.STOP_COMPLETED: "stop-completed",
                Event.STOP_CANCELLED: "stop-cancelled",
            }.get(event, f"{event.lower()}-{str(status).lower()}")
            assert verb in ids, (status, event)

    def test_it_has_each_cell_of_what_may_change(self) -> None:
        slugs = ["description", "start-time", "end-time", "variants", "storage", *["variant-names"] * 2, "sampling"]
        ids = {rule.id for rule in RULES}
        for status, permissions in MAY_CHANGE.items():
            for slug, _ in zip(slugs, permissions, strict=True):
                assert f"update-{status.lower()}-{slug}" in ids

    def test_the_free_cases_come_first(self) -> None:
        costs = [rule.case.cost == FREE for rule in in_order(RULES) if isinstance(rule.case, Case)]
        assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize(
    ("expected", "seen", "agree"),
    [
        (Like("a.*"), "ab", True),
        (Like("a.*"), "ba", False),
        (Like("a"), None, False),
        (Within(("a", "b")), ["a"], True),
        (Within(("a",)), ["a", "b"], False),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": 1}, "a", False),
        (["a", Like("b")], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (True, 1, False),
    ],
)
def test_what_agrees(expected: Any, seen: Any, agree: bool) -> None:
    assert agrees(expected, seen) is agree


def tried(rules: list[Rule] = RULES) -> dict[str, Any]:
    """Try cases in the test's account, and return the results by id."""
    client = boto3.client("sagemaker", "us-east-1", config=Config(parameter_validation=False))
    bench = Bench(client, Setting(patience=7200), silent)
    results, interrupted = try_all(in_order(rules), bench, silent, never)
    assert not interrupted
    assert bench.clear() == []
    return {each.rule.id: each for each in results}


class TestTheAccount:
    def check(self, results: dict[str, Any], awaited: set[str], passed_too_fast: set[str]) -> None:
        assert {name for name, each in results.items() if each.outcome == DIFFERS} == awaited
        not_run = {name for name, each in results.items() if each.outcome == NOT_RUN}
        assert not_run == passed_too_fast | {rule.id for rule in RULES if not isinstance(rule.case, Case)}

    @pytest.mark.slow
    def test_every_case_agrees_where_transitional_statuses_last(
        self, sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
    ) -> None:
        sagemaker_ie_clock.horizon = timedelta(days=30)
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 120})
        self.check(tried(), set(), set())
        assert sagemaker_ie_backend.experiments == []

    def test_every_case_agrees_where_they_take_no_time(
        self, sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
    ) -> None:
        sagemaker_ie_clock.horizon = timedelta(days=30)
        held = {rule.id for rule in RULES if set(rule.id.split("-")) & {status.lower() for status in TRANSITIONAL}}
        self.check(tried(), set(), {*held, "completion-time-moment"})
        assert sagemaker_ie_backend.experiments == []


class TestTheBench:
    def test_it_changes_nothing_that_it_did_not_make(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        arn = sagemaker_ie_backend.seed("churn", "Running").arn
        bench = Bench(sagemaker_ie, Setting(), silent)
        requests: dict[str, dict[str, Any]] = {
            "update": {"Name": "churn", "Description": "changed"},
            "stop": {"Name": "churn", **bench.stop_request()},
            "delete": {"Name": "churn"},
            "create": {**bench.creation("create"), "Name": "other"},
            "add_tags": {"ResourceArn": arn, "Tags": []},
        }
        for verb, request in requests.items():
            with pytest.raises(AssertionError, match="which this run did not make"):
                bench.call(verb, **request)
        assert sagemaker_ie_backend.calls == []

    def test_it_says_what_it_waits_for(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
    ) -> None:
        said: list[str] = []
        sagemaker_ie_backend.set_transition(HELD)
        bench = Bench(sagemaker_ie, Setting(patience=7200), said.append)
        name = bench.make("Created")
        assert said[0].strip().startswith(f"{name} is Creating; waited ")
        assert 8 <= len(said) <= 12


URL = ["--endpoint-url", "http://127.0.0.1:9", "--yes"]
"""In a test with an account, its clients are answered in the process, whatever their URL."""


class TestTheCommand:
    def test_the_free_cases_make_no_experiment(self, sagemaker_ie_backend: Any, tmp_path: Path) -> None:
        path = tmp_path / "report.json"
        rules = [f"--rule={each}" for each in ("describe-unknown", "errors-400", "create-scheduled")]
        assert command.main([*URL, "--only", "free", "--report", str(path), *rules]) == 0
        assert "CreateInferenceExperiment" not in {each.operation for each in sagemaker_ie_backend.calls}
        report = json.loads(path.read_text(encoding="utf-8"))
        assert set(report) == {"date", "region", "aws", "botocore", "rules", "left"}
        assert (report["region"], report["aws"], report["left"]) == ("us-east-1", False, [])
        assert report["rules"]["create-scheduled"] == {
            "outcome": NOT_RUN,
            "reason": "it needs an experiment: --only free",
        }
        assert report["rules"]["describe-unknown"]["outcome"] == AGREES

    def test_the_account_is_said_and_asked_about(
        self, sagemaker_ie_backend: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("builtins.input", lambda prompt: "n")
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            assert command.main(["--aws", "--region", "us-east-1", "--only", "free"]) == 2
        said = capsys.readouterr().out
        assert "Account 123456789012, as arn:aws:sts::123456789012:" in said
        assert "in us-east-1" in said
        assert " cases are free:\n    list-token-unknown, " in said
        assert "make experiments" not in said
        assert sagemaker_ie_backend.calls == []

    def test_on_the_service_the_endpoint_is_not_altered_unasked(
        self, sagemaker_ie_backend: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "report.json"
        made_of = [
            "--role-arn=arn:aws:iam::123456789012:role/trial",
            "--endpoint-name=trial",
            "--variant-name=AllTraffic",
            "--model-name=trial-model",
            "--shadow-model-name=trial-model-v2",
            "--instance-type=ml.m5.xlarge",
        ]
        rules = ["--rule=stop-promote", "--rule=stop-no-action", "--rule=update-one-variant"]
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            aws = ["--aws", "--region=us-east-1", "--yes", *made_of, *rules, f"--report={path}"]
            assert command.main(aws) == 0
            outcomes = {name: each["outcome"] for name, each in json.loads(path.read_text())["rules"].items()}
            assert outcomes == {"stop-promote": NOT_RUN, "stop-no-action": AGREES, "update-one-variant": AGREES}
            assert command.main([*aws, "--alter-endpoint"]) == 0
        assert {each["outcome"] for each in json.loads(path.read_text())["rules"].values()} == {AGREES}

    def test_experiments_on_the_service_need_an_endpoint(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            command.main(["--aws", "--yes"])
        assert caught.value.code == 2
        assert "experiments need --role-arn, --endpoint-name, " in capsys.readouterr().err

    def test_a_rule_that_there_is_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            command.main([*URL, "--rule", "update-everything"])
        assert "no such rule: update-everything" in capsys.readouterr().err

    def test_a_server_that_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(URL) == 2
        assert "could not run: Could not connect to the endpoint URL" in capsys.readouterr().out

    def test_what_could_not_be_taken_away_is_listed(
        self, sagemaker_ie_backend: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sagemaker_ie_backend.fail("DeleteInferenceExperiment", "InternalFailure", times=None)
        assert command.main([*URL, "--rule", "variants-created"]) == 2
        (left,) = sagemaker_ie_backend.experiments
        assert f"LEFT: {left.name}: " in capsys.readouterr().out

    def test_an_interrupted_case_leaves_no_experiment(
        self, sagemaker_ie_backend: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []

        def look(bench: Bench) -> None:
            bench.shared("Created")
            bench.start(bench.make("Created"))
            seen.extend(each.status for each in sagemaker_ie_backend.experiments)
            raise KeyboardInterrupt

        rules = [Rule(name, "It is interrupted.", "", "", Case(look, True)) for name in ("first", "second")]
        monkeypatch.setattr(command, "RULES", rules)
        assert command.main(URL) == 2
        assert seen == ["Created", "Running"]
        assert sagemaker_ie_backend.experiments == []


class Proxy(BaseHTTPRequestHandler):
    """Hands requests on to a server, and alters one thing of them or of the answers."""

    protocol_version = "HTTP/1.1"
    address: tuple[str, int]
    alter_request: Callable[[str, Any], Any]
    alter_answer: Callable[[str, int, Any], tuple[int, Any]]

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].removeprefix("SageMaker.")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(self.alter_request(operation, json.loads(body))).encode()
        headers = {name: self.headers[name] for name in ("X-Amz-Target", "Content-Type", "Authorization")}
        connection = HTTPConnection(*self.address)
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        status, answer = self.alter_answer(operation, response.status, json.loads(response.read()))
        connection.close()
        encoded = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def proxy(sagemaker_ie_server: Any) -> Iterator[Callable[..., str]]:
    """Start a proxy before the test's server, and return its URL."""
    host, port = sagemaker_ie_server.url.removeprefix("http://").split(":")
    servers = []

    def start(
        request: Callable[[str, Any], Any] = lambda operation, body: body,
        answer: Callable[[str, int, Any], Any] = lambda operation, status, body: (status, body),
    ) -> str:
        altered = {"alter_request": staticmethod(request), "alter_answer": staticmethod(answer)}
        handler = type("Altering", (Proxy,), {"address": (host, int(port)), **altered})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def run(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.parity", "--endpoint-url", url, "--yes", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def another_code(operation: str, status: int, body: Any) -> Any:
    if operation == "UpdateInferenceExperiment" and "its status is Completed" in body.get("Message", ""):
        return 400, {**body, "__type": "ValidationException"}
    return status, body


def oldest_first(operation: str, body: Any) -> Any:
    if operation == "ListInferenceExperiments":
        return {"SortOrder": "Ascending", **body}
    return body


def completed_by_default(operation: str, body: Any) -> Any:
    if operation == "StopInferenceExperiment":
        return {"DesiredState": "Completed", **body}
    return body


@pytest.mark.slow
class TestOverHTTP:
    def test_every_case_agrees(self, sagemaker_ie_server: Any, sagemaker_ie_backend: Any, tmp_path: Path) -> None:
        path = tmp_path / "report.json"
        ran = run(sagemaker_ie_server.url, "--report", str(path))
        rules = json.loads(path.read_text(encoding="utf-8"))["rules"]
        assert set(rules) == {rule.id for rule in RULES}
        differing = {name for name, each in rules.items() if each["outcome"] == DIFFERS}
        assert differing == set(), ran.stdout
        assert (ran.returncode, ran.stderr) == (1 if differing else 0, "")
        assert sagemaker_ie_backend.experiments == []

    @pytest.mark.parametrize(
        ("altered", "rules", "expected", "seen"),
        [
            (
                {"answer": another_code},
                ["update-completed-conflict", "update-cancelled-conflict"],
                {"error": "ConflictException"},
                {"error": "ValidationException", "message": Like("Cannot update .*")},
            ),
            (
                {"request": oldest_first},
                ["list-default-order", "list-name-descending"],
                ["a", "c", "b"],
                ["b", "c", "a"],
            ),
            (
                {"request": completed_by_default},
                ["stop-without-state", "stop-cancelled"],
                {"ends in": "Cancelled"},
                {"ends in": "Completed"},
            ),
        ],
        ids=["a code", "an order", "a default"],
    )
    def test_one_difference_is_found(
        self, proxy: Any, tmp_path: Path, altered: Any, rules: list[str], expected: Any, seen: Any
    ) -> None:
        path = tmp_path / "report.json"
        ran = run(proxy(**altered), "--report", str(path), *(f"--rule={each}" for each in rules))
        assert (ran.returncode, ran.stderr) == (1, "")
        results = json.loads(path.read_text(encoding="utf-8"))["rules"]
        assert {name: each["outcome"] for name, each in results.items()} == dict(
            zip(rules, (DIFFERS, AGREES), strict=True)
        )
        found = results[rules[0]]
        assert agrees(expected, found["expected"])
        assert agrees(seen, found["seen"])
        assert f"differs  {rules[0]}\n    expected {found['expected']}\n    seen     {found['seen']}\n" in ran.stdout

    @pytest.mark.skipif(os.name != "posix", reason="it is interrupted by a signal here")
    def test_an_interrupted_run_leaves_no_experiment(self, sagemaker_ie_server: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.set_transition({"progression": "time", "seconds": 0.2})
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.parity", "--endpoint-url", sagemaker_ie_server.url, "--yes"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 120
        while "Running" not in [each.status for each in sagemaker_ie_backend.experiments]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=120)
        assert errors == ""
        assert process.returncode in (1, 2)
        assert "interrupted\nTaking away what was made\n" in out
        assert sagemaker_ie_backend.experiments == []
