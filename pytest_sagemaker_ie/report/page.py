"""A suite's summary as one HTML page that needs nothing beside it.

No script is needed to read it: the cells of the matrix are links to the lists of their tests. Colours follow the
reader's preference for light or dark.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, short_name
from pytest_sagemaker_ie.report.state_diagram import Step, state_diagram
from pytest_sagemaker_ie.report.summary import BY_STATUS, NONE, Cell, Counted, Summary

__all__ = ["page"]

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1c2127; --faint: #5b6570; --line: #c9d0d8; --panel: #f4f6f8;
  --made: #dcefe3; --made-text: #11512f; --missing: #fdf1d8; --missing-text: #6f4a00; --link: #0b57b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --text: #e4e8ec; --faint: #9aa5b1; --line: #3b454f; --panel: #1d232a;
    --made: #17392a; --made-text: #a9e2c1; --missing: #3d3114; --missing-text: #f3d58b; --link: #82b8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.faint { color: var(--faint); }
.totals { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 0; padding: 0; list-style: none; }
.totals li { flex: 1 1 9rem; padding: .75rem 1rem; background: var(--panel); border-radius: .5rem; }
.totals strong { display: block; font-size: 1.4rem; line-height: 1.3; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
thead th { background: var(--panel); }
th, td { white-space: nowrap; }
.matrix td, .matrix thead th + th { text-align: center; }
.matrix tbody th { position: sticky; left: 0; background: var(--panel); }
.matrix tbody tr:last-child > * { border-top: 2px solid var(--line); font-weight: 600; }
.made { background: var(--made); color: var(--made-text); }
.made a { color: inherit; }
.missing { background: var(--missing); color: var(--missing-text); }
.drawing { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; text-align: center; }
.drawing svg { min-width: 34rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0; }
summary { padding: .4rem .75rem; cursor: pointer; }
details ul { margin: 0; padding: 0 1rem .6rem 2.2rem; }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere; }
td details { border: 0; margin: 0; }
td summary { padding: 0; }
td details ul { padding: .25rem 0 0 1.1rem; white-space: normal; min-width: 14rem; }
.key b { display: inline-block; padding: 0 .4rem; border-radius: .25rem; font-weight: 400; }
"""

# Browsers that do not yet open what a link leads into are helped; without the script, the reader opens it.
_SCRIPT: Final = """
const open = () => {
  const it = document.getElementById(location.hash.slice(1));
  if (it instanceof HTMLDetailsElement) { it.open = true; it.querySelector("summary").focus(); }
};
addEventListener("hashchange", open);
open();
"""


def page(summary: Summary) -> str:
    """Return the HTML text."""
    taken: set[Step] = {
        (before, event, LIFECYCLE[before, event].through or LIFECYCLE[before, event].to)
        for (before, event), move in summary.moves.items()
        if move.times
    }
    taken |= {(Status(before), Event.FINISH, Status(after)) for before, after in summary.finishes}
    drawing = state_diagram(LIFECYCLE, taken)
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>What the tests exercised of SageMaker inference experiments</title>",
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        "<h1>What the tests exercised of SageMaker inference experiments</h1>",
        f'<p class="faint">{_times(summary.tests, "test")} used an account of pytest-sagemaker-ie.</p>',
        *_totals(summary),
        "<h2>The life cycle</h2>",
        "<p>Moves that were taken are bold, those that were not are dashed.</p>",
        f'<div class="drawing" tabindex="0" role="region" aria-label="State diagram">{drawing}</div>',
        "<h2>Operations and statuses</h2>",
        "<p>How often each operation was called, by the status that the experiment had; in brackets, how many of the"
        " calls were refused. A number leads to the tests.</p>",
        '<p class="key"><b class="made">exercised</b> <b class="missing">never</b> <span class="faint">An empty cell'
        " does not count: the operation's answer does not depend on the status, and it counts once, in the last"
        " row.</span></p>",
        *_matrix(summary),
        "<h2>Moves</h2>",
        *_moves(summary),
        "<h2>Errors</h2>",
        "<p>The errors that the service model gives each operation.</p>",
        *_errors(summary),
        "<h2>Tests by operation and status</h2>",
        *_tests_by_cell(summary),
        f"</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _totals(summary: Summary) -> Iterator[str]:
    total = summary.total()
    yield '<ul class="totals">'
    yield f"<li><strong>{summary.percent():g} %</strong> exercised: {total.made} of {total.of}</li>"
    for kind, points in summary.points().items():
        yield f"<li><strong>{points.made} of {points.of}</strong> {kind}</li>"
    yield "</ul>"


