"""What a test has exercised, counted: plain lists, numbers and strings, to be sent from one process to another."""

from collections import Counter
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sagemaker_ie.report.accounts import UsedAccount

__all__ = ["Exercise", "exercise_of"]


class Exercise(TypedDict):
    """What one run of one test has exercised; an empty string stands for no experiment and for no error."""

    calls: list[tuple[str, str, str, int]]
    """The operation, the experiment's status before it, the error code, and how often."""
    steps: list[tuple[str, str, str, int]]
    """The status before, the event, the status after, and how often."""


def exercise_of(accounts: "Iterable[UsedAccount]") -> Exercise:
    """Count a test's calls, and the steps that its experiments have taken."""
    calls: Counter[tuple[str, str, str]] = Counter()
    steps: Counter[tuple[str, str, str]] = Counter()
    for used in accounts:
        calls.update((each.operation, each.status_before or "", each.error or "") for each in used.calls())
        for state in used.account.states():
            for _, event, before, after in state.steps[used.steps_before.get(id(state), 0) :]:
                steps[before or "", event, after or ""] += 1
    return {"calls": _listed(calls), "steps": _listed(steps)}


def _listed(counted: Counter[tuple[str, str, str]]) -> list[tuple[str, str, str, int]]:
    # str() of a Status or an Event: what is sent to another process is made of plain types.
    return [(str(one), str(two), str(three), times) for (one, two, three), times in counted.items()]
