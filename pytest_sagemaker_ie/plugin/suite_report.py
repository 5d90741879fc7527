"""The report over a suite: collects what the tests exercised, and writes it in the forms that the options ask for.

The plugin registers this only if one of its options is given. What a test exercised travels with the report of its
tear-down, also from pytest-xdist's workers, so the totals are those of the tests that were reported. A test that was
run again counts once, with its last run.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.plugin.failure_section import USED
from pytest_sagemaker_ie.report.accounts import Exercise, exercise_of

if TYPE_CHECKING:
    from pytest_sagemaker_ie.report.summary import Summary

__all__ = ["FORMS", "SuiteReport", "as_percent", "as_report", "register_if_asked"]

FORMS: Final = ("terminal", "html:FILE", "json:FILE")

_EXERCISE: Final = "_sagemaker_ie_exercise"


def as_report(text: str) -> tuple[str, str]:
    """Return the form and the file that the option's value names."""
    form, _, file = text.partition(":")
    if (form == "terminal" and not file) or (form in ("html", "json") and file):
        return form, os.path.expanduser(file)  # noqa: PTH111 - pathlib's raises an error for an unknown user
    raise ValueError(
        f"{text!r} is not a report: write {', '.join(FORMS[:-1])} or {FORMS[-1]}. Before the path of a test, write"
        " --sagemaker-ie-report=terminal"
    )


def as_percent(text: str) -> float:
    """Return the option's percentage."""
    try:
        percent = float(text)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise ValueError(f"{text!r} is not a percentage from 0 to 100")
    return percent


def register_if_asked(config: pytest.Config) -> None:
    """Register the report, if an option asks for one; raise `ValueError` if its value is not valid."""
    reports = [as_report(each) for each in config.getoption("sagemaker_ie_report") or ()]
    paths = [(config.invocation_params.dir / file).resolve() for _, file in reports if file]
    if len(set(paths)) < len(paths):
        raise ValueError("two reports have the same file: give each --sagemaker-ie-report a FILE of its own")
    threshold = config.getoption("sagemaker_ie_fail_under")
    fail_under = None if threshold is None else as_percent(threshold)
    if (reports or fail_under is not None) and not config.getoption("collectonly"):
        config.pluginmanager.register(SuiteReport(config, reports, fail_under), "sagemaker_ie_suite_report")


class SuiteReport:
    """The hooks of one run, in a worker of pytest-xdist those that collect, and elsewhere those that report too."""

    def __init__(self, config: pytest.Config, reports: list[tuple[str, str]], fail_under: float | None) -> None:
        self._in_worker = hasattr(config, "workerinput")
        self._directory = config.invocation_params.dir
        self._reports = reports
        self._fail_under = fail_under
        self._exercises: dict[str, Exercise] = {}
        self._summary: Summary | None = None
        self._notes: list[tuple[str, bool]] = []
        """What to print of the files and the share, and whether it fails the run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send along what the test has exercised, when it is torn down."""
        report = yield
        used = [*item.stash.get(USED, ())] if report.when == "teardown" else []
        if any(each.is_used() for each in used):
            setattr(report, _EXERCISE, exercise_of(used))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test has exercised, in whatever process it was run."""
        if hasattr(report, _EXERCISE):
            self._exercises[report.nodeid] = getattr(report, _EXERCISE)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add up, write the files, and fail the run if it has exercised too little."""
        if self._in_worker:
            return
        summary = self._summary = _summed_up(self._exercises)
        for form, file in self._reports:
            if file:
                try:
                    _write(form, self._directory / file, summary)
                    self._notes.append((f"{form} report: {self._directory / file}", False))
                except OSError as error:
                    self._notes.append((f"FAILED: no {form} report: {error}", True))
        made, of = summary.total()
        if self._fail_under is not None and made * 100 < self._fail_under * of:
            limit = f"{self._fail_under:g} % of --sagemaker-ie-fail-under"
            self._notes.append((f"FAILED: {summary.percent():g} % is less than the {limit}", True))
        if any(fails for _, fails in self._notes) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the report, or of reports in files what they are and the totals."""
        from pytest_sagemaker_ie.report.matrix import matrix, shown_points

        summary = self._summary
        if summary is None:
            return
        terminalreporter.section(
            f"sagemaker_ie: what {summary.tests} test{'' if summary.tests == 1 else 's'} exercised"
        )
        if ("terminal", "") in self._reports:
            for line in matrix(summary):
                for text, style in line:
                    terminalreporter.write(text, **({style: True} if style else {}))
                terminalreporter.line("")
        else:
            terminalreporter.line(shown_points(summary))
        for note, fails in self._notes:
            terminalreporter.line(note, red=fails)


def _summed_up(exercises: dict[str, Exercise]) -> "Summary":
    from pytest_sagemaker_ie.mocking import mock_inference_experiments
    from pytest_sagemaker_ie.report.summary import summarize

    with mock_inference_experiments() as account:  # for its service model
        modeled = {operation: account.modeled_errors(operation) for operation in OPERATIONS}
    return summarize(dict(sorted(exercises.items())), modeled)


def _write(form: str, path: Path, summary: "Summary") -> None:
    from pytest_sagemaker_ie.report.document import document
    from pytest_sagemaker_ie.report.page import page

    path.parent.mkdir(parents=True, exist_ok=True)
    text = page(summary) if form == "html" else document(summary)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # a test's file may have a name without UTF-8
