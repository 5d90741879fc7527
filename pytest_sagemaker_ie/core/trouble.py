"""What a test scripts to go wrong, as the part of the backend that `InferenceExperimentBackend` inherits.

It holds the faults and failures, and tells for each request whether one strikes. What they are is `faults`'s affair.
"""

import itertools
import threading
from collections.abc import Callable
from contextvars import ContextVar

from pytest_sagemaker_ie.core.arns import is_of_another_kind, is_region
from pytest_sagemaker_ie.core.call import Call, decoded
from pytest_sagemaker_ie.core.errors import FaultError, SeedError, ServiceError
from pytest_sagemaker_ie.core.faults import (
    ConnectionFault,
    ExperimentFailure,
    Fault,
    as_error,
    seconds_of,
)
from pytest_sagemaker_ie.core.operations import TAG_OPERATIONS, known_operation
from pytest_sagemaker_ie.core.region import Account, Region
from pytest_sagemaker_ie.core.seeding import ServiceModel, given_parameters
from pytest_sagemaker_ie.core.transitions import as_passing
from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["Trouble"]

_SHOWN = 5
"""How many calls and experiments an outlook shows; calls that are alike count as one."""
_LOOKED_BACK = 1000
"""Among how many calls it looks for them."""

# The last call that could meet trouble, of each thread and task: what its client waits is noted with it.
_last_call: ContextVar[Call | None] = ContextVar("last_call", default=None)


