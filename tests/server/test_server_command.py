"""The command `sagemaker-ie-server`: what it says, what it answers, and how it ends."""

import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from aws_json import address_of, post
from valid_requests import creation

from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.server.command import _reported, main
from pytest_sagemaker_ie.server.listener import Listener

pytestmark = pytest.mark.skipif(os.name != "posix", reason="it is stopped by signals here")

COMMAND = [sys.executable, "-W", "error", "-m", "pytest_sagemaker_ie.server"]


class Running:
    """The command, running at a port that was free."""

    def __init__(
        self, *arguments: str, stdout: Any = subprocess.PIPE, by: tuple[str, ...] = (), **environment: str
    ) -> None:
        self.process = subprocess.Popen(
            [*by, *COMMAND, "--port", "0", *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.greeting = ""

    def greeted(self, stream: Any = None) -> str:
        """Wait until it listens, and return its URL."""
        lines = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            line = (stream or self.process.stdout).readline()
            assert line, self.process.communicate()[1]
            lines.append(line)
        self.greeting = "".join(lines)
        return re.findall(r" at (http:\S+)", self.greeting)[0]

    def ended(self, by: int = signal.SIGTERM) -> tuple[int, list[str], str]:
        """End it by a signal; return its exit status, the lines after the greeting, and what it said of errors."""
        self.process.send_signal(by)
        out, errors = self.process.communicate(timeout=30)
        return self.process.returncode, (out or "").splitlines(), errors


@pytest.fixture
def start() -> Iterator[Any]:
    started: list[Running] = []

    def begin(*arguments: str, **options: Any) -> Running:
        started.append(Running(*arguments, **options))
        return started[-1]

    yield begin
    for each in started:
        each.process.kill()
        each.process.communicate()


SEEDS = """
[[experiment]]
name = "churn"
status = "Running"

[[experiment]]
name = "fraud"
region = "eu-central-1"
"""


@pytest.fixture
def seeds(tmp_path: Path) -> str:
    path = tmp_path / "seeds.toml"
    path.write_text(SEEDS)
    return str(path)


@pytest.fixture
def _own_signals() -> Iterator[None]:
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


class TestGreeting:
    def test_it_says_what_it_serves_and_how_to_call_it(self, start, seeds):
        command = start("--seed", seeds, "--region", "us-west-2", "--account-id", "111122223333")
        url = command.greeted()
        assert command.greeting.splitlines() == [
            f"pytest-sagemaker-ie 0.1.0 answers the calls of inference experiments at {url}",
            f"Account 111122223333, 2 experiments from {seeds}",
            "    churn in us-west-2: Running",
            "    fraud in eu-central-1: Created",
            "Signatures are not verified. To call it:",
            f"    export AWS_ENDPOINT_URL_SAGEMAKER={url} AWS_DEFAULT_REGION=us-west-2"
            " AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
            "Ctrl-C ends it.",
        ]

    def test_without_seeds_it_begins_empty(self, start):
        command = start()
        assert post(command.greeted(), "ListInferenceExperiments").body == {"InferenceExperiments": []}
        assert "Account 123456789012, 0 experiments\n" in command.greeting


class TestCalls:
    def test_each_has_a_line_with_the_status_before_and_after(self, start, seeds):
        command = start("--seed", seeds)
        url = command.greeted()
        stop = {"Name": "churn", "ModelVariantActions": {"production": "Retain"}, "DesiredState": "Completed"}
        post(url, "CreateInferenceExperiment", creation("rank"))
        post(url, "ListInferenceExperiments")
        post(url, "StopInferenceExperiment", stop)
        post(url, "UpdateInferenceExperiment", {"Name": "churn"})
        post(url, "StartInferenceExperiment", {"Name": "fraud"}, region="eu-central-1")
        post(url, "DescribeInferenceExperiment", {"Name": "nowhere"})
        post(url, "DeleteInferenceExperiment", {"Name": "churn"})
        arn = "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/rank"
        post(url, "ListTags", {"ResourceArn": arn})
        post(url, "ListModels")
        status, lines, errors = command.ended()
        assert lines == [
            "us-east-1  CreateInferenceExperiment      rank - -> Running",
            "us-east-1  ListInferenceExperiments",
            "us-east-1  StopInferenceExperiment        churn Running -> Completed",
            "us-east-1  UpdateInferenceExperiment      churn Completed -> Completed ConflictException",
            "eu-central-1  StartInferenceExperiment       fraud Created -> Running",
            "us-east-1  DescribeInferenceExperiment    nowhere ResourceNotFound",
            "us-east-1  DeleteInferenceExperiment      churn Completed -> -",
            "us-east-1  ListTags                       rank Running -> Running",
            "us-east-1  ListModels                     not answered",
            "Ended.",
        ]
        assert (status, errors) == (0, "")

    def test_the_line_of_a_name_holds_no_orders_to_the_terminal(self, start):
        command = start()
        url = command.greeted()
        for name in ("\x1b[2J", ""):
            post(url, "DescribeInferenceExperiment", {"Name": name})
        assert [line.split()[2:] for line in command.ended()[1][:-1]] == [
            ["\\x1b[2J", "ValidationException"],
            ["ValidationException"],
        ]

    def test_a_transitional_status_lasts_as_the_file_says(self, start, tmp_path):
        path = tmp_path / "seeds.toml"
        path.write_text('[transition]\nprogression = "manual"\ntimes = 1\n[[experiment]]\nname = "churn"\n')
        command = start("--seed", str(path))
        post(command.greeted(), "StartInferenceExperiment", {"Name": "churn"})
        assert command.ended()[1][0] == "us-east-1  StartInferenceExperiment       churn Created -> Starting"

    @pytest.mark.slow
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_it_answers_on_when_nothing_reads_its_lines(self, start, unbuffered):
        command = start(PYTHONUNBUFFERED=unbuffered)
        url = command.greeted()
        command.process.stdout.close()
        statuses = [post(url, "ListInferenceExperiments").status for _ in range(3)]
        assert statuses == [200] * 3
        command.process.stdout = None
        status, _, errors = command.ended()
        assert (status, errors) == (0, "")

    @pytest.mark.slow
    def test_it_answers_where_there_is_no_output_at_all(self, start):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = start("--port", str(port), by=("sh", "-c", 'exec "$@" >&-', "sh"))
        deadline = time.monotonic() + 30
        while True:
            try:
                assert post(f"http://127.0.0.1:{port}", "ListInferenceExperiments").status == 200
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        assert command.ended() == (0, [], "")

    def test_a_name_that_the_output_cannot_show_is_escaped(self, start, tmp_path):
        path = tmp_path / "実験.toml"
        path.write_text(SEEDS)
        command = start("--seed", str(path), PYTHONIOENCODING="ascii")
        command.greeted()
        assert "\\u5b9f\\u9a13.toml" in command.greeting

    def test_it_keeps_no_record_of_its_calls(self, sagemaker_ie_backend):
        lines: list[str] = []
        answer = _reported(service_of(sagemaker_ie_backend), lines.append)
        shape = service_of(sagemaker_ie_backend).model.operation_model("ListInferenceExperiments").input_shape
        for _ in range(2):
            answer("ListInferenceExperiments", "us-east-1", b"{}", shape)
        assert lines == ["us-east-1  ListInferenceExperiments"] * 2
        assert sagemaker_ie_backend.calls == []

    @pytest.mark.slow
    def test_it_answers_on_and_ends_when_the_pipe_of_its_lines_is_full(self, start):
        fcntl = pytest.importorskip("fcntl")
        command = start()
        url = command.greeted()
        pipe = command.process.stdout.fileno()
        size = fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096) if hasattr(fcntl, "F_SETPIPE_SZ") else 2**16
        for _ in range(size // 40):  # a line has more bytes
            assert post(url, "DescribeInferenceExperiment", {"Name": "churn"}).status == 400
        command.process.send_signal(signal.SIGTERM)
        assert command.process.wait(10) == 0
        assert command.process.communicate()[1] == ""


class TestTheEnd:
    @pytest.mark.parametrize(("by", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 6)])
    def test_a_signal_ends_it_cleanly_and_frees_the_port(self, start, by, times):
        command = start()
        url = command.greeted()
        kept = HTTPConnection(*address_of(url), timeout=10)
        try:
            post(url, "ListInferenceExperiments", connection=kept)
            for _ in range(times - 1):
                command.process.send_signal(by)
            assert command.ended(by) == (0, ["us-east-1  ListInferenceExperiments", "Ended."], "")
            assert kept.sock.recv(100) == b""
        finally:
            kept.close()
        again = Listener(port=address_of(url)[1])
        again.close()
        assert again.url == url

    @pytest.mark.usefixtures("_own_signals")
    def test_as_long_as_it_listens_it_answers_from_its_account(self, monkeypatch):
        answers = []
        start, close = Listener.start, Listener.close

        def start_and_signal(listener: Listener) -> None:
            start(listener)
            signal.raise_signal(signal.SIGTERM)

        def close_late(listener: Listener) -> None:
            answers.append(post(listener.url, "ListInferenceExperiments"))
            close(listener)
            with pytest.raises(ConnectionRefusedError):
                post(listener.url, "ListInferenceExperiments")

        monkeypatch.setattr(Listener, "start", start_and_signal)
        monkeypatch.setattr(Listener, "close", close_late)
        assert main(["--port", "0"]) == 0
        assert [each.status for each in answers] == [200]

    @pytest.mark.slow
    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="nothing tells which signals it catches")
    def test_a_signal_before_it_listens_ends_it_too(self, start):
        command = start()
        deadline = time.monotonic() + 30
        while not self.catches(command, signal.SIGTERM):
            assert time.monotonic() < deadline
        status, lines, errors = command.ended()
        assert (status, lines[-1], errors) == (0, "Ended.", "")

    def catches(self, command: Running, number: int) -> bool:
        status = Path(f"/proc/{command.process.pid}/status").read_text()
        (caught,) = re.findall(r"^SigCgt:\s+(\w+)$", status, re.MULTILINE)
        return bool(int(caught, 16) >> (number - 1) & 1)


