"""One experiment's data: the state that the operations change, and the read-only view that a test is given.

The state keeps the API's values in their wire form. A value in it is replaced, never changed in place, so states may
share them. The moves between statuses are the life cycle's; what may be changed, and when, is the rules' affair.
"""

import copy
import datetime
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.wire import Wire, moment

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.transitions import Transition

__all__ = ["Experiment", "ExperimentState", "HistoryEntry", "Reader", "Updatable"]

_COMPLETED, _CANCELLED = Status.COMPLETED, Status.CANCELLED

_Seen = TypeVar("_Seen")

_NO_STATUSES: Mapping[str, str] = {}

# Assumption: what a variant shows in each status of its experiment, unless it was dropped (Deleted).
_VARIANT_STATUS = {
    Status.CREATING: "Creating",
    Status.CREATED: "Creating",
    Status.STARTING: "Creating",
    Status.UPDATING: "Updating",
    Status.RUNNING: "InService",
    Status.STOPPING: "InService",
    Status.COMPLETED: "InService",
    Status.CANCELLED: "InService",
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


class Updatable(NamedTuple):
    """What an update may change of an experiment, in the names of `ExperimentState`."""

    description: str | None
    start_time: float
    end_time: float
    model_variants: list[Wire]
    data_storage_config: Wire | None
    shadow_mode_config: Wire


class ExperimentState:
    """Everything an account holds about one experiment; times are seconds since the epoch."""

    __slots__ = (
        "arn",
        "completion_time",
        "creation_time",
        "data_storage_config",
        "description",
        "dropped_variants",
        "due",
        "end_time",
        "endpoint_metadata",
        "ends_in",
        "kms_key",
        "last_modified_time",
        "listed_under",
        "looks",
        "model_variants",
        "name",
        "region",
        "role_arn",
        "sequence",
        "shadow_mode_config",
        "start_time",
        "status",
        "status_reason",
        "status_since",
        "stays",
        "steps",
        "tags",
        "transitions",
        "type",
        "updated_from",
        "variant_statuses",
    )

    def __init__(self, *, name: str, region: str, arn: str, creation_time: float) -> None:
        self.name = name
        self.region = region
        self.arn = arn
        self.type = "ShadowMode"
        self.status: Status | None = None
        self.ends_in: Status | None = None
        """While the status is a passing one: the status that it ends in."""
        self.status_since = creation_time
        self.status_reason: str | None = None
        self.description: str | None = None
        self.start_time = creation_time
        self.end_time = creation_time
        self.creation_time = creation_time
        self.last_modified_time = creation_time
        self.completion_time: float | None = None
        self.role_arn: str | None = None
        self.endpoint_metadata: Wire = {}
        self.model_variants: list[Wire] = []
        self.variant_statuses = _NO_STATUSES
        """The statuses of variants that were seeded with one of their own; they last as long as the present status."""
        self.dropped_variants: tuple[str, ...] = ()
        """The variants that leave the endpoint when the experiment stops."""
        self.data_storage_config: Wire | None = None
        self.shadow_mode_config: Wire = {}
        self.kms_key: str | None = None
        self.tags: dict[str, str] = {}
        self.sequence = 0
        """Which came first of those with the same CreationTime."""
        self.listed_under: Status | None = None
        """The status under which its region lists it."""
        self.due = math.inf
        """When it moves next by itself."""
        self.transitions: Mapping[Status, Transition] = {}
        """How its own passing statuses end, where that differs from the account's."""
        self.stays = False
        """Whether it stays in its passing status because it was seeded so."""
        self.looks = 0
        """How often its present status was looked at, if that is counted."""
        self.steps: list[tuple[float, Event, Status | None, Status | None]] = []
        self.updated_from: tuple[Any, ...] | None = None
        """The values of `Updatable` that the last update found, if it changed any."""

    def begin(self, event: Event, when: float) -> None:
        """Make the life cycle's move for `event`: into the passing status, or at once into the last one."""
        through, to, _ = LIFECYCLE[self.status, event]
        self._step(event, through or to, when)
        self.ends_in = to if through is not None else None

    def finish(self, when: float) -> None:
        """Leave the passing status for the one it ends in."""
        assert self.ends_in is not None
        self._step(Event.FINISH, self.ends_in, when)
        self.ends_in = None

    def fail(self, reason: str, when: float) -> None:
        """Make the life cycle's move for a failure; unless it is stopping already, the shadow goes (assumption)."""
        to = LIFECYCLE[self.status, Event.FAIL].to
        if not self.dropped_variants:
            self.drop_shadow()
        self._step(Event.FAIL, to, when)
        self.ends_in = None
        self.status_reason = reason

    def drop_shadow(self) -> None:
        """Let the endpoint go back to what it was before the experiment (source: GUIDE)."""
        shadows = self.shadow_mode_config["ShadowModelVariants"]
        self.dropped_variants = tuple(each["ShadowModelVariantName"] for each in shadows)

    def _step(self, event: Event, status: Status | None, when: float) -> None:
        self.steps.append((when, event, self.status, status))
        self.status = status
        self.status_since = self.last_modified_time = when
        self.variant_statuses = _NO_STATUSES
        self.stays = False
        self.looks = 0
        if status is _COMPLETED or status is _CANCELLED:
            self.completion_time = when

    def describe(self) -> Wire:
        """Return the whole experiment as DescribeInferenceExperiment answers it, in wire form."""
        assert self.status is not None
        shown = {
            "Arn": self.arn,
            "Name": self.name,
            "Type": self.type,
            "Schedule": {"StartTime": self.start_time, "EndTime": self.end_time},
            "Status": self.status.value,
            "StatusReason": self.status_reason,
            "Description": self.description,
            "CreationTime": self.creation_time,
            "CompletionTime": self.completion_time,
            "LastModifiedTime": self.last_modified_time,
            "RoleArn": self.role_arn,
            "EndpointMetadata": self.endpoint_metadata,
            "ModelVariants": self.shown_variants(),
            "DataStorageConfig": self.data_storage_config,
            "ShadowModeConfig": self.shadow_mode_config,
            "KmsKey": self.kms_key,
        }
        return {member: value for member, value in shown.items() if value is not None}

    def shown_variants(self) -> list[Wire]:
        """Return the variants with the status that each shows."""
        if self.status is None:  # it is deleted, and what became of its variants is not known
            return self.model_variants
        shown = dict.fromkeys((each["VariantName"] for each in self.model_variants), _VARIANT_STATUS[self.status])
        if self.dropped_variants:
            leaving = "Deleting" if self.status is Status.STOPPING else "Deleted"
            shown.update(dict.fromkeys(self.dropped_variants, leaving))
        shown.update(self.variant_statuses)
        return [{**each, "Status": shown[each["VariantName"]]} for each in self.model_variants]

    def summarize(self) -> Wire:
        """Return the experiment as ListInferenceExperiments shows it, in wire form."""
        assert self.status is not None
        shown = {
            "Name": self.name,
            "Type": self.type,
            "Schedule": {"StartTime": self.start_time, "EndTime": self.end_time},
            "Status": self.status.value,
            "StatusReason": self.status_reason,
            "Description": self.description,
            "CreationTime": self.creation_time,
            "CompletionTime": self.completion_time,
            "LastModifiedTime": self.last_modified_time,
            "RoleArn": self.role_arn,
        }
        return {member: value for member, value in shown.items() if value is not None}


class Reader(Protocol):
    """Calls a function with an experiment's state, while nothing can change it, and returns what that returns."""

    def __call__(self, look: Callable[[ExperimentState], _Seen], /) -> _Seen:
        """Call `look`."""
        ...


class Experiment:
    """A read-only view of one experiment, as it is at the moment of looking.

    Every property is read anew, so a view kept over a call shows what the call changed. Dicts and lists are copies.
    Times are aware `datetime.datetime` in UTC. A member that DescribeInferenceExperiment would leave out is `None`.
    """

    __slots__ = ("_read",)

    def __init__(self, read: "Reader") -> None:
        self._read = read

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._read(lambda state: state.name)

    @property
    def region(self) -> str:
        """The region it lives in, as ``"us-east-1"``."""
        return self._read(lambda state: state.region)

    @property
    def arn(self) -> str:
        """``arn:{partition}:sagemaker:{region}:{account}:inference-experiment/{name}`` (source: MODEL)."""
        return self._read(lambda state: state.arn)

    @property
    def type(self) -> str:
        """``"ShadowMode"``, the one type there is."""
        return self._read(lambda state: state.type)

    @property
    def status(self) -> Status | None:
        """The status; `None` once the experiment is deleted."""
        return self._read(lambda state: state.status)

    @property
    def status_reason(self) -> str | None:
        """Why it has this status, if that is known."""
        return self._read(lambda state: state.status_reason)

    @property
    def description(self) -> str | None:
        """The Description."""
        return self._read(lambda state: state.description)

    @property
    def schedule(self) -> dict[str, datetime.datetime]:
        """``{"StartTime": ..., "EndTime": ...}``."""
        start, end = self._read(lambda state: (state.start_time, state.end_time))
        return {"StartTime": moment(start), "EndTime": moment(end)}

    @property
    def creation_time(self) -> datetime.datetime:
        """When it was created."""
        return moment(self._read(lambda state: state.creation_time))

    @property
    def last_modified_time(self) -> datetime.datetime:
        """When it last changed, its status included."""
        return moment(self._read(lambda state: state.last_modified_time))

    @property
    def completion_time(self) -> datetime.datetime | None:
        """When it became Completed or Cancelled."""
        when = self._read(lambda state: state.completion_time)
        return None if when is None else moment(when)

    @property
    def role_arn(self) -> str | None:
        """The RoleArn."""
        return self._read(lambda state: state.role_arn)

    @property
    def endpoint_metadata(self) -> dict[str, str]:
        """``{"EndpointName": ...}`` and what else DescribeInferenceExperiment shows of the endpoint."""
        return dict(self._read(lambda state: state.endpoint_metadata))

    @property
    def model_variants(self) -> list[dict[str, Any]]:
        """The ModelVariants, each with its ``Status``."""
        return self._read(lambda state: copy.deepcopy(state.shown_variants()))

    @property
    def data_storage_config(self) -> dict[str, Any] | None:
        """The DataStorageConfig."""
        return self._read(lambda state: copy.deepcopy(state.data_storage_config))

    @property
    def shadow_mode_config(self) -> dict[str, Any]:
        """The ShadowModeConfig."""
        return self._read(lambda state: copy.deepcopy(state.shadow_mode_config))

    @property
    def kms_key(self) -> str | None:
        """The KmsKey."""
        return self._read(lambda state: state.kms_key)

    @property
    def tags(self) -> dict[str, str]:
        """The tags, by key."""
        return dict(self._read(lambda state: state.tags))

    @property
    def history(self) -> list[HistoryEntry]:
        """The steps of its life so far, oldest first. A seeded experiment's history begins empty."""
        return [
            HistoryEntry(moment(when), event, before, after)
            for when, event, before, after in self._read(lambda state: list(state.steps))
        ]

    def __repr__(self) -> str:
        shown: str = self._read(
            lambda state: f"<Experiment {state.name!r} {state.status or 'deleted'} in {state.region}>"
        )
        return shown
