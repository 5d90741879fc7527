"""A suite's summary for a terminal: the matrix of operations and statuses, and what is missing."""

from collections.abc import Iterator
from itertools import groupby

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, TAG_OPERATIONS, short_name
from pytest_sagemaker_ie.report.summary import BY_STATUS, NONE, Cell, Summary
from pytest_sagemaker_ie.report.timeline import Line

__all__ = ["matrix", "shown_points"]

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
    yield [(shown_points(summary), "green" if summary.percent() == 100 else "")]


def shown_points(summary: Summary) -> str:
    """Return the totals in one line."""
    made, of = summary.total()
    kinds = ", ".join(f"{kind} {points.made} of {points.of}" for kind, points in summary.points().items())
    return f"Exercised: {summary.percent():g} %, {made} of {of} ({kinds})"


def _table(summary: Summary) -> Iterator[Line]:
    # Few suites use tags, and without their columns the table fits a terminal of 80.
    operations = [each for each in OPERATIONS if each not in TAG_OPERATIONS or summary.operations[each].times]
    rows = [["", *map(short_name, operations)]]
    rows += [
        [
            status or "(none)",
            *(_shown(summary.cells[each, status], each in BY_STATUS and status) for each in operations),
        ]
        for status in (NONE, *Status)
    ]
    rows.append(["all", *(_shown(summary.operations[each], each not in BY_STATUS) for each in operations)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        line: Line = [(f"    {row[0]:<{widths[0]}}", "")]
        line += [
            (f"  {text:>{width}}", "yellow" if text == _NEVER else "")
            for text, width in zip(row[1:], widths[1:], strict=True)
        ]
        while not line[-1][0].strip():
            line.pop()
        yield [*line[:-1], (line[-1][0].rstrip(), line[-1][1])]


def _shown(cell: Cell, is_point: object) -> str:
    if not cell.times:
        return _NEVER if is_point else ""
    return f"{cell.times} ({cell.refused})" if cell.refused else str(cell.times)
