"""Sphinx directives that show the tables that the code runs on, so that the pages cannot differ from the code.

`life-cycle-diagram`, `life-cycle-table`, `operation-table`, `update-table` and `answered-operations` take no argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from operation_table import TableError, operation_table
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from state_diagram import LayoutError, state_diagram

from pytest_sagemaker_ie.core import lifecycle, operations, rules
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.core.rules import MAY_CHANGE, UPDATABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.application import Sphinx


class _FromTheCode(SphinxDirective):
    """A directive whose page is built again when the module that it shows has changed."""

    shows: Any

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(self.shows.__file__)
        return [self.show()]

    def show(self) -> nodes.Node:
        raise NotImplementedError


class LifeCycleDiagram(_FromTheCode):
    shows = lifecycle

    def show(self) -> nodes.Node:
        try:
            drawing = state_diagram(LIFECYCLE)
        except LayoutError as error:
            raise ExtensionError(f"the state diagram cannot be drawn: {error}") from error
        return nodes.raw("", drawing, format="html")


class LifeCycleTable(_FromTheCode):
    shows = lifecycle

    def show(self) -> nodes.Node:
        rows = [
            [
                _text(origin or "(no experiment)"),
                _text(event),
                _text(move.through or "(at once)"),
                _text(move.to or "(no experiment)"),
                _text(move.source),
            ]
            for (origin, event), move in LIFECYCLE.items()
        ]
        return _table(["from", "event", "passes through", "ends in", "source"], rows)


class OperationTable(_FromTheCode):
    shows = lifecycle

    def show(self) -> nodes.Node:
        self.env.note_dependency(rules.__file__)
        try:
            cells = operation_table(LIFECYCLE, MAY_CHANGE)
        except TableError as error:
            raise ExtensionError(f"the table of operations cannot be made: {error}") from error
        operations_shown = list(cells[Status.CREATED])
        rows = [[_text(status), *(_text(row[each]) for each in operations_shown)] for status, row in cells.items()]
        return _table(["status", *operations_shown], rows)


class UpdateTable(_FromTheCode):
    shows = rules

    def show(self) -> nodes.Node:
        rows = [
            [nodes.literal(field, field), *(_text(permitted[field].value) for permitted in MAY_CHANGE.values())]
            for field in UPDATABLE
        ]
        return _table(["field", *MAY_CHANGE], rows)


class AnsweredOperations(_FromTheCode):
    shows = operations

    def show(self) -> nodes.Node:
        items = [nodes.list_item("", nodes.paragraph("", "", nodes.literal(name, name))) for name in OPERATIONS]
        return nodes.bullet_list("", *items)


def _text(text: str) -> nodes.Text:
    return nodes.Text(str(text))


def _table(header: Sequence[str], rows: Sequence[Sequence[nodes.Node]]) -> nodes.table:
    def row(cells: Sequence[nodes.Node]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in header), cols=len(header))
    group += nodes.thead("", row([_text(each) for each in header]))
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", group)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("life-cycle-diagram", LifeCycleDiagram)
    app.add_directive("life-cycle-table", LifeCycleTable)
    app.add_directive("operation-table", OperationTable)
    app.add_directive("update-table", UpdateTable)
    app.add_directive("answered-operations", AnsweredOperations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
