"""The account that a test holds: seeds, looks, expectations, transitions and faults.

The backend checks what the test asks for. The `Service` behind it does the work.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.assertions import check_calls, expected_parameters
from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.errors import FaultError, SeedError
from pytest_sagemaker_ie.core.experiment import Experiment
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.operations import known_operation
from pytest_sagemaker_ie.core.script import ExperimentFailure, Fault, as_error, is_count
from pytest_sagemaker_ie.core.seeding import read_answer
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.core.transitions import as_transition, as_transitional

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_sagemaker_ie.core.arguments import (
        OperationName,
        SeedParameters,
        StatusName,
        TransitionalName,
        TransitionSetting,
        TransitionSettings,
    )


class InferenceExperimentBackend:
    """An AWS account's inference experiments, in memory.

    A test gets one from the fixture `sagemaker_ie_backend` or from `mock_inference_experiments`. It lasts as long as
    that test or block. All its methods may be called from any thread.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def region(self) -> str:
        """The region of the fixture's client, and of a seed that names none."""
        return self._service.region

    @property
    def account_id(self) -> str:
        """The twelve digits of the account in the ARNs."""
        return self._service.account_id

    @property
    def experiments_limit(self) -> int | None:
        """How many experiments each region may hold before Create answers ResourceLimitExceeded; `None` for no limit.

        It may be set at any time. It does not limit seeds.
        """
        return self._service.account.limit

    @experiments_limit.setter
    def experiments_limit(self, limit: int | None) -> None:
        if limit is not None and not is_count(limit):
            raise ValueError(f"experiments_limit is a whole number or None, not {limit!r}")
        self._service.account.limit = limit

    @property
    def list_pages(self) -> str:
        """How ListInferenceExperiments cuts its pages: ``"full"``, or ``"sparse"`` as other lists of SageMaker do.

        A sparse list filters after MaxResults: a page with a NextToken may be short or empty. It may be set at any
        time; another value is a ValueError.
        """
        return self._service.account.list_pages

    @list_pages.setter
    def list_pages(self, pages: str) -> None:
        if pages not in ("full", "sparse"):
            raise ValueError(f'list_pages is "full" or "sparse", not {pages!r}')
        self._service.account.list_pages = pages

    def seed(
        self,
        name: str,
        status: "StatusName" = Status.CREATED,
        *,
        region: str | None = None,
        transition: "TransitionSettings | None" = None,
        **parameters: "Unpack[SeedParameters]",
    ) -> Experiment:
        """Put an experiment into the account, in `status` since before the test, and return a view of it.

        Args:
            name: its name, new in its region.
            status: one of the eight statuses, as a `Status` or a str. The experiment stays in a transitional status,
                unless a `transition` is given for it here or with `set_transition`. From another status it follows its
                schedule.
            region: its region; by default the backend's `region`.
            transition: how this experiment's transitional statuses end: one setting for all, as for `set_transition`,
                or a dict of settings by status: ``{"Updating": {"progression": "manual", "times": 2}}``.
            parameters: the parameters of CreateInferenceExperiment and the fields of DescribeInferenceExperiment,
                spelled as there: ``Schedule={"EndTime": datetime(...)}``. A naive datetime is local time, as in boto3.
                A parameter that is left out gets a value that the service accepts.

        Raises:
            SeedError: (a ValueError) an unknown status or parameter, a value of the wrong type, a schedule that
                contradicts the status, a name that is taken. The message lists what is valid.
        """
        return self._service.seed(None, name, status, region=region, transition=transition, **parameters)

    def seed_from(self, response: Mapping[str, Any], *, tags: Sequence[Mapping[str, str]] = ()) -> Experiment:
        """Put the experiment into the account that DescribeInferenceExperiment showed in `response`.

        Its account and region are the backend's, whatever its ARN says.

        Args:
            response: what boto3 returned, or what the AWS CLI printed, times as ISO text or seconds since the epoch.
            tags: its tags, as ListTags answers them.

        Raises:
            SeedError: (a ValueError) `response` is not such an answer, or its times do not fit the present.
        """
        name, status, parameters = read_answer(response)
        return self._service.seed(None, name, status, **parameters, Tags=list(tags))

    def reset(self) -> None:
        """Make the account as new: no experiments, endpoints, calls, faults, transitions, limit or tokens."""
        self._service.reset()

    def get(self, name: str, region: str | None = None) -> Experiment:
        """Return a read-only view of the experiment `name` in `region` (by default the backend's).

        Raises:
            KeyError: there is none; the message lists the known names.
        """
        return self._service.experiment(name, region)

    @property
    def experiments(self) -> list[Experiment]:
        """All experiments that there are now, by region, the oldest of a region first."""
        return self._service.experiments()

    @property
    def calls(self) -> list[Call]:
        """Every call that was answered or refused so far, in order."""
        return self._service.calls[self._service.begun :]

    def assert_called(
        self, operation: str, /, *, times: int | None = None, region: str | None = None, **parameters: object
    ) -> list[Call]:
        """Assert that an operation was called with these parameters, whether it was answered or refused.

        Args:
            operation: its name in the API, as ``"UpdateInferenceExperiment"``.
            times: how often; `None` for at least once, 0 for not at all.
            region: the region of the client that made the call; by default any.
            parameters: parameters of the call, spelled as in the API: ``Name="churn-v2"``. Those that are left out may
                have any value. Times are given as for `seed`.

        Returns:
            The calls that match.

        Raises:
            AssertionError: no call matches, or not as many as `times`; the message shows the calls.
            ValueError: an unknown operation or parameter, or a value of the wrong type.
        """
        __tracebackhide__ = True
        shape = self._service.model.operation_model(known_operation(operation)).input_shape
        expected = expected_parameters(shape, parameters)
        self._service.check_region(region, ValueError)
        if times is not None and not is_count(times):
            raise ValueError(f"times is how often it was called, a whole number from 0 on, or None, not {times!r}")
        calls = [each for each in self.calls if region in (None, each.region)]
        return check_calls(calls, operation, expected, times)

    def set_transition(self, transition: "TransitionSetting", status: "TransitionalName | None" = None) -> None:
        """Set how a transitional status ends from now on, except in experiments that were seeded with a `transition`.

        Args:
            transition: a dict in moto's form. ``{"progression": "immediate"}``, the default, ends it at once;
                ``{"progression": "manual", "times": 3}`` when three answers of Describe, List or DescribeEndpoint have
                shown it; ``{"progression": "time", "seconds": 600}`` so many seconds after it began, by the clock that
                `datetime` shows.
            status: the transitional status: Creating, Starting, Updating or Stopping; `None` for all four.

        Raises:
            SeedError: (a ValueError) not one of these transitions or statuses.
        """
        how = as_transition(transition)
        statuses = TRANSITIONAL if status is None else {as_transitional(status)}
        with self._service.settled():
            self._service.account.transitions.update(dict.fromkeys(statuses, how))

    def fail(
        self,
        operation: "OperationName",
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
        """Let requests fail, from now on. The client's own retries handle the errors, without the waits between.

        A retry is a request like any other: ``times=2`` strikes the first attempt and its first retry. Of several
        faults for one request, the one scripted first strikes.

        Args:
            operation: its name in the API, as ``"UpdateInferenceExperiment"``.
            error: the code of the service's error, as ``"ThrottlingException"``, or how the connection ends,
                by the name of botocore's exception: ``"ConnectTimeoutError"``, ``"ReadTimeoutError"``,
                ``"ConnectionClosedError"``, ``"EndpointConnectionError"``. An exception class serves as its name.
            name: only requests that are about this experiment.
            region: only requests in this region.
            times: how many requests; `None` for all.
            after: how many such requests it leaves alone before it strikes.
            when: only requests for which this function, given the `Call`, returns a true value.
            message: the error's message. With one, `error` may be any code.
            status_code: the HTTP status, if not the code's usual one.
            answer_lost: the request is carried out, and only its answer is replaced by the error.
            optional: whether the test passes if this has not happened so often at its end.

        Returns:
            The fault; its ``happened`` says how often it has happened.

        Raises:
            FaultError: (a ValueError) an operation that is not answered, an unknown error, or another invalid argument;
                the message lists the valid ones.
        """
        known = known_operation(operation, FaultError)
        self._service.check_region(region, FaultError)
        fault = Fault(
            operation=known,
            error=as_error(error, self._service.modeled_errors(known), message, status_code),
            name=name,
            region=region,
            times=times,
            after=after,
            when=when,
            answer_lost=answer_lost,
            optional=optional,
        )
        self._service.script.faults.append(fault)
        return fault

    def delay(
        self,
        operation: "OperationName",
        seconds: float,
        *,
        name: str | None = None,
        region: str | None = None,
        times: int | None = 1,
        after: int = 0,
        when: Callable[[Call], object] | None = None,
        optional: bool = False,
    ) -> Fault:
        """Let answers take `seconds`, which the virtual clock shows. What the request changes is changed at once.

        An answer that takes longer than the client's ``read_timeout`` is lost: the client meets a ReadTimeoutError
        after that time, and may try again. The other arguments, and the fault that is returned, are those of `fail`.

        Raises:
            FaultError: (a ValueError) an invalid argument, or no virtual clock in use.
        """
        known = known_operation(operation, FaultError)
        self._service.check_region(region, FaultError)
        fault = Fault(
            operation=known,
            error=None,
            seconds=seconds,
            name=name,
            region=region,
            times=times,
            after=after,
            when=when,
            optional=optional,
        )
        self._service.wait(0)  # an error, if nothing can wait
        self._service.script.faults.append(fault)
        return fault

    def fail_experiment(
        self,
        name: str | None,
        status: "TransitionalName",
        *,
        reason: str | None = None,
        region: str | None = None,
        times: int | None = 1,
        optional: bool = False,
    ) -> ExperimentFailure:
        """Let an experiment fail in a transitional status: it ends in Cancelled, with a StatusReason (source: API).

        It fails at the moment at which it would otherwise leave the status. An experiment that was seeded in the
        status, and would stay in it, fails at once.

        Args:
            name: the experiment, which need not exist yet; `None` for the first that comes to the status.
            status: the transitional status: Creating, Starting, Updating or Stopping.
            reason: the StatusReason.
            region: its region; by default the backend's `region`.
            times: how many times such an experiment fails; `None` for always.
            optional: as for `fail`.

        Raises:
            FaultError: (a ValueError) an invalid argument.
        """
        try:
            transitional = as_transitional(status)
        except SeedError as error:
            raise FaultError(str(error)) from None
        self._service.check_region(region, FaultError)
        failure = ExperimentFailure(
            name=name,
            status=transitional,
            reason=f"The experiment failed while it was {transitional}." if reason is None else reason,
            region=self.region if region is None else region,
            times=times,
            optional=optional,
        )
        with self._service.settled():
            self._service.script.failures.append(failure)
        return failure

    def set_endpoint(
        self, endpoint_name: str, status: str, *, failure_reason: str | None = None, region: str | None = None
    ) -> None:
        """Set the status that an endpoint shows, instead of the one that follows from the experiments on it.

        Args:
            endpoint_name: the EndpointName of experiments that are or were on it.
            status: the EndpointStatus, one of the service model's, as ``"Failed"``.
            failure_reason: the FailureReason, if any.
            region: its region; by default the backend's `region`.

        Raises:
            SeedError: (a ValueError) a value that the service model does not have, or no endpoint of experiments.
        """
        metadata = {"EndpointName": endpoint_name, "EndpointStatus": status}
        if failure_reason is not None:
            metadata["FailureReason"] = failure_reason
        self._service.set_endpoint(region, metadata)

    @property
    def unspent_faults(self) -> list[Fault | ExperimentFailure]:
        """What was scripted, is not optional, and has not happened so often."""
        return self._service.script.unspent

    def __repr__(self) -> str:
        count, calls = len(self.experiments), len(self.calls)
        return f"<InferenceExperimentBackend of account {self.account_id}: {count} experiments, {calls} calls>"


def service_of(backend: InferenceExperimentBackend) -> Service:
    """Return the service behind a test's backend, for what enters and leaves accounts."""
    return backend._service
