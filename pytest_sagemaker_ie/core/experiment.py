"""One experiment's data: the state that the operations change, and the read-only view that a test is given.

The state keeps the API's values in their wire form. A value in it is replaced, never changed in place, so states may
share them. The life cycle has the moves between statuses, and the rules what may be changed.
"""

import copy
import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.wire import Wire, moment

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.endpoint import Endpoint
    from pytest_sagemaker_ie.core.transitions import Transition

# Assumption: the status of a variant by that of its experiment, unless it was dropped (Deleted); else InService.
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
    """What made the step."""
    status_before: Status | None
    """`None` for the step that created the experiment."""
    status_after: Status | None
    """`None` for the step that deleted it."""


@dataclass(eq=False, slots=True)
class ExperimentState:
    """Everything an account holds about one experiment; times are milliseconds since the epoch."""

    name: str
    region: str
    arn: str
    creation_time: int
    given: Wire  # what no update changes: Type, RoleArn, and KmsKey if there is one
    settings: Wire
    """What an update may change: Schedule, ModelVariants, ShadowModeConfig, any Description and DataStorageConfig."""
    endpoint: "Endpoint"
    tags: dict[str, str]
    status: Status | None = None  # `None` before the experiment is created and after it is deleted
    ends_in: Status | None = None  # the status that a transitional status ends in
    status_since: int = 0
    status_reason: str | None = None
    last_modified_time: int = 0
    completion_time: int | None = None
    variant_statuses: Mapping[str, str] = field(default_factory=dict)
    """The statuses that a seed gave to variants, as long as the present status lasts."""
    dropped_variants: tuple[str, ...] = ()  # the variants that leave the endpoint when the experiment stops
    deployed_variants: tuple[str, ...] = ()
    """The variants in production once it has stopped; none, if they are those from before the experiment."""
    transitions: "Mapping[Status, Transition]" = field(default_factory=dict)
    """How its transitional statuses end, where that differs from the account's."""
    stays: bool = False  # whether it stays in its transitional status because it was seeded so
    times_seen: int = 0  # how many answers have shown its present status, if they count
    sequence: int = 0  # the order of those with the same CreationTime
    steps: list[tuple[int, Event, Status | None, Status | None]] = field(default_factory=list)

    @property
    def start_time(self) -> int:
        """Its StartTime."""
        return self.settings["Schedule"]["StartTime"]  # type: ignore[no-any-return]

    @property
    def end_time(self) -> int:
        """Its EndTime."""
        return self.settings["Schedule"]["EndTime"]  # type: ignore[no-any-return]

    def begin(self, event: Event, when: int) -> None:
        """Make the life cycle's move for `event`: into the transitional status, or at once into the last one."""
        through, to, _ = LIFECYCLE[self.status, event]
        self._step(event, through or to, when, to if through else None)

    def finish(self, when: int) -> None:
        """Leave the transitional status for the one it ends in."""
        assert self.ends_in is not None
        self._step(Event.FINISH, self.ends_in, when)

    def fail(self, reason: str, when: int) -> None:
        """Make the life cycle's move for a failure; unless it is stopping already, the shadow goes (assumption)."""
        to = LIFECYCLE[self.status, Event.FAIL].to
        if not self.dropped_variants:
            self.drop_shadow()
        self._step(Event.FAIL, to, when)
        self.status_reason = reason

    def drop_shadow(self) -> None:
        """Let the endpoint go back to what it was before the experiment (source: GUIDE)."""
        shadows = self.settings["ShadowModeConfig"]["ShadowModelVariants"]
        self.dropped_variants = tuple(each["ShadowModelVariantName"] for each in shadows)

    def _step(self, event: Event, status: Status | None, when: int, ends_in: Status | None = None) -> None:
        when = max(when, self.creation_time)  # a clock that a test sets back puts nothing before the creation
        self.steps.append((when, event, self.status, status))
        self.status, self.ends_in = status, ends_in
        self.status_since = self.last_modified_time = when
        self.variant_statuses, self.stays, self.times_seen = {}, False, 0
        if status in (Status.COMPLETED, Status.CANCELLED):
            self.completion_time = when

    def summarize(self) -> Wire:
        """Return the experiment as ListInferenceExperiments shows it, in wire form."""
        assert self.status is not None
        shown = {
            "Name": self.name,
            "Type": self.given["Type"],
            "Schedule": {"StartTime": self.start_time / 1000, "EndTime": self.end_time / 1000},
            "Status": self.status.value,
            "StatusReason": self.status_reason,
            "Description": self.settings.get("Description"),
            "CreationTime": self.creation_time / 1000,
            "CompletionTime": None if self.completion_time is None else self.completion_time / 1000,
            "LastModifiedTime": self.last_modified_time / 1000,
            "RoleArn": self.given["RoleArn"],
        }
        return {member: value for member, value in shown.items() if value is not None}

    def describe(self) -> Wire:
        """Return the whole experiment as DescribeInferenceExperiment answers it, in wire form."""
        whole = {"Arn": self.arn, "EndpointMetadata": self.endpoint.metadata(), **self.given, **self.settings}
        return {**whole, **self.summarize(), "ModelVariants": self.shown_variants()}

    def shown_variants(self) -> list[Wire]:
        """Return the variants with the status that each shows."""
        variants: list[Wire] = self.settings["ModelVariants"]
        if self.status is None:  # deleted: the statuses of its variants are not known
            return variants
        shown = dict.fromkeys((each["VariantName"] for each in variants), _VARIANT_STATUS.get(self.status, "InService"))
        leaving = "Deleting" if self.status is Status.STOPPING else "Deleted"
        shown.update(dict.fromkeys(self.dropped_variants, leaving))
        shown.update(self.variant_statuses)
        return [{**each, "Status": shown[each["VariantName"]]} for each in variants]


