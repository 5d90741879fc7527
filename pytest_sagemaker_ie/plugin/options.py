"""What a suite may set: the options of the command line and the ini file, and the markers' signatures.

pytest loads this module in every run. Its functions import what only a run that uses the plugin needs.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import pytest

MARKER: Final = "sagemaker_ie"
SIGNATURE: Final = (
    f'{MARKER}(name, status="Created", *, region=None, transition=None, parameter_validation=True, **parameters)'
)
CLOCK_MARKER: Final = "sagemaker_ie_clock"
CLOCK_SIGNATURE: Final = f"{CLOCK_MARKER}(moment=None, *, horizon=timedelta(days=60), patience=1.0)"

# The names by which the plugin registers its other hooks when a run needs them.
IN_USE: Final = "sagemaker_ie_in_use"
SUITE_REPORT: Final = "sagemaker_ie_suite_report"

_REGION: Final = (
    "region of SageMaker clients and seeds that name none, also while pytest imports test modules"
    " (default: in tests, the region that is configured for AWS, else us-east-1)"
)
# On the command line, which goes before the ini file, and in the ini file: the name, the value's name, and the help.
_ON_COMMAND_LINE: Final = (
    ("region", "REGION", _REGION),
    ("account_id", "DIGITS", "account id in the ARNs (default: 123456789012)"),
)
# Only in the ini file: the name, the type, the default and the help.
_IN_FILE: Final[tuple[tuple[str, Any, Any, str], ...]] = (
    ("parameter_validation", "bool", True, "check the service model's lengths and patterns of strings (default: true)"),
    ("guard", "bool", False, "refuse SageMaker requests that no account answers, in the whole run (default: false)"),
    ("look_limit", "bool", True, "end a test after ten thousand calls in a row that change nothing (default: true)"),
    ("server_host", "string", "127.0.0.1", "address at which sagemaker_ie_server listens (default: 127.0.0.1)"),
    ("server_allowed_hosts", "args", [], "names other than localhost by which clients may call sagemaker_ie_server"),
)

MARKERS: Final = (
    f"{SIGNATURE}: seed an inference experiment and answer every SageMaker client of the test; parameters are"
    " spelled as CreateInferenceExperiment and DescribeInferenceExperiment spell them.",
    f"{CLOCK_SIGNATURE}: when the fixture {CLOCK_MARKER} begins, and how far sleeps may move it.",
)

_BEGUN: Final = pytest.StashKey[bool]()  # in the configuration of a run that has its region and its guard


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("sagemaker_ie", "SageMaker inference experiments")
    for name, metavar, text in _ON_COMMAND_LINE:
        group.addoption(f"--sagemaker-ie-{name.replace('_', '-')}", metavar=metavar, help=text)
        parser.addini(f"sagemaker_ie_{name}", text)
    group.addoption(
        "--sagemaker-ie-report",
        nargs="?",
        const="terminal",
        action="append",
        metavar="FORM",
        help="report which operations, statuses, moves and errors the tests exercised: terminal (the default),"
        " html:FILE or json:FILE; may be given several times",
    )
    group.addoption(
        "--sagemaker-ie-fail-under",
        metavar="PERCENT",
        help="fail the run if the tests exercised less than this share of what --sagemaker-ie-report counts",
    )
    for name, kind, default, text in _IN_FILE:
        parser.addini(f"sagemaker_ie_{name}", text, kind, default)


def begin_run(config: pytest.Config) -> None:
    """Check the options, and give the run its region and its guard; raise `pytest.UsageError` if one is not valid."""
    if _BEGUN in config.stash:  # two hooks call this; pytest calls only the second if a conftest.py loads the plugin
        return
    config.stash[_BEGUN] = True
    with usage_errors():
        for name in ("parameter_validation", "look_limit"):
            is_set(config, name)
        region, guard = option(config, "region"), is_set(config, "guard")
    for name, *_ in _ON_COMMAND_LINE:
        if given := option(config, name):
            from pytest_sagemaker_ie.mocking import mock_inference_experiments

            mock: Any = mock_inference_experiments
            with usage_errors(f"sagemaker_ie_{name}: "):
                mock(**{name: given})
    if region or guard:
        from pytest_sagemaker_ie.aws.install import in_run

        run = ExitStack()
        run.enter_context(in_run(region, guard))
        config.add_cleanup(run.close)


@contextmanager
def usage_errors(place: str = "") -> Iterator[None]:
    """Turn a `ValueError` into the error that pytest shows for a mistake in an option, with its place."""
    try:
        yield
    except ValueError as error:
        raise pytest.UsageError(f"pytest-sagemaker-ie: {place}{error}") from None


def option(config: pytest.Config, name: str) -> str | None:
    """Return the value of an option that may be on the command line and in the ini file."""
    # Unlike `config.option`, this has the values before pytest loads the first conftest.py.
    given: str | None = getattr(config.known_args_namespace, f"sagemaker_ie_{name}", None)
    return given or config.getini(f"sagemaker_ie_{name}") or None


def is_set(config: pytest.Config, name: str) -> bool:
    """Return whether an option of the ini file is true; raise `ValueError` if it is neither true nor false."""
    try:
        return bool(config.getini(f"sagemaker_ie_{name}"))
    except (ValueError, pytest.UsageError) as error:  # which of them depends on pytest's version
        raise ValueError(f"sagemaker_ie_{name} must be true or false: {error}") from None
