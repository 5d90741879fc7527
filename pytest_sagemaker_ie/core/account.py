"""An account's regions, and the experiments of each.

Here experiments move by themselves: a transitional status ends, a StartTime or an EndTime comes. Nothing runs in the
background. Each look at an experiment gives the present time, and the experiment makes the moves that were due by
then, each at its own time.
"""

import functools
import itertools
from collections.abc import Callable
from typing import Any, Final

from pytest_sagemaker_ie.core.arns import sagemaker_arn
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Event, Status
from pytest_sagemaker_ie.core.script import ExperimentFailure, Script
from pytest_sagemaker_ie.core.transitions import IMMEDIATE, NO_END, Transition
from pytest_sagemaker_ie.core.wire import Wire, moment

NEVER: Final = NO_END.milliseconds


class Account:
    """What the regions of an account have in common."""

    def __init__(self, account_id: str, elsewhere: Callable[[str, str], Wire | None]) -> None:
        self.account_id = account_id
        self.elsewhere = elsewhere
        self.regions: dict[str, Region] = {}
        self.script = Script()
        self.transitions: dict[Status, Transition] = {}  # how transitional statuses end that a test has set
        self.limit: int | None = None  # how many experiments a region may hold
        self.list_pages = "full"  # how List cuts its pages: "full", or "sparse" if it filters after MaxResults
        self.tokens: dict[str, tuple[Wire, Any]] = {}
        """The NextTokens of List's answers: each with its listing and the place of the last experiment shown."""

    def region(self, name: str) -> "Region":
        """Return the region of this name; every name is a region, an empty one at first."""
        if name not in self.regions:
            self.regions[name] = Region(name, self)
        return self.regions[name]

    def settle(self, now: int) -> None:
        """Let every experiment make the moves that are due."""
        for region in self.regions.values():
            region.settle(now)

    def experiments(self) -> list[ExperimentState]:
        """Return the experiments of all regions, in the order in which they were created or seeded in each."""
        return [each for region in self.regions.values() for each in region.experiments.values()]


class Region:
    """The experiments of one region."""

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self.account = account
        self.experiments: dict[str, ExperimentState] = {}
        self._sequence = itertools.count()
        self.endpoints: dict[str, Endpoint] = {}  # those on which experiments are or were

    def arn(self, name: str, kind: str = "inference-experiment") -> str:
        """Return the ARN of an experiment, or of another `kind`, of this region, whether or not it exists."""
        return sagemaker_arn(self.name, self.account.account_id, kind, name)

    def known(self) -> str:
        """Name the experiments that there are, so that a message shows a wrong name or region."""
        known = f"known there: {self._names(10)}" if self.experiments else "there is none in that region"
        others = [each for each in self.account.regions.values() if each.experiments and each is not self]
        if not others:
            return known
        elsewhere = ", ".join(f"{each._names(3)} in {each.name}" for each in others)
        return (
            f"{known} ({elsewhere}; set the region of clients and seeds that name none with the ini option"
            " sagemaker_ie_region)"
        )

    def _names(self, most: int) -> str:
        more = len(self.experiments) - most
        return ", ".join(itertools.islice(self.experiments, most)) + (f" and {more} more" if more > 0 else "")

    def add(self, state: ExperimentState) -> None:
        """Take in a new experiment."""
        state.sequence = next(self._sequence)
        self.experiments[state.name] = state
        seeded, name = state.endpoint, state.endpoint.name
        state.endpoint = endpoint = self.endpoints.setdefault(name, seeded)
        endpoint.elsewhere = functools.partial(self.account.elsewhere, self.name, name)
        endpoint.experiments.append(state)
        endpoint.was_elsewhere |= seeded.was_elsewhere or bool(endpoint.found())
        if seeded.said:
            endpoint.say(seeded.said)

    def settled(self, endpoint: Endpoint, now: int) -> Endpoint:
        """Let the experiments of an endpoint make the moves that are due, and return it."""
        for state in endpoint.experiments:
            self.progress(state, now)
        return endpoint

    def progress(self, state: ExperimentState, now: int) -> None:
        """Let an experiment make the moves that are due, each at its own time."""
        now = max(now, state.creation_time)  # a test may set the clock back
        while (due := self.next_move(state)) <= now:
            when = int(due)
            if state.status is Status.CREATED:
                state.begin(Event.START_TIME, when)
            elif state.status is Status.RUNNING:
                state.drop_shadow()
                state.begin(Event.END_TIME, when)
            else:
                self._finish(state, when)

    def settle(self, now: int) -> None:
        """Let every experiment make the moves that are due."""
        for state in self.experiments.values():
            self.progress(state, now)

    def saw(self, state: ExperimentState, now: int) -> None:
        """Count an answer that shows the experiment; the last that its transitional status needs ends the status."""
        left = self.times_left(state)
        state.times_seen += left > 0
        if left == 1:
            self._finish(state, now)
            self.progress(state, now)

    def next_move(self, state: ExperimentState) -> float:
        """Return when the experiment moves next by itself, which is not before it came to its present status."""
        if state.status is Status.RUNNING:
            return max(state.end_time, state.status_since)
        if state.status is Status.CREATED:
            return max(state.start_time, state.status_since)
        return state.status_since + self._transition(state).milliseconds

    def times_left(self, state: ExperimentState) -> int:
        """Return how many more answers must show the experiment until it moves on; 0 if answers do not move it."""
        times = self._transition(state).times
        return max(times - state.times_seen, 1) if times else 0

    def outlook(self, state: ExperimentState) -> str:
        """Say what an experiment will do by itself."""
        if (due := self.next_move(state)) != NEVER:
            coming = f"moves on at {moment(due).isoformat()}"
        elif left := self.times_left(state):
            coming = f"moves on after {left} more looks"
        elif state.status in TRANSITIONAL:
            coming = "stays so, because it was seeded so, without a transition"
        else:
            coming = "stays so: it is over"
        return f"{state.name} in {self.name} is {state.status} and {coming}"

    def _finish(self, state: ExperimentState, when: int) -> None:
        """Leave a transitional status: for the one in which it ends, or by a failure that a test has scripted."""
        if failure := self._failure(state):
            failure.happened += 1
            state.fail(failure.reason, when)
        else:
            state.finish(when)

    def _failure(self, state: ExperimentState) -> ExperimentFailure | None:
        failures = self.account.script.failures
        return next((each for each in failures if each.awaits(state.name, state.status, self.name)), None)

    def _transition(self, state: ExperimentState) -> Transition:
        """Return how the present status ends if it is transitional; a seeded one has no end by itself."""
        if state.status is None or state.status not in TRANSITIONAL:
            return NO_END
        transition = state.transitions.get(state.status) or self.account.transitions.get(state.status)
        return transition or (NO_END if state.stays and self._failure(state) is None else IMMEDIATE)
