"""A suite's summary as one HTML page that needs no other file: the template `page.html` with `page.css` in it."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from pytest_sagemaker_ie.core.display import shown_number
from pytest_sagemaker_ie.core.operations import OPERATIONS, short_name
from pytest_sagemaker_ie.report.matrix import shown_faults
from pytest_sagemaker_ie.report.summary import Counted, Summary

_NEVER = '<td class="missing">never</td>'


def page(summary: Summary, pictures: Sequence[str] = ()) -> str:
    """Return the HTML text, with the `pictures` of the tests that failed."""
    totals = [f"<strong>{summary.percent:g} %</strong> exercised: {summary.made} of {summary.of}"]
    totals += [f"<strong>{made} of {of}</strong> {kind}" for kind, (made, of) in summary.points.items()]
    moves = [
        (before or "(none)", event, through or "", after or "(deleted)", counted)
        for (before, event, through, after), counted in summary.moves.items()
    ]
    errors = [(short_name(operation), code, error) for (operation, code), error in summary.errors.items()]
    here = files("pytest_sagemaker_ie.report")
    return Template((here / "page.html").read_text("utf-8")).substitute(
        style=(here / "page.css").read_text("utf-8"),
        tests=shown_number(summary.tests, "test"),
        totals="\n".join(f"<li>{each}</li>" for each in totals),
        failed="" if pictures else "hidden",
        pictures="\n".join(pictures),
        drawing=_drawing((here / "life_cycle.svg").read_text("utf-8"), summary.taken),
        matrix=_matrix(summary),
        moves=_table("Moves", ("from", "event", "through", "to", "taken"), moves),
        errors=_table("Errors", ("operation", "error", "provoked"), errors),
        faults=_table("Faults", ("operation", "status", "fault", "happened"), shown_faults(summary)),
        by_cell="\n".join(_tests_of_cell(*key, cell) for key, cell in summary.cells.items() if cell.times),
    )


def _drawing(svg: str, taken: Iterable[tuple[str | None, str, str | None]]) -> str:
    """Mark each arrow in the drawing of the life cycle: it is taken if the tests took one of its steps."""
    steps = {"/".join(map(str, step)) for step in taken}

    def marked(part: re.Match[str]) -> str:
        return f'class="{part[1]} {"taken" if steps.intersection(part[2].split(";")) else "missing"}"'

    svg = re.sub(r'class="([^"]*)" data-steps="([^"]*)"', marked, svg.replace('"life-cycle"', '"life-cycle marked"', 1))
    return svg.replace("</title>", " Moves that the tests took are bold, and the others are dashed.</title>", 1)


def _matrix(summary: Summary) -> str:
    body = []
    for name, row in summary.rows():
        cells = []
        for operation, (cell, is_point) in zip(OPERATIONS, row, strict=True):
            link = str(cell) if name == "all" else f'<a href="#{_id(operation, name)}">{cell}</a>'
            never = _NEVER if is_point else "<td></td>"
            cells.append(f'<td class="made">{link}</td>' if cell.times else never)
        body.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return _scrolling("Calls by operation and status", "matrix", ("status", *map(short_name, OPERATIONS)), body)


def _table(name: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """Return a table. The last cell of a row has how often something happened, and in which tests."""
    body = []
    for *texts, counted in rows:
        cells = "".join(f"<td>{escape(each)}</td>" for each in texts)
        tests = f"<td>{_details('', shown_number(counted.times, 'time'), counted)}</td>"
        body.append(f"<tr>{cells}{tests if counted.times else _NEVER}</tr>")
    return _scrolling(name, "counts", columns, body)


def _scrolling(name: str, kind: str, columns: Iterable[str], body: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in columns)
    rows = "\n".join(body)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">\n<table class="{kind}">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _tests_of_cell(operation: str, status: str, cell: Counted) -> str:
    refused = f", {cell.refused} refused" if cell.refused else ""
    when = f"in {status}" if status else "without an experiment"
    shown = f"{short_name(operation)} {when}: {shown_number(cell.times, 'call')}{refused}"
    return _details(f' id="{_id(operation, status or "(none)")}"', shown, cell)


def _details(attribute: str, shown: str, counted: Counted) -> str:
    node_ids = "".join(f"<li><code>{escape(each)}</code></li>" for each in counted.tests)
    tests = shown_number(len(counted.tests), "test")
    return f"<details{attribute}><summary>{shown}, in {tests}</summary><ul>{node_ids}</ul></details>"


def _id(operation: str, status: str) -> str:
    return f"{short_name(operation)}-{status.strip('()')}"
