"""The pytest layer: fixtures, marker and options. What they do is `mock_inference_experiments`'s affair.

pytest loads this module in every run, so it imports nothing of boto3, botocore or freezegun, and of the package only
what a run needs that does not use it.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import pytest_sagemaker_ie.clock  # noqa: F401 - it keeps the functions of `time` before a test patches them
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from pytest_sagemaker_ie.plugin import failure_section
from pytest_sagemaker_ie.plugin.markers import (
    CLOCK_MARKER,
    CLOCK_SIGNATURE,
    MARKER,
    SIGNATURE,
    asked_clock,
    asked_validation,
    refuse_unspent,
    seed_marked,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

    from pytest_sagemaker_ie.clock.virtual import VirtualClock
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.mocking import Mock
    from pytest_sagemaker_ie.server.fixture import InferenceExperimentServer
    from pytest_sagemaker_ie.server.listener import Listener

_BACKEND = "sagemaker_ie_backend"
_CLOCK = "sagemaker_ie_clock"
_CLOCKS = ("freezer", "time_machine", _CLOCK)  # the first two are of pytest-freezer and time-machine
_FAILED = pytest.StashKey[bool]()

_REGION_HINT = (
    "A client was made without a region. For SageMaker clients that are made while modules are imported, set the ini"
    " option sagemaker_ie_region, as in: sagemaker_ie_region = us-east-1"
)

_REQUESTS = pytest.StashKey[list[Any]]()
"""In a test's item: what asked for its account, its clock and its server, for as long as it has them."""
_ACCOUNT = pytest.StashKey["Mock"]()
"""What entered the account."""