@pytest.mark.usefixtures("_own_signals")
class TestMistakes:
    def refused(self, capsys: Any, *arguments: str) -> str:
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        assert exit_.value.code == 2
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("sagemaker-ie-server: error: ")
        return str(last.removeprefix("sagemaker-ie-server: error: "))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--port", "http"], "argument --port: 'http' is not a port: a number from 0 to 65535"),
            (["--port", "65536"], "argument --port: '65536' is not a port: a number from 0 to 65535"),
            (["--port", "9" * 5000], f"argument --port: '{'9' * 5000}' is not a port: a number from 0 to 65535"),
            (["--region", "moon"], "argument --region: 'moon' is not the name of a region, such as 'eu-west-1'"),
            (
                ["--region", "moon-x-1"],
                "argument --region: 'moon-x-1' is not the name of a region, such as 'eu-west-1'",
            ),
            (["--account-id", "1"], "argument --account-id: '1' is not an account id: twelve digits"),
        ],
    )
    def test_a_wrong_option_is_named(self, capsys, arguments, message):
        assert self.refused(capsys, *arguments) == message

    def test_a_mistake_in_the_seeds_is_named(self, capsys, tmp_path):
        path = tmp_path / "seeds.toml"
        path.write_text('[[experiment]]\nname = "churn"\nstatus = "Runing"\n')
        assert self.refused(capsys, "--seed", str(path)).startswith(
            f"{path}: [[experiment]] 1 'churn': unknown status 'Runing'. Did you mean 'Running'? Valid statuses: "
        )

    def test_a_port_that_is_taken_is_named(self, capsys):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            message = self.refused(capsys, "--port", str(port))
        assert message.startswith(f"cannot listen at 127.0.0.1, port {port}: ")

    @pytest.mark.parametrize("host", ["", " ", "a..b", "a" * 64, "\x1b[2J", "a\0b", "\udcff", "127.0.0.1:80"])
    def test_a_host_that_cannot_be_is_named(self, capsys, host):
        message = self.refused(capsys, "--port", "0", "--host", host)
        shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in host)
        assert message.startswith(f"cannot listen at {shown}, port 0: ")
        assert message.isprintable()
        assert not message.endswith(": ")

    def test_an_order_to_the_terminal_in_the_seeds_is_escaped(self, capsys, tmp_path):
        path = tmp_path / "\x1b[2J.toml"
        path.write_text('[[experiment]]\nname = "\\u001b[2J"\nstatus = "\\u001b[2J"\n')
        message = self.refused(capsys, "--seed", str(path))
        assert "\\x1b[2J.toml: [[experiment]] 1 '\\x1b[2J': unknown status '\\x1b[2J'." in message
        assert message.isprintable()


def test_the_installed_command_is_this_one():
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    (where,) = re.findall(r'^sagemaker-ie-server = "(.+)"$', pyproject, re.MULTILINE)
    module, _, function = where.partition(":")
    assert getattr(importlib.import_module(module), function) is main
