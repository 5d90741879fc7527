"""A suite's summary as a JSON document, for machines.

Its `version` changes when something in it gets another name or meaning; new keys do not change it.
"""

import json

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE
from pytest_sagemaker_ie.report.summary import Summary

__all__ = ["document"]


def document(summary: Summary) -> str:
    """Return the JSON text."""
    whole = {
        "version": 1,
        "tests": summary.tests,
        "percent": summary.percent(),
        "points": {kind: points._asdict() for kind, points in summary.points().items()},
        "cells": [
            {
                "operation": key[0],
                "status": key[1] or None,
                "calls": cell.times,
                "refused": cell.refused,
                "tests": cell.tests,
            }
            for key, cell in summary.cells.items()
        ],
        "moves": [
            {
                "status_before": before,
                "event": event,
                "through": LIFECYCLE[before, event].through,
                "status_after": LIFECYCLE[before, event].to,
                "taken": move.times,
                "tests": move.tests,
            }
            for (before, event), move in summary.moves.items()
        ],
        "errors": [
            {"operation": operation, "error": code, "provoked": error.times, "tests": error.tests}
            for (operation, code), error in summary.errors.items()
        ],
    }
    return json.dumps(whole, indent=1) + "\n"
