"""A suite's summary as a JSON document, for machines.

Its `version` changes when something in it gets another name or meaning; new keys do not change it.
"""

import json

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE
from pytest_sagemaker_ie.report.summary import Counted, Summary

__all__ = ["document"]


def document(summary: Summary) -> str:
    """Return the JSON text."""
    cells = [
        {**_row("calls", cell, operation=operation, status=status), "refused": cell.refused}
        for (operation, status), cell in summary.cells.items()
    ]
    moves = [
        _row("taken", move, status_before=before, event=event, through=row.through, status_after=row.to)
        for (before, event), move in summary.moves.items()
        for row in [LIFECYCLE[before, event]]
    ]
    errors = [_row("provoked", error, operation=key[0], error=key[1]) for key, error in summary.errors.items()]
    faults = [
        _row("happened", fault, operation=operation, status=status, error=error)
        for (operation, status, error), fault in summary.faults.items()
    ]
    points = {kind: points._asdict() for kind, points in summary.points().items()}
    totals = {"version": 2, "tests": summary.tests, "percent": summary.percent(), "points": points}
    whole = {**totals, "cells": cells, "moves": moves, "errors": errors, "faults": faults}
    return json.dumps(whole, indent=1) + "\n"


def _row(times: str, counted: Counted, **key: str | None) -> dict[str, object]:
    return {**{name: value or None for name, value in key.items()}, times: counted.times, "tests": counted.tests}
