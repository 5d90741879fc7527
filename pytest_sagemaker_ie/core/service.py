"""The way of a request through an account: checked once, its experiment found once, carried out, recorded, answered.

botocore's events and the HTTP server call `Service.answer` with each request. The service is given its clock, its
service model and its default region.
"""

import contextlib
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
from pytest_sagemaker_ie.core.seeding import ServiceModel, given_parameters, seeded, usual_role
from pytest_sagemaker_ie.core.transitions import as_transitions
from pytest_sagemaker_ie.core.wire import Shape, Wire, did_you_mean

# How many calls and experiments an outlook shows, and among how many calls it looks; calls that are alike are one.
_SHOWN: Final = 5
_LOOKED_BACK: Final = 1000


class Answer(NamedTuple):
    """The answer to a request."""

    call: Call
    status_code: int  # the HTTP status; 0 if no answer comes, because the connection breaks as call.error says
    body: Wire  # the response in wire form, or the error with its code as __type


class Service:
    """An account that answers requests. All its methods may be called from any thread."""

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
            region: returns the present region of a client that names none.
            account_id: the twelve digits in the ARNs.
            now: returns the present time in milliseconds since the epoch.
            wait: lets so many seconds pass, or raises `FaultError`.
            elsewhere: returns another service's answer to DescribeEndpoint for a region and a name; see `Endpoint`.
            known_regions: returns the names of the regions that there are; none if they are not known.
            parameter_validation: whether lengths and patterns of strings are checked.
            limit: ends a test whose looks see no change, or returns at how many calls to ask it again.
        """
        self.model = model
        self._region = region
        self.account_id = account_id
        self._elsewhere = elsewhere
        self._known_regions = known_regions
        self.calls: list[Call] = []  # every answered call, in order, the refused ones too
        self.unanswered: list[tuple[str, str]] = []  # the operations of unanswered calls, each with the reason
        self.wait = wait
        self._now = now
        self._constrained = parameter_validation
        self._limit, self._unlimited = limit, 0.0
        self.first_of_test = 0  # which call was the first of the present test, if the account is older
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Do what `InferenceExperimentBackend.reset` says."""
        with self._lock:
            self.account = Account(self.account_id, self._elsewhere)
            self.script = self.account.script
            self.begun = len(self.calls)  # how many calls were answered before; the reports show these too
            # By name, the seeds without a region, until something looks at the account; whether each gives a RoleArn.
            self._unplaced: dict[str, tuple[ExperimentState, bool]] = {}

    @property
    def region(self) -> str:
        """The present region of a client that names none."""
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
        if operation not in OPERATIONS:
            return None
        value = decoded(body)
        if self._is_about_another_resource(operation, region, value):
            return None
        with self._look() as now:
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
                    outcome = OPERATIONS[operation](Request(there, parameters, experiment, now))
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

    @contextlib.contextmanager
    def _look(self) -> Iterator[int]:
        """Hold the account as it is now: the seeds that name no region are in the present one of such clients."""
        with self._lock:
            now = self._now()
            for name in list(self._unplaced):
                there = self.there(None)
                state, has_role = self._unplaced.pop(name)
                if state.name in there.experiments:
                    raise SeedError(f"experiment {state.name!r} is seeded twice in {there.name}")
                state.region, state.arn = there.name, there.arn(state.name)
                if not has_role:
                    state.given = {**state.given, "RoleArn": usual_role(there)}
                there.add(state)
            yield now

    @contextlib.contextmanager
    def settled(self) -> Iterator[int]:
        """Settle every experiment by what held before the block, and by what holds after it."""
        with self._look() as now:
            self.account.settle(now)
            yield now
            self.account.settle(now)

    def there(self, region: str | None) -> Region:
        """Return the region of this name, by default that of a client that names none."""
        return self.account.region(self.region if region is None else region)

    def check_region(self, region: object, mistake: type[ValueError] = SeedError) -> None:
        """Raise a `mistake` if `region` is neither `None` nor the name of a region."""
        if region is None:
            return
        if not isinstance(region, str) or not is_region(region):
            raise mistake(f"{region!r} is not the name of a region, such as 'us-east-1'")
        known = sorted(self._known_regions())
        if known and region not in known:
            hint = did_you_mean(region, known)
            raise mistake(f"{region!r} is not a region that botocore knows.{hint} Valid: {', '.join(known)}")

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

        `when` is in milliseconds since the epoch: a marker's seed comes before a decorator of the test sets the clock.
        """
        self.check_region(region)
        transitions = {} if transition is None else as_transitions(transition)
        with self._lock:
            now = self._now() if when is None else when
            there = self.there(region)
            state = seeded(
                name, status, parameters, region=there, now=now, model=self.model, constrained=self._constrained
            )
            state.transitions = transitions
            state.endpoint.was_elsewhere = bool(self.account.elsewhere(there.name, state.endpoint.name))
            unplaced = self._unplaced if region is None else {}
            other, _ = unplaced.get(state.name, (there.experiments.get(state.name), False))
            if other is not None:
                raise SeedError(f"experiment {state.name!r} exists in {there.name} already: it is {other.status}")
            if region is None:
                self._unplaced[state.name] = state, "RoleArn" in parameters
            else:
                there.add(state)
        return self._view(state)

    def experiment(self, name: str, region: str | None) -> Experiment:
        """Do what `InferenceExperimentBackend.get` says."""
        with self._look():
            there = self.there(region)
            if name not in there.experiments:
                raise KeyError(f"no experiment {name!r} in {there.name}; {there.known()}")
            return self._view(there.experiments[name])

    def experiments(self) -> list[Experiment]:
        """Return views of all experiments there are now, region by region, in the order in which they came."""
        with self._look():
            return list(map(self._view, self.account.experiments()))

    def _view(self, state: ExperimentState) -> Experiment:
        account = self.account

        def settled(state: ExperimentState) -> None:
            with self._look() as now:
                account.region(state.region).settled(state.endpoint, now)

        return Experiment(state, settled)

    def states(self, since: int = 0) -> list[ExperimentState]:
        """Return the states of all experiments and those of the calls from number `since` on, for the reports.

        They are as the last look left them: a report moves no experiment.
        """
        with self._lock:
            of_calls = (call.state for call in self.calls[since:] if call.state is not None)
            unplaced = (state for state, _ in self._unplaced.values())
            return list(dict.fromkeys((*self.account.experiments(), *unplaced, *of_calls)))

    def set_endpoint(self, region: str | None, metadata: Wire) -> None:
        """Do what `InferenceExperimentBackend.set_endpoint` says."""
        self.check_region(region)
        given = given_parameters({"EndpointMetadata": metadata}, self.model, constrained=self._constrained)
        name = given["EndpointMetadata"]["EndpointName"]
        with self.settled():
            there = self.there(region)
            if name not in there.endpoints:
                known = ", ".join(there.endpoints) or "there is none"
                raise SeedError(
                    f"no experiment is or was on the endpoint {name!r} in {there.name}."
                    f"{did_you_mean(name, there.endpoints)} Valid endpoints: {known}"
                )
            there.endpoints[name].say(given["EndpointMetadata"])

    def expects_fault(self, operation: str, region: str, body: bytes) -> bool:
        """Whether a fault may strike this request, so that the client's retries must see it."""
        faults = [each for each in self.script.faults if each.operation == operation and not each.is_spent]
        return bool(faults) and not self._is_about_another_resource(operation, region, decoded(body))

    def _is_about_another_resource(self, operation: str, region: str, value: Any) -> bool:
        """Whether a request is about the tags of another kind of resource, or about another service's endpoint."""
        if operation not in SHARED_OPERATIONS or type(value) is not dict:
            return False
        if operation in TAG_OPERATIONS:
            return is_of_another_kind(value.get("ResourceArn"))
        name = str(value.get("EndpointName"))
        with self._look():
            endpoints = self.there(region).endpoints
            found = self.account.elsewhere(region, name)
            return found is not None and (name not in endpoints or (not found and endpoints[name].was_elsewhere))

    @property
    def unspent_complaint(self) -> str:
        """Which faults and failures have not happened, as the end of "the test has"; nothing if all have."""
        listed = "\n  ".join(map(repr, self.script.unspent))
        return listed and f"scripted what did not happen: {listed}\nSay optional=True of what may or may not happen."

    def modeled_errors(self, operation: str) -> list[str]:
        """Return the error codes that the service model gives an operation."""
        return [shape.error_code for shape in self.model.operation_model(operation).error_shapes]

    def is_at_rest(self, within: float = NEVER) -> bool:
        """Whether no experiment moves by itself within so many milliseconds, and no scripted fault is left."""
        with self.settled() as now:
            return all(each.is_spent for each in (*self.script.faults, *self.script.failures)) and all(
                not region.next_move(state) < now + within and not region.times_left(state)
                for region in self.account.regions.values()
                for state in region.experiments.values()
            )

    def outlook(self) -> list[str]:
        """Return lines that show the last calls and what each experiment will do, for a test that waits in vain."""
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
    """Return the name of the experiment of this region that a request is about, or nothing."""
    if type(value) is not dict:
        return ""
    if operation not in TAG_OPERATIONS:
        name = value.get("Name")
        return name if isinstance(name, str) else ""
    arn = value.get("ResourceArn")
    name = name_in(arn) or ""
    return name if arn == region.arn(name) else ""
