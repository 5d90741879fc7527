"""A suite's summary as one HTML page that needs no other file: the template `page.html` with `page.css` in it.

The page can be read without its script: the cells of the matrix are links to the lists of their tests. Colours follow
the reader's preference for light or dark.
"""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, short_name
from pytest_sagemaker_ie.report.matrix import shown_faults
from pytest_sagemaker_ie.report.state_diagram import state_diagram
from pytest_sagemaker_ie.report.summary import BY_STATUS, NONE, Counted, Summary

__all__ = ["page"]


def page(summary: Summary, pictures: Sequence[str] = ()) -> str:
    """Return the HTML text, with the `pictures` of the tests that failed."""
    taken = {
        (before, event, LIFECYCLE[before, event].through or LIFECYCLE[before, event].to)
        for (before, event), move in summary.moves.items()
        if move.times
    }
    taken |= {(Status(before), Event.FINISH, Status(after)) for before, after in summary.finishes}
    taken |= {(Status(status), Event.FAIL, Status.CANCELLED) for call, status, _ in summary.faults if not call}
    total = summary.total()
    totals = [f"<strong>{summary.percent():g} %</strong> exercised: {total.made} of {total.of}"]
    totals += [f"<strong>{points.made} of {points.of}</strong> {kind}" for kind, points in summary.points().items()]
    moves = [
        (before or "(none)", event, row.through or "", row.to or "(deleted)", summary.moves[before, event])
        for (before, event), row in LIFECYCLE.items()
        if (before, event) in summary.moves
    ]
    errors = [(short_name(operation), code, error) for (operation, code), error in summary.errors.items()]
    here = files("pytest_sagemaker_ie.report")
    return Template((here / "page.html").read_text("utf-8")).substitute(
        style=(here / "page.css").read_text("utf-8"),
        tests=_number(summary.tests, "test"),
        totals="\n".join(f"<li>{each}</li>" for each in totals),
        failed="" if pictures else "hidden",
        pictures="\n".join(pictures),
        drawing=state_diagram(LIFECYCLE, taken),
        matrix=_matrix(summary),
        moves=_table("Moves", ("from", "event", "through", "to", "taken"), moves),
        errors=_table("Errors", ("operation", "error", "provoked"), errors),
        faults=_table("Faults", ("operation", "status", "fault", "happened"), shown_faults(summary)),
        by_cell="\n".join(_tests_of_cell(*key, cell) for key, cell in summary.cells.items() if cell.times),
    )


def _matrix(summary: Summary) -> str:
    rows = [
        (status or "(none)", *(_cell(summary.cells[each, status], each, status) for each in OPERATIONS))
        for status in (NONE, *Status)
    ]
    rows.append(("all", *(_cell(summary.operations[each], each, None) for each in OPERATIONS)))
    body = [f'<tr><th scope="row">{status}</th>{"".join(cells)}</tr>' for status, *cells in rows]
    columns = ["status", *map(short_name, OPERATIONS)]
    return _scrolling("Calls by operation and status", "matrix", columns, body)


def _cell(cell: Counted, operation: str, status: str | None) -> str:
    """Return the cell of an operation in one status, or without a link that of all statuses (`None`)."""
    if not cell.times:
        is_point = (operation not in BY_STATUS) if status is None else (status and operation in BY_STATUS)
        return _NEVER if is_point else "<td></td>"
    link = None if status is None else f'<a href="#{_id(operation, status)}">{cell}</a>'
    return f'<td class="made">{link or cell}</td>'


_NEVER = '<td class="missing">never</td>'


def _table(name: str, columns: Sequence[str], rows: Iterable[tuple[str | Counted, ...]]) -> str:
    """Return a table whose rows end in how often something happened, with the tests in which it did."""
    body = []
    for row in rows:
        cells = [_tests(each) if isinstance(each, Counted) else f"<td>{escape(each)}</td>" for each in row]
        body.append(f"<tr>{''.join(cells)}</tr>")
    return _scrolling(name, "counts", columns, body)


def _scrolling(name: str, kind: str, columns: Sequence[str], body: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in columns)
    rows = "\n".join(body)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">\n<table class="{kind}">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _tests(counted: Counted) -> str:
    if not counted.times:
        return _NEVER
    shown = f"{_number(counted.times, 'time')}, in {_number(len(counted.tests), 'test')}"
    return f"<td><details><summary>{shown}</summary>{_node_ids(counted)}</details></td>"


def _tests_of_cell(operation: str, status: str, cell: Counted) -> str:
    refused = f", {cell.refused} refused" if cell.refused else ""
    when = f"in {status}" if status else "without an experiment"
    return (
        f'<details id="{_id(operation, status)}"><summary>{short_name(operation)} {when}: '
        f"{_number(cell.times, 'call')}{refused}, in {_number(len(cell.tests), 'test')}</summary>"
        f"{_node_ids(cell)}</details>"
    )


def _node_ids(counted: Counted) -> str:
    return f"<ul>{''.join(f'<li><code>{escape(each)}</code></li>' for each in counted.tests)}</ul>"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _id(operation: str, status: str) -> str:
    return f"{short_name(operation)}-{status or 'none'}"
