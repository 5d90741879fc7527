"""A suite's summary for a terminal: the matrix of operations and statuses, and what the tests have not exercised."""

from collections.abc import Iterator
from itertools import compress, groupby

from pytest_sagemaker_ie.core.operations import OPERATIONS, SHARED_OPERATIONS, short_name
from pytest_sagemaker_ie.report.summary import Counted, Summary
from pytest_sagemaker_ie.report.timeline import Line


def matrix(summary: Summary) -> Iterator[Line]:
    """Yield the lines of a suite's report."""
    yield [("Calls by the experiment's status, with the refused ones in brackets; - means never.", "")]
    yield from _table(summary)
    missing = [key for key, move in summary.moves.items() if not move.times]
    if missing:
        yield [("Moves never taken:", "yellow")]
        width = max(len(event) for _, event, _, _ in missing)
        for before, event, _, after in missing:
            yield [(f"    {before or '(none)':<9}  {event:<{width}}  -> {after or '(deleted)'}", "")]
    unprovoked = [key for key, error in summary.errors.items() if not error.times]
    if unprovoked:
        yield [("Errors never provoked:", "yellow")]
        for operation, keys in groupby(unprovoked, lambda key: key[0]):
            yield [(f"    {short_name(operation):<9} {', '.join(code for _, code in keys)}", "")]
    if summary.faults:
        yield [("Scripted faults, which do not count as calls, moves or errors:", "")]
        yield from ([("    {:<9}  {:<9}  {}: {}".format(*row), "")] for row in shown_faults(summary))
    yield [(shown_points(summary), "green" if summary.percent == 100 else "")]


def shown_points(summary: Summary) -> str:
    """Return the totals in one line."""
    kinds = ", ".join(f"{kind} {made} of {of}" for kind, (made, of) in summary.points.items())
    return f"Exercised: {summary.percent:g} %, {summary.made} of {summary.of} ({kinds})"


def shown_faults(summary: Summary) -> Iterator[tuple[str, str, str, Counted]]:
    """Yield the operation, the status, the error and the count of each kind of fault."""
    for operation, status, error in sorted(summary.faults):
        what = error or ("delayed" if operation else "the experiment failed")
        yield short_name(operation), status or "(none)", what, summary.faults[operation, status, error]


def _table(summary: Summary) -> Iterator[Line]:
    # Few suites use tags or endpoints. Without their columns, the table fits a terminal of 80 columns.
    shown = [each not in SHARED_OPERATIONS or summary.operations[each].times > 0 for each in OPERATIONS]
    rows = [["", *map(short_name, compress(OPERATIONS, shown))]]
    for name, cells in summary.rows():
        rows.append([name, *(str(cell) if cell.times else "-" * point for cell, point in compress(cells, shown))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *texts in rows:
        while texts and not texts[-1]:
            texts.pop()
        line: Line = [(f"    {name:<{widths[0] if texts else 0}}", "")]
        for text, width in zip(texts, widths[1:], strict=False):
            line.append((f"  {text:>{width}}", "yellow" if text == "-" else ""))
        yield line
