"""What a suite has exercised, against what there is to exercise; as a JSON document too, for machines.

There are three kinds of points: the cells of the matrix of operations and statuses, the moves of the life cycle, and
the modeled errors of each operation. They are made from the code's own tables, so a new move is a new point.

- A cell of an operation whose answer depends on the status, such as Update, is that operation in one status. The other
  operations, such as Describe, are one cell each.
- A move is a row of the life cycle, but for the failures of experiments.
- An error is one that the service model gives an operation. `ValidationException` is in no model, and no point.

A scripted fault exercises no rule: faults of calls and failures of experiments are counted apart.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

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
"""The operations whose answer depends on the status, with the events that they make."""

Exercise: TypeAlias = list[tuple[str, str, str, str, int]]
"""What one run of one test has exercised, in plain types, because workers of pytest-xdist send it: a kind, three texts,
and how often. An empty text stands for no experiment, no operation or no error.

- "call", of those that the service answered: the operation, the experiment's status, the error code.
- "fault": the same of a call that a fault struck, without the error if it was only late; or of an experiment that
  failed, the status alone.
- "step": the event, the status before, the status after.
"""


class Counted:
    """How often something happened, and in which tests; of calls also how many were refused."""

    def __init__(self) -> None:
        self.times = self.refused = 0
        self.tests: list[str] = []

    def add(self, times: int, test: str, is_refused: bool = False) -> None:
        """Count it `times` more for `test`; the tests come one by one."""
        self.times += times
        self.refused += times if is_refused else 0
        if self.tests[-1:] != [test]:
            self.tests.append(test)

    def __str__(self) -> str:
        return f"{self.times} ({self.refused})" if self.refused else str(self.times)


class Summary(NamedTuple):
    """A suite's totals. What was never exercised is in the tables too, counted 0."""

    tests: int
    """How many tests have used an account."""
    cells: dict[tuple[str, str], Counted]
    """By operation and status, each pair that there is; an empty status is that of no experiment."""
    operations: dict[str, Counted]
    """By operation, in all statuses."""
    moves: dict[tuple[str | None, str], Counted]
    """By status and event."""
    errors: dict[tuple[str, str], Counted]
    """By operation and modeled error."""
    faults: dict[tuple[str, str, str], Counted]
    """By operation, status and error, as in `Exercise`."""
    taken: set[tuple[str | None, str, str | None]]
    """The steps of all experiments: the status before, the event, the status after."""

    def rows(self) -> Iterator[tuple[str, list[tuple[Counted, bool]]]]:
        """Give the rows of the matrix: a name, and for each operation its cell, and whether that is a point."""
        for status in ("", *Status):
            cells = [(self.cells[each, status], bool(status) and each in BY_STATUS) for each in OPERATIONS]
            yield status or "(none)", cells
        yield "all", [(self.operations[each], each not in BY_STATUS) for each in OPERATIONS]

    def points(self) -> dict[str, tuple[int, int]]:
        """Return by its kind how many points were made, and how many there are."""
        cells = [cell for _, row in self.rows() for cell, is_point in row if is_point]
        kinds = {"cells": cells, "moves": self.moves.values(), "errors": self.errors.values()}
        return {kind: (sum(each.times > 0 for each in points), len(points)) for kind, points in kinds.items()}

    def total(self) -> tuple[int, int]:
        """Return the points of all kinds."""
        made, of = zip(*self.points().values(), strict=True)
        return sum(made), sum(of)

    def percent(self) -> float:
        """Return the share of points that were made, rounded down to a tenth of a percent."""
        made, of = self.total()
        return made * 1000 // of / 10


def exercise_of(accounts: Iterable[UsedAccount]) -> Exercise:
    """Count a test's calls, the faults that it scripted, and the steps that its experiments have taken."""
    counts = Counter[tuple[str, str, str, str]]()
    for used in accounts:
        for call in used.calls():
            status, error = str(call.status_before or ""), call.error or ""
            # A delay leaves the answer to the service, unless the client did not wait for it.
            is_late = call.fault is not None and call.fault.error is None and error not in CONNECTION_FAULTS
            if call.fault is not None:
                counts["fault", call.operation, status, "" if is_late else error] += 1
            if call.fault is None or is_late:
                counts["call", call.operation, status, error] += 1
        for state in used.account.states():
            for _, event, before, after in state.steps[used.steps_before.get(id(state), 0) :]:
                counts["step", str(event), str(before or ""), str(after or "")] += 1
                if event is Event.FAIL:
                    counts["fault", "", str(before), ""] += 1
    return [(*key, times) for key, times in counts.items()]


def summarize(exercises: Mapping[str, Exercise], modeled_errors: Mapping[str, Iterable[str]]) -> Summary:
    """Add up what tests have exercised, given by their node ids; `modeled_errors` are the codes of each operation."""
    summary = Summary(
        len(exercises),
        {(operation, status): Counted() for operation in OPERATIONS for status in ("", *Status)},
        {operation: Counted() for operation in OPERATIONS},
        {key: Counted() for key in LIFECYCLE if key[1] is not Event.FAIL},
        {(operation, code): Counted() for operation in OPERATIONS for code in modeled_errors.get(operation, ())},
        {},
        set(),
    )
    for test, exercise in exercises.items():
        for kind, what, status, end, times in exercise:
            if kind == "fault":
                summary.faults.setdefault((what, status, end), Counted()).add(times, test)
            elif kind == "call":
                for cell in (summary.cells[what, status], summary.operations[what]):
                    cell.add(times, test, bool(end))
                if (what, end) in summary.errors:
                    summary.errors[what, end].add(times, test)
            else:
                summary.taken.add((status or None, what, end or None))
                if (status or None, what) in summary.moves:
                    summary.moves[status or None, what].add(times, test)
    return summary


def document(summary: Summary) -> str:
    """Return the JSON text. Its version changes when a key gets another name or meaning, and not for a new key."""
    points = {kind: {"made": made, "of": of} for kind, (made, of) in summary.points().items()}
    whole: dict[str, Any] = {"version": 2, "tests": summary.tests, "percent": summary.percent(), "points": points}
    moves = {(*key, row.through, row.to): summary.moves[key] for key, row in LIFECYCLE.items() if key in summary.moves}
    tables: tuple[tuple[str, str, tuple[str, ...], Mapping[Any, Counted]], ...] = (
        ("cells", "calls", ("operation", "status"), summary.cells),
        ("moves", "taken", ("status_before", "event", "through", "status_after"), moves),
        ("errors", "provoked", ("operation", "error"), summary.errors),
        ("faults", "happened", ("operation", "status", "error"), summary.faults),
    )
    for kind, times, names, table in tables:
        whole[kind] = []
        for key, counted in table.items():
            row = {name: value or None for name, value in zip(names, key, strict=True)}
            more = {"refused": counted.refused} if kind == "cells" else {}
            whole[kind].append({**row, times: counted.times, "tests": counted.tests, **more})
    return json.dumps(whole, indent=1) + "\n"
