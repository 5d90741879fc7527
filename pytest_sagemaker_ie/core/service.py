"""The account that answers requests.

botocore's events and the HTTP server pass each request to `Service.answer`. It checks the request against the service
model, finds its experiment, calls the operation, records the call and returns the answer.
"""

import contextlib
import itertools
import math
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pytest_sagemaker_ie.core.account import Account, Region
from pytest_sagemaker_ie.core.arns import is_of_another_kind, is_region, name_in
from pytest_sagemaker_ie.core.calls import Call, decoded
from pytest_sagemaker_ie.core.constraints import read_request
from pytest_sagemaker_ie.core.errors import SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import Experiment, ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, SHARED_OPERATIONS, TAG_OPERATIONS
from pytest_sagemaker_ie.core.request import Request
from pytest_sagemaker_ie.core.script import CONNECTION_FAULTS, Fault
from pytest_sagemaker_ie.core.seeding import ServiceModel, seeded
from pytest_sagemaker_ie.core.transitions import as_transitions
from pytest_sagemaker_ie.core.wire import Shape, Wire, valid_names

_SHOWN: Final = 5  # how many different calls, and how many experiments of a region, an outlook shows
_LOOKED_BACK: Final = 1000  # how many of the last calls it reads


class Answer(NamedTuple):
    """The answer to a request."""

    call: Call
    status_code: int  # the HTTP status; 0 if the connection breaks, as call.error says
    body: Wire  # the response in wire form, or the error with its code as __type


