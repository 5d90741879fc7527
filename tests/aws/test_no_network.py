"""A whole run, as a user would start it, without a network: nothing tries to leave the machine or to find credentials.

Where the system lets it, the run has a network of its own without a single route. What is tried is counted either way.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# Python tells about each of these, from wherever it is called, before it is done.
COUNTER = """
import atexit, json, os, sys

attempts = []

def searching():
    # botocore reads both files for their settings, as it always does; a search for credentials comes from elsewhere.
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith("botocore/credentials.py"):
            return True
        frame = frame.f_back
    return False

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple):  # a str is the path of a Unix socket
            attempts.append(["connect", str(address[0])])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        attempts.append(["resolve", str(arguments[0])])
    elif event == "open":
        path = str(arguments[0])
        if path in (os.environ["AWS_CONFIG_FILE"], os.environ["AWS_SHARED_CREDENTIALS_FILE"]) or "/.aws" in path:
            attempts.append(["search" if searching() else "open", path])
    elif event == "subprocess.Popen" and "from-the-config" in str(arguments):
        attempts.append(["run", str(arguments[1])])

sys.addaudithook(watch)

@atexit.register
def tell():
    with open(os.environ["ATTEMPTS"], "a") as file:
        file.write(json.dumps(attempts) + "\\n")
"""


def without_a_network() -> list[str]:
    """Return the command that runs another one in a network of its own, if the system has one and allows it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    for command in ([unshare, "--net"], [unshare, "--map-root-user", "--net"]):
        if subprocess.run([*command, "true"], capture_output=True, timeout=20).returncode == 0:
            return command
    return []


@pytest.fixture
def attempts_of(tmp_path: Path) -> "Attempts":
    """Run pytest in a process of its own, and return what it said and what it attempted."""
    (tmp_path / "sitecustomize.py").write_text(COUNTER)

    def run(directory: Path, *arguments: str, **environment: str) -> tuple[str, list[Any]]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
        result = subprocess.run(
            [*without_a_network(), sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *arguments],
            cwd=directory,
            env={
                **clean,
                "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "HOME": str(tmp_path),
                "AWS_CONFIG_FILE": str(tmp_path / ".aws/config"),
                "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / ".aws/credentials"),
                "ATTEMPTS": str(tmp_path / "attempts"),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = (tmp_path / "attempts").read_text().splitlines()
        assert len(told) == 1, told
        assert result.returncode in (0, 1), result.stdout + result.stderr
        return result.stdout, json.loads(told[0])

    return run


Attempts = Callable[..., tuple[str, list[Any]]]


@pytest.fixture
def real_credentials(tmp_path: Path) -> Path:
    """Files in which whoever looks for credentials finds some, or is told to run a command."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = secret\n")
    (tmp_path / ".aws/config").write_text("[profile team]\ncredential_process = from-the-config\n")
    return tmp_path / ".aws/credentials"


@pytest.mark.slow
def test_the_examples(attempts_of: Attempts) -> None:
    output, attempts = attempts_of(ROOT / "docs/examples", "-p", "sagemaker_ie")
    assert re.search(r"\d+ passed in", output), output
    assert attempts == []


@pytest.mark.slow
def test_some_of_this_suite(attempts_of: Attempts) -> None:
    files = ("tests/core/test_family.py", "tests/core/test_list.py")
    output, attempts = attempts_of(ROOT, "-p", "sagemaker_ie", "-p", "pytest_asyncio.plugin", *files)
    assert re.search(r"\d+ passed", output), output
    assert attempts == []


CALLS = """
import boto3
import pytest

@pytest.mark.sagemaker_ie("churn", "Running")
def test_answered():
    for client in (boto3.client("sagemaker"), boto3.Session().client("sagemaker", "eu-west-1")):
        client.list_inference_experiments()
        with pytest.raises(client.exceptions.ResourceNotFound):
            client.describe_inference_experiment(Name="ghost")

@pytest.mark.sagemaker_ie("churn", "Running")
def test_refused():
    with pytest.raises(NotImplementedError):
        boto3.client("sagemaker").list_models()
"""


def test_answered_and_refused_calls(attempts_of: Attempts, tmp_path: Path) -> None:
    (tmp_path / "test_calls.py").write_text(CALLS)
    output, attempts = attempts_of(tmp_path, "-p", "sagemaker_ie", "test_calls.py")
    assert "2 passed" in output
    assert attempts == []


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "team"])
def test_calls_where_there_are_credentials(
    attempts_of: Attempts, tmp_path: Path, real_credentials: Path, profile: str
) -> None:
    (tmp_path / "test_calls.py").write_text(CALLS)
    output, attempts = attempts_of(tmp_path, "-p", "sagemaker_ie", "test_calls.py", AWS_PROFILE=profile)
    assert "2 passed" in output
    assert {kind for kind, _ in attempts} == {"open"}


@pytest.mark.slow
def test_the_counter_counts(attempts_of: Attempts, tmp_path: Path, real_credentials: Path) -> None:
    """The same run would tell: of a name that is resolved, an address, a command for credentials."""
    (tmp_path / "test_calls.py").write_text(
        """
import boto3, socket
from botocore.config import Config

CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=1)

def call(**settings):
    try:
        boto3.client("sagemaker", "us-east-1", config=CONFIG, **settings).list_models()
    except Exception as error:
        print(type(error).__name__)

def test_it():
    call()
    call(aws_access_key_id="k", aws_secret_access_key="s")
    call(aws_access_key_id="k", aws_secret_access_key="s", endpoint_url="http://192.0.2.1/")
"""
    )
    if not without_a_network():
        pytest.skip("it would leave the machine")
    output, attempts = attempts_of(tmp_path, "-p", "sagemaker_ie", "test_calls.py", AWS_EC2_METADATA_DISABLED="true")
    assert "1 passed" in output
    assert {kind for kind, _ in attempts} == {"open", "search", "connect", "resolve"}
    assert ["connect", "192.0.2.1"] in attempts
    assert ["resolve", "api.sagemaker.us-east-1.amazonaws.com"] in attempts
    assert ["search", str(real_credentials)] in attempts
