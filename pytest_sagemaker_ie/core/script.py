"""What a test has scripted to go wrong in an account: the faults of requests and the failures of experiments.

The script tells what strikes a request or an experiment, and what is still owing. What a fault is, `faults` says; what
it does, the service.
"""

from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.faults import ExperimentFailure, Fault
from pytest_sagemaker_ie.core.lifecycle import Status


class Script:
    """The faults and the failures of one account, in the order in which the test has scripted them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.failures: list[ExperimentFailure] = []

    def expects_fault(self, operation: str) -> bool:
        """Whether a fault may strike the next request of this operation, so that the client's retries must see it."""
        return any(each.operation == operation and not each.is_spent for each in self.faults)

    def fault_of(self, call: Call) -> Fault | None:
        """Return the fault that strikes a call, if any does; it counts as having happened."""
        concerned = [each for each in self.faults if each.concerns(call)]
        for each in concerned:
            if not each.left_alone:
                each.happened += 1
                return each
        for each in concerned:
            each.left_alone -= 1
        return None

    def failure_of(self, name: str, status: Status | None, region: str) -> ExperimentFailure | None:
        """Return the failure that an experiment in this status meets when it leaves it, if any."""
        return next((each for each in self.failures if each.awaits(name, status, region)), None)

    @property
    def unspent(self) -> list[Fault | ExperimentFailure]:
        """What was scripted and has not happened, or not as often as it was to, but for what is optional."""
        scripted: list[Fault | ExperimentFailure] = [*self.faults, *self.failures]
        return [each for each in scripted if each.is_owing]
