"""The account behind the clients: its experiments in every region, and the record of the calls it answered.

Every door hands its requests to `InferenceExperimentBackend.answer`. The clock and the service model are given to it.
"""

import json
import threading
from collections.abc import Callable
from typing import Any

from pytest_sagemaker_ie.core.errors import ResourceNotFound, SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import Experiment, ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.core.seeding import ServiceModel, seeded
from pytest_sagemaker_ie.core.wire import Wire, from_wire

__all__ = ["Call", "InferenceExperimentBackend"]

_NAMES_SHOWN = 10
_read = json.JSONDecoder().raw_decode  # json.loads() guesses the encoding first; here it is known


class Call:
    """One call that was answered, whether with a response or with an error."""

    __slots__ = ("_body", "_model", "_name", "error", "operation", "region", "status_after", "status_before")

    operation: str
    """The operation, as ``"UpdateInferenceExperiment"``."""
    region: str
    """The region of the client that made the call."""
    error: str | None
    """The error code that was answered, as ``"ConflictException"``; `None` if the call succeeded."""
    status_before: Status | None
    """The experiment's status when the call came; `None` if there was no such experiment."""
    status_after: Status | None
    """Its status when the call had been answered."""

    def __init__(self, operation: str, region: str, name: str, body: bytes, model: ServiceModel) -> None:
        self.operation = operation
        self.region = region
        self.error = None
        self.status_before = self.status_after = None
        self._name = name
        # Kept as it came: half the size, and nothing for the garbage collector to walk when there are many calls.
        self._body = body
        self._model = model

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as the client was given them: a copy, times as aware UTC datetimes."""
        parameters: dict[str, Any] = from_wire(
            self._model.operation_model(self.operation).input_shape, json.loads(self._body)
        )
        return parameters

    def __repr__(self) -> str:
        return (
            f"<Call {self.operation} {self._name!r} in {self.region}:"
            f" {self.status_before} -> {self.status_after}{f', {self.error}' if self.error else ''}>"
        )


class InferenceExperimentBackend:
    """An AWS account's inference experiments, in memory.

    A test gets one from the fixture `sagemaker_ie_backend` or from `mock_inference_experiments`; it lives as long as
    that test or block. All its methods may be called from any thread.
    """

    def __init__(self, model: ServiceModel, *, region: str, account_id: str, now: Callable[[], float]) -> None:
        self._model = model
        self._region = region
        self._account_id = account_id
        self._now = now
        self._regions: dict[str, dict[str, ExperimentState]] = {}
        self._calls: list[Call] = []
        self._lock = threading.RLock()

    @property
    def region(self) -> str:
        """The region of the fixture's client, and of a seed that names none."""
        return self._region

    @property
    def account_id(self) -> str:
        """The twelve digits of the account, as they stand in the ARNs."""
        return self._account_id

    def seed(
        self, name: str, status: str = Status.CREATED, *, region: str | None = None, **parameters: object
    ) -> Experiment:
        """Put an experiment into the account as if it had come to `status` before the test began.

        Args:
            name: its name, new in its region.
            status: one of the eight statuses, as a `Status` or a str. The experiment stays in a passing status.
            region: where it lives; by default the backend's `region`.
            parameters: whatever CreateInferenceExperiment takes and DescribeInferenceExperiment shows, so spelled:
                ``Schedule={"EndTime": datetime(...)}``. A naive datetime is local time, as it is to boto3. What is
                left out is filled with values that the service would accept.

        Returns:
            A view of the experiment.

        Raises:
            SeedError: (a ValueError) an unknown status or parameter, a value of the wrong type, a schedule that
                contradicts the status, a name that is taken. The message says which, and what is valid.
        """
        region = self._region if region is None else region
        if not isinstance(region, str) or not region:
            raise SeedError(f"the region of an experiment is a str such as 'us-east-1', not {region!r}")
        with self._lock:
            state = seeded(
                name,
                status,
                parameters,
                region=region,
                account_id=self._account_id,
                now=self._now(),
                model=self._model,
            )
            experiments = self._regions.setdefault(region, {})
            if name in experiments:
                raise SeedError(f"experiment {name!r} exists in {region} already: it is {experiments[name].status}")
            experiments[name] = state
        return Experiment(lambda: state)

    def get(self, name: str, region: str | None = None) -> Experiment:
        """Return a read-only view of the experiment `name` in `region` (by default the backend's).

        Raises:
            KeyError: there is none; the message lists the known names.
        """
        region = self._region if region is None else region
        with self._lock:
            state = self._regions.get(region, {}).get(name)
            if state is None:
                raise KeyError(f"no experiment {name!r} in {region}; {self._known(region)}")
        return Experiment(lambda: state)

    @property
    def calls(self) -> list[Call]:
        """Every call that was answered so far, in order, the refused ones too."""
        return list(self._calls)

    def answer(self, operation: str, region: str, body: bytes) -> Wire:
        """Answer one request with a response in wire form; this is what the doors call.

        Args:
            operation: one of `OPERATIONS`.
            region: where the client is.
            body: the request's body, JSON in UTF-8.

        Raises:
            ServiceError: the refusal that the door passes on.
        """
        parameters: Wire = _read(body.decode())[0]
        name = parameters["Name"]
        call = Call(operation, region, name, body, self._model)
        with self._lock:
            state = self._regions.get(region, {}).get(name)
            if state is not None:
                call.status_before = call.status_after = state.status
            self._calls.append(call)
            try:
                response = OPERATIONS[operation](self, region, parameters, self._now())
            except ServiceError as error:
                call.error = error.code
                raise
            if state is not None:
                call.status_after = state.status
            return response

    def find(self, region: str, name: str) -> ExperimentState:
        """Return the state of an experiment, for the operations.

        Raises:
            ResourceNotFound: there is none of this name in this region.
        """
        try:
            return self._regions[region][name]
        except KeyError:
            raise ResourceNotFound(
                f"Inference experiment {name} does not exist in {region}; {self._known(region)}."
            ) from None

    def __repr__(self) -> str:
        count = sum(map(len, self._regions.values()))
        return (
            f"<InferenceExperimentBackend of account {self._account_id}: {count} experiments, {len(self._calls)} calls>"
        )

    def _known(self, region: str) -> str:
        """Say which experiments there are, so that a wrong name or region is seen at once."""
        here = self._regions.get(region, {})
        names = list(here)[:_NAMES_SHOWN]
        more = f" and {len(here) - len(names)} more" if len(here) > len(names) else ""
        known = f"known there: {', '.join(names)}{more}" if names else "there is none in that region"
        elsewhere = [f"{len(each)} in {other}" for other, each in self._regions.items() if other != region and each]
        return f"{known} ({', '.join(elsewhere)})" if elsewhere else known