_BEGUN = pytest.StashKey[bool]()
"""In the configuration of a run that has begun to have its region and its guard."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sagemaker_ie", "SageMaker inference experiments")
    for name, metavar, text in (
        (
            "region",
            "REGION",
            "region of SageMaker clients and seeds that name none, also of clients that are made while modules are"
            f" imported (default: in tests, the one that is configured for AWS, else {DEFAULT_REGION})",
        ),
        ("account_id", "DIGITS", f"account id in the ARNs (default: {DEFAULT_ACCOUNT_ID})"),
    ):
        group.addoption(f"--sagemaker-ie-{name.replace('_', '-')}", metavar=metavar, help=text)
        parser.addini(f"sagemaker_ie_{name}", text)
    group.addoption(
        "--sagemaker-ie-report",
        nargs="?",
        const="terminal",
        action="append",
        metavar="FORM",
        help="report what the tests exercised of the operations, statuses, moves and errors: terminal (the default),"
        " html:FILE or json:FILE; may be given several times",
    )
    group.addoption(
        "--sagemaker-ie-fail-under",
        metavar="PERCENT",
        help="fail the run if the tests exercised less than this share of what --sagemaker-ie-report counts",
    )
    parser.addini(
        "sagemaker_ie_parameter_validation",
        "hold requests and seeds to the service model's lengths and patterns of strings (default: true)",
        type="bool",
        default=True,
    )
    parser.addini(
        "sagemaker_ie_guard",
        "refuse every SageMaker request that no account answers, in the whole run (default: false)",
        type="bool",
        default=False,
    )
    parser.addini(
        "sagemaker_ie_server_host",
        "address at which sagemaker_ie_server listens (default: 127.0.0.1, out of other machines' reach)",
        default="127.0.0.1",
    )
    parser.addini(
        "sagemaker_ie_server_allowed_hosts",
        "names other than localhost by which clients may call sagemaker_ie_server, such as host.docker.internal",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(failure_section, "sagemaker_ie_failure_section")
    config.addinivalue_line(
        "markers",
        f"{SIGNATURE}: seed an inference experiment and answer every SageMaker client of the test; parameters are"
        " spelled as CreateInferenceExperiment and DescribeInferenceExperiment spell them.",
    )
    config.addinivalue_line(
        "markers",
        f"{CLOCK_SIGNATURE}: where the fixture {_CLOCK} begins, and how far sleeps may move it.",
    )
    try:
        _validates(config)
        _begin_run(config)
        if _option(config, "account_id"):
            _mock(config, True)
        if config.getoption("sagemaker_ie_report") or config.getoption("sagemaker_ie_fail_under") is not None:
            from pytest_sagemaker_ie.plugin.suite_report import register_if_asked

            register_if_asked(config)
    except ValueError as error:
        raise pytest.UsageError(f"pytest-sagemaker-ie: {error}") from None


def pytest_report_header(config: pytest.Config) -> str | None:
    if _validates(config):
        return None
    return "sagemaker_ie: the service model's lengths and patterns of strings are not checked"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    try:
        _begin_run(early_config)
    except ValueError as error:
        raise pytest.UsageError(f"pytest-sagemaker-ie: {error}") from None
    try:
        return (yield)
    except Exception as error:
        if _lacks_a_region(error.__cause__):
            print(_REGION_HINT, file=sys.stderr)  # noqa: T201 - pytest shows no more of such an error than itself
        raise


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: pytest.CollectReport = yield  # type: ignore[assignment]
    call = getattr(report, "call", None)
    if report.failed and call is not None and _lacks_a_region(call.excinfo.value):
        report.sections.append(("sagemaker_ie", _REGION_HINT))
    return report  # type: ignore[return-value]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a marked test have what its markers are about, whether or not it names the fixtures.

    Otherwise it would call AWS, or see another time.
    """
    item.stash[_FAILED] = False  # a test may be run again
    marked = {_BACKEND: item.get_closest_marker(MARKER), _CLOCK: item.get_closest_marker(CLOCK_MARKER)}
    wanted = [name for name, marker in marked.items() if marker is not None]
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None or not wanted:
        return
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    wider = [name for name in names if name in definitions and definitions[name][-1].scope != "function"]
    clocks = [name for name in _CLOCKS if name in (*names, *wanted)]
    accounts = [name for name in wanted if name not in clocks]
    # Before the test's own fixtures, which may call SageMaker; after those of a wider scope, which outlive it, and
    # those that set the clock. A new list: the present one is shared by all the parameters' items of a function.
    first = [*wider, *clocks, *accounts]
    item.fixturenames = [*first, *(name for name in names if name not in first)]  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "Iterator[None]":
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if not report.passed:  # skipped ones too: what was scripted then is nobody's mistake
        item.stash[_FAILED] = True
    return report  # type: ignore[return-value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Let a test's account and its clock end with the test, however it ends.

    pytest runs none of the finalizers that are left once one has raised SystemExit, KeyboardInterrupt or its own Exit,
    and would hand the fixtures' values to the next test.
    """
    try:
        return (yield)
    except BaseException:
        item.stash[_FAILED] = True
        raise
    finally:
        with ExitStack() as stack:  # each does nothing if it was done, and each is done whatever another raises
            # Last of all: a fixture may have put back what was replaced.
            for module, put_right in (("clock.stand_ins", "put_right"), ("aws.install", "sync")):
                loaded = sys.modules.get(f"pytest_sagemaker_ie.{module}")
                if loaded is not None:
                    stack.callback(getattr(loaded, put_right))
            if _ACCOUNT in item.stash:
                stack.callback(item.stash[_ACCOUNT].leave)
            for request in item.stash.get(_REQUESTS, []):
                stack.callback(request._fixturedef.finish, request)
            item.stash[_REQUESTS] = []


@pytest.fixture
def sagemaker_ie_backend(request: pytest.FixtureRequest) -> "Iterator[InferenceExperimentBackend]":
    """The account behind the test's SageMaker clients, with the experiments that its markers seed."""
    _end_with_test(request)
    asked = asked_validation(request.node)
    mock = _mock(request.config, _validates(request.config) if asked is None else asked)
    request.node.stash[_ACCOUNT] = mock
    backend = mock.start()
    try:
        seed_marked(request.node, backend, _frozen_at(request))
        yield backend
    finally:
        mock.leave()
    if not request.node.stash.get(_FAILED, False):
        refuse_unspent(request.node, backend)


