"""The section in the report of a failure: the test's calls, as `report.timeline` shows them, or what to use instead.

A report carries the section's lines with their styles. The process that writes to the terminal colours them.
"""

import traceback
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_sagemaker_ie.activation import guards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sagemaker_ie.report.timeline import Line, UsedAccount

TITLE: Final = "sagemaker_ie"
_LINES: Final = "_sagemaker_ie_lines"  # the attribute of a report
LAST: Final = 3  # accounts that a failure shows

_BEFORE: Final = (
    "before the test's account was active: modules, setup_class and fixtures of a wider scope than the test run first."
    " For SageMaker"
)
_NOTES: Final = {
    "NoRegionError": f"A client was made without a region, {_BEFORE} clients that are made there, set the ini option"
    " sagemaker_ie_region, as in: sagemaker_ie_region = us-east-1",
    "NoCredentialsError": f"A call was made without credentials, {_BEFORE} calls that are made there, use"
    " `with mock_inference_experiments():`, or make them in the test or in a fixture of its scope.",
}
_UNMARKED: Final = (
    "No account answers this test. If it uses SageMaker, mark it with @pytest.mark.sagemaker_ie(...), or request the"
    " fixture sagemaker_ie."
)


def note_on(error: BaseException | None) -> str | None:
    """Return what to use instead of code that needs SageMaker before a test's account is active, or `None`."""
    seen: set[int] = set()  # an error may be its own cause
    while error is not None and id(error) not in seen:
        note = _NOTES.get(type(error).__name__)
        places = (frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__))
        if note and any("sagemaker" in (each.get("service_name"), each.get("signing_name")) for each in places):
            return note
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def add_section(
    report: pytest.TestReport, item: pytest.Item, call: "pytest.CallInfo[None]", accounts: "Sequence[UsedAccount]"
) -> None:
    """Add the section to the report of a failure, if the test used an account or should have used one."""
    from pytest_sagemaker_ie.report.timeline import plain, timeline

    error = None if call.excinfo is None else call.excinfo.value
    used = [each for each in accounts if each.is_used()][-LAST:]
    lines: list[Line] = []
    # A set-up without a call failed for another reason, such as a mistake in a marker.
    has_calls = any(each.calls() or each.unanswered() for each in used)
    if (used and report.when == "call") or (has_calls and report.when == "setup"):
        lines = [*timeline(used), *_foreign_exception(item, error)]
    elif report.when != "teardown" and not accounts:
        is_marked = "sagemaker_ie_backend" in getattr(item, "fixturenames", ())
        note = note_on(error)
        if note is not None and (is_marked or guards):
            lines = [[(note if is_marked else _UNMARKED, "yellow")]]
    if lines and item.config.getoption("showcapture", None) != "no":
        setattr(report, _LINES, lines)
        # JUnit's XML shows the sections of the failure's text, but not those of the report.
        add = getattr(report.longrepr, "addsection", lambda *section: report.sections.append(section[:2]))
        add(TITLE, plain(lines), "-")


def _foreign_exception(item: pytest.Item, error: BaseException | None) -> "list[Line]":
    """Tell if the test failed with another session's exception class that has the name of one of the fixture's."""
    from pytest_sagemaker_ie.core.operations import OPERATIONS

    client: Any = getattr(item, "funcargs", {}).get("sagemaker_ie")  # a suite may have its own fixture of this name
    name = type(error).__name__
    own = getattr(getattr(client, "exceptions", None), name, type(error))
    if own is type(error) or getattr(error, "operation_name", None) not in OPERATIONS:
        return []
    told = f"This {name} comes from another session's client: it is not sagemaker_ie.exceptions.{name}."
    instead = "Expect the exception of that client, or botocore's ClientError with this code."
    return [[(told, "yellow")], [(instead, "yellow")]]


def colour(config: pytest.Config) -> None:
    """Colour the sections before pytest prints them to a terminal with colours. Other reports keep the plain text."""
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or not reporter.hasmarkup:
        return
    for report in (*reporter.getreports("failed"), *reporter.getreports("error")):
        lines: list[Line] = getattr(report, _LINES, [])
        text = "\n".join(styled(line, config) for line in lines)
        for sections in (getattr(report.longrepr, "sections", []), report.sections) if lines else ():
            sections[:] = [(title, text if title == TITLE else was, *rest) for title, was, *rest in sections]


def styled(line: "Line", config: pytest.Config) -> str:
    """Return a line with its styles, if the terminal has colours."""
    markup = config.get_terminal_writer().markup
    return "".join(markup(text, **{style: True}) if style else text for text, style in line)
