"""The report section of a test that failed: its calls, as `report.timeline` tells them.

pytest loads this module in every run, so it imports nothing heavy. What a test has used is kept with its item, for the
report over the suite too.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_sagemaker_ie.activation import told_of_accounts
from pytest_sagemaker_ie.report.accounts import UsedAccounts

if TYPE_CHECKING:
    from pytest_sagemaker_ie.report.timeline import Line

__all__ = [
    "USED",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
]

USED: Final = pytest.StashKey[UsedAccounts]()
_MOST_ACCOUNTS: Final = 3
_TITLE: Final = "sagemaker_ie"
_ATTRIBUTE: Final = "_sagemaker_ie_lines"
"""Of a report: the section's lines with their styles. It travels with the report from pytest-xdist's workers."""


def _no_accounts(item: pytest.Item) -> UsedAccounts:
    # A report over the suite counts what all of a test's accounts did.
    return UsedAccounts(None if item.config.pluginmanager.hasplugin("sagemaker_ie_suite_report") else _MOST_ACCOUNTS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which accounts the test uses, those too that it enters and leaves by itself."""
    used = item.stash[USED] = _no_accounts(item)
    try:
        with told_of_accounts(used.entered):
            return (yield)
    finally:
        used.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin anew with each run of a test: a plugin may run it again."""
    item.stash.setdefault(USED, _no_accounts(item)).begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report of a failure its section."""
    report = yield
    used = [each for each in item.stash.get(USED, ()) if each.is_used()] if report.failed else []
    if not used or item.config.getoption("showcapture", None) == "no":
        return report
    # A set-up that made no call failed for a reason of its own, such as a mistake in a marker.
    if report.when == "call" or (report.when == "setup" and any(each.has_calls() for each in used)):
        from pytest_sagemaker_ie.report.timeline import plain, timeline

        lines = [*timeline(used), *_foreign_exception(item, call)]
        setattr(report, _ATTRIBUTE, lines)
        # A section of the failure's own text is in junit's XML too; those of the report itself are not.
        add_section = getattr(report.longrepr, "addsection", None)
        if add_section is not None:
            add_section(_TITLE, plain(lines), "-")
        else:
            report.sections.append((_TITLE, plain(lines)))
    return report


def _foreign_exception(item: pytest.Item, call: "pytest.CallInfo[None]") -> "list[Line]":
    """Say if the test failed with an exception that looks like one of the fixture's client, and is none."""
    from pytest_sagemaker_ie.core.operations import OPERATIONS

    client, error = getattr(item, "funcargs", {}).get("sagemaker_ie"), call.excinfo and call.excinfo.value
    name = type(error).__name__
    if client is None or getattr(error, "operation_name", None) not in OPERATIONS:
        return []
    if getattr(client.exceptions, name, type(error)) is type(error):
        return []
    return [
        [(f"This {name} comes from another session's client: it is no sagemaker_ie.exceptions.{name}.", "yellow")],
        [("Expect it of that client, or botocore's ClientError with this code.", "yellow")],
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Colour the sections where the terminal has colours, just before it prints them; everything else gets the text."""
    reporter: Any = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or not reporter.hasmarkup:
        return
    markup = session.config.get_terminal_writer().markup
    for report in (*reporter.getreports("failed"), *reporter.getreports("error")):
        lines: list[Line] = getattr(report, _ATTRIBUTE, [])
        text = "\n".join(
            "".join(markup(text, **{style: True}) if style else text for text, style in line) for line in lines
        )
        for sections in (getattr(report.longrepr, "sections", []), report.sections):
            for number, (title, _, *rest) in enumerate(sections):
                if title == _TITLE:
                    sections[number] = (title, text, *rest)