class Experiment:
    """A read-only view of one experiment.

    Each look at a property shows the experiment as it is then. Dicts and lists are copies. Times are aware
    `datetime.datetime` in UTC. A member that DescribeInferenceExperiment would leave out is `None`. Two views of one
    experiment are equal. A view can't be copied.
    """

    __slots__ = ("_settled", "_state")

    def __init__(self, state: ExperimentState, settled: Callable[[ExperimentState], None]) -> None:
        self._state = state
        self._settled = settled  # lets the experiment make the moves that are due

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
        """The experiment's region, as ``"us-east-1"``."""
        return self._now().region

    @property
    def arn(self) -> str:
        """``arn:{partition}:sagemaker:{region}:{account}:inference-experiment/{name}`` (source: MODEL)."""
        return self._now().arn

    @property
    def type(self) -> str:
        """``"ShadowMode"``, the one type there is."""
        return self._now().given["Type"]  # type: ignore[no-any-return]

    @property
    def status(self) -> Status | None:
        """The status; `None` once the experiment is deleted."""
        return self._now().status

    @property
    def status_reason(self) -> str | None:
        """Why it has this status, if that is known."""
        return self._now().status_reason

    @property
    def description(self) -> str | None:
        """The Description."""
        return self._now().settings.get("Description")

    @property
    def schedule(self) -> dict[str, datetime.datetime]:
        """``{"StartTime": ..., "EndTime": ...}``."""
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
        return self._now().given["RoleArn"]  # type: ignore[no-any-return]

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
        return self._now().given.get("KmsKey")

    @property
    def tags(self) -> dict[str, str]:
        """The tags, by key."""
        return dict(self._now().tags)

    @property
    def history(self) -> list[HistoryEntry]:
        """The steps of its life so far, oldest first. The history of a seed begins empty."""
        return [HistoryEntry(moment(when), *step) for when, *step in self._now().steps]  # type: ignore[arg-type]

    def __repr__(self) -> str:
        state = self._now()
        return f"<Experiment {state.name!r} {state.status or 'deleted'} in {state.region}>"
