"""The way of a request through an account: checked once, its experiment found once, carried out, recorded, answered.

The doors, botocore's events and HTTP, hand each request to `Service.answer`. The clock, the service model and the
region of clients that name none are given to the service.
"""

import contextlib
import functools
import itertools
import math
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, NamedTuple

from pytest_sagemaker_ie.core.account import NEVER, Account, Region
from pytest_sagemaker_ie.core.arns import is_of_another_kind, is_region, name_in
from pytest_sagemaker_ie.core.calls import Call, decoded
from pytest_sagemaker_ie.core.constraints import read_request
from pytest_sagemaker_ie.core.errors import SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import Experiment, ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, SHARED_OPERATIONS, TAG_OPERATIONS
from pytest_sagemaker_ie.core.request import Request
from pytest_sagemaker_ie.core.script import CONNECTION_FAULTS, Fault
from pytest_sagemaker_ie.core.seeding import ServiceModel, given_parameters, seeded
from pytest_sagemaker_ie.core.transitions import as_transitions
from pytest_sagemaker_ie.core.wire import Shape, Wire, did_you_mean

_SHOWN: Final = 5
"""How many calls and experiments an outlook shows; calls that are alike count as one."""
_LOOKED_BACK: Final = 1000
"""Among how many calls it looks for them."""


class Answer(NamedTuple):
    """What a door answers."""

    call: Call
    status_code: int
    """The HTTP status; 0 if no answer comes, because the connection breaks as ``call.error`` says."""
    body: Wire
    """The response in wire form, or the error with its code as ``__type``."""


