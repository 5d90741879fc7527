"""What a suite exercised of all that it can exercise, and the same as a JSON document.

There are three kinds of points, which come from the code's own tables:

- Cells of the matrix of operations and statuses. An operation whose answer depends on the status, such as Update, has
  one cell for each status. Another operation, such as Describe, has one cell.
- Moves: the rows of the life cycle without the failures of experiments.
- Errors that the service model lists for an operation. It does not list `ValidationException`.

A scripted fault exercises no rule. The summary counts faults of calls and failures of experiments separately.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.core.script import CONNECTION_FAULTS
from pytest_sagemaker_ie.report.timeline import UsedAccount

BY_STATUS: Final[Mapping[str, tuple[Event, ...]]] = {
    "StartInferenceExperiment": (Event.START,),
    "UpdateInferenceExperiment": (Event.UPDATE,),
    "StopInferenceExperiment": (Event.STOP_COMPLETED, Event.STOP_CANCELLED),
    "DeleteInferenceExperiment": (Event.DELETE,),
}
"""The operations whose answer depends on the status, each with the events that it can cause."""

Exercise: TypeAlias = list[tuple[str, str, str, str, int]]
"""What one run of one test exercised, in plain types that a worker of pytest-xdist can send.

Each item has a kind, three texts, which may be empty, and a count:

- "call", which the service answered: the operation, the experiment's status, the error code.
- "fault" of a call: the same, without an error if the fault only delayed the answer. Of an experiment that failed: the
  status alone.
- "step": the event, the status before, the status after.
"""

_IN_DOCUMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "cells": ("operation", "status", "calls"),
    "moves": ("status_before", "event", "through", "status_after", "taken"),
    "errors": ("operation", "error", "provoked"),
    "faults": ("operation", "status", "error", "happened"),
}
"""By the table of a summary: what the JSON document calls the parts of the table's keys, and its counts."""


class Counted:
    """How often something happened, and in which tests. For calls, also how many the service refused."""

    def __init__(self) -> None:
        self.times = self.refused = 0
        self.tests: list[str] = []

    def add(self, times: int, test: str, is_refused: bool = False) -> None:
        """Count `times` more in `test`. The counts of one test follow each other."""
        self.times += times
        self.refused += times if is_refused else 0
        if self.tests[-1:] != [test]:
            self.tests.append(test)

    def __str__(self) -> str:
        return f"{self.times} ({self.refused})" if self.refused else str(self.times)


class Summary:
    """A suite's totals. What no test exercised has the count 0."""

    def __init__(self, exercises: Mapping[str, Exercise], modeled_errors: Mapping[str, Iterable[str]]) -> None:
        """Add up `exercises`, by the tests' node ids. `modeled_errors` has the error codes of each operation."""
        self.tests = len(exercises)
        self.cells = {(operation, status): Counted() for operation in OPERATIONS for status in ("", *Status)}
        """By operation and status. The status is empty for a call without an experiment."""
        self.operations = {operation: Counted() for operation in OPERATIONS}  # by operation, in all statuses
        self.moves = {(*key, *row[:2]): Counted() for key, row in LIFECYCLE.items() if key[1] is not Event.FAIL}
        """By status, event, transitional status and the status after."""
        self.errors = {(each, code): Counted() for each in OPERATIONS for code in modeled_errors.get(each, ())}
        self.faults: dict[tuple[str, str, str], Counted] = {}  # by operation, status and error, as in `Exercise`
        self.taken: set[tuple[str | None, str, str | None]] = set()
        """The steps that experiments took: the status before, the event, the status after."""
        by_event: dict[tuple[str | None, str], Counted] = {key[:2]: move for key, move in self.moves.items()}
        for test, exercise in exercises.items():
            for kind, what, status, end, times in exercise:
                counted: list[Counted | None] = []
                if kind == "fault":
                    counted = [self.faults.setdefault((what, status, end), Counted())]
                elif kind == "call":
                    counted = [self.cells[what, status], self.operations[what], self.errors.get((what, end))]
                else:
                    self.taken.add((status or None, what, end or None))
                    counted = [by_event.get((status or None, what))]
                for each in filter(None, counted):
                    each.add(times, test, is_refused=kind == "call" and bool(end))
        cells = [cell for _, row in self.rows() for cell, is_point in row if is_point]
        kinds = {"cells": cells, "moves": self.moves.values(), "errors": self.errors.values()}
        self.points = {kind: (sum(each.times > 0 for each in points), len(points)) for kind, points in kinds.items()}
        """By kind: how many points the tests made, and how many there are."""
        self.made, self.of = map(sum, zip(*self.points.values(), strict=True))
        self.percent = self.made * 1000 // self.of / 10  # rounded down to a tenth

    def rows(self) -> Iterator[tuple[str, list[tuple[Counted, bool]]]]:
        """Yield the rows of the matrix: a name, and for each operation its cell, and whether the cell is a point."""
        for status in ("", *Status):
            cells = [(self.cells[each, status], bool(status) and each in BY_STATUS) for each in OPERATIONS]
            yield status or "(none)", cells
        yield "all", [(self.operations[each], each not in BY_STATUS) for each in OPERATIONS]


def exercise_of(accounts: Iterable[UsedAccount]) -> Exercise:
    """Count a test's calls, the faults that struck them, and the steps of its experiments."""
    counts = Counter[tuple[str, str, str, str]]()
    for used in accounts:
        for call in used.calls():
            status, error = str(call.status_before or ""), call.error or ""
            # A delayed call is answered by the service, unless the client stopped waiting.
            is_late = call.fault is not None and call.fault.error is None and error not in CONNECTION_FAULTS
            if call.fault is not None:
                counts["fault", call.operation, status, "" if is_late else error] += 1
            if call.fault is None or is_late:
                counts["call", call.operation, status, error] += 1
        for state in used.states():
            for _, event, before, after in used.steps(state):
                counts["step", str(event), str(before or ""), str(after or "")] += 1
                if event is Event.FAIL:
                    counts["fault", "", str(before), ""] += 1
    return [(*key, times) for key, times in counts.items()]


def document(summary: Summary) -> str:
    """Return the JSON text. Its version changes if a key gets another name or meaning, but not for a new key."""
    points = {kind: {"made": made, "of": of} for kind, (made, of) in summary.points.items()}
    whole: dict[str, Any] = {"version": 2, "tests": summary.tests, "percent": summary.percent, "points": points}
    for kind, (*names, times) in _IN_DOCUMENT.items():
        whole[kind] = []
        for key, counted in getattr(summary, kind).items():
            row = {name: value or None for name, value in zip(names, key, strict=True)}
            more = {"refused": counted.refused} if kind == "cells" else {}
            whole[kind].append({**row, times: counted.times, "tests": counted.tests, **more})
    return json.dumps(whole, indent=1) + "\n"
