"""An account's regions, and each region's experiments: by name, in the orders of a listing, by their next move.

This is where experiments move by themselves: a passing status ends, a StartTime or an EndTime comes. Nothing runs in
the background. Whoever looks brings the clock, and finds what would have happened by then, each step at its own time.
"""

import heapq
import itertools
import math
import secrets
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any, Final

from pytest_sagemaker_ie.core.arns import experiment_arn
from pytest_sagemaker_ie.core.errors import ResourceNotFound
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.faults import ExperimentFailure
from pytest_sagemaker_ie.core.lifecycle import PASSING, Event, Status
from pytest_sagemaker_ie.core.transitions import IMMEDIATE, Transition
from pytest_sagemaker_ie.core.wire import Wire, moment

__all__ = ["NEVER", "Account", "Region"]

NEVER: Final = math.inf
_NAMES_SHOWN: Final = 10
_CREATED, _RUNNING = Status.CREATED, Status.RUNNING


class Account:
    """What the regions of an account have in common."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.regions: dict[str, Region] = {}
        self.transitions: dict[Status, Transition] = {}
        """How passing statuses end, where a test has said so."""
        self.failures: list[ExperimentFailure] = []
        """The experiments that a test lets fail."""
        self.limit: int | None = None
        """How many experiments a region may hold."""
        self.secret = secrets.token_bytes(16)
        """What seals this account's tokens."""

    def settle(self, now: float) -> None:
        """Let every experiment make the moves that are due."""
        for each in self.regions.values():
            each.settle(now)

    def reschedule(self, now: float) -> None:
        """Let the experiments go on by what a test has said of them since; what was due before is settled."""
        for each in self.regions.values():
            each.reschedule(now)

    def region(self, name: str) -> "Region":
        """Return the region of this name; every name is a region, an empty one at first."""
        region = self.regions.get(name)
        if region is None:
            region = self.regions[name] = Region(name, self)
        return region


