"""What an operation takes, and what it returns."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from pytest_sagemaker_ie.core.account import Region
from pytest_sagemaker_ie.core.errors import ResourceNotFound
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.wire import Wire


class Request(NamedTuple):
    """A request that satisfies the service model."""

    region: Region
    parameters: Wire
    experiment: ExperimentState | None  # the experiment that the request names, if it exists
    now: int

    def found(self) -> ExperimentState:
        """Return the experiment that the request names; raise `ResourceNotFound` if there is none."""
        if self.experiment is None:
            name, known = self.parameters["Name"], self.region.known()
            raise ResourceNotFound(f"Inference experiment {name} does not exist in {self.region.name}; {known}.")
        return self.experiment


class Outcome(NamedTuple):
    """The result of an operation."""

    response: Wire
    experiment: ExperimentState | None = None  # the experiment that the operation was about
    changes: Mapping[str, tuple[Any, Any]] = {}  # of an update, by field: the value before and the value after


Operation: TypeAlias = Callable[[Request], Outcome]
"""Carries a request out, or raises a `ServiceError` and changes nothing."""