@pytest.fixture
def sagemaker_ie_clock(request: pytest.FixtureRequest) -> "Iterator[VirtualClock]":
    """The virtual clock: time stands until the test, or a sleep of the code under test, moves it."""
    from pytest_sagemaker_ie.clock.virtual import virtual_clock

    _end_with_test(request)
    with virtual_clock(**asked_clock(request.node, _frozen_at(request))) as clock:
        yield clock


@pytest.fixture
def sagemaker_ie(sagemaker_ie_backend: "InferenceExperimentBackend") -> "SageMakerClient":
    """A real boto3 SageMaker client, answered by `sagemaker_ie_backend`."""
    from pytest_sagemaker_ie.aws.sessions import fresh_client

    client = fresh_client(sagemaker_ie_backend.region)
    _ = sagemaker_ie_backend.experiments  # the seeds that name no region are where this client is, from now on
    return client


@pytest.fixture(scope="session")
def _sagemaker_ie_listener(request: pytest.FixtureRequest) -> "Iterator[Listener]":
    """The port at which the tests of this process are served, one after the other."""
    from pytest_sagemaker_ie.server.listener import Listener

    host = request.config.getini("sagemaker_ie_server_host")
    try:
        listener = Listener(host, allowed_hosts=request.config.getini("sagemaker_ie_server_allowed_hosts"))
    except OSError as error:
        pytest.fail(f"sagemaker_ie_server_host: cannot listen at {host!r}: {error}", pytrace=False)
    listener.start()
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def sagemaker_ie_server(
    request: pytest.FixtureRequest,
    sagemaker_ie_backend: "InferenceExperimentBackend",
    _sagemaker_ie_listener: "Listener",
) -> "Iterator[InferenceExperimentServer]":
    """The account of `sagemaker_ie_backend` over HTTP, for other processes."""
    _end_with_test(request)
    from pytest_sagemaker_ie.server.fixture import served

    with served(_sagemaker_ie_listener, sagemaker_ie_backend) as server:
        yield server


def _end_with_test(request: pytest.FixtureRequest) -> None:
    """See to it that the fixture that asks is finished with its test."""
    request.node.stash.setdefault(_REQUESTS, []).append(request)


def _frozen_at(request: pytest.FixtureRequest) -> float | None:
    from pytest_sagemaker_ie.plugin.decorated import time_in_test

    return time_in_test(getattr(request.node, "obj", None), request.cls)


def _option(config: pytest.Config, name: str) -> str | None:
    # The command line as it is known from the first conftest.py on.
    return (
        getattr(config.known_args_namespace, f"sagemaker_ie_{name}", None)
        or config.getini(f"sagemaker_ie_{name}")
        or None
    )


def _validates(config: pytest.Config) -> bool:
    return _ini_bool(config, "parameter_validation")


def _ini_bool(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getini(f"sagemaker_ie_{name}"))
    except (ValueError, pytest.UsageError) as error:  # which of them depends on pytest's version
        raise ValueError(f"sagemaker_ie_{name} is true or false: {error}") from None


def _mock(config: pytest.Config, parameter_validation: bool) -> "Mock":
    from pytest_sagemaker_ie.mocking import mock_inference_experiments

    return mock_inference_experiments(
        region=_option(config, "region"),
        account_id=_option(config, "account_id") or DEFAULT_ACCOUNT_ID,
        parameter_validation=parameter_validation,
    )


def _begin_run(config: pytest.Config) -> None:
    """Let the run have its region and its guard, from its first conftest.py to its end."""
    if config.stash.get(_BEGUN, False):
        return
    config.stash[_BEGUN] = True
    region, guard = _option(config, "region"), _ini_bool(config, "guard")
    if region:
        _mock(config, True)  # a ValueError, if it is none
    if region or guard:
        from pytest_sagemaker_ie.aws.install import in_run

        run = ExitStack()
        run.enter_context(in_run(region, guard))
        config.add_cleanup(run.close)


def _lacks_a_region(error: BaseException | None) -> bool:
    while error is not None and type(error).__name__ != "NoRegionError":
        error = error.__cause__ or error.__context__
    return error is not None
