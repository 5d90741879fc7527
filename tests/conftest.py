"""What every test stands on: a machine without AWS configuration, and no way out of it."""

import asyncio
import concurrent.futures.process  # noqa: F401  as with boto3: what pickles a function looks it up in its module
import gc
import importlib
import importlib.metadata
import os
import pkgutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3  # noqa: F401  here, so that the runs inside this one (pytester's) share one botocore with it
import freezegun
import hypothesis
import pytest
from botocore.client import ClientCreator
from botocore.loaders import JSONFileLoader
from botocore.model import ServiceModel

import pytest_sagemaker_ie
from pytest_sagemaker_ie import virtual_clock

pytest_plugins = ["pytester"]

# For the same reason: each of those runs would import anew, and forget again, what this one has not imported yet.
for _module in pkgutil.walk_packages(pytest_sagemaker_ie.__path__, "pytest_sagemaker_ie."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)

# A full search for garbage looks at some 400,000 objects that stay: the tests, botocore's models. It comes seldom here.
gc.set_threshold(700, 10, 200)

# A fixture that freezes the time before its test, and thaws it after, is timed by pytest on both sides of that.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

hypothesis.settings.register_profile("short", max_examples=10, deadline=None, derandomize=True)
hypothesis.settings.register_profile("coverage", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "", None)

# The same guard for processes that a test starts: a line on stderr for each attempt.
_GUARD = """
import socket, sys
def _refuse(*arguments, **_):
    address = next(each for each in arguments if not isinstance(each, socket.socket))
    print("NETWORK", address, file=sys.stderr)
    raise OSError(f"no network in tests: {address}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = _refuse
"""


class NetworkError(RuntimeError):
    """Something wanted to leave the machine."""


class _Kept:
    """What an object's attributes were when they were first asked for."""

    def __init__(self, original: object) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._original, name)
        setattr(self, name, value)
        return value


def _without_aws(environ: "os._Environ[str]") -> list[str]:
    return [name for name in environ if name.startswith(("AWS_", "BOTO_"))]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has the marker `slow`, unless the run has an `-m` of its own or names single tests."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if item not in slow]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture(scope="session", autouse=True)
def _no_aws_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    nowhere = tmp_path_factory.mktemp("nowhere")
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in _without_aws(os.environ):
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(nowhere))
        monkeypatch.setenv("USERPROFILE", str(nowhere))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # where botocore would look outside an account
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_implicit_event_loop() -> None:
    """Keep `asyncio.get_event_loop` from making a loop that is never closed.

    Before Python 3.14 it makes one where a thread has never set any. pytest-asyncio asks it what to put back after a
    test, and puts that back; the next `asyncio.run` drops it unclosed. Its sockets are then collected at any time, and
    the ResourceWarning fails a test that has nothing to do with it. A thread that has set none gets a RuntimeError
    instead, which pytest-asyncio takes as it should.
    """
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Keep the service models that botocore has read, and the methods and errors that it made of each for its clients.

    Each session reads them anew, and each client makes some four hundred methods, which takes most of their time.
    """
    read, load_file = {}, JSONFileLoader.load_file
    made, create_methods = {}, ClientCreator._create_methods
    found_in, error_shapes = {}, vars(ServiceModel)["error_shapes"]

    def load_file_once(self: JSONFileLoader, file_path: str) -> Any:
        if file_path not in read:
            found = load_file(self, file_path)
            if found is None:  # it may be written yet
                return None
            read[file_path] = found
        return read[file_path]

    def create_methods_once(self: ClientCreator, service_model: Any) -> dict[str, Any]:
        kind = (type(self), service_model.service_name, service_model.api_version)
        if kind not in made:
            made[kind] = create_methods(self, service_model)
        return dict(made[kind])

    def error_shapes_once(self: ServiceModel) -> Any:
        description = self._service_description
        if id(description) not in found_in:
            found_in[id(description)] = description, error_shapes.__get__(self, type(self))
        return found_in[id(description)][1]

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(JSONFileLoader, "load_file", load_file_once)
        monkeypatch.setattr(ServiceModel, "error_shapes", property(error_shapes_once))
        monkeypatch.setattr(ClientCreator, "_create_methods", create_methods_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _distributions_are_read_once() -> Iterator[None]:
    """Keep what the installed distributions say of themselves: each run inside this one (pytester's) asks them all."""
    installed = [_Kept(each) for each in importlib.metadata.distributions()]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(importlib.metadata, "distributions", lambda **_: installed)
        yield


@pytest.fixture(scope="session")
def _attempts() -> Iterator[list[object]]:
    """Every attempt to leave the machine; each is also refused where it is made."""
    attempts: list[object] = []
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        if host not in _LOOPBACK:
            attempts.append(host)
            raise NetworkError(f"a test wanted to reach {host!r}")

    def host_of(address: Any) -> object:
        return address[0] if isinstance(address, tuple) else None  # a str is the path of a Unix socket

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(host_of(address))
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(host_of(address))
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", guarded_connect)
        monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield attempts


@pytest.fixture(autouse=True)
def _no_network(_attempts: list[object]) -> Iterator[None]:
    """Fail a test that tried to leave the machine, even if what it called swallowed the refusal."""
    _attempts.clear()
    yield
    assert not _attempts, f"the test wanted to reach {_attempts}"


@pytest.fixture
def network_attempts(_attempts: list[object], _no_network: None) -> Iterator[list[object]]:
    """The hosts that the test tried to reach, for a test that is about that: it may make attempts."""
    yield _attempts
    _attempts.clear()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of its own, run as strictly as this one and in the order in which it is written."""
    monkeypatch.setenv(
        "PYTEST_ADDOPTS",
        "-W error --strict-markers -p no:randomly -p no:cacheprovider -p no:hypothesispytest -p no:pytest_httpserver"
        " -p no:recording -p no:socket -p no:xdist.looponfail"
        " -o asyncio_mode=auto -o asyncio_default_fixture_loop_scope=function",
    )
    # For the clients that such a suite makes where no account is active: botocore looks for their credentials then.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return pytester


@pytest.fixture
def run_alone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Run the suite in a process of its own, without the other plugins that are installed, which take long to load."""

    def ran(*arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
        loaded = " ".join(f"-p {each}" for each in ("pytest_sagemaker_ie.plugin", *plugins))
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("PYTEST_ADDOPTS", f"-W error --strict-markers -p no:cacheprovider {loaded}")
        return pytester.runpytest_subprocess(*arguments)

    return ran


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run code in a fresh interpreter that has no AWS configuration and no network."""

    def run(code: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        script = tmp_path / "script.py"
        script.write_text(_GUARD + textwrap.dedent(code))
        return subprocess.run(
            [sys.executable, "-W", "error", str(script), *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture(scope="class")
def places() -> Iterator[None]:
    """A clock around those of a class's tests. It finds the places that hold time's functions once for all of them."""
    with virtual_clock():
        yield


@pytest.fixture
def describe(sagemaker_ie: Any) -> Callable[..., dict[str, Any]]:
    """What DescribeInferenceExperiment says of an experiment, without the call's own metadata."""

    def described(name: str, client: Any = None) -> dict[str, Any]:
        response = (client or sagemaker_ie).describe_inference_experiment(Name=name)
        return {member: value for member, value in response.items() if member != "ResponseMetadata"}

    return described
