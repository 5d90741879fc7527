"""The account behind the clients: its experiments in every region, and the record of the calls it answered.

Every door hands its requests to `InferenceExperimentBackend.answer`. The clock and the service model are given to it.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

from pytest_sagemaker_ie.core.arns import is_of_another_kind, partition_of, read_arn
from pytest_sagemaker_ie.core.assertions import check_calls, expected_parameters
from pytest_sagemaker_ie.core.call import Call, decoded
from pytest_sagemaker_ie.core.constraints import request_reader
from pytest_sagemaker_ie.core.errors import NotAnswered, SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import Experiment, ExperimentState
from pytest_sagemaker_ie.core.lifecycle import PASSING, Status
from pytest_sagemaker_ie.core.operations import OPERATIONS, TAG_OPERATIONS, Operation, known_operation
from pytest_sagemaker_ie.core.region import Account, Region
from pytest_sagemaker_ie.core.seeding import ServiceModel, seeded
from pytest_sagemaker_ie.core.transitions import TransitionSetting, as_passing, as_transition, as_transitions
from pytest_sagemaker_ie.core.trouble import Trouble
from pytest_sagemaker_ie.core.wire import Shape, Wire

__all__ = ["InferenceExperimentBackend"]

_Seen = TypeVar("_Seen")
_NO_READER: tuple[Shape | None, Callable[[Any], Wire]] = (None, dict)


class InferenceExperimentBackend(Trouble):
    """An AWS account's inference experiments, in memory.

    A test gets one from the fixture `sagemaker_ie_backend` or from `mock_inference_experiments`; it lives as long as
    that test or block. All its methods may be called from any thread.
    """

    def __init__(
        self,
        model: ServiceModel,
        *,
        region: str | Callable[[], str],
        account_id: str,
        now: Callable[[], float],
        wait: Callable[[float], None],
        parameter_validation: bool = True,
    ) -> None:
        super().__init__(
            model,
            region=region,
            account=Account(account_id),
            now=now,
            wait=wait,
            parameter_validation=parameter_validation,
        )
        self._readers: dict[str, tuple[Shape | None, Callable[[Any], Wire]]] = {}
        self._not_looked_for: list[ExperimentState] = []
        """Seeds that name no region, and that nothing has looked for yet."""

    @property
    def region(self) -> str:
        """The region of the fixture's client, and of a seed that names none."""
        return self._region

    @property
    def account_id(self) -> str:
        """The twelve digits of the account, as they stand in the ARNs."""
        return self._account.account_id

    @property
    def experiments_limit(self) -> int | None:
        """How many experiments each region may hold before Create answers ResourceLimitExceeded; `None` for no limit.

        It may be set at any time. Seeds are not held to it.
        """
        return self._account.limit

    @experiments_limit.setter
    def experiments_limit(self, limit: int | None) -> None:
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 0):
            raise ValueError(f"experiments_limit is a whole number or None, not {limit!r}")
        self._account.limit = limit

    def seed(
        self,
        name: str,
        status: str = Status.CREATED,
        *,
        region: str | None = None,
        transition: TransitionSetting | None = None,
        **parameters: object,
    ) -> Experiment:
        """Put an experiment into the account as if it had come to `status` before the test began.

        Args:
            name: its name, new in its region.
            status: one of the eight statuses, as a `Status` or a str. The experiment stays in a passing status, unless
                a `transition` is given for it here or with `set_transition`; from a settled status it goes on by its
                schedule.
            region: where it lives; by default the backend's `region`.
            transition: how this experiment's passing statuses end: one setting for all, as for `set_transition`, or a
                dict of settings by status: ``{"Updating": {"progression": "manual", "times": 2}}``.
            parameters: whatever CreateInferenceExperiment takes and DescribeInferenceExperiment shows, so spelled:
                ``Schedule={"EndTime": datetime(...)}``. A naive datetime is local time, as it is to boto3. What is
                left out is filled with values that the service would accept.

        Returns:
            A view of the experiment.

        Raises:
            SeedError: (a ValueError) an unknown status or parameter, a value of the wrong type, a schedule that
                contradicts the status, a name that is taken. The message says which, and what is valid.
        """
        return self.seed_at(None, name, status, region=region, transition=transition, **parameters)

    def seed_at(
        self,
        when: float | None,
        name: str,
        status: str = Status.CREATED,
        *,
        region: str | None = None,
        transition: TransitionSetting | None = None,
        **parameters: object,
    ) -> Experiment:
        """Seed an experiment that fits the time `when`, in seconds since the epoch, or the present one.

        For the pytest layer, which seeds before a decorator of the test sets the clock.
        """
        there = self._there(region)
        transitions = {} if transition is None else as_transitions(transition)
        with self._lock:
            now = self._now() if when is None else when
            state = seeded(
                name,
                status,
                parameters,
                region=there.name,
                account_id=self.account_id,
                now=now,
                model=self._model,
                constrained=self._parameter_validation,
            )
            state.transitions = transitions
            if state.name in there.experiments:
                status = str(there.experiments[state.name].status)
                raise SeedError(f"experiment {state.name!r} exists in {there.name} already: it is {status}")
            there.add(state, now)
            if region is None:
                self._not_looked_for.append(state)
        return self._view(state)

    def _look(self) -> None:
        """Move the seeds that name no region to where a client that names none is made now; the first look decides."""
        if not self._not_looked_for:
            return
        states, self._not_looked_for = self._not_looked_for, []
        there = self._account.region(self._region)
        for state in states:
            here = self._account.region(state.region)
            if here is there or here.experiments.get(state.name) is not state:
                continue
            if state.name in there.experiments:
                raise SeedError(f"experiment {state.name!r} is seeded twice in {there.name}")
            here.remove(state)
            made_up = "arn:{}:iam::{}:role/shadow-tests".format
            if state.role_arn == made_up(partition_of(here.name), self.account_id):
                state.role_arn = made_up(partition_of(there.name), self.account_id)
            state.region, state.arn = there.name, there.arn(state.name)
            there.add(state, self._now())

    def get(self, name: str, region: str | None = None) -> Experiment:
        """Return a read-only view of the experiment `name` in `region` (by default the backend's).

        Raises:
            KeyError: there is none; the message lists the known names.
        """
        with self._lock:
            self._look()
            there = self._account.region(self._region if region is None else region)
            state = there.experiments.get(name)
            if state is None:
                raise KeyError(f"no experiment {name!r} in {there.name}; {there.known()}")
        return self._view(state)

    @property
    def experiments(self) -> list[Experiment]:
        """All experiments there are now, region by region, each region's in the order in which they came."""
        with self._lock:
            self._look()
            return [
                self._view(state) for region in self._account.regions.values() for state in region.experiments.values()
            ]

    @property
    def calls(self) -> list[Call]:
        """Every call that was answered so far, in order, the refused ones too."""
        return list(self._calls)

    def assert_called(
        self, operation: str, /, *, times: int | None = None, region: str | None = None, **parameters: object
    ) -> list[Call]:
        """Assert that an operation was called with these parameters, whether it was answered or refused.

        Args:
            operation: its name in the API, as ``"UpdateInferenceExperiment"``.
            times: how often; `None` for at least once, 0 for not at all.
            region: the region of the client that made the call; by default any.
            parameters: what the call was given, spelled as the API spells it: ``Name="churn-v2"``. A parameter that is
                named has this value, those that are not named may be anything. Times are given as for `seed`.

        Returns:
            The calls that match.

        Raises:
            AssertionError: no call matches, or not as many as `times`; the message shows the calls beside it.
            ValueError: an operation or a parameter that there is not, or a value of the wrong type.
        """
        __tracebackhide__ = True
        shape = self._model.operation_model(known_operation(operation)).input_shape
        expected = expected_parameters(shape, parameters)
        calls = [each for each in self._calls if region in (None, each.region)]
        return check_calls(calls, operation, expected, times)

    def states(self) -> list[ExperimentState]:
        """Return the states of all experiments that there were, the deleted ones too, as they were last settled.

        For the reports: unlike a look at an experiment, this moves none by the clock. They are not to be changed.
        """
        with self._lock:
            found = {id(state): state for each in self._account.regions.values() for state in each.experiments.values()}
            found.update((id(each.state), each.state) for each in self._calls if each.state is not None)
        return list(found.values())

    def take_calls(self) -> list[Call]:
        """Return every call that was answered since the last time, and forget them: for who answers without end."""
        with self._lock:
            taken, self._calls = self._calls, []
        return taken

    def set_transition(self, transition: TransitionSetting, status: str | None = None) -> None:
        """Say how a passing status ends, from now on, for every experiment without a transition of its own.

        Args:
            transition: in moto's words. ``{"progression": "immediate"}``, the default, ends it at once;
                ``{"progression": "manual", "times": 3}`` after it was seen three times, in the answers of Describe and
                List; ``{"progression": "time", "seconds": 600}`` so long after it began, by the clock `datetime` shows.
            status: the passing status: Creating, Starting, Updating or Stopping; `None` for all four.

        Raises:
            SeedError: (a ValueError) not one of these transitions or statuses.
        """
        how = as_transition(transition)
        statuses = PASSING if status is None else {as_passing(status)}
        with self._lock:
            now = self._now()
            self._account.settle(now)  # what was due before went by what held before
            self._account.transitions.update(dict.fromkeys(statuses, how))
            self._account.reschedule(now)

    def answer(self, operation: str, region: str, body: bytes, shape: Shape, read_timeout: float = math.inf) -> Wire:
        """Answer one request with a response in wire form; this is what the doors call.

        Args:
            operation: its name in the API.
            region: where the client is.
            body: the request's body, JSON in UTF-8.
            shape: the operation's input shape, from the client's own service model.
            read_timeout: for how many seconds the client waits for the answer.

        Raises:
            ServiceError: the refusal that the door passes on.
            ConnectionFault: there is no answer; a test has scripted so.
            NotAnswered: the request is none for inference experiments.
        """
        perform = OPERATIONS.get(operation)
        if perform is None:
            raise NotAnswered
        value = decoded(body)
        name = _experiment_named(value, operation, region, self.account_id)
        call = Call(operation, region, name, body, shape)
        known_shape, read = self._readers.get(operation, _NO_READER)
        if known_shape is not shape:
            read = request_reader(shape, constrained=self._parameter_validation)
            self._readers[operation] = (shape, read)
        with self._lock:
            self._look()
            now = call._when = self._now()
            there = self._account.region(region)
            state = there.experiments.get(name)
            if state is not None:
                call._name = state.name  # one str for all its calls
                if state.due <= now:
                    there.progress(state, now)
                call.status_before = call.status_after = state.status
            self._calls.append(call)
            fault = self._fault_for(call, name) if self._faults else None
            if fault is not None:
                act = functools.partial(_act, perform, there, read, value, now)
                return self._answer_badly(fault, call, name, there, act, read_timeout)
            try:
                response = perform(there, read(value), now)
            except ServiceError as error:
                call.error, call.message = error.code, str(error)
                raise
            if state is None:
                state = there.experiments.get(name)
            if state is not None:
                call.status_after = state.status
                call.state, call._updated_from = state, state.updated_from
            return response

    def _view(self, state: ExperimentState) -> Experiment:
        def read(look: Callable[[ExperimentState], _Seen], /) -> _Seen:
            with self._lock:
                self._look()
                self._account.region(state.region).progress(state, self._now())
                return look(state)

        return Experiment(read)

    def __repr__(self) -> str:
        count = sum(len(each.experiments) for each in self._account.regions.values())
        return (
            f"<InferenceExperimentBackend of account {self.account_id}: {count} experiments, {len(self._calls)} calls>"
        )


def _act(perform: Operation, region: Region, read: Callable[[Any], Wire], value: Any, now: float) -> Wire:
    return perform(region, read(value), now)


def _experiment_named(value: Any, operation: str, region: str, account_id: str) -> str:
    """Return the name of the experiment that a request is about, or nothing; raise `NotAnswered` if it is not ours."""
    if type(value) is not dict:
        return ""
    if operation in TAG_OPERATIONS:
        arn = value.get("ResourceArn")
        if is_of_another_kind(arn):
            raise NotAnswered
        parts = read_arn(arn) if isinstance(arn, str) else None
        return parts.name if parts is not None and parts[1:3] == (region, account_id) else ""
    name = value.get("Name")
    return name if isinstance(name, str) else ""
