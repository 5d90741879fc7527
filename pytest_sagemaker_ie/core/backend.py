"""What a test can do with its account: seed experiments, read them, assert calls, set transitions, script faults.

The backend checks the test's arguments. The `Service` behind it answers requests.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.assertions import check_calls, expected_parameters
from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.errors import FaultError, SeedError
from pytest_sagemaker_ie.core.experiment import Experiment
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.operations import known_operation
from pytest_sagemaker_ie.core.script import ExperimentFailure, Fault, as_error, is_count, require
from pytest_sagemaker_ie.core.seeding import given_parameters, read_answer
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.core.transitions import as_transition, as_transitional
from pytest_sagemaker_ie.core.wire import valid_names

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

    A test gets it from the fixture `sagemaker_ie_backend` or from `mock_inference_experiments`. It lasts as long as the
    test or the block. Its methods can be called from any thread.
    """

    __slots__ = ("__weakref__", "_service")  # so that a misspelt attribute is an error

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def region(self) -> str:
        """The region of clients and seeds that name none."""
        return self._service.region()

    @property
    def account_id(self) -> str:
        """The twelve digits of the account in the ARNs."""
        return self._service.account_id

    @property
    def experiments_limit(self) -> int | None:
        """How many experiments a region can have before Create raises ResourceLimitExceeded; `None` for no limit.

        A test can set it at any time. It does not limit seeds. Another value than a whole number is a ValueError.
        """
        return self._service.account.limit

    @experiments_limit.setter
    def experiments_limit(self, limit: int | None) -> None:
        require(limit is None or is_count(limit), "experiments_limit", limit, "a whole number or None", ValueError)
        self._service.account.limit = limit

    @property
    def list_pages(self) -> str:
        """How ListInferenceExperiments makes its pages: ``"full"``, or ``"sparse"`` like other lists of SageMaker.

        A sparse list filters after MaxResults, so that a page with a NextToken can be short or empty. A test can set
        this at any time. Another value is a ValueError.
        """
        return self._service.account.list_pages

    @list_pages.setter
    def list_pages(self, pages: str) -> None:
        require(pages in ("full", "sparse"), "list_pages", pages, '"full" or "sparse"', ValueError)
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
        """Put an experiment into the account, as if it existed before the test, and return a view of it.

        Args:
            name: the experiment's name, new in its region.
            status: one of the eight statuses, as a `Status` or a str. The experiment stays in a transitional status,
                unless the test sets a `transition` here or with `set_transition`. In another status it follows its
                schedule.
            region: its region; by default the backend's `region`.
            transition: how the experiment's transitional statuses end: one setting for all, as in `set_transition`,
                or a dict of settings by status: ``{"Updating": {"progression": "manual", "times": 2}}``.
            parameters: the parameters of CreateInferenceExperiment and the fields of DescribeInferenceExperiment,
                spelled as there: ``Schedule={"EndTime": datetime(...)}``. A naive datetime is local time, as in boto3.
                A parameter that is left out gets a value that the service accepts.

        Raises:
            SeedError: (a ValueError) an unknown status or parameter, a value of the wrong type, a schedule that
                contradicts the status, or a name that another experiment has. The message lists what is valid.
        """
        return self._service.seed(None, name, status, region=region, transition=transition, **parameters)

    def seed_from(self, response: Mapping[str, Any], *, tags: Sequence[Mapping[str, str]] = ()) -> Experiment:
        """Put the experiment of a DescribeInferenceExperiment `response` into the account, and return a view of it.

        The experiment gets the backend's account and region, and an ARN with these.

        Args:
            response: what boto3 returned or the AWS CLI printed. Its times can be datetimes, ISO 8601 str or seconds
                since the epoch.
            tags: the experiment's tags, as in the response of ListTags.

        Raises:
            SeedError: (a ValueError) `response` is not such a response, or its times do not fit the present.
        """
        name, status, parameters = read_answer(response)
        return self._service.seed(None, name, status, **parameters, Tags=list(tags))

    def reset(self) -> None:
        """Empty the account: remove experiments, endpoints, calls, faults, transitions, the limit and the tokens."""
        self._service.reset()

    def get(self, name: str, region: str | None = None) -> Experiment:
        """Return a read-only view of the experiment `name` in `region`, by default the backend's.

        Raises:
            KeyError: there is no such experiment. The message lists the known names.
        """
        with self._service.look():
            there = self._service.there(region)
            if name not in there.experiments:
                raise KeyError(f"no experiment {name!r} in {there.name}; {there.known()}")
            return self._service.view(there.experiments[name])

    @property
    def experiments(self) -> list[Experiment]:
        """All experiments, region by region, in the order in which they were created or seeded."""
        with self._service.look():
            return list(map(self._service.view, self._service.account.experiments()))

    @property
    def calls(self) -> list[Call]:
        """The calls so far that the account answered or refused, in order."""
        return self._service.calls[self._service.begun :]

    def assert_called(
        self, operation: str, /, *, times: int | None = None, region: str | None = None, **parameters: object
    ) -> list[Call]:
        """Assert that the code called an operation with these parameters, whether or not the call succeeded.

        Args:
            operation: the operation's name in the API, such as ``"UpdateInferenceExperiment"``.
            times: how often; `None` for at least once, 0 for never.
            region: the region of the client that made the call; by default any.
            parameters: parameters of the call, spelled as in the API: ``Name="churn-v2"``. A parameter that is left out
                can have any value. A time has one of the forms that `seed` takes.

        Returns:
            The calls that match.

        Raises:
            AssertionError: no call matches, or not as many as `times`. The message shows the calls.
            ValueError: an unknown operation or parameter, or a value of the wrong type.
        """
        __tracebackhide__ = True
        shape = self._service.model.operation_model(known_operation(operation)).input_shape
        expected = expected_parameters(shape, parameters)
        self._service.check_region(region, ValueError)
        require(times is None or is_count(times), "times", times, "a whole number from 0 on, or None", ValueError)
        calls = [each for each in self.calls if region in (None, each.region)]
        return check_calls(calls, operation, expected, times)

    def set_transition(self, transition: "TransitionSetting", status: "TransitionalName | None" = None) -> None:
        """Set how a transitional status ends from now on, except in experiments that were seeded with a `transition`.

        Args:
            transition: a dict in moto's form. With ``{"progression": "immediate"}``, the default, the status ends at
                once; with ``{"progression": "manual", "times": 3}`` after three responses of Describe, List or
                DescribeEndpoint that show it; with ``{"progression": "time", "seconds": 600}`` so many seconds after it
                began, by the clock that `datetime` shows.
            status: the transitional status: Creating, Starting, Updating or Stopping; `None` for all four.

        Raises:
            SeedError: (a ValueError) the transition or the status is none of these.
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
        """Let requests fail from now on. The client retries as it is configured, without the waits between attempts.

        A retry is a request too: ``times=2`` strikes the first attempt and its first retry. If several faults match a
        request, the one that was scripted first strikes.

        Args:
            operation: the operation's name in the API, such as ``"UpdateInferenceExperiment"``.
            error: the code of the service's error, such as ``"ThrottlingException"``, or how the connection ends,
                by the name of botocore's exception: ``"ConnectTimeoutError"``, ``"ReadTimeoutError"``,
                ``"ConnectionClosedError"``, ``"EndpointConnectionError"``. An exception class stands for its name.
            name: only requests about this experiment.
            region: only requests in this region.
            times: how many requests; `None` for all.
            after: how many such requests it leaves alone before it strikes.
            when: only requests for which this function, called with the `Call`, returns a true value.
            message: the error's message. With a message, `error` can be any code.
            status_code: the HTTP status; by default the usual one of the code.
            answer_lost: with True, the account carries the request out, and the client gets the error.
            optional: with True, the test can pass although this has not happened so often.

        Returns:
            The fault. Its ``happened`` says how often it has happened.

        Raises:
            FaultError: (a ValueError) an operation that is not answered, an unknown error, or another invalid argument.
                The message lists the valid ones.
        """
        known = known_operation(operation, FaultError)
        self._service.check_region(region, FaultError)
        modeled = [shape.error_code for shape in self._service.model.operation_model(known).error_shapes]
        fault = Fault(
            operation=known,
            error=as_error(error, modeled, message, status_code),
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
        """Let responses take `seconds` of the virtual clock. The request still makes its change at once.

        If a response takes longer than the client's ``read_timeout``, it is lost: after that time the client gets a
        ReadTimeoutError, and may retry. The other arguments and the returned fault are those of `fail`.

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
        self._service.wait(0)  # raises FaultError if there is no virtual clock
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
        """Let an experiment fail in a transitional status: it becomes Cancelled, with a StatusReason (source: API).

        It fails when the status would otherwise end. An experiment that was seeded in the status, and stays in it,
        fails at once.

        Args:
            name: the experiment's name, also of one that does not exist yet; `None` for the first in the status.
            status: the transitional status: Creating, Starting, Updating or Stopping.
            reason: the StatusReason.
            region: its region; by default the backend's `region`.
            times: how many times such an experiment fails; `None` for always.
            optional: as for `fail`.

        Raises:
            FaultError: (a ValueError) an invalid argument.
        """
        transitional = as_transitional(status, FaultError)
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
        """Set the status that an endpoint shows, instead of the one that follows from its experiments.

        Args:
            endpoint_name: the name of an endpoint that has or had an experiment.
            status: one of the service model's values of EndpointStatus, such as ``"Failed"``.
            failure_reason: the FailureReason, if the endpoint has one.
            region: its region; by default the backend's `region`.

        Raises:
            SeedError: (a ValueError) a value that is not in the service model, or an endpoint without experiments.
        """
        service = self._service
        service.check_region(region)
        asked = {"EndpointName": endpoint_name, "EndpointStatus": status}
        if failure_reason is not None:
            asked["FailureReason"] = failure_reason
        given = given_parameters({"EndpointMetadata": asked}, service.model, constrained=service.parameter_validation)
        name = given["EndpointMetadata"]["EndpointName"]
        with service.settled():
            there = service.there(region)
            if name not in there.endpoints:
                known = valid_names(name, there.endpoints, "endpoints")
                raise SeedError(f"the endpoint {name!r} in {there.name} has no experiment, and had none.{known}")
            there.endpoints[name].say(given["EndpointMetadata"])

    @property
    def unspent_faults(self) -> list[Fault | ExperimentFailure]:
        """The scripted faults and failures that have not happened as often as scripted, without the optional ones."""
        return self._service.script.unspent

    def __repr__(self) -> str:
        count, calls = len(self.experiments), len(self.calls)
        return f"<InferenceExperimentBackend of account {self.account_id}: {count} experiments, {calls} calls>"


def service_of(backend: InferenceExperimentBackend) -> Service:
    """Return the service behind a test's backend, for the modules that enter and leave accounts."""
    return backend._service
