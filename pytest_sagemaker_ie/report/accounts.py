"""Which accounts a test has used, where it began in the record of each, and what it has exercised in them, counted.

An account may be older than the test, as that of a module's fixture is. What it answered before is no part of the test.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypedDict

from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.lifecycle import Event
from pytest_sagemaker_ie.core.script import CONNECTION_FAULTS
from pytest_sagemaker_ie.core.service import Service


class UsedAccount(NamedTuple):
    """One account, and where the test began in its record."""

    account: Service
    is_older: bool = False
    """Whether it was active before the test began."""
    calls_before: int = 0
    unanswered_before: int = 0
    steps_before: Mapping[int, int] = MappingProxyType({})
    """How many steps each experiment had taken when the test began, by the `id` of its state."""

    @classmethod
    def older(cls, account: Service) -> "UsedAccount":
        """Return an account that is active when a test begins."""
        steps = {id(state): len(state.steps) for state in account.states()}
        return cls(account, True, len(account.calls), len(account.unanswered), steps)

    def calls(self) -> list[Call]:
        """Return the calls that it answered for the test."""
        return self.account.calls[self.calls_before :]

    def unanswered(self) -> list[tuple[str, str]]:
        """Return the operations that were not answered for the test, each with the reason."""
        return self.account.unanswered[self.unanswered_before :]

    def has_calls(self) -> bool:
        """Whether the test has made a call while the account was active."""
        return bool(self.calls() or self.unanswered())

    def is_used(self) -> bool:
        """Whether the test has anything to do with it: one that is older may be there for others."""
        return not self.is_older or self.has_calls()


_Counts: TypeAlias = list[tuple[str, str, str, int]]


class Exercise(TypedDict):
    """What one run of one test has exercised, in plain types: workers of pytest-xdist send it.

    An empty string stands for no experiment and for no error.
    """

    calls: _Counts
    """Of calls that the service answered: the operation, the experiment's status, the error code, and how often."""
    faults: _Counts
    """The same of calls that a fault struck; without an operation of experiments that failed, and without an error of
    them and of delays."""
    steps: _Counts
    """The status before, the event, the status after, and how often."""


def exercise_of(accounts: Iterable[UsedAccount]) -> Exercise:
    """Count a test's calls, the faults that it scripted, and the steps that its experiments have taken."""
    calls: list[tuple[str, str, str]] = []
    faults, steps = calls.copy(), calls.copy()
    for used in accounts:
        for call in used.calls():
            status, error = str(call.status_before or ""), call.error or ""
            # A delay leaves the answer to the service, unless the client did not wait for it.
            is_late = call.fault is not None and call.fault.error is None and error not in CONNECTION_FAULTS
            if call.fault is not None:
                faults.append((call.operation, status, "" if is_late else error))
            if call.fault is None or is_late:
                calls.append((call.operation, status, error))
        for state in used.account.states():
            for _, event, before, after in state.steps[used.steps_before.get(id(state), 0) :]:
                if event is Event.FAIL:
                    faults.append(("", str(before), ""))
                else:
                    steps.append((str(before or ""), str(event), str(after or "")))
    counted: list[_Counts] = [
        [(*key, times) for key, times in Counter(each).items()] for each in (calls, faults, steps)
    ]
    return {"calls": counted[0], "faults": counted[1], "steps": counted[2]}