class Service:
    """An account as the doors and the reports see it. All its methods may be called from any thread."""

    def __init__(
        self,
        model: ServiceModel,
        *,
        region: Callable[[], str],
        account_id: str,
        now: Callable[[], int],
        wait: Callable[[float], None],
        elsewhere: Callable[[str, str], Wire | None] = lambda region, name: None,
        known_regions: Callable[[], Collection[str]] = tuple,
        parameter_validation: bool = True,
        limit: Callable[["Service"], float] | None = None,
    ) -> None:
        """Begin with no experiments.

        Args:
            model: botocore's service model of SageMaker.
            region: returns the region of a client that names none, as it is at the moment.
            account_id: the twelve digits in the ARNs.
            now: returns the present time in milliseconds since the epoch.
            wait: lets so many seconds pass; raises `FaultError` if it can't.
            elsewhere: returns another service's answer to DescribeEndpoint for a region and a name; see `Endpoint`.
            known_regions: returns the names of the regions that there are; none, if they are not known.
            parameter_validation: whether lengths and patterns of strings are checked.
            limit: ends a test that looks in vain, or returns with how many calls it is to be asked again.
        """
        self.model = model
        self._region = region
        self.account_id = account_id
        self._elsewhere = elsewhere
        self._known_regions = known_regions
        self.calls: list[Call] = []
        """Every call that was answered so far, in order, the refused ones too."""
        self.unanswered: list[tuple[str, str]] = []
        """The operations that were called and not answered, each with the reason."""
        self.wait = wait
        self._now = now
        self._constrained = parameter_validation
        self._limit, self._unlimited = limit, 0.0
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Do what `InferenceExperimentBackend.reset` says."""
        with self._lock:
            self.account = Account(self.account_id, self._elsewhere)
            self.script = self.account.script
            self.begun = len(self.calls)
            """How many calls there were before the account began anew; the reports look at these, too."""
            self._unplaced: list[tuple[ExperimentState, Callable[..., ExperimentState]]] = []
            """The seeds that name no region, until the account is used: with what makes each for a region."""

    @property
    def region(self) -> str:
        """The region of a client that names none."""
        return self._region()

    def answer(
        self, operation: str, region: str, body: bytes, shape: Shape, read_timeout: float = math.inf
    ) -> Answer | None:
        """Answer one request; `None` if it is not one for inference experiments.

        Args:
            operation: its name in the API.
            region: where the client is.
            body: the request's body, JSON in UTF-8.
            shape: the operation's input shape, from the client's own service model.
            read_timeout: for how many seconds the client waits for the answer.
        """
        perform = OPERATIONS.get(operation)
        if perform is None or self._is_about_another_resource(operation, region, body):
            return None
        value = decoded(body)
        with self._lock:
            now = self._look()
            there = self.account.region(region)
            refusal: ServiceError | None = None
            parameters: Wire = {}
            try:
                parameters = read_request(shape, value, constrained=self._constrained)
            except ServiceError as error:
                refusal = error
            name = _experiment_named(operation, value, there)
            experiment = there.experiments.get(name)
            status = None
            if experiment is not None:
                there.progress(experiment, now)
                status, name = experiment.status, experiment.name  # one str for all its calls
            call = Call(operation, region, name or None, now, body, shape, status, status)
            self.calls.append(call)
            if self._limit is not None and len(self.calls) > self._unlimited:
                self._unlimited = self._limit(self)
            fault = self.script.fault_of(call) if self.script.faults else None
            response: Wire = {}
            if refusal is None and (fault is None or fault.is_carried_out):
                try:
                    outcome = perform(Request(there, parameters, experiment, now))
                    response = outcome.response
                    call.succeeded(outcome.experiment, outcome.changes)
                except ServiceError as error:
                    refusal = error
            if fault is not None:
                refusal = self._strike(fault, call, read_timeout) or refusal
            if refusal is None:
                return Answer(call, 200, response)
            call.error, call.message = refusal.code, str(refusal)
            return Answer(call, refusal.status_code, refusal.body())

    def _strike(self, fault: Fault, call: Call, read_timeout: float) -> ServiceError | None:
        """Let the time of a fault pass, and return the error that the client meets."""
        call.fault = fault
        if fault.seconds:
            try:
                self.wait(min(fault.seconds, read_timeout))
            except BaseException as error:  # past the horizon: the call has no answer
                call.error = type(error).__name__
                raise
        if fault.seconds > read_timeout:
            return ServiceError(CONNECTION_FAULTS["ReadTimeoutError"], "ReadTimeoutError", 0)
        return fault.error

    def _look(self) -> int:
        """Put the seeds that name no region where a client that names none is now; return the present time."""
        now = self._now()
        if self._unplaced:
            unplaced, self._unplaced = self._unplaced, []
            there = self.account.region(self.region)
            for state, made in unplaced:
                if state.name in there.experiments:
                    raise SeedError(f"experiment {state.name!r} is seeded twice in {there.name}")
                if state.region != there.name:
                    moved = made(region=there.name)
                    state.region, state.arn, state.given = moved.region, moved.arn, moved.given
                there.add(state)
        return now

    def there(self, region: str | None) -> Region:
        """Return the region of this name, by default that of clients that name none; `SeedError` if it is none."""
        self.check_region(region)
        return self.account.region(self.region if region is None else region)

    def check_region(self, region: object, mistake: type[ValueError] = SeedError) -> None:
        """Raise a `mistake` if `region` is neither `None` nor the name of a region."""
        if region is None:
            return
        if not isinstance(region, str) or not is_region(region):
            raise mistake(f"{region!r} is not the name of a region, such as 'us-east-1'")
        known = self._known_regions()
        if known and region not in known:
            hint = did_you_mean(region, sorted(known))
            raise mistake(f"{region!r} is not a region that botocore knows.{hint} Valid: {', '.join(sorted(known))}")

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
        """Seed an experiment, as `InferenceExperimentBackend.seed` says, that fits the time `when` or the present.

        pytest seeds before a decorator of the test sets the clock; `when` is in milliseconds since the epoch.
        """
        there = self.there(region)
        transitions = {} if transition is None else as_transitions(transition)
        with self._lock:
            now = self._now() if when is None else when
            made = functools.partial(
                seeded,
                name,
                status,
                parameters,
                account_id=self.account_id,
                now=now,
                model=self.model,
                constrained=self._constrained,
            )
            state = made(region=there.name)
            state.transitions = transitions
            state.endpoint.was_elsewhere = bool(self.account.elsewhere(there.name, state.endpoint.name))
            others = {**there.experiments, **{each.name: each for each, _ in self._unplaced if region is None}}
            if state.name in others:
                its_status = others[state.name].status
                raise SeedError(f"experiment {state.name!r} exists in {there.name} already: it is {its_status}")
            there.progress(state, now)
            if region is None:
                self._unplaced.append((state, made))
            else:
                there.add(state)
        return self._view(state)

    def experiment(self, name: str, region: str | None) -> Experiment:
        """Do what `InferenceExperimentBackend.get` says."""
        with self._lock:
            self._look()
            there = self.account.region(self.region if region is None else region)
            if name not in there.experiments:
                raise KeyError(f"no experiment {name!r} in {there.name}; {there.known()}")
            return self._view(there.experiments[name])

    def experiments(self) -> list[Experiment]:
        """Return views of all experiments there are now, region by region, in the order in which they came."""
        with self._lock:
            self._look()
            regions = list(self.account.regions.values())
            return [self._view(state) for region in regions for state in region.experiments.values()]

    def _view(self, state: ExperimentState) -> Experiment:
        return Experiment(state, self._settled)

    def _settled(self, state: ExperimentState) -> None:
        with self._lock:
            now = self._look()
            self.account.region(state.region).settled(state.endpoint, now)

    def states(self, since: int = 0) -> list[ExperimentState]:
        """Return the states of the experiments that there are and those of the calls since one, as last settled.

        For the reports: unlike a look at an experiment, this moves none by the clock. They are not to be changed.
        """
        with self._lock:
            self._look()
            regions = self.account.regions.values()
            found = {id(state): state for each in regions for state in each.experiments.values()}
            found.update((id(each.state), each.state) for each in self.calls[since:] if each.state is not None)
        return list(found.values())

    @contextlib.contextmanager
    def settled(self) -> Iterator[None]:
        """Settle every experiment by what held before the block, and by what holds after it."""
        with self._lock:
            now = self._look()
            self.account.settle(now)
            yield
            self.account.settle(now)

    def set_endpoint(self, region: str | None, metadata: Wire) -> None:
        """Do what `InferenceExperimentBackend.set_endpoint` says."""
        there = self.there(region)
        given = given_parameters({"EndpointMetadata": metadata}, self.model, constrained=self._constrained)
        name = given["EndpointMetadata"]["EndpointName"]
        with self._lock:
            self._look()
            if name not in there.endpoints:
                known = ", ".join(there.endpoints) or "there is none"
                raise SeedError(
                    f"no experiment is or was on the endpoint {name!r} in {there.name}."
                    f"{did_you_mean(name, there.endpoints)} Valid endpoints: {known}"
                )
            there.endpoints[name].say(given["EndpointMetadata"])

    def expects_fault(self, operation: str, region: str, body: bytes) -> bool:
        """Whether a fault may strike this request, so that the client's retries must see it."""
        return any(
            each.operation == operation and not each.is_spent for each in self.script.faults
        ) and not self._is_about_another_resource(operation, region, body)

    def _is_about_another_resource(self, operation: str, region: str, body: bytes) -> bool:
        """Whether a request is about tags of what is no experiment, or about an endpoint that others may have."""
        value = decoded(body) if operation in SHARED_OPERATIONS else None
        if not isinstance(value, dict):
            return False
        if operation in TAG_OPERATIONS:
            return is_of_another_kind(value.get("ResourceArn"))
        name = str(value.get("EndpointName"))
        with self._lock:
            self._look()
            endpoints = self.account.region(region).endpoints
            found = self.account.elsewhere(region, name)
            return found is not None and (name not in endpoints or (not found and endpoints[name].was_elsewhere))

    @property
    def unspent_complaint(self) -> str:
        """What is to be said of what was scripted and has not happened, after "the test has"; nothing, if all has."""
        listed = [f"  {each!r}" for each in self.script.unspent]
        if not listed:
            return ""
        return "\n".join(["scripted what did not happen:", *listed, "Say optional=True of what may or may not happen."])

    def modeled_errors(self, operation: str) -> list[str]:
        """Return the error codes that the service model gives an operation."""
        return [shape.error_code for shape in self.model.operation_model(operation).error_shapes]

    def is_at_rest(self, within: float = NEVER) -> bool:
        """Whether nothing is to come within so many milliseconds: no move of an experiment by itself, and no fault."""
        with self._lock:
            now = self._look()
            self.account.settle(now)
            return all(each.is_spent for each in (*self.script.faults, *self.script.failures)) and all(
                not region.next_move(state) < now + within and not region.times_left(state)
                for region in self.account.regions.values()
                for state in region.experiments.values()
            )

    def outlook(self) -> list[str]:
        """Say, a line for each, what the last calls saw and what is still to come: for a test that waits in vain."""
        with self._lock:
            self.account.settle(self._look())
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
    """Return the name of the experiment of this region that a request is about, or nothing."""
    if type(value) is not dict:
        return ""
    if operation not in TAG_OPERATIONS:
        name = value.get("Name")
        return name if isinstance(name, str) else ""
    arn = value.get("ResourceArn")
    name = (name_in(arn) if isinstance(arn, str) else None) or ""
    return name if arn == region.arn(name) else ""
