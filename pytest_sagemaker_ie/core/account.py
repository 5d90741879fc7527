"""An account's regions, and the experiments of each.

An experiment moves by itself when its transitional status ends, or when its StartTime or EndTime comes. Nothing runs in
the background. Before an experiment is read, the region makes the moves that are due by now, each at its own time.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_sagemaker_ie.core.arns import partition_of
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Event, Status
from pytest_sagemaker_ie.core.script import ExperimentFailure, Script
from pytest_sagemaker_ie.core.transitions import IMMEDIATE, NO_END, Transition
from pytest_sagemaker_ie.core.wire import Wire, iso


@dataclass(eq=False, repr=False)
class Account:
    """What the regions of an account have in common."""

    account_id: str
    elsewhere: Callable[[str, str], Wire | None]
    regions: "dict[str, Region]" = field(default_factory=dict)
    script: Script = field(default_factory=Script)
    transitions: dict[Status, Transition] = field(default_factory=dict)  # by status, what the test has set
    limit: int | None = None  # how many experiments a region may hold
    list_pages: str = "full"  # "full", or "sparse" if List filters after MaxResults
    tokens: dict[str, tuple[Wire, Any]] = field(default_factory=dict)
    """The NextTokens that List returned: each with its listing and the place of the last experiment shown."""

    def region(self, name: str) -> "Region":
        """Return the region of this name. Each name is a region, which is empty at first."""
        if name not in self.regions:
            self.regions[name] = Region(name, self)
        return self.regions[name]

    def settle(self, now: int) -> None:
        """Make the moves of all experiments that are due."""
        for region in self.regions.values():
            region.settle(now, *region.experiments.values())

    def experiments(self) -> list[ExperimentState]:
        """Return the experiments, region by region, in the order in which they were created or seeded."""
        return [each for region in self.regions.values() for each in region.experiments.values()]


@dataclass(eq=False, repr=False)
class Region:
    """The experiments of one region."""

    name: str
    account: Account
    experiments: dict[str, ExperimentState] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)  # each has or had an experiment
    _sequence: Iterator[int] = field(default_factory=itertools.count)

    def arn(self, name: str, kind: str = "inference-experiment") -> str:
        """Return the ARN in this region of an experiment, or of another `kind`, whether or not it exists."""
        account_id, partition = self.account.account_id, partition_of(self.name)
        return f"arn:{partition}:sagemaker:{self.name}:{account_id}:{kind}/{name}"

    def known(self) -> str:
        """Return the end of a message about a wrong name or region: the experiments of this region and of others."""
        known = f"known there: {self._names(10)}" if self.experiments else "there is none in that region"
        others = [each for each in self.account.regions.values() if each.experiments and each is not self]
        if not others:
            return known
        elsewhere = ", ".join(f"{each._names(3)} in {each.name}" for each in others)
        hint = "set the region of clients and seeds that name none with the ini option sagemaker_ie_region"
        return f"{known} ({elsewhere}; {hint})"

    def _names(self, most: int) -> str:
        more = len(self.experiments) - most
        return ", ".join(itertools.islice(self.experiments, most)) + (f" and {more} more" if more > 0 else "")

    def add(self, state: ExperimentState) -> None:
        """Add a new experiment, and put it on its endpoint. A seed without a RoleArn gets one of the account."""
        state.sequence = next(self._sequence)
        state.region, state.arn = self.name, self.arn(state.name)
        role = f"arn:{partition_of(self.name)}:iam::{self.account.account_id}:role/shadow-tests"
        state.settings.setdefault("RoleArn", role)
        self.experiments[state.name] = state
        seeded, name = state.endpoint, state.endpoint.name
        state.endpoint = endpoint = self.endpoints.setdefault(name, seeded)
        endpoint.elsewhere = functools.partial(self.account.elsewhere, self.name, name)
        endpoint.experiments.append(state)
        endpoint.was_elsewhere |= seeded.was_elsewhere or bool(endpoint.found())
        if seeded.said:
            endpoint.say(seeded.said)

    def settle(self, now: int, *experiments: ExperimentState) -> None:
        """Make the moves of these experiments that are due, each at its own time."""
        for state in experiments:
            by = max(now, state.creation_time)  # a test may set the clock back
            while (due := self.next_move(state)) <= by:
                when = int(due)
                if state.status is Status.CREATED:
                    state.begin(Event.START_TIME, when)
                elif state.status is Status.RUNNING:
                    state.drop_shadow()
                    state.begin(Event.END_TIME, when)
                else:
                    self._finish(state, when)

    def saw(self, state: ExperimentState, now: int) -> None:
        """Count an answer that shows the experiment, and end the transitional status after the last one it needs."""
        left = self.times_left(state)
        state.times_seen += left > 0
        if left == 1:
            self._finish(state, now)
            self.settle(now, state)

    def next_move(self, state: ExperimentState) -> float:
        """Return when the experiment next moves by itself: at the earliest when its present status began."""
        schedule: Mapping[str, int] = state.settings["Schedule"]
        if state.status is Status.RUNNING:
            return max(schedule["EndTime"], state.status_since)
        if state.status is Status.CREATED:
            return max(schedule["StartTime"], state.status_since)
        return state.status_since + self._transition(state).milliseconds

    def times_left(self, state: ExperimentState) -> int:
        """Return how many more answers must show the experiment until it moves on; 0 if answers do not move it."""
        times = self._transition(state).times
        return max(times - state.times_seen, 1) if times else 0

    def outlook(self, state: ExperimentState) -> str:
        """Say what the experiment will do by itself."""
        if (due := self.next_move(state)) < math.inf:
            coming = f"moves on at {iso(due)}"
        elif left := self.times_left(state):
            coming = f"moves on after {left} more looks"
        elif state.status in TRANSITIONAL:
            coming = "stays so, because it was seeded so, without a transition"
        else:
            coming = "stays so: it is over"
        return f"{state.name} in {self.name} is {state.status} and {coming}"

    def _finish(self, state: ExperimentState, when: int) -> None:
        """End the transitional status: by the failure that the test has scripted, or else as the life cycle says."""
        if failure := self._failure(state):
            failure.happened += 1
            state.fail(failure.reason, when)
        else:
            state.finish(when)

    def _failure(self, state: ExperimentState) -> ExperimentFailure | None:
        failures = self.account.script.failures
        return next((each for each in failures if each.awaits(state.name, state.status, self.name)), None)

    def _transition(self, state: ExperimentState) -> Transition:
        """Return how the present status ends; `NO_END` if it is not transitional, or if it was seeded to stay."""
        if state.status is None or state.status not in TRANSITIONAL:
            return NO_END
        transition = state.transitions.get(state.status) or self.account.transitions.get(state.status)
        return transition or (NO_END if state.stays and self._failure(state) is None else IMMEDIATE)
