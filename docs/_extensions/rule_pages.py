"""Sphinx directives that show the table of rules, `tests/parity/rules.py`: the sourced ones, and the assumptions.

`sourced-rules` and `assumptions` take a section of the table as their argument. A rule is confirmed if a report of the
parity command in `docs/parity/` says that the service agrees. The latest report that tried the rule counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

DOCS = Path(__file__).parents[1]
sys.path.insert(0, str(DOCS.parent / "tests"))

from parity import rules  # noqa: E402  the line above makes it importable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.application import Sphinx

__all__ = ["REPORTS", "confirmed", "of_section"]

REPORTS = DOCS / "parity"
"""Where reports are committed, if there are any."""


def confirmed(rule_id: str, reports: Path = REPORTS) -> str:
    """Return ``"confirmed on DATE"`` if the service agrees, by the latest report that tried the rule."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in reports.glob("*.json")]
    for report in sorted(read, key=lambda report: report["date"], reverse=True):
        outcome = report["rules"].get(rule_id, {}).get("outcome")
        if report["aws"] and outcome in ("agrees", "differs"):
            return f"{'confirmed' if outcome == 'agrees' else 'differs'} on {report['date']}"
    return "not confirmed"


def of_section(section: str, *, assumptions: bool) -> list[rules.Rule]:
    """Return the assumptions of a section, or its other rules."""
    return [rule for rule in rules.RULES if rule.section == section and rule.is_assumption == assumptions]


class _Rules(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    assumptions: bool

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(rules.__file__)
        for report in REPORTS.glob("*.json"):
            self.env.note_dependency(str(report))
        shown = of_section(self.arguments[0], assumptions=self.assumptions)
        if not shown:
            raise ExtensionError(f"no such rules: {self.arguments[0]}")
        rows = [
            [nodes.literal("", rule.id), nodes.Text(rule.text), nodes.Text(rule.source), nodes.Text(confirmed(rule.id))]
            for rule in shown
        ]
        return [_table([nodes.Text(each) for each in ("id", "rule", "source", "on the service")], rows)]


class Assumptions(_Rules):
    assumptions = True


class SourcedRules(_Rules):
    assumptions = False


def _table(header: Sequence[nodes.Node], rows: Sequence[Sequence[nodes.Node]]) -> nodes.table:
    def row(cells: Sequence[nodes.Node]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (2, 5, 2, 1)), cols=len(header))
    group += nodes.thead("", row(header))
    group += nodes.tbody("", *(row(cells) for cells in rows))
    return nodes.table("", group)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("assumptions", Assumptions)
    app.add_directive("sourced-rules", SourcedRules)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
