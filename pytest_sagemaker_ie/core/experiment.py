"""One experiment's data: the state that the operations change, and the read-only view that a test gets.

The state keeps the API's values in wire form. Operations replace a value and never change it in place, so that states
can share it. `lifecycle` has the moves between statuses, `rules` what an update may change.
"""

import copy
import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.values import roles
from pytest_sagemaker_ie.core.wire import Wire, moment

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.endpoint import Endpoint
    from pytest_sagemaker_ie.core.transitions import Transition

# The status of a variant by the status of its experiment; InService in the others (assumption).
_VARIANT_STATUS = {
    Status.CREATING: "Creating",
    Status.CREATED: "Creating",
    Status.STARTING: "Creating",
    Status.UPDATING: "Updating",
}


class HistoryEntry(NamedTuple):
    """One step in an experiment's life."""

    when: datetime.datetime
    """The aware UTC time of the step."""
    event: Event
    """What caused the step."""
    status_before: Status | None
    """`None` for the step that created the experiment."""
    status_after: Status | None
    """`None` for the step that deleted it."""


_SETTINGS = ("Type", "RoleArn", "KmsKey", "Description", "ModelVariants", "DataStorageConfig", "ShadowModeConfig")


def settings_of(parameters: Wire) -> Wire:
    """Return the settings among an experiment's parameters, without the Schedule."""
    return {member: parameters[member] for member in _SETTINGS if member in parameters}


@dataclass(eq=False, slots=True)
class ExperimentState:
    """Everything an account knows of one experiment. Times are milliseconds since the epoch."""

    name: str
    region: str
    creation_time: int
    settings: Wire
    """Its members of the API: Type, RoleArn, Schedule, ModelVariants and ShadowModeConfig, and the optional ones."""
    endpoint: "Endpoint"
    tags: dict[str, str]
    arn: str = ""  # empty before its region has it
    status: Status | None = None  # `None` before the experiment is created and after it is deleted
    ends_in: Status | None = None  # the status that a transitional status ends in
    status_since: int = 0
    status_reason: str | None = None
    last_modified_time: int = 0
    completion_time: int | None = None
    variant_statuses: Mapping[str, str] = field(default_factory=dict)  # those of a seed, until its status ends
    dropped_variants: tuple[str, ...] = ()  # the variants that leave the endpoint when the experiment stops
    deployed_variants: tuple[str, ...] = ()
    """The variants in production after it has stopped; empty if they are those from before the experiment."""
    transitions: "Mapping[Status, Transition]" = field(default_factory=dict)  # those that its seed gave
    stays: bool = False  # whether it was seeded in its transitional status, and stays there
    times_seen: int = 0  # how many answers have shown its present status, if answers end it
    sequence: int = 0  # the order of experiments with the same CreationTime
    steps: list[tuple[int, Event, Status | None, Status | None]] = field(default_factory=list)

    def begin(self, event: Event, when: int) -> None:
        """Make the life cycle's move for `event`, into the transitional status if the move has one."""
        through, to, _ = LIFECYCLE[self.status, event]
        self._step(event, through or to, when, to if through else None)

    def finish(self, when: int) -> None:
        """End the transitional status."""
        self._step(Event.FINISH, self.ends_in, when)

    def fail(self, reason: str, when: int) -> None:
        """Make the life cycle's move for a failure. Unless the experiment is stopping, its shadow goes (assumption)."""
        if not self.dropped_variants:
            self.drop_shadow()
        self.begin(Event.FAIL, when)
        self.status_reason = reason

    def drop_shadow(self) -> None:
        """Let the endpoint go back to what it was before the experiment (source: GUIDE)."""
        self.dropped_variants = (roles(self.settings["ShadowModeConfig"])[1],)

    def _step(self, event: Event, status: Status | None, when: int, ends_in: Status | None = None) -> None:
        when = max(when, self.creation_time)  # a test may set the clock back
        self.steps.append((when, event, self.status, status))
        self.status, self.ends_in = status, ends_in
        self.status_since = self.last_modified_time = when
        self.variant_statuses, self.stays, self.times_seen = {}, False, 0
        if status in (Status.COMPLETED, Status.CANCELLED):
            self.completion_time = when

    def summarize(self) -> Wire:
        """Return the experiment as ListInferenceExperiments shows it, in wire form."""
        shown = {
            "Name": self.name,
            "Type": self.settings["Type"],
            "Schedule": {edge: when / 1000 for edge, when in self.settings["Schedule"].items()},
            "Status": str(self.status),
            "StatusReason": self.status_reason,
            "Description": self.settings.get("Description"),
            "CreationTime": self.creation_time / 1000,
            "CompletionTime": None if self.completion_time is None else self.completion_time / 1000,
            "LastModifiedTime": self.last_modified_time / 1000,
            "RoleArn": self.settings["RoleArn"],
        }
        return {member: value for member, value in shown.items() if value is not None}

    def describe(self) -> Wire:
        """Return the whole experiment as DescribeInferenceExperiment answers it, in wire form."""
        whole = {"Arn": self.arn, "EndpointMetadata": self.endpoint.metadata(), **self.settings, **self.summarize()}
        return {**whole, "ModelVariants": self.shown_variants()}

    def shown_variants(self) -> list[Wire]:
        """Return the variants with the status that each shows."""
        variants: list[Wire] = self.settings["ModelVariants"]
        if self.status is None:  # deleted: its variants have no known status
            return variants
        shown = dict.fromkeys((each["VariantName"] for each in variants), _VARIANT_STATUS.get(self.status, "InService"))
        leaving = "Deleting" if self.status is Status.STOPPING else "Deleted"
        shown.update(dict.fromkeys(self.dropped_variants, leaving))
        shown.update(self.variant_statuses)
        return [{**each, "Status": shown[each["VariantName"]]} for each in variants]


