"""A suite's summary as a JSON document, for machines.

Its `version` changes when something in it gets another name or meaning; more may be added meanwhile.
"""

import json
from typing import Any

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE
from pytest_sagemaker_ie.report.summary import Summary

__all__ = ["document"]


def document(summary: Summary) -> str:
    """Return the JSON text."""
    moves = [
        {
            "status_before": before,
            "event": event,
            "through": LIFECYCLE[before, event].through,
            "status_after": LIFECYCLE[before, event].to,
            "taken": move.times,
            "tests": move.tests,
        }
        for (before, event), move in summary.moves.items()
    ]
    cells = [
        {
            "operation": operation,
            "status": status or None,
            "calls": cell.times,
            "refused": cell.refused,
            "tests": cell.tests,
        }
        for (operation, status), cell in summary.cells.items()
    ]
    errors = [
        {"operation": operation, "error": code, "provoked": error.times, "tests": error.tests}
        for (operation, code), error in summary.errors.items()
    ]
    whole: dict[str, Any] = {
        "version": 1,
        "tests": summary.tests,
        "percent": summary.percent(),
        "points": {kind: {"made": points.made, "of": points.of} for kind, points in summary.points().items()},
        "cells": cells,
        "moves": moves,
        "errors": errors,
    }
    return json.dumps(whole, indent=1) + "\n"
