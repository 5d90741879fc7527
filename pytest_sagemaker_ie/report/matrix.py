"""A suite's summary for a terminal: the matrix of operations and statuses, and what is missing."""

from collections.abc import Iterator
from itertools import groupby

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, TAG_OPERATIONS, short_name
from pytest_sagemaker_ie.report.summary import BY_STATUS, NONE, Counted, Summary
from pytest_sagemaker_ie.report.timeline import Line

__all__ = ["matrix", "shown_faults", "shown_points"]

_NEVER = "-"


def matrix(summary: Summary) -> Iterator[Line]:
    """Give the lines of a suite's report."""
    yield [("Calls by the experiment's status, in brackets those that were refused; - means never.", "")]
    yield from _table(summary)
    missing = [key for key, move in summary.moves.items() if not move.times]
    if missing:
        yield [("Moves never taken:", "yellow")]
        width = max(len(event) for _, event in missing)
        for before, event in missing:
            after = LIFECYCLE[before, event].to
            yield [(f"    {before or '(none)':<9}  {event:<{width}}  -> {after or '(deleted)'}", "")]
    unprovoked = [key for key, error in summary.errors.items() if not error.times]
    if unprovoked:
        yield [("Errors never provoked:", "yellow")]
        for operation, keys in groupby(unprovoked, lambda key: key[0]):
            yield [(f"    {short_name(operation):<9} {', '.join(code for _, code in keys)}", "")]
    if summary.faults:
        yield [("Faults that tests scripted, which count as no call, move or error:", "")]
        for row in shown_faults(summary):
            yield [(("    {:<9}  {:<9}  {}: {}").format(*row), "")]
    yield [(shown_points(summary), "green" if summary.percent() == 100 else "")]


def shown_points(summary: Summary) -> str:
    """Return the totals in one line."""
    made, of = summary.total()
    kinds = ", ".join(f"{kind} {points.made} of {points.of}" for kind, points in summary.points().items())
    return f"Exercised: {summary.percent():g} %, {made} of {of} ({kinds})"


def shown_faults(summary: Summary) -> Iterator[tuple[str, str, str, Counted]]:
    """Give the operation, the status, the error and the count of each kind of fault."""
    for (operation, status, error), fault in sorted(summary.faults.items(), key=lambda item: item[0]):
        what = error or ("delayed" if operation else "the experiment failed")
        yield short_name(operation) if operation else "", status or "(none)", what, fault


def _table(summary: Summary) -> Iterator[Line]:
    # Few suites use tags, and without their columns the table fits a terminal of 80.
    operations = [each for each in OPERATIONS if each not in TAG_OPERATIONS or summary.operations[each].times]
    rows = [["", *map(short_name, operations)]]
    for status in (NONE, *Status):
        shown = (_cell(summary.cells[each, status], bool(status) and each in BY_STATUS) for each in operations)
        rows.append([status or "(none)", *shown])
    rows.append(["all", *(_cell(summary.operations[each], each not in BY_STATUS) for each in operations)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        line: Line = [(f"    {first:<{widths[0] if cells else 0}}", "")]
        line += [
            (f"  {text:>{width}}", "yellow" if text == _NEVER else "")
            for text, width in zip(cells, widths[1:], strict=False)
        ]
        yield line


def _cell(cell: Counted, is_point: bool) -> str:
    return str(cell) if cell.times else (_NEVER if is_point else "")