@dataclass(eq=False, repr=False)
class Service:
    """An account that answers requests. Its methods can be called from any thread."""

    model: ServiceModel
    region: Callable[[], str]  # returns the present region of a client that names none
    account_id: str
    clock: Callable[[], int]  # returns the present time in milliseconds since the epoch
    wait: Callable[[float], None]  # lets so many seconds pass, or raises `FaultError`
    elsewhere: Callable[[str, str], Wire | None] = lambda region, name: None
    """Returns another service's answer to DescribeEndpoint for a region and a name; see `Endpoint`."""
    known_regions: Callable[[], Collection[str]] = tuple  # returns the regions that botocore knows, or none
    parameter_validation: bool = True  # whether lengths and patterns of strings are checked
    limit: "Callable[[Service], float] | None" = None
    """Raises an error if the test keeps looking at what does not change, or returns when, in calls, to ask again."""
    calls: list[Call] = field(default_factory=list)  # the answered and the refused ones, in order
    unanswered: list[tuple[str, str]] = field(default_factory=list)  # the operations without an answer, and why
    first_of_test: int = 0  # the number of the present test's first call, if the account is older than the test
    account: Account = field(init=False)
    _unplaced: dict[str, ExperimentState] = field(default_factory=dict)  # seeds without a region, until the next look
    _unlimited: float = 0  # the number of calls at which to ask `limit` again
    _lock: Any = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Do what `InferenceExperimentBackend.reset` says."""
        with self._lock:
            for name in list(self._unplaced):
                Region(self.region(), self.account).add(self._unplaced.pop(name))  # a test can still read its view
            self.account = Account(self.account_id, self.elsewhere)
            self.script = self.account.script
            self.begun = len(self.calls)  # how many calls came before; the reports show these too

    def answer(
        self, operation: str, region: str, body: bytes, shape: Shape, read_timeout: float = math.inf
    ) -> Answer | None:
        """Answer one request of a client in `region`; return `None` if it is about no inference experiment.

        The `shape` of the input comes from the client's own service model. It waits `read_timeout` seconds.
        """
        if operation not in OPERATIONS:
            return None
        value = decoded(body)
        if self._is_about_another_resource(operation, region, value):
            return None
        with self.look() as now:
            there = self.account.region(region)
            refusal: ServiceError | None = None
            parameters: Wire = {}
            try:
                parameters = read_request(shape, value, constrained=self.parameter_validation)
            except ServiceError as error:
                refusal = error
            name = _experiment_named(operation, value, there)
            experiment = there.experiments.get(name)
            status = None
            if experiment is not None:
                there.settle(now, experiment)
                status, name = experiment.status, experiment.name  # one str for all its calls
            call = Call(operation, region, name or None, now, body, shape, status, status)
            self.calls.append(call)
            if self.limit is not None and len(self.calls) > self._unlimited:
                self._unlimited = self.limit(self)
            fault = self.script.fault_of(call) if self.script.faults else None
            response: Wire = {}
            if refusal is None and (fault is None or fault.error is None or fault.answer_lost):
                try:
                    request = Request(there, parameters, experiment, now)
                    response, call.state, call._changes = OPERATIONS[operation](request)
                    if call.state is not None:
                        call.status_after = call.state.status
                except ServiceError as error:
                    refusal = error
            if fault is not None:
                refusal = self._strike(fault, call, read_timeout) or refusal
            if refusal is None:
                return Answer(call, 200, response)
            call.error, call.message = refusal.code, str(refusal)
            return Answer(call, refusal.status_code, refusal.body())

    def _strike(self, fault: Fault, call: Call, read_timeout: float) -> ServiceError | None:
        """Wait as long as the fault takes, and return the error that the client gets."""
        call.fault = fault
        if fault.seconds:
            try:
                self.wait(min(fault.seconds, read_timeout))
            except BaseException as error:  # the wait ends past the clock's horizon: the call has no answer
                call.error = type(error).__name__
                raise
        if fault.seconds > read_timeout:
            return ServiceError(CONNECTION_FAULTS["ReadTimeoutError"], "ReadTimeoutError", 0)
        return fault.error

    @contextlib.contextmanager
    def look(self) -> Iterator[int]:
        """Lock the account, put the seeds without a region into the present one, and give the present time."""
        with self._lock:
            now = self.clock()
            for name in list(self._unplaced):
                there = self.there(None)
                is_taken = name in there.experiments
                (Region(there.name, self.account) if is_taken else there).add(self._unplaced.pop(name))
                if is_taken:
                    raise SeedError(f"experiment {name!r} is seeded twice in {there.name}")
            yield now

    @contextlib.contextmanager
    def settled(self) -> Iterator[int]:
        """Make the moves that are due: before the block by the old settings, and after it by the new ones."""
        with self.look() as now:
            self.account.settle(now)
            yield now
            self.account.settle(now)

    def there(self, region: str | None) -> Region:
        """Return the region of this name; by default the region of a client that names none."""
        return self.account.region(self.region() if region is None else region)

    def check_region(self, region: object, mistake: type[ValueError] = SeedError) -> None:
        """Raise a `mistake` if `region` is neither `None` nor the name of a region."""
        if region is None:
            return
        if not isinstance(region, str) or not is_region(region):
            raise mistake(f"{region!r} is not the name of a region, such as 'us-east-1'")
        known = sorted(self.known_regions())
        if known and region not in known:
            raise mistake(f"{region!r} is not a region that botocore knows.{valid_names(region, known)}")

    def seed(
        self,
        when: int | None,
        name: str,
        status: str = Status.CREATED,
        *,
        region: str | None = None,
        transition: object = None,
        **parameters: object,
    ) -> Experiment:
        """Do what `InferenceExperimentBackend.seed` says.

        The seed fits the time `when`, in milliseconds since the epoch, or else the present. The marker gives `when`,
        because it seeds before a decorator of the test sets the clock.
        """
        self.check_region(region)
        transitions = {} if transition is None else as_transitions(transition)
        with self._lock:
            now = self.clock() if when is None else when
            there = self.there(region)
            state = seeded(name, status, parameters, there.name, now, self.model, self.parameter_validation)
            state.transitions = transitions
            state.endpoint.was_elsewhere = bool(self.account.elsewhere(there.name, state.endpoint.name))
            unplaced = self._unplaced if region is None else {}
            other = unplaced.get(state.name, there.experiments.get(state.name))
            if other is not None:
                raise SeedError(f"experiment {state.name!r} exists in {there.name} already: it is {other.status}")
            if region is None:
                self._unplaced[state.name] = state
            else:
                there.add(state)
        return self.view(state)

    def view(self, state: ExperimentState) -> Experiment:
        """Return a read-only view of an experiment."""
        account = self.account

        def settled(state: ExperimentState) -> None:
            with self.look() as now:
                account.region(state.region).settle(now, *state.endpoint.experiments)

        return Experiment(state, settled)

    def states(self, since: int = 0) -> list[ExperimentState]:
        """Return the states of all experiments, also of deleted ones that calls from number `since` on were about.

        The reports read them. This makes no moves, because a report changes no experiment.
        """
        with self._lock:
            of_calls = (call.state for call in self.calls[since:] if call.state is not None)
            return list(dict.fromkeys((*self.account.experiments(), *self._unplaced.values(), *of_calls)))

    def expects_fault(self, operation: str, region: str, body: bytes) -> bool:
        """Whether a fault can strike this request. If so, botocore has to send it through its retries."""
        faults = [each for each in self.script.faults if each.operation == operation and not each.is_spent]
        return bool(faults) and not self._is_about_another_resource(operation, region, decoded(body))

    def _is_about_another_resource(self, operation: str, region: str, value: Any) -> bool:
        """Whether a request is about the tags of another kind of resource, or about an endpoint of another service."""
        if operation not in SHARED_OPERATIONS or type(value) is not dict:
            return False
        if operation in TAG_OPERATIONS:
            return is_of_another_kind(value.get("ResourceArn"))
        name = str(value.get("EndpointName"))
        with self.look():
            endpoints = self.there(region).endpoints
            found = self.account.elsewhere(region, name)
            return found is not None and (name not in endpoints or (not found and endpoints[name].was_elsewhere))

    @property
    def unspent_complaint(self) -> str:
        """The end of a message that begins with "The test has": what has not happened. Empty if everything has."""
        unspent = self.script.unspent
        if not unspent:
            return ""
        listed = "\n  ".join(map(repr, unspent))
        names = {each.name for each in unspent if each.name} - {each.name for each in self.states()}
        missing = f"There is no experiment {', '.join(map(repr, sorted(names)))}.\n" if names else ""
        return f"scripted what did not happen: {listed}\n{missing}Give optional=True to what need not happen."

    def is_at_rest(self, within: float = math.inf) -> bool:
        """Whether no experiment moves by itself `within` so many milliseconds, and no scripted fault is left."""
        with self.settled() as now:
            return all(each.is_spent for each in (*self.script.faults, *self.script.failures)) and all(
                not region.next_move(state) < now + within and not region.times_left(state)
                for region in self.account.regions.values()
                for state in region.experiments.values()
            )

    def outlook(self) -> list[str]:
        """Return lines for the message that ends a wait: the last calls, and what each experiment will do."""
        with self.settled():
            seen = [
                f"{shown} ({count} times)" if (count := len(list(alike))) > 1 else shown
                for shown, alike in itertools.groupby(map(repr, self.calls[-_LOOKED_BACK:]))
            ][-_SHOWN:]
            coming = [
                region.outlook(state)
                for region in self.account.regions.values()
                for state in itertools.islice(region.experiments.values(), _SHOWN)
            ]
        last, next_ = (seen or ["none"]), (coming or ["nothing"])
        return ["The last calls:", *(f"  {each}" for each in last), "Still to come:", *(f"  {each}" for each in next_)]


def _experiment_named(operation: str, value: Any, region: Region) -> str:
    """Return the name of the experiment in this region that a request is about; empty if there is none."""
    if type(value) is not dict:
        return ""
    if operation not in TAG_OPERATIONS:
        name = value.get("Name")
        return name if isinstance(name, str) else ""
    arn = value.get("ResourceArn")
    name = name_in(arn) or ""
    return name if arn == region.arn(name) else ""
