"""The pytest layer: the hooks. pytest finds the fixtures here too.

pytest loads this module in every run, so it imports nothing of boto3, botocore or freezegun, and of the package only
what a run needs that does not use it.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

import pytest_sagemaker_ie.clock  # noqa: F401 - it keeps the functions of `time` before a test patches them
from pytest_sagemaker_ie.plugin import failure_section, options
from pytest_sagemaker_ie.plugin.fixtures import (
    FAILED,
    REQUESTS,
    _sagemaker_ie_listener,
    sagemaker_ie,
    sagemaker_ie_backend,
    sagemaker_ie_clock,
    sagemaker_ie_server,
)

__all__ = [
    "_sagemaker_ie_listener",
    "sagemaker_ie",
    "sagemaker_ie_backend",
    "sagemaker_ie_clock",
    "sagemaker_ie_server",
]

_BACKEND: Final = "sagemaker_ie_backend"
_CLOCK: Final = "sagemaker_ie_clock"
_REGION_HINT: Final = (
    "A client was made without a region. For SageMaker clients that are made while modules are imported, set the ini"
    " option sagemaker_ie_region, as in: sagemaker_ie_region = us-east-1"
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options, and take the plugin's other name too: pytest fails when it loads one plugin by two names."""
    for name in ("sagemaker_ie", "pytest_sagemaker_ie.plugin"):  # its entry point and its module
        if not pluginmanager.has_plugin(name):
            pluginmanager.register(options, name)  # it has no hooks
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(failure_section, "sagemaker_ie_failure_section")
    options.check_options(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    if options.is_set(config, "parameter_validation"):
        return None
    return "sagemaker_ie: the service model's lengths and patterns of strings are not checked"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    try:
        options.begin_run(early_config)
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
    item.stash[FAILED] = False  # a test may be run again
    item.stash[REQUESTS] = []
    marked = {_BACKEND: item.get_closest_marker(options.MARKER), _CLOCK: item.get_closest_marker(options.CLOCK_MARKER)}
    wanted = [name for name, marker in marked.items() if marker is not None]
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None or not wanted:
        return
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    wider = [name for name in names if name in definitions and definitions[name][-1].scope != "function"]
    # The first two are of pytest-freezer and time-machine.
    clocks = [name for name in ("freezer", "time_machine", _CLOCK) if name in (*names, *wanted)]
    accounts = [name for name in wanted if name not in clocks]
    # Before the test's own fixtures, which may call SageMaker; after those of a wider scope, which outlive it, and
    # those that set the clock. A new list: the present one is shared by all the parameters' items of a function.
    first = [*wider, *clocks, *accounts]
    item.fixturenames = [*first, *(name for name in names if name not in first)]  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let each example of a hypothesis test have an account of its own, if the test has one."""
    hypothesis: Any = getattr(getattr(item, "obj", None), "hypothesis", None)
    if hypothesis is None or _BACKEND not in getattr(item, "funcargs", ()):
        return (yield)
    from pytest_sagemaker_ie.plugin.examples import with_own_account

    inner_test = hypothesis.inner_test
    hypothesis.inner_test = with_own_account(item, inner_test)
    try:
        return (yield)
    finally:
        hypothesis.inner_test = inner_test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "Iterator[None]":
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if not report.passed:  # of a skipped test, what was scripted is no mistake
        item.stash[FAILED] = True
    return report  # type: ignore[return-value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Let a test's account and its clock end with the test, also when a finalizer raises SystemExit.

    pytest runs no more finalizers of the test then, and would hand the fixtures' values to the next one.
    """
    try:
        return (yield)
    except BaseException:
        item.stash[FAILED] = True
        raise
    finally:
        with ExitStack() as stack:  # each is done whatever another raises, the last one first
            # A fixture may have put back what was replaced.
            for module, put_right in (("clock.stand_ins", "put_right"), ("aws.install", "sync")):
                loaded = sys.modules.get(f"pytest_sagemaker_ie.{module}")
                if loaded is not None:
                    stack.callback(getattr(loaded, put_right))
            for request in item.stash.get(REQUESTS, []):
                stack.callback(request._fixturedef.finish, request)  # of one that is finished there is nothing to do


def _lacks_a_region(error: BaseException | None) -> bool:
    while error is not None and type(error).__name__ != "NoRegionError":
        error = error.__cause__ or error.__context__
    return error is not None