class Trouble:
    """The trouble of an account: faults of requests, failures of experiments, the state of endpoints, delays."""

    def __init__(
        self,
        model: ServiceModel,
        *,
        region: str | Callable[[], str],
        account: Account,
        now: Callable[[], float],
        wait: Callable[[float], None],
        parameter_validation: bool,
    ) -> None:
        self._model = model
        self._default_region = region
        self._account = account
        self._now = now
        self._wait = wait
        self._parameter_validation = parameter_validation
        self._faults: list[Fault] = []
        self._calls: list[Call] = []
        self._lock = threading.RLock()

    @property
    def _region(self) -> str:
        return self._default_region if isinstance(self._default_region, str) else self._default_region()

    def fail(
        self,
        operation: str,
        error: str | type[Exception],
        *,
        name: str | None = None,
        region: str | None = None,
        times: int | None = 1,
        after: int = 0,
        when: Callable[[Call], object] | None = None,
        message: str | None = None,
        status_code: int | None = None,
        answer_lost: bool = False,
        optional: bool = False,
    ) -> Fault:
        """Let requests fare badly, from now on. The client's own retries deal with it, without the waits between.

        A retry is a request like any other: ``times=2`` troubles the first attempt and its first retry. Of several
        faults for one request the one scripted first counts.

        Args:
            operation: its name in the API, as ``"UpdateInferenceExperiment"``.
            error: the code of the service's error, as ``"ThrottlingException"``, or what becomes of the connection,
                by the name of botocore's exception: ``"ConnectTimeoutError"``, ``"ReadTimeoutError"``,
                ``"ConnectionClosedError"``, ``"EndpointConnectionError"``. An exception class serves as its name.
            name: only requests that are about this experiment.
            region: only requests in this region.
            times: how many requests; `None` for all.
            after: how many such requests fare well before.
            when: only requests for which this function, given the `Call`, returns a true value.
            message: the error's message. With one, `error` may be any code.
            status_code: the HTTP status, if not the code's usual one.
            answer_lost: the request is carried out, and only its answer gives way to the error.
            optional: it is no mistake if this never comes to pass. Otherwise the test fails at its end.

        Returns:
            The fault; its ``happened`` says how often it has come to pass.

        Raises:
            FaultError: (a ValueError) an operation that is not answered, an error that is not known, or another
                argument that cannot be; the message lists the valid ones.
        """
        known = known_operation(operation, FaultError)
        scripted = Fault(
            _written("fail", known, getattr(error, "__name__", error), name, after),
            known,
            as_error(error, self.modeled_errors(known), message, status_code),
            name=name,
            region=region,
            times=times,
            after=after,
            when=when,
            answer_lost=answer_lost,
            optional=optional,
        )
        return self._script(scripted)

    def delay(
        self,
        operation: str,
        seconds: float,
        *,
        name: str | None = None,
        region: str | None = None,
        times: int | None = 1,
        after: int = 0,
        when: Callable[[Call], object] | None = None,
        optional: bool = False,
    ) -> Fault:
        """Let answers take their time, which the virtual clock shows. What the request changes is changed at once.

        An answer that takes longer than the client's ``read_timeout`` is lost: the client meets a ReadTimeoutError
        after that time, and may try again.

        Args:
            operation: its name in the API.
            seconds: how long the answer takes.
            name: as for `fail`, and so are the rest.
            region: as for `fail`.
            times: as for `fail`.
            after: as for `fail`.
            when: as for `fail`.
            optional: as for `fail`.

        Returns:
            The fault; its ``happened`` says how often it has come to pass.

        Raises:
            FaultError: (a ValueError) an argument that cannot be, or no virtual clock in use.
        """
        known, length = known_operation(operation, FaultError), seconds_of(seconds)
        scripted = Fault(
            _written("delay", known, seconds, name, after),
            known,
            None,
            seconds=length,
            name=name,
            region=region,
            times=times,
            after=after,
            when=when,
            optional=optional,
        )
        self._wait(0)  # an error, if nothing can wait
        return self._script(scripted)

    def _script(self, scripted: Fault) -> Fault:
        with self._lock:
            self._faults.append(scripted)
        return scripted

    def fail_experiment(
        self,
        name: str | None,
        status: str,
        *,
        reason: str | None = None,
        region: str | None = None,
        times: int | None = 1,
        optional: bool = False,
    ) -> ExperimentFailure:
        """Let an experiment fail in a passing status: it ends in Cancelled, with a StatusReason (source: API).

        It fails when it would have left the status otherwise, be that at once, after some looks or after some time.
        An experiment that was seeded in the status, and would stay in it, fails at once.

        Args:
            name: the experiment, which need not exist yet; `None` for whichever comes to the status first.
            status: the passing status: Creating, Starting, Updating or Stopping.
            reason: the StatusReason.
            region: where it lives; by default the backend's `region`.
            times: how many times such an experiment fails; `None` for always.
            optional: it is no mistake if this never comes to pass. Otherwise the test fails at its end.

        Raises:
            FaultError: (a ValueError) an argument that cannot be.
        """
        try:
            passing = as_passing(status)
        except SeedError as error:
            raise FaultError(str(error)) from None
        failure = ExperimentFailure(
            f"fail_experiment({name!r}, {passing.value!r})",
            name,
            passing,
            reason=f"The experiment failed while it was {passing}." if reason is None else reason,
            region=self._region if region is None else region,
            times=times,
            optional=optional,
        )
        with self._lock:
            now = self._now()
            self._account.settle(now)
            self._account.failures.append(failure)
            self._account.reschedule(now)
        return failure

    def set_endpoint(
        self, endpoint_name: str, status: str, *, failure_reason: str | None = None, region: str | None = None
    ) -> None:
        """Say what DescribeInferenceExperiment shows of an endpoint, for the experiments on it now and later.

        Args:
            endpoint_name: the experiments' EndpointName.
            status: the EndpointStatus, one of the service model's, as ``"Failed"``.
            failure_reason: the FailureReason, or none.
            region: where it is; by default the backend's `region`.

        Raises:
            SeedError: (a ValueError) a value that the service model does not have.
        """
        there = self._there(region)
        metadata = {"EndpointName": endpoint_name, "EndpointStatus": status, "FailureReason": failure_reason}
        known = given_parameters(
            {"EndpointMetadata": {member: value for member, value in metadata.items() if value is not None}},
            self._model,
            constrained=self._parameter_validation,
        )
        with self._lock:
            there.set_endpoint(known["EndpointMetadata"])

    def _there(self, region: str | None) -> Region:
        """Return the region of this name, by default the backend's; raise `SeedError` if it is no region's name."""
        if region is not None and not is_region(region):
            raise SeedError(f"{region!r} is not the name of a region, such as 'us-east-1'")
        with self._lock:
            return self._account.region(self._region if region is None else region)

    @property
    def unspent_faults(self) -> list[Fault | ExperimentFailure]:
        """What was scripted and has not come to pass, or not as often as it was to, but for what is optional."""
        scripted: list[Fault | ExperimentFailure] = [*self._faults, *self._account.failures]
        return [each for each in scripted if each.is_owing]

    @property
    def unspent_complaint(self) -> str:
        """What is to be said of the `unspent_faults`, after "the test has"; nothing, if there are none."""
        unspent = self.unspent_faults
        if not unspent:
            return ""
        listed = _indented([repr(each) for each in unspent])
        return "\n".join(["scripted what did not come to pass:", *listed, "Say optional=True of what may or may not."])

    def modeled_errors(self, operation: str) -> list[str]:
        """Return the error codes that the service model gives an operation."""
        return [shape.error_code for shape in self._model.operation_model(operation).error_shapes]

    def outlook(self) -> list[str]:
        """Say, a line for each, what the last calls saw and what is still to come: for a test that waits in vain."""
        with self._lock:
            self._account.settle(self._now())
            seen = [
                f"{shown} ({count} times)" if (count := len(list(alike))) > 1 else shown
                for shown, alike in itertools.groupby(map(repr, self._calls[-_LOOKED_BACK:]))
            ][-_SHOWN:]
            coming = [
                region.outlook(state)
                for region in self._account.regions.values()
                for state in itertools.islice(region.experiments.values(), _SHOWN)
            ]
        return ["The last calls:", *_indented(seen or ["none"]), "Still to come:", *_indented(coming or ["nothing"])]

    @property
    def is_troubled(self) -> bool:
        """Whether any fault is scripted."""
        return bool(self._faults)

    def expects_trouble(self, operation: str, body: bytes) -> bool:
        """Whether a fault is scripted for requests as this one, so that the client's retries must see it."""
        if not any(each.operation == operation and not each.is_spent for each in self._faults):
            return False
        if operation not in TAG_OPERATIONS:
            return True
        value = decoded(body)
        return not (isinstance(value, dict) and is_of_another_kind(value.get("ResourceArn")))

    @property
    def last_call(self) -> Call | None:
        """The last call that could meet trouble, of the thread or task that asks."""
        return _last_call.get()

    def _fault_for(self, call: Call, name: str) -> Fault | None:
        """Return the fault that strikes a call, if any does; it counts as having happened."""
        _last_call.set(call)
        concerned = [each for each in self._faults if each.concerns(call, name)]
        for each in concerned:
            if not each.waits:
                each.happened += 1
                return each
        for each in concerned:  # the call fares well
            each.let_pass()
        return None

    def _answer_badly(
        self,
        fault: Fault,
        call: Call,
        name: str,
        there: Region,
        perform: Callable[[], Wire],
        read_timeout: float,
    ) -> Wire:
        """Answer a call that a fault strikes; what it changes is changed before the answer is late or lost."""
        response: Wire = {}
        refusal: ServiceError | None = None
        before = there.experiments.get(name)
        if fault.error is None or fault.answer_lost:
            try:
                response = perform()
            except ServiceError as error:
                refusal = error
            state = before or there.experiments.get(name)
            if state is not None:
                call.status_after = state.status
                call.state, call._updated_from = state, state.updated_from
        ending: ServiceError | ConnectionFault | None = None if fault.error is None else fault.error.exception()
        if fault.seconds:
            try:
                self._wait(min(fault.seconds, read_timeout))
            except BaseException as error:  # past the horizon: nobody is answered
                call.error = type(error).__name__
                raise
            if fault.seconds > read_timeout:
                ending = ConnectionFault("ReadTimeoutError")
        ending = refusal if ending is None else ending
        if ending is None:
            return response
        call.error = ending.kind if isinstance(ending, ConnectionFault) else ending.code
        call.message = str(ending)
        raise ending


def _written(method: str, operation: str, what: object, name: str | None, after: int) -> str:
    filters = f"{f', name={name!r}' if name is not None else ''}{f', after={after}' if after else ''}"
    return f"{method}({operation!r}, {what!r}{filters})"


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
