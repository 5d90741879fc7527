"""The fixtures, and the hooks of every run. `in_use` has the hooks that a run needs once a test uses the plugin.

pytest loads this module in every run, so it imports neither boto3, botocore nor freezegun. Its functions import what
only a run that uses the plugin needs.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

import pytest

import pytest_sagemaker_ie.clock  # noqa: F401 - keeps the functions of `time`, which tests may patch
from pytest_sagemaker_ie.activation import guards, is_active, listeners
from pytest_sagemaker_ie.plugin import options

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

    from pytest_sagemaker_ie.clock.virtual import VirtualClock
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.core.service import Service
    from pytest_sagemaker_ie.plugin.in_use import InUse
    from pytest_sagemaker_ie.server.fixture import InferenceExperimentServer
    from pytest_sagemaker_ie.server.listener import Listener

# By the marker: the fixture that a marked test gets.
_FIXTURES: Final = {options.MARKER: "sagemaker_ie_backend", options.CLOCK_MARKER: "sagemaker_ie_clock"}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options, and take both names of the plugin, because pytest fails if it loads a plugin twice."""
    for name in ("sagemaker_ie", "pytest_sagemaker_ie.plugin"):  # the entry point and the module
        if not pluginmanager.has_plugin(name):
            pluginmanager.register(options, name)  # a module without hooks
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    options.begin_run(config)
    for marker in options.MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("sagemaker_ie_report") or config.getoption("sagemaker_ie_fail_under") is not None:
        from pytest_sagemaker_ie.plugin.suite_report import register

        register(config)

    def entered(account: "Service") -> None:
        _current_test(config).entered(account)

    listeners.append(entered)
    config.add_cleanup(lambda: listeners.remove(entered))


def pytest_report_header(config: pytest.Config) -> str | None:
    if options.is_set(config, "parameter_validation"):
        return None
    return "sagemaker_ie: the service model's lengths and patterns of strings are not checked"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    options.begin_run(early_config)
    try:
        return (yield)
    except Exception as error:
        from pytest_sagemaker_ie.plugin.failure_section import note_on

        note = note_on(error)
        if note is not None:
            print(note, file=sys.stderr)  # noqa: T201 - pytest shows no sections of such an error
        raise


def pytest_exception_interact(call: "pytest.CallInfo[object]", report: pytest.CollectReport) -> None:
    if report.when == "collect" and call.excinfo is not None:
        from pytest_sagemaker_ie.plugin.failure_section import TITLE, note_on

        note = note_on(call.excinfo.value)
        if note is not None:
            report.sections.append((TITLE, note))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a marked test its account and its clock, even if it does not request the fixtures."""
    names: list[str] = getattr(item, "fixturenames", [])
    marked = [fixture for marker, fixture in _FIXTURES.items() if item.get_closest_marker(marker)]
    is_in_use = marked or item.config.pluginmanager.has_plugin(options.IN_USE)
    if not (is_in_use or is_active() or guards or "sagemaker_ie_backend" in names):
        return
    _current_test(item.config).begin()
    if not marked or not hasattr(item, "fixturenames"):
        return
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    wider = [name for name in names if name in definitions and definitions[name][-1].scope != "function"]
    # The first two fixtures are those of pytest-freezer and time-machine.
    clocks = [name for name in ("freezer", "time_machine", "sagemaker_ie_clock") if name in (*names, *marked)]
    # The account comes before the test's own fixtures, which may call SageMaker. It comes after fixtures of a wider
    # scope, which outlive the test, and after those that set the clock. The list is a new one, because the items of a
    # parametrized function share the old one.
    ordered = [*dict.fromkeys((*wider, *clocks, *marked, *names))]
    item.fixturenames = ordered  # pyright: ignore[reportAttributeAccessIssue]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """End a test's account and its clock with the test, even if a finalizer raises SystemExit."""
    try:
        return (yield)
    finally:
        # A test may use a clock without an account and without a fixture.
        if item.config.pluginmanager.has_plugin(options.IN_USE) or "pytest_sagemaker_ie.clock.stand_ins" in sys.modules:
            _current_test(item.config).end()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.testsfailed:
        from pytest_sagemaker_ie.plugin.failure_section import colour

        colour(session.config)


def _current_test(config: pytest.Config) -> "InUse":
    """Return what the current test of a run used. The first call registers its hooks."""
    if not config.pluginmanager.has_plugin(options.IN_USE):
        from pytest_sagemaker_ie.plugin import in_use

        config.pluginmanager.register(in_use.InUse(config), options.IN_USE)
    return cast("InUse", config.pluginmanager.get_plugin(options.IN_USE))


@pytest.fixture
def sagemaker_ie_backend(request: pytest.FixtureRequest) -> "Iterator[InferenceExperimentBackend]":
    """The account behind the test's SageMaker clients, with the experiments that its markers seed."""
    from pytest_sagemaker_ie.plugin.markers import account_of

    test = _current_test(request.config)
    test.requests.append(request)
    with account_of(request.node, test) as backend:
        yield backend


@pytest.fixture
def sagemaker_ie_clock(request: pytest.FixtureRequest) -> "Iterator[VirtualClock]":
    """The virtual clock: time stands still until the test, or a sleep of the code under test, moves it."""
    from pytest_sagemaker_ie.clock.virtual import virtual_clock
    from pytest_sagemaker_ie.plugin.markers import asked_clock

    _current_test(request.config).requests.append(request)
    with virtual_clock(**asked_clock(request.node)) as clock:
        yield clock


@pytest.fixture
def sagemaker_ie(sagemaker_ie_backend: "InferenceExperimentBackend") -> "SageMakerClient":
    """A real boto3 SageMaker client, answered by `sagemaker_ie_backend`."""
    from pytest_sagemaker_ie.aws.sessions import fresh_client

    client = fresh_client(sagemaker_ie_backend.region)
    _ = sagemaker_ie_backend.experiments  # gives seeds without a region the client's region
    return client


@pytest.fixture(scope="session")
def _sagemaker_ie_listener(request: pytest.FixtureRequest) -> "Iterator[Listener]":
    """The port at which the tests of this process serve their accounts, one after the other."""
    from pytest_sagemaker_ie.server.listener import Listener

    host = request.config.getini("sagemaker_ie_server_host")
    try:
        listener = Listener(host, allowed_hosts=request.config.getini("sagemaker_ie_server_allowed_hosts"))
    except OSError as error:
        message = f"sagemaker_ie_server_host: cannot listen at {host!r}: {error}"
        raise pytest.fail.Exception(message, pytrace=False) from None
    with closing(listener):
        listener.start()
        yield listener


@pytest.fixture
def sagemaker_ie_server(
    request: pytest.FixtureRequest,
    sagemaker_ie_backend: "InferenceExperimentBackend",
    _sagemaker_ie_listener: "Listener",
) -> "Iterator[InferenceExperimentServer]":
    """The account of `sagemaker_ie_backend` over HTTP, for other processes."""
    from pytest_sagemaker_ie.server.fixture import served

    _current_test(request.config).requests.append(request)
    with served(_sagemaker_ie_listener, sagemaker_ie_backend) as server:
        yield server
