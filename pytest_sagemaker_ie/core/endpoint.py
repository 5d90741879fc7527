"""The endpoint of experiments, as DescribeEndpoint shows it.

Its variants, status and times follow from its experiments and from what the test has set. If another service such as
moto has the endpoint, the rest is that service's answer. An endpoint outlives its experiments (source: API).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_sagemaker_ie.core.lifecycle import Status
from pytest_sagemaker_ie.core.values import roles
from pytest_sagemaker_ie.core.wire import Wire

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.experiment import ExperimentState

_CONFIG: Final = "EndpointConfigName"

# Statuses of an experiment, and whether they end in Running. In _UPDATING the endpoint is Updating (source: GUIDE).
# In _SHADOWED the endpoint has the shadow variant: its variants change when its update ends (assumption).
_UPDATING: Final = ((Status.STARTING, True), (Status.UPDATING, True), (Status.STOPPING, False))
_SHADOWED: Final = ((Status.RUNNING, False), (Status.UPDATING, True), (Status.STOPPING, False))


@dataclass(eq=False, slots=True)
class Endpoint:
    """An endpoint that has or had an experiment."""

    name: str
    said: Wire = field(default_factory=dict)
    """The members of EndpointMetadata that the test has set, if they differed from those that followed."""
    experiments: "list[ExperimentState]" = field(default_factory=list)  # in the order in which they came, also deleted
    elsewhere: Callable[[], Wire | None] = dict
    """Returns another service's answer to DescribeEndpoint: empty if it lacks the endpoint, `None` if there is none."""
    was_elsewhere: bool = False  # whether another service has had it

    def found(self) -> Wire:
        """Return another service's answer to DescribeEndpoint, or an empty one."""
        found = self.elsewhere() or {}
        self.was_elsewhere |= bool(found)
        return found

    def say(self, metadata: Wire) -> None:
        """Show this EndpointMetadata from now on. An EndpointConfigName stays if `metadata` has none."""
        said = {_CONFIG: self.said[_CONFIG], **metadata} if _CONFIG in self.said else metadata
        self.said = {}
        self.said = dict(said.items() - self.metadata().items())

    def updated_by(self) -> "list[ExperimentState]":
        """Return the experiments for which the endpoint is Updating."""
        return [each for each in self.experiments if _phase(each) in _UPDATING]

    def metadata(self, found: Wire | None = None) -> Wire:
        """Return the EndpointMetadata that DescribeInferenceExperiment shows."""
        found = self.found() if found is None else found
        status = "Updating" if self.updated_by() else found.get("EndpointStatus", "InService")
        config = found.get(_CONFIG, f"{self.name[:56].rstrip('-')}-config")
        return {"EndpointName": self.name, _CONFIG: config, "EndpointStatus": status, **self.said}

    def describe(self, arn: str) -> Wire:
        """Return the answer of DescribeEndpoint."""
        found = self.found()
        created: float = found.get("CreationTime", min(each.creation_time for each in self.experiments) / 1000)
        changes = [
            each.last_modified_time if _phase(each) in (*_UPDATING, *_SHADOWED) else each.completion_time or 0
            for each in self.experiments
        ]
        first, _, _ = roles(self.experiments[0].settings["ShadowModeConfig"])
        production, shadows = self._variants(found.get("LastModifiedTime", 0))
        return {
            "EndpointArn": arn,
            "CreationTime": created,
            "ProductionVariants": _summaries(self.experiments[0], first),
            **found,
            **self.metadata(found),
            "LastModifiedTime": max(found.get("LastModifiedTime", created), max(changes) / 1000),
            **({"ProductionVariants": production} if production else {}),
            **({"ShadowProductionVariants": shadows} if shadows else {}),
        }

    def _variants(self, since: float) -> tuple[list[Wire], list[Wire]]:
        """Return the production and the shadow variants; no production variants if they have not changed `since` then.

        After an experiment, the endpoint goes back to what it was (source: GUIDE), unless Stop deployed variants or
        retained the shadow.
        """
        production: list[Wire] = []
        shadows: list[Wire] = []
        shadowed = [each for each in self.experiments if _phase(each) in _SHADOWED]
        ended = [each for each in self.experiments if (each.completion_time or -1) >= since * 1000]
        for each in (*sorted(ended, key=lambda each: each.completion_time or 0), *shadowed):
            source, shadow, percentage = roles(each.settings["ShadowModeConfig"])
            deployed = [name for name in each.deployed_variants if name not in each.dropped_variants]
            if each in shadowed or shadow not in (*each.dropped_variants, *deployed):
                production, shadows = _summaries(each, source), _summaries(each, shadow, weight=percentage / 100)
            else:
                production = _summaries(each, *deployed) or production
                shadows = [] if shadow in deployed else shadows
        return production, shadows


def _phase(experiment: "ExperimentState") -> tuple[Status | None, bool]:
    return experiment.status, experiment.ends_in is Status.RUNNING


def _summaries(experiment: "ExperimentState", *names: str, weight: float = 1.0) -> list[Wire]:
    """Return variants as DescribeEndpoint shows them. A shadow's weight is a share of production's (source: MODEL)."""
    summaries = []
    for each in experiment.settings["ModelVariants"]:
        if each["VariantName"] in names:
            count = each["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceCount"]
            weights = {"CurrentWeight": weight, "DesiredWeight": weight}
            counts = {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
            summaries.append({"VariantName": each["VariantName"], **weights, **counts})
    return summaries