class Region:
    """The experiments of one region."""

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self.account = account
        self.experiments: dict[str, ExperimentState] = {}
        self._sequence = itertools.count()
        # A heap of (when, number, experiment); an entry counts only while it is what the experiment says of itself.
        self._due: list[tuple[float, int, ExperimentState]] = []
        # The orders of a listing are made when they are first wanted, and kept from then on: that by CreationTime for
        # all experiments (`None`) and for those of each status.
        self._by_creation: dict[Status | None, list[tuple[float, int, str]]] = {}
        self._by_name: list[str] | None = None
        self._endpoints: dict[str, Wire] = {}

    def arn(self, name: str) -> str:
        """Return the ARN of the experiment `name` of this region, whether or not it exists."""
        return experiment_arn(self.name, self.account.account_id, name)

    def find(self, name: str) -> ExperimentState:
        """Return the experiment `name`, as it was when it was last settled.

        Raises:
            ResourceNotFound: there is none.
        """
        state = self.experiments.get(name)
        if state is None:
            raise ResourceNotFound(f"Inference experiment {name} does not exist in {self.name}; {self.known()}.")
        return state

    def known(self) -> str:
        """Say which experiments there are, so that a wrong name or region is seen at once."""
        names = list(itertools.islice(self.experiments, _NAMES_SHOWN))
        more = len(self.experiments) - len(names)
        known = f"known there: {', '.join(names)}" if names else "there is none in that region"
        known += f" and {more} more" if more else ""
        others = [each for each in self.account.regions.values() if each.experiments and each is not self]
        elsewhere = ", ".join(f"{len(each.experiments)} in {each.name}" for each in others)
        return f"{known} ({elsewhere})" if elsewhere else known

    def add(self, state: ExperimentState, now: float) -> None:
        """Take in a new experiment, and let it make the moves that are due."""
        state.sequence = next(self._sequence)
        self.experiments[state.name] = state
        if self._by_creation:
            insort(self._by_creation[None], _creation(state))
        if self._by_name is not None:
            insort(self._by_name, state.name)
        self.progress(state, now)

    def remove(self, state: ExperimentState) -> None:
        """Forget an experiment."""
        del self.experiments[state.name]
        state.due = NEVER
        if self._by_creation:
            _discard(self._by_creation[None], _creation(state))
            self._list_under_status(state)
        if self._by_name is not None:
            _discard(self._by_name, state.name)

    def endpoint(self, name: str) -> Wire:
        """Return what is shown of an endpoint: that it is in service, unless a test has said otherwise."""
        return self._endpoints.get(name) or {"EndpointName": name, "EndpointStatus": "InService"}

    def set_endpoint(self, metadata: Wire) -> None:
        """Show an endpoint so, for the experiments on it now and later."""
        name = metadata["EndpointName"]
        self._endpoints[name] = metadata
        for state in self.experiments.values():
            if state.endpoint_metadata["EndpointName"] == name:
                state.endpoint_metadata = metadata

    def outlook(self, state: ExperimentState) -> str:
        """Say what an experiment will do by itself."""
        due = self._next(state)
        if due != NEVER:
            coming = f"moves on at {moment(due).isoformat()}"
        elif state.status in PASSING and (transition := self._transition(state)) is not None:
            coming = f"moves on after {transition.times - state.looks} more looks"
        elif state.status in PASSING:
            coming = "stays so, because it was seeded so, without a transition"
        else:
            coming = "stays so: it is over"
        return f"{state.name} in {self.name} is {state.status} and {coming}"

    def moves(self, state: ExperimentState) -> bool:
        """Whether an experiment will do anything by itself, or by looks."""
        return self._next(state) != NEVER or (state.status in PASSING and self._transition(state) is not None)

    def progress(self, state: ExperimentState, now: float) -> None:
        """Let an experiment make the moves that are due, and note when the next one is."""
        due = self._next(state)
        while due <= now:
            self._move(state, due)
            due = self._next(state)
        if self._by_creation and state.listed_under is not state.status:
            self._list_under_status(state)
        if due != state.due:
            state.due = due
            if due != NEVER:
                heapq.heappush(self._due, (due, next(self._sequence), state))

    def settle(self, now: float) -> None:
        """Let every experiment make the moves that are due."""
        while self._due and self._due[0][0] <= now:
            when, _, state = heapq.heappop(self._due)
            if when == state.due:
                self.progress(state, now)

    def looked(self, state: ExperimentState, now: float) -> None:
        """Count a look at a passing status that lasts so many looks, and end it with the last of them."""
        if state.status not in PASSING:
            return
        transition = self._transition(state)
        if transition is None or transition.seconds is not None:
            return
        state.looks += 1
        if state.looks >= transition.times:
            self._finish(state, now)
            self.progress(state, now)

    def reschedule(self, now: float) -> None:
        """Let the experiments go on by transitions that have changed."""
        for state in self.experiments.values():
            self.progress(state, now)

    def by_creation(
        self, descending: bool, after: tuple[float, int] | None, status: Status | None = None
    ) -> Iterator[ExperimentState]:
        """Give the experiments, or those in `status`, by CreationTime; those of one time in the order they came."""
        if not self._by_creation:
            self._by_creation = {None: [], **{each: [] for each in Status}}
            for state in self.experiments.values():
                self._by_creation[None].append(_creation(state))
                self._by_creation[state.status].append(_creation(state))
                state.listed_under = state.status
            for each in self._by_creation.values():
                each.sort()
        order = self._by_creation[status]
        if descending:
            last = len(order) if after is None else bisect_left(order, after)
            positions = range(last - 1, -1, -1)
        else:
            # The sequence is a whole number, so nothing lies between it and the next half.
            first = 0 if after is None else bisect_left(order, (after[0], after[1] + 0.5))
            positions = range(first, len(order))
        return (self.experiments[order[position][2]] for position in positions)

    def by_name(self, descending: bool, after: str | None) -> Iterator[ExperimentState]:
        """Give the experiments by Name."""
        if self._by_name is None:
            self._by_name = sorted(self.experiments)
        order = self._by_name
        if descending:
            last = len(order) if after is None else bisect_left(order, after)
            positions = range(last - 1, -1, -1)
        else:
            first = 0 if after is None else bisect_left(order, after + "\0")
            positions = range(first, len(order))
        return (self.experiments[order[position]] for position in positions)

    def _list_under_status(self, state: ExperimentState) -> None:
        if state.listed_under is not None:
            _discard(self._by_creation[state.listed_under], _creation(state))
        if state.status is not None:
            insort(self._by_creation[state.status], _creation(state))
        state.listed_under = state.status

    def _move(self, state: ExperimentState, when: float) -> None:
        if state.status is _CREATED:
            state.begin(Event.START_TIME, when)
        elif state.status is _RUNNING:
            state.drop_shadow()
            state.begin(Event.END_TIME, when)
        else:
            self._finish(state, when)

    def _finish(self, state: ExperimentState, when: float) -> None:
        """Leave a passing status, for the one it leads to or, if a test has scripted so, because it fails."""
        failure = self._failure(state)
        if failure is None:
            state.finish(when)
        else:
            failure.happened += 1
            state.fail(failure.reason, when)

    def _failure(self, state: ExperimentState) -> ExperimentFailure | None:
        failures = self.account.failures
        return next((each for each in failures if each.awaits(state.name, state.status, self.name)), None)

    def _next(self, state: ExperimentState) -> float:
        """Return when the experiment moves next by itself: not before it came to its present status."""
        status = state.status
        if status is _RUNNING:
            return max(state.end_time, state.status_since)
        if status is _CREATED:
            return max(state.start_time, state.status_since)
        if status in PASSING:
            transition = self._transition(state)
            if transition is not None and transition.seconds is not None:
                return state.status_since + transition.seconds
        return NEVER

    def _transition(self, state: ExperimentState) -> Transition | None:
        """Return how the present passing status ends; `None` if it stays because it was seeded so."""
        assert state.status is not None
        transition = state.transitions.get(state.status) or self.account.transitions.get(state.status)
        return transition or (None if state.stays and self._failure(state) is None else IMMEDIATE)


def _creation(state: ExperimentState) -> tuple[float, int, str]:
    return (state.creation_time, state.sequence, state.name)


def _discard(order: list[Any], entry: object) -> None:
    del order[bisect_left(order, entry)]