def _matrix(summary: Summary) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Calls by operation and status">'
    yield '<table class="matrix">\n<thead><tr><th scope="col">status</th>'
    yield from (f'<th scope="col">{short_name(each)}</th>' for each in OPERATIONS)
    yield "</tr></thead>\n<tbody>"
    for status in (NONE, *Status):
        yield f'<tr><th scope="row">{status or "(none)"}</th>'
        for operation in OPERATIONS:
            cell = summary.cells[operation, status]
            yield _td(cell, f"#{_id(operation, status)}", bool(status) and operation in BY_STATUS)
        yield "</tr>"
    yield '<tr><th scope="row">all</th>'
    yield from (_td(summary.operations[each], "", each not in BY_STATUS) for each in OPERATIONS)
    yield "</tr>\n</tbody>\n</table>\n</div>"


def _td(cell: Cell, link: str, is_point: bool) -> str:
    if not cell.times:
        return '<td class="missing">never</td>' if is_point else "<td></td>"
    shown = f"{cell.times} ({cell.refused})" if cell.refused else f"{cell.times}"
    return f'<td class="made">{f"""<a href="{link}">{shown}</a>""" if link else shown}</td>'


def _moves(summary: Summary) -> Iterator[str]:
    yield from _table_head("Moves", "from", "event", "through", "to", "taken")
    for (before, event), move in summary.moves.items():
        row = LIFECYCLE[before, event]
        cells = (before or "(none)", event, row.through or "", row.to or "(deleted)")
        yield f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in cells)}{_counted(move)}</tr>"
    yield "</tbody>\n</table>\n</div>"


def _errors(summary: Summary) -> Iterator[str]:
    yield from _table_head("Errors", "operation", "error", "provoked")
    for (operation, code), error in summary.errors.items():
        yield f"<tr><td>{short_name(operation)}</td><td>{escape(code)}</td>{_counted(error)}</tr>"
    yield "</tbody>\n</table>\n</div>"


def _table_head(name: str, *columns: str) -> Iterator[str]:
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">\n<table>\n<thead><tr>'
    yield from (f'<th scope="col">{each}</th>' for each in columns)
    yield "</tr></thead>\n<tbody>"


def _counted(counted: Counted) -> str:
    if not counted.times:
        return '<td class="missing">never</td>'
    shown = f"{_times(counted.times, 'time')}, in {_times(len(counted.tests), 'test')}"
    return f"<td><details><summary>{shown}</summary>{_listed(counted.tests)}</details></td>"


def _tests_by_cell(summary: Summary) -> Iterator[str]:
    for (operation, status), cell in summary.cells.items():
        if cell.times:
            refused = f", {cell.refused} refused" if cell.refused else ""
            when = f"in {status}" if status else "without an experiment"
            yield f'<details id="{_id(operation, status)}"><summary>{short_name(operation)} {when}:'
            yield f"{_times(cell.times, 'call')}{refused}, in {_times(len(cell.tests), 'test')}</summary>"
            yield f"{_listed(cell.tests)}</details>"


def _listed(tests: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li><code>{escape(each)}</code></li>' for each in tests)}</ul>"


def _times(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _id(operation: str, status: str) -> str:
    return f"{short_name(operation)}-{status or 'none'}"
