"""The table of what an operation does in each status, made from the life cycle and the rules.

It does not use Sphinx, so that the tests can compare the table with the client's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sagemaker_ie.core.lifecycle import Event, Status
from pytest_sagemaker_ie.core.operations import short_name
from pytest_sagemaker_ie.report.summary import BY_STATUS

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from pytest_sagemaker_ie.core.lifecycle import Move

__all__ = ["REFUSED", "TableError", "operation_table"]

REFUSED = "no"
_GONE = "(no experiment)"


class TableError(Exception):
    """The life cycle and the rules contradict each other."""


def operation_table(
    table: Mapping[tuple[Status | None, Event], Move], updatable: Container[Status]
) -> dict[Status, dict[str, str]]:
    """Return, by status and operation, where the operation leads: the status it ends in, or `REFUSED`.

    Raises:
        TableError: a status has an update's move but allows no update, or the other way round.
    """
    cells: dict[Status, dict[str, str]] = {}
    for status in Status:
        if ((status, Event.UPDATE) in table) != (status in updatable):
            raise TableError(f"the life cycle and the rules do not agree on updates in the status {status}")
        cells[status] = {}
        for operation, events in BY_STATUS.items():
            ends = [table[status, event].to for event in events if (status, event) in table]
            cells[status][short_name(operation)] = " or ".join(each or _GONE for each in ends) or REFUSED
    return cells