class Experiment:
    """A read-only view of one experiment.

    A property shows the experiment as it is when the test reads it. Dicts and lists are copies. Times are aware
    `datetime.datetime` in UTC. A member that DescribeInferenceExperiment leaves out is `None`. Two views of one
    experiment are equal. A view can't be copied.
    """

    __slots__ = ("_settled", "_state")

    def __init__(self, state: ExperimentState, settled: Callable[[ExperimentState], None]) -> None:
        self._state = state
        self._settled = settled  # makes the experiment's moves that are due

    def _now(self) -> ExperimentState:
        self._settled(self._state)
        return self._state

    def __eq__(self, other: object) -> bool:
        return self._state is other._state if isinstance(other, Experiment) else NotImplemented

    def __hash__(self) -> int:
        return hash(id(self._state))

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"a view of an experiment can't be copied or pickled: {self!r}")

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._now().name

    @property
    def region(self) -> str:
        """The experiment's region, such as ``"us-east-1"``."""
        return self._now().region

    @property
    def arn(self) -> str:
        """``arn:{partition}:sagemaker:{region}:{account}:inference-experiment/{name}`` (source: MODEL)."""
        return self._now().arn

    @property
    def type(self) -> str:
        """``"ShadowMode"``, the only type."""
        return self._now().settings["Type"]  # type: ignore[no-any-return]

    @property
    def status(self) -> Status | None:
        """The status; `None` after the experiment is deleted."""
        return self._now().status

    @property
    def status_reason(self) -> str | None:
        """The StatusReason."""
        return self._now().status_reason

    @property
    def description(self) -> str | None:
        """The Description."""
        return self._now().settings.get("Description")

    @property
    def schedule(self) -> dict[str, datetime.datetime]:
        """The Schedule: ``{"StartTime": ..., "EndTime": ...}``."""
        return {edge: moment(when) for edge, when in self._now().settings["Schedule"].items()}

    @property
    def creation_time(self) -> datetime.datetime:
        """When it was created."""
        return moment(self._now().creation_time)

    @property
    def last_modified_time(self) -> datetime.datetime:
        """When it last changed, its status included."""
        return moment(self._now().last_modified_time)

    @property
    def completion_time(self) -> datetime.datetime | None:
        """When it became Completed or Cancelled."""
        state = self._now()
        return None if state.completion_time is None else moment(state.completion_time)

    @property
    def role_arn(self) -> str | None:
        """The RoleArn."""
        return self._now().settings["RoleArn"]  # type: ignore[no-any-return]

    @property
    def endpoint_metadata(self) -> dict[str, str]:
        """The EndpointMetadata, as DescribeInferenceExperiment shows it."""
        return self._now().endpoint.metadata()

    @property
    def model_variants(self) -> list[dict[str, Any]]:
        """The ModelVariants, each with its ``Status``."""
        return copy.deepcopy(self._now().shown_variants())

    @property
    def data_storage_config(self) -> dict[str, Any] | None:
        """The DataStorageConfig."""
        return copy.deepcopy(self._now().settings.get("DataStorageConfig"))

    @property
    def shadow_mode_config(self) -> dict[str, Any]:
        """The ShadowModeConfig."""
        return copy.deepcopy(self._now().settings["ShadowModeConfig"])

    @property
    def kms_key(self) -> str | None:
        """The KmsKey."""
        return self._now().settings.get("KmsKey")

    @property
    def tags(self) -> dict[str, str]:
        """The tags, by key."""
        return dict(self._now().tags)

    @property
    def history(self) -> list[HistoryEntry]:
        """The steps so far, the oldest first. The history of a seed begins empty."""
        return [HistoryEntry(moment(when), *step) for when, *step in self._now().steps]  # type: ignore[arg-type]

    def __repr__(self) -> str:
        state = self._now()
        return f"<Experiment {state.name!r} {state.status or 'deleted'} in {state.region}>"
