"""The report over a suite: collects what the tests exercised, and writes it in the forms that the options name.

The plugin imports this module only if the command line has one of its options. The report of a test's tear-down
carries what the test exercised, so that a worker of pytest-xdist sends it. If a test runs again, its last run counts.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.core.display import shown_number
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.plugin.failure_section import LAST, styled
from pytest_sagemaker_ie.plugin.options import IN_USE, SUITE_REPORT, usage_errors
from pytest_sagemaker_ie.report.matrix import matrix, shown_points
from pytest_sagemaker_ie.report.page import page
from pytest_sagemaker_ie.report.picture import picture
from pytest_sagemaker_ie.report.summary import Exercise, Summary, document, exercise_of

_PICTURE: Final = "_sagemaker_ie_picture"
_EXERCISE: Final = "_sagemaker_ie_exercise"


def register(config: pytest.Config) -> None:
    """Register the reports that the options name; raise `pytest.UsageError` if a value is not valid."""
    with usage_errors():
        reports = [_form_and_path(config, each) for each in config.getoption("sagemaker_ie_report") or ()]
        paths = [path.resolve() for _, path in reports if path is not None]
        if len(set(paths)) < len(paths):
            raise ValueError("two reports have the same file: give each --sagemaker-ie-report its own FILE")
        threshold = config.getoption("sagemaker_ie_fail_under")
        fail_under = 0.0 if threshold is None else _percent(threshold)
    if not config.getoption("collectonly"):
        config.pluginmanager.register(SuiteReport(reports, fail_under), SUITE_REPORT)


def _form_and_path(config: pytest.Config, text: str) -> tuple[str, Path | None]:
    form, _, file = text.partition(":")
    if form == "terminal" and not file:
        return form, None
    if form in ("html", "json") and file:
        # pathlib's expanduser() raises an error for an unknown user.
        return form, config.invocation_params.dir / os.path.expanduser(file)  # noqa: PTH111
    raise ValueError(
        f"{text!r} is not a report: write terminal, html:FILE or json:FILE. Before the path of a test, write"
        " --sagemaker-ie-report=terminal"
    )


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise ValueError(f"--sagemaker-ie-fail-under: {text!r} is not a percentage from 0 to 100")
    return percent


class SuiteReport:
    """The hooks of one run. In a worker of pytest-xdist they collect, and elsewhere they also report."""

    def __init__(self, reports: list[tuple[str, Path | None]], fail_under: float) -> None:
        self._reports = reports
        self._fail_under = fail_under
        self._exercises: dict[str, Exercise] = {}
        self._pictures: dict[str, str] = {}  # those of the tests that failed
        self._title = ""
        self._lines: list[list[tuple[str, str]]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what the test exercised to the report of its tear-down, and a picture to the report of its failure."""
        report = yield
        accounts = getattr(item.config.pluginmanager.get_plugin(IN_USE), "accounts", ())
        used = [each for each in accounts if each.is_used()]
        if used and report.when == "teardown":
            setattr(report, _EXERCISE, exercise_of(accounts))
        if used and report.failed and any(form == "html" for form, _ in self._reports):
            setattr(report, _PICTURE, picture(item.nodeid, used[-LAST:]))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what a test exercised, here or in a worker. A plugin may run the test again."""
        if report.when == "setup":
            self._pictures.pop(report.nodeid, None)
        if hasattr(report, _PICTURE):
            self._pictures[report.nodeid] = getattr(report, _PICTURE)
        if hasattr(report, _EXERCISE):
            self._exercises[report.nodeid] = getattr(report, _EXERCISE)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add up and write the files. Fail the run if its tests exercised too little or a file can't be written."""
        if hasattr(session.config, "workerinput"):
            return
        shapes = {each: service_model().operation_model(each).error_shapes for each in OPERATIONS}
        modeled = {operation: [each.error_code for each in errors] for operation, errors in shapes.items()}
        summary = Summary(dict(sorted(self._exercises.items())), modeled)
        notes = [self._write(form, path, summary) for form, path in self._reports if path is not None]
        if summary.made * 100 < self._fail_under * summary.of:
            limit = f"{self._fail_under:g} % of --sagemaker-ie-fail-under"
            notes.append((f"FAILED: {summary.percent:g} % is less than the {limit}", "red"))
        if any(style for _, style in notes) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        in_terminal = ("terminal", None) in self._reports
        self._title = f"sagemaker_ie: what {shown_number(summary.tests, 'test')} exercised"
        self._lines = [*matrix(summary)] if in_terminal else [[(shown_points(summary), "")]]
        self._lines += ([note] for note in notes)

    def _write(self, form: str, path: Path, summary: Summary) -> tuple[str, str]:
        """Write a file; return the text to print, and its style."""
        pictures = [each for _, each in sorted(self._pictures.items())]
        text = page(summary, pictures) if form == "html" else document(summary)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # UTF-8 can't encode every name of a test's file.
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            return f"FAILED: cannot write the {form} report: {error}", "red"
        return f"{form} report: {path}", ""

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the report or the totals, and the names of the files."""
        if self._lines:
            terminalreporter.section(self._title)
        for line in self._lines:
            terminalreporter.line(styled(line, terminalreporter.config))
