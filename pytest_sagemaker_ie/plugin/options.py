"""What a suite may set: the options of the command line and the ini file, and the markers' signatures.

pytest loads this module in every run, so what only a test that uses the plugin needs is imported by the functions.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, DEFAULT_REGION

if TYPE_CHECKING:
    from pytest_sagemaker_ie.mocking import Mock

MARKER: Final = "sagemaker_ie"
SIGNATURE: Final = (
    f'{MARKER}(name, status="Created", *, region=None, transition=None, parameter_validation=True, **parameters)'
)
CLOCK_MARKER: Final = "sagemaker_ie_clock"
CLOCK_SIGNATURE: Final = f"{CLOCK_MARKER}(moment=None, *, horizon=timedelta(days=60), patience=1.0)"

_MARKERS: Final = (
    f"{SIGNATURE}: seed an inference experiment and answer every SageMaker client of the test; parameters are"
    " spelled as CreateInferenceExperiment and DescribeInferenceExperiment spell them.",
    f"{CLOCK_SIGNATURE}: where the fixture {CLOCK_MARKER} begins, and how far sleeps may move it.",
)

_BEGUN: Final = pytest.StashKey[bool]()
"""In the configuration of a run that has begun to have its region and its guard."""

# On the command line, which goes first, and in the ini file.
_EITHER_WAY: Final = (
    (
        "region",
        "REGION",
        "region of SageMaker clients and seeds that name none, also of clients that are made while modules are"
        f" imported (default: in tests, the one that is configured for AWS, else {DEFAULT_REGION})",
    ),
    ("account_id", "DIGITS", f"account id in the ARNs (default: {DEFAULT_ACCOUNT_ID})"),
)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("sagemaker_ie", "SageMaker inference experiments")
    for name, metavar, text in _EITHER_WAY:
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


def check_options(config: pytest.Config) -> None:
    """Declare the markers, and register the suite's report if an option asks for it.

    Raises:
        pytest.UsageError: an option has a value that it cannot have.
    """
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    try:
        is_set(config, "parameter_validation")
        begin_run(config)
        if option(config, "account_id"):
            configured_mock(config, True)
        if config.getoption("sagemaker_ie_report") or config.getoption("sagemaker_ie_fail_under") is not None:
            from pytest_sagemaker_ie.plugin.suite_report import register_if_asked

            register_if_asked(config)
    except ValueError as error:
        raise pytest.UsageError(f"pytest-sagemaker-ie: {error}") from None


def option(config: pytest.Config, name: str) -> str | None:
    """Return the value of an option that may be on the command line and in the ini file."""
    # The command line as it is known from the first conftest.py on.
    given: str | None = getattr(config.known_args_namespace, f"sagemaker_ie_{name}", None)
    return given or config.getini(f"sagemaker_ie_{name}") or None


def is_set(config: pytest.Config, name: str) -> bool:
    """Whether an option of the ini file is true; `ValueError` if it is neither true nor false."""
    try:
        return bool(config.getini(f"sagemaker_ie_{name}"))
    except (ValueError, pytest.UsageError) as error:  # which of them depends on pytest's version
        raise ValueError(f"sagemaker_ie_{name} is true or false: {error}") from None


def begin_run(config: pytest.Config) -> None:
    """Let the run have its region and its guard, from its first conftest.py on; `ValueError` for a wrong value."""
    if config.stash.get(_BEGUN, False):
        return
    config.stash[_BEGUN] = True
    region, guard = option(config, "region"), is_set(config, "guard")
    if region:
        configured_mock(config, True)
    if region or guard:
        from pytest_sagemaker_ie.aws.install import in_run

        run = ExitStack()
        run.enter_context(in_run(region, guard))
        config.add_cleanup(run.close)


def configured_mock(config: pytest.Config, parameter_validation: bool) -> "Mock":
    """Return what enters an account of the configured region and account id."""
    from pytest_sagemaker_ie.mocking import mock_inference_experiments

    return mock_inference_experiments(
        region=option(config, "region"),
        account_id=option(config, "account_id") or DEFAULT_ACCOUNT_ID,
        parameter_validation=parameter_validation,
    )
