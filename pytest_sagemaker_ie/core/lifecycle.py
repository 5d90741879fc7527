"""The life cycle of an inference experiment: its statuses, the events, and the one table of moves.

Only `LIFECYCLE` says which move follows which event. The rules, the documentation's tables and the state diagram are
made from it. Nothing here knows requests, time or an experiment's data.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple


class Status(str, Enum):
    """The eight statuses of an inference experiment, in the API's spelling.

    Each is a `str`: ``Status.RUNNING == "Running"``. An argument takes either.
    """

    CREATING = "Creating"
    CREATED = "Created"
    UPDATING = "Updating"
    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"

    __str__ = str.__str__


class Event(str, Enum):
    """What moves an experiment from one status to another."""

    CREATE = "Create"
    CREATE_AT_ONCE = "Create (no StartTime)"
    START_TIME = "StartTime comes"
    START = "Start"
    UPDATE = "Update"
    END_TIME = "EndTime comes"
    STOP_COMPLETED = "Stop (Completed)"
    STOP_CANCELLED = "Stop (Cancelled)"
    DELETE = "Delete"
    FINISH = "the transitional status ends"
    FAIL = "it fails"

    __str__ = str.__str__


class Move(NamedTuple):
    """One row of the life cycle."""

    through: Status | None  # the transitional status on the way, or `None` if there is none
    to: Status | None  # the status in which the move ends, or `None` if the experiment is gone
    source: str  # of the rule: the API reference, the developer guide, AWS's CloudFormation handlers


LIFECYCLE: Final[Mapping[tuple[Status | None, Event], Move]] = {
    # `None` is an experiment that does not exist: before Create, and after Delete.
    (None, Event.CREATE): Move(Status.CREATING, Status.CREATED, "API, GUIDE, CFN"),
    (None, Event.CREATE_AT_ONCE): Move(Status.CREATING, Status.RUNNING, "API, GUIDE, CFN"),
    (Status.CREATED, Event.START_TIME): Move(Status.STARTING, Status.RUNNING, "API"),
    (Status.CREATED, Event.START): Move(Status.STARTING, Status.RUNNING, "GUIDE, CFN"),
    (Status.CREATED, Event.UPDATE): Move(Status.UPDATING, Status.CREATED, "CFN"),
    (Status.RUNNING, Event.UPDATE): Move(Status.UPDATING, Status.RUNNING, "CFN"),
    (Status.RUNNING, Event.END_TIME): Move(Status.STOPPING, Status.COMPLETED, "GUIDE"),
    (Status.RUNNING, Event.STOP_COMPLETED): Move(Status.STOPPING, Status.COMPLETED, "API, CFN"),
    (Status.RUNNING, Event.STOP_CANCELLED): Move(Status.STOPPING, Status.CANCELLED, "API, CFN"),
    (Status.CREATED, Event.DELETE): Move(None, None, "API, CFN"),
    (Status.COMPLETED, Event.DELETE): Move(None, None, "API, CFN"),
    (Status.CANCELLED, Event.DELETE): Move(None, None, "API, CFN"),
    (Status.CREATING, Event.FAIL): Move(None, Status.CANCELLED, "API"),
    (Status.STARTING, Event.FAIL): Move(None, Status.CANCELLED, "API"),
    (Status.UPDATING, Event.FAIL): Move(None, Status.CANCELLED, "API"),
    (Status.STOPPING, Event.FAIL): Move(None, Status.CANCELLED, "API"),
}

TRANSITIONAL: Final = frozenset(move.through for move in LIFECYCLE.values() if move.through is not None)
"""The statuses that an experiment leaves by itself: Creating, Starting, Updating, Stopping."""
