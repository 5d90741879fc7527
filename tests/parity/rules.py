"""The table of rules: for each its id, what it says, its source, and its case, or why none can be written.

The documentation's pages on fidelity and assumptions are made from it. Sources: API, the API reference; GUIDE, the
developer guide on shadow tests; MODEL, botocore's service model; CFN, AWS's CloudFormation handlers; SEEN, messages of
the live service that public issues quote; else it is an assumption.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from parity.answers import Like
from parity.bench import HOUR, TRANSITIONAL, Bench, NotRun, error_of, now
from parity.probes import (
    ACCEPTED,
    CONFLICT,
    DAY,
    FREE,
    IN_USE,
    INVALID,
    NOT_FOUND,
    UNREADABLE,
    Case,
    after,
    answered,
    calls,
    change,
    created,
    hours,
    listed,
    looked,
    moved,
    passing,
    storage,
    variant_statuses,
    violation,
)

__all__ = ["ASSUMPTION", "RULES", "Rule"]

ASSUMPTION: Final = "assumption"


@dataclass(frozen=True)
class Rule:
    """One rule."""

    id: str
    text: str
    source: str
    section: str
    case: Case | str
    """Its case, or why none can be written."""

    @property
    def is_assumption(self) -> bool:
        """Whether no public source says all of it."""
        return ASSUMPTION in self.source


def _section(name: str, *rows: tuple[str, str, str, Case | str]) -> list[Rule]:
    return [Rule(each, text, source, name, case) for each, text, source, case in rows]


def _schedule(start: timedelta | None = None, end: timedelta | None = None) -> dict[str, Any]:
    edges = {"StartTime": start, "EndTime": end}
    return {"Schedule": {edge: now() + delta for edge, delta in edges.items() if delta is not None}}


def _within(start: timedelta | None = None, end: timedelta | None = None) -> Callable[[Bench, str], dict[str, Any]]:
    return lambda bench, name: _schedule(start, end)


# Creating


def _created_with(*members: Any, status: str = "Created") -> Callable[[Bench], str]:
    def begin(bench: Bench) -> str:
        if status == "Running":
            bench.make_room()
        request = bench.creation("create", **_schedule(*members))
        bench.call("create", **request)
        return str(request["Name"])

    return begin


def _name_of(status: str) -> Case:
    def look(bench: Bench) -> Any:
        return bench.answer("create", **{**bench.creation("taken"), "Name": bench.shared(status)})

    return Case(look, IN_USE, on=status)


def _create_again(bench: Bench, name: str) -> Any:
    bench.call("delete", Name=name)
    return bench.answer("create", **{**bench.creation("again", **_schedule(DAY)), "Name": name})


def _lasts(*edges: timedelta | None) -> Callable[[Bench], Any]:
    def look(bench: Bench) -> Any:
        request = bench.creation("lasts", **(_schedule(*edges) if edges else {}))
        if not edges or edges[0] is None:
            bench.make_room()
        bench.call("create", **request)
        return {"status": bench.settled(request["Name"])[-1], "hours": hours(bench.show(request["Name"]))}

    return look


def _names_one_twice(bench: Bench, name: str) -> dict[str, Any]:
    return {"ModelVariants": [bench.variant(bench.production), bench.variant(bench.production)]}


CREATING = _section(
    "Creating",
    (
        "create-scheduled",
        "Create with a StartTime in the future goes through Creating to Created.",
        "API, GUIDE, CFN",
        moved(_created_with(DAY), "Creating", "Created"),
    ),
    (
        "create-unscheduled",
        "Create without a Schedule goes through Creating to Running, without Starting.",
        "API, GUIDE, CFN",
        moved(_created_with(status="Running"), "Creating", "Running"),
    ),
    (
        "create-unscheduled-duration",
        "An experiment without a Schedule lasts seven days.",
        "API",
        Case(_lasts(), {"status": "Running", "hours": 168}),
    ),
    (
        "create-start-time-only",
        "With only a StartTime in its Schedule, an experiment lasts seven days.",
        ASSUMPTION,
        Case(_lasts(DAY), {"status": "Created", "hours": 168}),
    ),
    (
        "create-end-time-only",
        "With only an EndTime in its Schedule, an experiment starts at once.",
        ASSUMPTION,
        Case(_lasts(None, 2 * DAY), {"status": "Running", "hours": 48}),
    ),
    (
        "create-arn",
        "An ARN has the form arn:{partition}:sagemaker:{region}:{account}:inference-experiment/{name}.",
        "MODEL",
        looked(lambda bench, name: bench.show(name)["Arn"] == bench.arn(name), True, on="Created"),
    ),
    *(
        (
            f"create-name-of-{status.lower()}",
            f"Create with the name of a {status} experiment raises ResourceInUse.",
            source,
            _name_of(status),
        )
        for status, source in (
            ("Created", "API, MODEL"),
            ("Running", "API, MODEL"),
            ("Completed", ASSUMPTION),
            ("Cancelled", ASSUMPTION),
        )
    ),
    (
        "create-name-of-deleted",
        "Create can use the name of a deleted experiment again.",
        ASSUMPTION,
        looked(_create_again, ACCEPTED, own="Created"),
    ),
    (
        "create-start-time-past",
        "A StartTime in the past raises a ValidationException.",
        ASSUMPTION,
        created(INVALID, _within(-HOUR, DAY)),
    ),
    (
        "create-start-time-now",
        "A StartTime can be now. The present second counts as now.",
        ASSUMPTION,
        created(ACCEPTED, _within(timedelta(), DAY)),
    ),
    (
        "create-end-time-past",
        "An EndTime that is not in the future raises a ValidationException.",
        ASSUMPTION,
        created(INVALID, _within(None, -HOUR)),
    ),
    (
        "schedule-order",
        "A StartTime that is not before the EndTime raises a ValidationException.",
        "API",
        created(INVALID, _within(3 * DAY, 2 * DAY)),
    ),
    (
        "schedule-most",
        "The time from StartTime to EndTime is at most 30 days.",
        "API",
        created(INVALID, _within(DAY, 31 * DAY + HOUR)),
    ),
    (
        "schedule-30-days",
        "The time from StartTime to EndTime can be 30 days.",
        "API",
        created(ACCEPTED, _within(DAY, 31 * DAY)),
    ),
    (
        "schedule-least",
        "The time from StartTime to EndTime is at least one hour.",
        "GUIDE, for the console; assumption: the API enforces it",
        created(INVALID, _within(DAY, DAY + HOUR / 2)),
    ),
    (
        "schedule-hour",
        "The time from StartTime to EndTime can be one hour.",
        "GUIDE",
        created(ACCEPTED, _within(DAY, DAY + HOUR)),
    ),
    (
        "create-second-on-endpoint",
        "Create accepts a second experiment on the same endpoint.",
        ASSUMPTION,
        Case(
            lambda bench: (
                bench.shared("Created") and bench.answer("create", **bench.creation("second", **_schedule(DAY)))
            ),
            ACCEPTED,
            on="Created",
        ),
    ),
    (
        "create-limit",
        "By default, there is no limit of experiments. A test can set a limit for each region. Create beyond it raises"
        " ResourceLimitExceeded.",
        "MODEL: the error; assumption: the limit",
        "The quota differs from account to account, and the case would need as many experiments.",
    ),
    (
        "variants-inf1",
        "A variant cannot use an Inf1 instance.",
        'GUIDE, "Exclusions"',
        created(
            INVALID,
            lambda bench, name: {
                "ModelVariants": [
                    bench.variant(bench.production),
                    bench.variant(bench.shadow, instance="ml.inf1.xlarge"),
                ]
            },
        ),
    ),
    (
        "variants-source",
        "SourceModelVariantName names one of the ModelVariants.",
        "MODEL, GUIDE",
        created(INVALID, lambda bench, name: {"ShadowModeConfig": bench.shadow_mode(source="other")}),
    ),
    (
        "variants-shadow",
        "ShadowModelVariantName names one of the ModelVariants.",
        "MODEL, GUIDE",
        created(INVALID, lambda bench, name: {"ShadowModeConfig": bench.shadow_mode(shadow="other")}),
    ),
    (
        "variants-differ",
        "The source and the shadow are two different ModelVariants.",
        "MODEL, GUIDE",
        created(INVALID, lambda bench, name: {"ShadowModeConfig": bench.shadow_mode(shadow=bench.production)}),
    ),
    (
        "variants-once",
        "Two ModelVariants cannot have the same name.",
        "MODEL, GUIDE",
        created(INVALID, _names_one_twice),
    ),
)


# Starting, stopping, deleting

_ALLOWED = {
    "start": ("Created",),
    "stop": ("Running",),
    "delete": ("Created", "Completed", "Cancelled"),
    "update": ("Created", "Running"),
}
_SETTLED = ("Created", "Running", "Completed", "Cancelled")


def _stop(bench: Bench, name: str) -> dict[str, Any]:
    return bench.stop_request()


def _conflicts(verb: str, request: Callable[[Bench, str], Any] | dict[str, Any]) -> list[tuple[str, str, str, Case]]:
    return [
        (
            f"{verb}-{status.lower()}-conflict",
            f"{verb.capitalize()} of a {status} experiment raises a ConflictException.",
            ASSUMPTION,
            passing(verb, status, request) if status in TRANSITIONAL else answered(verb, CONFLICT, request, on=status),
        )
        for status in (*TRANSITIONAL, *_SETTLED)
        if status not in _ALLOWED[verb]
    ]


def _start(bench: Bench) -> str:
    name = bench.make("Created")
    bench.start(name)
    return name


def _end_by_time(bench: Bench) -> str:
    bench.make_room()
    return bench.make("Running", **_schedule(None, HOUR + timedelta(minutes=1)))


def _update(status: str) -> Callable[[Bench], str]:
    def begin(bench: Bench) -> str:
        name = bench.make(status)
        bench.call("update", Name=name, Description="changed")
        return name

    return begin


def _stopped_as(**members: Any) -> Callable[[Bench], str]:
    def begin(bench: Bench) -> str:
        name = bench.make("Running")
        bench.call("stop", Name=name, **bench.stop_request(**members))
        return name

    return begin


def _started_early(bench: Bench) -> Any:
    name = bench.make("Created", **_schedule(DAY, 3 * DAY))
    planned = bench.show(name)["Schedule"]["EndTime"]
    bench.start(name)
    bench.settled(name)
    schedule = bench.show(name)["Schedule"]
    return {"StartTime is now": now() - schedule["StartTime"] < HOUR, "EndTime stays": schedule["EndTime"] == planned}


def _started_too_early(bench: Bench) -> Any:
    name = bench.make("Created", **_schedule(20 * DAY, 45 * DAY))
    bench.start(name)
    bench.settled(name)
    return {"ends in days": round((bench.show(name)["Schedule"]["EndTime"] - now()) / DAY)}


def _start_time_while_creating(bench: Bench) -> Any:
    bench.make_room()
    start = now() + timedelta(seconds=1.5)
    request = bench.creation("while", Schedule={"StartTime": start})
    bench.call("create", **request)
    late = False
    for status in bench.statuses(request["Name"]):
        late |= status == "Creating" and now() > start
        if not late and status != "Creating":
            raise NotRun("Creating was over before the StartTime came")
        if late and status not in ("Creating", "Starting"):
            return status if status == "Running" else bench.until(request["Name"], "Running")[-1]
    return None


def _deleted(bench: Bench, name: str) -> Any:
    bench.call("delete", Name=name)
    return bench.answer("describe", Name=name)


def _actions(**actions: str) -> Callable[[Bench, str], dict[str, Any]]:
    """Return the actions of a stop on the roles `production` and `shadow`."""

    def request(bench: Bench, name: str) -> dict[str, Any]:
        names = {"production": bench.production, "shadow": bench.shadow}
        return {"ModelVariantActions": {names.get(role, role): action for role, action in actions.items()}}

    return request


def _ended_with(**actions: str) -> Callable[[Bench, str], Any]:
    return after(calls("stop", _actions(**actions)), variant_statuses)


def _desired(*roles: str) -> Callable[[Bench, str], dict[str, Any]]:
    def request(bench: Bench, name: str) -> dict[str, Any]:
        names = {"production": bench.production, "shadow": bench.shadow}
        return bench.stop_request(DesiredModelVariants=[bench.variant(names.get(role, role)) for role in roles])

    return request


def _end_of_time(bench: Bench) -> Any:
    name = _end_by_time(bench)
    bench.until(name, "Completed", 2 * HOUR.total_seconds())
    return variant_statuses(bench, name)


def _shadow_mode_at_the_end(bench: Bench, name: str) -> Any:
    before = bench.show(name)["ShadowModeConfig"]
    bench.call("stop", Name=name, **_actions(production="Remove", shadow="Promote")(bench, name))
    bench.settled(name)
    return bench.show(name)["ShadowModeConfig"] == before


MOVING = _section(
    "Starting, stopping, deleting",
    (
        "start-created",
        "Start takes a Created experiment through Starting to Running.",
        "GUIDE, CFN",
        moved(_start, "Starting", "Running"),
    ),
    (
        "start-time-comes",
        "At its StartTime, a Created experiment goes through Starting to Running.",
        "API",
        moved(
            _created_with(timedelta(seconds=90), status="Running"),
            ("Creating", "Created", "Starting"),
            "Running",
            seconds=90,
        ),
    ),
    (
        "start-early",
        "An early start sets the StartTime to now and does not change the EndTime.",
        ASSUMPTION,
        Case(_started_early, {"StartTime is now": True, "EndTime stays": True}),
    ),
    (
        "start-early-30-days",
        "If the experiment would last longer, an early start sets the EndTime to 30 days from now.",
        "GUIDE",
        Case(_started_too_early, {"ends in days": 30}),
    ),
    *_conflicts("start", {}),
    (
        "end-time-comes",
        "At its EndTime, a Running experiment goes through Stopping to Completed.",
        "GUIDE",
        moved(_end_by_time, ("Running", "Stopping"), "Completed", seconds=3700),
    ),
    (
        "end-time-variants",
        "At the EndTime, the production variant stays on the endpoint, and the shadow variant leaves it.",
        "GUIDE",
        Case(_end_of_time, {"production": "InService", "shadow": "Deleted"}, seconds=3700),
    ),
    (
        "stop-completed",
        "Stop with the DesiredState Completed goes through Stopping to Completed.",
        "API, CFN",
        moved(_stopped_as(DesiredState="Completed"), "Stopping", "Completed"),
    ),
    (
        "stop-cancelled",
        "Stop with the DesiredState Cancelled goes through Stopping to Cancelled.",
        "API, CFN",
        moved(_stopped_as(DesiredState="Cancelled"), "Stopping", "Cancelled"),
    ),
    (
        "stop-without-state",
        "Stop without a DesiredState ends in Cancelled, as the API reference describes that status.",
        ASSUMPTION,
        moved(_stopped_as(), "Stopping", "Cancelled"),
    ),
    (
        "stop-reason",
        "The Reason of a stop becomes the StatusReason.",
        "API",
        Case(
            lambda bench: after(
                calls("stop", lambda bench, name: bench.stop_request(Reason="seen enough")),
                lambda bench, name: bench.show(name).get("StatusReason"),
            )(bench, bench.make("Running")),
            "seen enough",
        ),
    ),
    *_conflicts("stop", _stop),
    (
        "stop-unknown-variant",
        "An action for a variant that the experiment does not have raises a ValidationException.",
        "API",
        answered("stop", INVALID, _actions(production="Retain", other="Remove"), own="Running"),
    ),
    (
        "stop-promote-production",
        "Only the shadow variant can be promoted. Promote for the production variant raises a ValidationException.",
        "API",
        answered("stop", INVALID, _actions(production="Promote", shadow="Remove"), own="Running", alters=True),
    ),
    (
        "stop-promote",
        "Promote replaces the production variant with the shadow variant, and Remove removes the production variant.",
        "API, CFN",
        looked(
            _ended_with(production="Remove", shadow="Promote"),
            {"production": "Deleted", "shadow": "InService"},
            own="Running",
            alters=True,
        ),
    ),
    (
        "stop-promote-and-retain",
        "Stop accepts Promote for the shadow variant with Retain for the production variant.",
        ASSUMPTION,
        answered("stop", ACCEPTED, _actions(production="Retain", shadow="Promote"), own="Running", alters=True),
    ),
    (
        "stop-remove-both",
        "One variant stays in production: to remove the production variant and promote no other is a"
        " ValidationException.",
        ASSUMPTION,
        answered("stop", INVALID, _actions(production="Remove", shadow="Remove"), own="Running", alters=True),
    ),
    (
        "stop-no-action",
        "Without an action, the production variant stays and the shadow variant leaves, as at the EndTime.",
        ASSUMPTION,
        looked(_ended_with(production="Retain"), {"production": "InService", "shadow": "Deleted"}, own="Running"),
    ),
    (
        "stop-desired-variant-goes",
        "DesiredModelVariants with a variant that does not stay raise a ValidationException.",
        ASSUMPTION,
        answered("stop", INVALID, _desired("shadow"), own="Running"),
    ),
    (
        "stop-desired-variants-twice",
        "DesiredModelVariants with the same variant twice raise a ValidationException.",
        ASSUMPTION,
        answered("stop", INVALID, _desired("production", "production"), own="Running"),
    ),
    (
        "stop-shadow-mode",
        "The end of an experiment does not change its ShadowModeConfig, also after a promotion.",
        ASSUMPTION,
        looked(_shadow_mode_at_the_end, True, own="Running", alters=True),
    ),
    *(
        (
            f"delete-{status.lower()}",
            f"Delete removes a {status} experiment at once. Its endpoint and variants stay.",
            "API, CFN",
            looked(_deleted, NOT_FOUND, own=status),
        )
        for status in _ALLOWED["delete"]
    ),
    *_conflicts("delete", {}),
)


# Updates


def _swapped(bench: Bench, shown: dict[str, Any]) -> dict[str, Any]:
    return {"ShadowModeConfig": bench.shadow_mode(bench.shadow, bench.production)}


def _variants_shown(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [{member: each[member] for member in each if member != "Status"} for each in shown["ModelVariants"]]


_FIELDS: Final[dict[str, tuple[str, Any, Any]]] = {
    "description": (
        "The Description",
        lambda shown: {"Description": shown.get("Description", "")} if "Description" in shown else {},
        lambda bench, shown: {"Description": "changed"},
    ),
    "start-time": (
        "Schedule.StartTime",
        lambda shown: {"Schedule": {"StartTime": shown["Schedule"]["StartTime"]}},
        lambda bench, shown: {"Schedule": {"StartTime": shown["Schedule"]["StartTime"] + 2 * HOUR}},
    ),
    "end-time": (
        "Schedule.EndTime",
        lambda shown: {"Schedule": {"EndTime": shown["Schedule"]["EndTime"]}},
        lambda bench, shown: {"Schedule": {"EndTime": shown["Schedule"]["EndTime"] + 2 * HOUR}},
    ),
    "variants": (
        "ModelVariants",
        lambda shown: {"ModelVariants": _variants_shown(shown)},
        lambda bench, shown: {"ModelVariants": [bench.variant(bench.production), bench.variant(bench.shadow, count=2)]},
    ),
    "storage": (
        "DataStorageConfig",
        lambda shown: {"DataStorageConfig": shown.get("DataStorageConfig", {"Destination": "s3://parity/first"})},
        lambda bench, shown: {"DataStorageConfig": storage(bench, "second")},
    ),
    "variant-names": (
        "The variant names of ShadowModeConfig",
        lambda shown: {"ShadowModeConfig": shown["ShadowModeConfig"]},
        _swapped,
    ),
    "sampling": (
        "The SamplingPercentage",
        lambda shown: {"ShadowModeConfig": shown["ShadowModeConfig"]},
        lambda bench, shown: {
            "ShadowModeConfig": bench.shadow_mode(
                sampling=(shown["ShadowModeConfig"]["ShadowModelVariants"][0]["SamplingPercentage"] + 7) % 100
            )
        },
    ),
}
_MAY = {
    ("Created", field): (True, True, "can change") for field in _FIELDS
} | {
    ("Running", "description"): (True, True, "can change"),
    ("Running", "end-time"): (True, True, "can change"),
    ("Running", "sampling"): (True, True, "can change"),
    ("Running", "start-time"): (True, False, "can be repeated, but not changed,"),
    ("Running", "variant-names"): (True, False, "can be repeated, but not changed,"),
    ("Running", "variants"): (False, False, "cannot be in an update"),
    ("Running", "storage"): (False, False, "cannot be in an update"),
}  # fmt: skip


def _permissions() -> list[tuple[str, str, str, Case]]:
    rows = []
    for (status, field), (may_repeat, may_change, words) in _MAY.items():
        what, repeated, changed = _FIELDS[field]
        source = "API, GUIDE, CFN" if may_change else "GUIDE, CFN; assumption: a change is a ConflictException"
        case = change(repeated, changed, may_repeat, may_change, status)
        text = f"{what} {words} while the experiment is {status}."
        rows.append((f"update-{status.lower()}-{field}", text, source, case))
    return rows


def _unchanged(bench: Bench, name: str) -> Any:
    before = bench.show(name)
    answer = bench.call("update", Name=name, Schedule=before["Schedule"], ShadowModeConfig=before["ShadowModeConfig"])
    bench.settled(name)
    return {
        "returns the ARN": answer == {"InferenceExperimentArn": before["Arn"]},
        "LastModifiedTime stays": bench.show(name)["LastModifiedTime"] == before["LastModifiedTime"],
    }


def _without_fraction(bench: Bench, name: str) -> dict[str, Any]:
    start = bench.show(name)["Schedule"]["StartTime"]
    return {"Schedule": {"StartTime": start.replace(microsecond=0)}}


def _left_out(bench: Bench, name: str) -> Any:
    before = bench.show(name)["Schedule"]
    bench.call("update", Name=name, Schedule={"EndTime": before["EndTime"] + DAY})
    bench.settled(name)
    return bench.show(name)["Schedule"]["StartTime"] == before["StartTime"]


def _storage_replaced(bench: Bench) -> Any:
    first = {**storage(bench, "first"), "ContentType": {"CsvContentTypes": ["text/csv"]}}
    name = bench.make("Created", DataStorageConfig=first)
    bench.call("update", Name=name, DataStorageConfig=storage(bench, "second"))
    bench.settled(name)
    return sorted(bench.show(name)["DataStorageConfig"])


def _models_shown(bench: Bench, name: str) -> Any:
    return [
        [
            "shadow" if each["VariantName"] == bench.shadow else "production",
            each["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceCount"],
        ]
        for each in bench.show(name)["ModelVariants"]
    ]


def _replaced_both(bench: Bench, name: str) -> Any:
    other = f"{bench.shadow}-2"
    bench.call(
        "update",
        Name=name,
        ModelVariants=[bench.variant(bench.production), bench.variant(other, model=bench.models[bench.shadow])],
        ShadowModeConfig=bench.shadow_mode(shadow=other),
    )
    bench.settled(name)
    return {"has the new variant": other in [each["VariantName"] for each in bench.show(name)["ModelVariants"]]}


UPDATES = _section(
    "Updates",
    *(
        (
            f"update-{status.lower()}",
            f"Update takes a {status} experiment through Updating back to {status}.",
            "CFN",
            moved(_update(status), "Updating", status),
        )
        for status in _ALLOWED["update"]
    ),
    *_conflicts("update", {"Description": "changed"}),
    *_permissions(),
    (
        "update-status-first",
        "The service checks the status first: a forbidden update with an invalid value raises a ConflictException.",
        ASSUMPTION,
        answered("update", CONFLICT, _within(None, -DAY), on="Completed"),
    ),
    (
        "update-nothing-refused",
        "In a status that allows no update, an update without any field raises a ConflictException too.",
        ASSUMPTION,
        answered("update", CONFLICT, on="Completed"),
    ),
    *(
        (
            f"update-nothing-{status.lower()}",
            f"In {status}, an update that changes nothing returns the ARN, and does not change LastModifiedTime.",
            ASSUMPTION,
            looked(_unchanged, {"returns the ARN": True, "LastModifiedTime stays": True}, on=status),
        )
        for status in _ALLOWED["update"]
    ),
    (
        "update-repeated-second",
        "A time without its fraction of a second counts as repeated too, because some versions of botocore send whole"
        " seconds.",
        ASSUMPTION,
        answered("update", ACCEPTED, _without_fraction, on="Running"),
    ),
    (
        "update-repeated-past",
        "An update can repeat a time that is in the past.",
        ASSUMPTION,
        answered("update", ACCEPTED, lambda bench, name: {"Schedule": bench.show(name)["Schedule"]}, on="Running"),
    ),
    (
        "update-start-time-past",
        "A changed StartTime that is not in the future raises a ValidationException.",
        ASSUMPTION,
        answered("update", INVALID, _within(-HOUR), on="Created"),
    ),
    *(
        (
            f"update-end-time-past-{status.lower()}",
            f"In {status}, a changed EndTime that is not in the future raises a ValidationException.",
            ASSUMPTION,
            answered("update", INVALID, _within(None, -HOUR), on=status),
        )
        for status in _ALLOWED["update"]
    ),
    (
        "update-left-out",
        "An update keeps the values that it does not have: a Schedule with only an EndTime keeps the StartTime.",
        ASSUMPTION,
        looked(_left_out, True, own="Created"),
    ),
    (
        "update-replaced-whole",
        "An update replaces ShadowModeConfig and DataStorageConfig as a whole.",
        ASSUMPTION,
        Case(_storage_replaced, ["Destination"]),
    ),
    (
        "update-one-variant",
        "An update with one ModelVariant replaces the variant of that name, and keeps the other one.",
        "assumption; the API reference only says that there is one for each variant to be updated",
        looked(
            after(
                calls("update", lambda bench, name: {"ModelVariants": [bench.variant(bench.shadow, count=2)]}),
                _models_shown,
            ),
            [["production", 1], ["shadow", 2]],
            own="Created",
        ),
    ),
    (
        "update-two-variants",
        "An update with two ModelVariants replaces the list.",
        ASSUMPTION,
        looked(_replaced_both, {"has the new variant": True}, own="Created"),
    ),
    (
        "update-unknown-variant",
        "An update with one ModelVariant of an unknown name raises a ValidationException.",
        ASSUMPTION,
        answered("update", INVALID, lambda bench, name: {"ModelVariants": [bench.variant("other")]}, on="Created"),
    ),
    (
        "update-model",
        "An update can change the model of a variant while the experiment is Created.",
        ASSUMPTION,
        answered(
            "update",
            ACCEPTED,
            lambda bench, name: {"ModelVariants": [bench.variant(bench.shadow, model=bench.models[bench.production])]},
            own="Created",
        ),
    ),
    (
        "update-schedule-order",
        "An EndTime before the StartTime raises a ValidationException.",
        ASSUMPTION,
        answered("update", INVALID, _within(3 * DAY, 2 * DAY), on="Created"),
    ),
    (
        "update-schedule-most",
        "After an update, the time from StartTime to EndTime is at most 30 days.",
        "API",
        answered("update", INVALID, _within(DAY, 32 * DAY), on="Created"),
    ),
    (
        "update-schedule-least",
        "After an update, the time from StartTime to EndTime is at least one hour.",
        "GUIDE, for the console; assumption: the API enforces it",
        answered("update", INVALID, _within(2 * DAY, 2 * DAY + HOUR / 2), on="Created"),
    ),
    (
        "update-variants-differ",
        "A ShadowModeConfig with the same variant twice raises a ValidationException.",
        ASSUMPTION,
        answered(
            "update",
            INVALID,
            lambda bench, name: {"ShadowModeConfig": bench.shadow_mode(shadow=bench.production)},
            on="Created",
        ),
    ),
)


# Listing


def _group(bench: Bench, *words: str) -> str:
    """Make a Created experiment for each word, in this order; return what their names have in common."""
    common = bench.name("group")
    for word in words:
        bench.make("Created", Name=f"{common}-{word}")
    return common


def _order(**request: str) -> Callable[[Bench], Any]:
    def look(bench: Bench) -> Any:
        common = _group(bench, "b", "c", "a")
        return [each.rpartition("-")[2] for each in listed(bench, NameContains=common, **request)]

    return look


def _by_status(bench: Bench) -> Any:
    bench.shared("Created"), bench.shared("Completed"), bench.shared("Cancelled")
    shown = [bench.status(name) for name in listed(bench, SortBy="Status", SortOrder="Ascending")]
    return list(dict.fromkeys(each for each in shown if each in ("Created", "Completed", "Cancelled")))


def _by_status_and_time(bench: Bench) -> Any:
    common = _group(bench, "b", "a")
    names = listed(bench, SortBy="Status", SortOrder="Ascending", NameContains=common)
    return [each.rpartition("-")[2] for each in names]


def _first_page(bench: Bench) -> Any:
    common = _group(bench, *(f"{number:02}" for number in range(11)))
    page = bench.call("list", NameContains=common)
    return {"experiments": len(page["InferenceExperiments"]), "has a NextToken": "NextToken" in page}


def _filled(bench: Bench) -> Any:
    common = _group(bench, "a", "b")
    _group(bench, "c", "d")
    page = bench.call("list", NameContains=common, MaxResults=2)
    return len(page["InferenceExperiments"])


def _at_the_moment(parameter: str) -> Callable[[Bench, str], bool]:
    """Return a function that tells whether a time filter lets the very moment of an experiment through."""

    def show(bench: Bench, name: str) -> bool:
        when = bench.show(name)[parameter.removesuffix("After").removesuffix("Before")]
        return name in listed(bench, **{parameter: round(when.timestamp(), 3)})

    return show


def _other_case(bench: Bench, name: str) -> bool:
    return name in listed(bench, NameContains=bench.prefix.upper())


def _with_token(altered: Callable[[str], str] = str, **other: Any) -> Callable[[Bench], Any]:
    def look(bench: Bench) -> Any:
        common = _group(bench, "a", "b")
        token = bench.call("list", NameContains=common, MaxResults=1)["NextToken"]
        return bench.answer("list", **{"NameContains": common, **other, "NextToken": altered(token)})

    return look


def _altered(token: str) -> str:
    middle = len(token) // 2
    return f"{token[:middle]}{'A' if token[middle] != 'A' else 'B'}{token[middle + 1 :]}"


def _summary(bench: Bench, name: str) -> Any:
    shown = bench.show(name)
    (summary,) = bench.call("list", NameContains=name)["InferenceExperiments"]
    return {
        "all as Describe shows it": all(shown.get(member) == value for member, value in summary.items()),
        "left out": sorted({"Name", "Type", "Schedule", "Status", "CreationTime", "RoleArn"} - set(summary)),
    }


LISTING = _section(
    "Listing",
    (
        "list-default-order",
        "By default, the list begins with the newest CreationTime.",
        ASSUMPTION,
        Case(_order(), ["a", "c", "b"], on="Created"),
    ),
    *(
        (
            f"list-{by}-{order}".lower(),
            f"SortBy {by} with SortOrder {order} lists the experiments in that order.",
            "API",
            Case(_order(SortBy=by, SortOrder=order), list(expected), on="Created"),
        )
        for by, order, expected in (
            ("Name", "Ascending", "abc"),
            ("Name", "Descending", "cba"),
            ("CreationTime", "Ascending", "bca"),
        )
    ),
    (
        "list-default-sort-order",
        "SortOrder is Descending by default.",
        ASSUMPTION,
        Case(_order(SortBy="Name"), ["c", "b", "a"], on="Created"),
    ),
    (
        "list-status-order",
        "SortBy Status lists the statuses in alphabetical order.",
        ASSUMPTION,
        Case(_by_status, ["Cancelled", "Completed", "Created"], on="Cancelled"),
    ),
    (
        "list-status-order-within",
        "With SortBy Status, experiments of one status are in the order of their CreationTime.",
        ASSUMPTION,
        Case(_by_status_and_time, ["b", "a"], on="Created"),
    ),
    (
        "list-page-size",
        "By default, a page has at most ten experiments.",
        ASSUMPTION,
        Case(_first_page, {"experiments": 10, "has a NextToken": True}, on="Created"),
    ),
    (
        "list-fills-pages",
        "The filters come before MaxResults: if there are more experiments, the page is full.",
        "assumption; other lists of SageMaker apply MaxResults first",
        Case(_filled, 2, on="Created"),
    ),
    ("list-name-case", "NameContains ignores case.", ASSUMPTION, looked(_other_case, True, on="Created")),
    *(
        (
            f"list-{slug}-{side.lower()}",
            f"{time}{side} {'includes' if side == 'After' else 'excludes'} experiments of exactly that time.",
            "assumption, by the references of ListEndpoints and others" if side == "After" else ASSUMPTION,
            looked(_at_the_moment(f"{time}{side}"), side == "After", on="Created"),
        )
        for slug, time in (("creation-time", "CreationTime"), ("last-modified-time", "LastModifiedTime"))
        for side in ("After", "Before")
    ),
    (
        "list-token-unknown",
        "A NextToken that no List has returned raises a ValidationException.",
        ASSUMPTION,
        answered("list", INVALID, {"NextToken": "parity"}),
    ),
    (
        "list-token-altered",
        "An altered NextToken raises a ValidationException.",
        ASSUMPTION,
        Case(_with_token(_altered), INVALID, on="Created"),
    ),
    (
        "list-token-filters",
        "A NextToken with other filters raises a ValidationException.",
        ASSUMPTION,
        Case(_with_token(StatusEquals="Created"), INVALID, on="Created"),
    ),
    (
        "list-token-order",
        "A NextToken with another order raises a ValidationException.",
        ASSUMPTION,
        Case(_with_token(SortBy="Name"), INVALID, on="Created"),
    ),
    (
        "list-token-size",
        "With a NextToken, MaxResults can be different.",
        ASSUMPTION,
        Case(_with_token(MaxResults=50), ACCEPTED, on="Created"),
    ),
    (
        "list-token-region",
        "A NextToken is valid only in its region.",
        ASSUMPTION,
        "A run uses only one region.",
    ),
    ("list-token-lasts", "A NextToken does not expire.", ASSUMPTION, "No wait is long enough to show it."),
    (
        "list-summary",
        "A summary has the same values as the Describe response.",
        "MODEL",
        looked(_summary, {"all as Describe shows it": True, "left out": []}, on="Created"),
    ),
)


# Tags

_NOWHERE = {"error": "ValidationException", "message": Like(r"Resource does not exist\.")}
_TAG_REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "list_tags": {},
    "add_tags": {"Tags": [{"Key": "team", "Value": "parity"}]},
    "delete_tags": {"TagKeys": ["team"]},
}
_RESERVED = {
    "error": "ValidationException",
    "message": Like(r"System prefix 'aws:' reserved for AWS usage in tag key: aws:parity"),
}


def _tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _tags_in(bench: Bench, name: str) -> Any:
    arn = bench.arn(name)
    before = bench.show(name)
    bench.call("add_tags", ResourceArn=arn, Tags=_tags(a="1", b="2"))
    added = bench.call("list_tags", ResourceArn=arn)["Tags"]
    bench.call("delete_tags", ResourceArn=arn, TagKeys=["a", "b"])
    left = bench.call("list_tags", ResourceArn=arn)["Tags"]
    moved = bench.show(name)["LastModifiedTime"] != before["LastModifiedTime"]
    return {"added": sorted(each["Key"] for each in added), "left": left, "LastModifiedTime moved": moved}


def _overwritten(bench: Bench, name: str) -> Any:
    arn = bench.arn(name)
    bench.call("add_tags", ResourceArn=arn, Tags=_tags(a="1", b="2"))
    returned = bench.call("add_tags", ResourceArn=arn, Tags=_tags(a="3"))["Tags"]
    return {each["Key"]: each["Value"] for each in returned}


def _fifty(bench: Bench, name: str) -> Any:
    arn = bench.arn(name)
    bench.call("add_tags", ResourceArn=arn, Tags=_tags(**{f"k{number}": "" for number in range(50)}))
    page = bench.call("list_tags", ResourceArn=arn)
    one_more = bench.answer("add_tags", ResourceArn=arn, Tags=_tags(more=""))
    return {"on the page": len(page["Tags"]), "has a NextToken": "NextToken" in page, "one more": one_more}


TAGS = _section(
    "Tags",
    *(
        (
            f"{verb.replace('_', '-')}-unknown",
            f"{operation} with the ARN of an unknown experiment raises a ValidationException: Resource does not exist.",
            "SEEN" if verb == "list_tags" else "assumption, by what ListTags says (SEEN)",
            answered(verb, _NOWHERE, request),
        )
        for (verb, request), operation in zip(_TAG_REQUESTS.items(), ("ListTags", "AddTags", "DeleteTags"), strict=True)
    ),
    (
        "tags-no-arn",
        "A ResourceArn that does not have the form of an ARN raises a ValidationException.",
        "MODEL",
        answered("list_tags", INVALID, lambda bench, name: {"ResourceArn": name}),
    ),
    (
        "tags-other-account",
        "The ARN of an experiment of another account raises a ValidationException.",
        ASSUMPTION,
        answered("list_tags", INVALID, lambda bench, name: {"ResourceArn": bench.arn(name, account="000000000000")}),
    ),
    (
        "tags-other-region",
        "The ARN of an experiment of another region raises a ValidationException.",
        ASSUMPTION,
        answered("list_tags", INVALID, lambda bench, name: {"ResourceArn": bench.arn(name, region="sa-east-1")}),
    ),
    (
        "add-tags-reserved",
        "AddTags refuses a key that begins with aws:.",
        "SEEN at DeleteTags",
        answered("add_tags", _RESERVED, {"Tags": [{"Key": "aws:parity", "Value": ""}]}, on="Created"),
    ),
    (
        "delete-tags-reserved",
        "DeleteTags refuses a key that begins with aws:.",
        "SEEN",
        answered("delete_tags", _RESERVED, {"TagKeys": ["aws:parity"]}, on="Created"),
    ),
    (
        "create-tags-reserved",
        "Create refuses a tag whose key begins with aws:.",
        "SEEN at DeleteTags",
        created(_RESERVED, lambda bench, name: {"Tags": [{"Key": "aws:parity", "Value": ""}], **_schedule(DAY)}),
    ),
    (
        "tags-key-twice",
        "A request cannot have the same key twice.",
        "AWS's tagging rules",
        answered("add_tags", INVALID, {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, on="Created"),
    ),
    (
        "tags-most",
        "An experiment has at most 50 tags, and ListTags shows them on one page.",
        "MODEL, AWS's tagging rules",
        looked(_fifty, {"on the page": 50, "has a NextToken": False, "one more": INVALID}, own="Created"),
    ),
    (
        "add-tags-returns",
        "AddTags replaces the values of existing keys, and returns all tags of the experiment.",
        "API",
        looked(_overwritten, {"a": "3", "b": "2"}, own="Created"),
    ),
    (
        "delete-tags-absent",
        "DeleteTags ignores unknown keys.",
        ASSUMPTION,
        answered("delete_tags", ACCEPTED, {"TagKeys": ["absent"]}, on="Created"),
    ),
    *(
        (
            f"tags-{status.lower()}",
            f"Tags of a {status} experiment can change, and the change does not change LastModifiedTime.",
            ASSUMPTION,
            looked(_tags_in, {"added": ["a", "b"], "left": [], "LastModifiedTime moved": False}, on=status),
        )
        for status in _SETTLED
    ),
)


# What Describe shows


def _while(status: str, show: Callable[[Bench, str], Any] = variant_statuses) -> Callable[[Bench], Any]:
    return lambda bench: show(bench, bench.passing(status))


def _both(status: str) -> dict[str, str]:
    return {"production": status, "shadow": status}


def _endpoint_status(bench: Bench, name: str) -> Any:
    return bench.show(name)["EndpointMetadata"].get("EndpointStatus")


def _shadow_share(bench: Bench, name: str) -> int:
    endpoint = bench.call("describe_endpoint", EndpointName=bench.show(name)["EndpointMetadata"]["EndpointName"])
    (production,), (shadow,) = endpoint["ProductionVariants"], endpoint["ShadowProductionVariants"]
    return round(100 * shadow["CurrentWeight"] / production["CurrentWeight"])


def _refused_change(bench: Bench, name: str) -> bool:
    before = bench.show(name)["LastModifiedTime"]
    bench.answer("update", Name=name, Description="refused")
    return bool(bench.show(name)["LastModifiedTime"] == before)


def _change_moves(bench: Bench, name: str) -> bool:
    before = bench.show(name)["LastModifiedTime"]
    time.sleep(0.05)
    bench.call("update", Name=name, Description="moved")
    bench.settled(name)
    return bool(bench.show(name)["LastModifiedTime"] > before)


def _completion_time(bench: Bench) -> Any:
    name = bench.make("Running")
    bench.call("stop", Name=name, **bench.stop_request())
    stopping = None
    for status in bench.statuses(name):
        shown = bench.show(name)
        if shown["Status"] == status == "Stopping":
            stopping = shown["LastModifiedTime"]
        elif status != "Stopping":
            break
    if stopping is None:
        raise NotRun("Stopping was over before it could be looked at")
    return bool(bench.show(name)["CompletionTime"] > stopping)


DESCRIBE = _section(
    "What Describe shows",
    (
        "variants-created",
        "While the experiment is Created, its variants are Creating.",
        ASSUMPTION,
        looked(variant_statuses, _both("Creating"), on="Created"),
    ),
    (
        "variants-running",
        "While the experiment is Running, its variants are InService.",
        ASSUMPTION,
        looked(variant_statuses, _both("InService"), on="Running"),
    ),
    (
        "variants-ended",
        "After the end of the experiment, a variant that has left is Deleted, and the other one is InService.",
        "API; assumption: InService",
        looked(variant_statuses, {"production": "InService", "shadow": "Deleted"}, on="Completed"),
    ),
    *(
        (
            f"variants-{status.lower()}",
            f"While the experiment is {status}, its variants are {words}.",
            ASSUMPTION,
            Case(_while(status), expected),
        )
        for status, words, expected in (
            ("Creating", "Creating", _both("Creating")),
            ("Starting", "Creating", _both("Creating")),
            ("Updating", "Updating", _both("Updating")),
            (
                "Stopping",
                "InService, but one that leaves is Deleting",
                {"production": "InService", "shadow": "Deleting"},
            ),
        )
    ),
    (
        "endpoint-name",
        "EndpointMetadata has the EndpointName.",
        "MODEL",
        looked(
            lambda bench, name: bench.show(name)["EndpointMetadata"]["EndpointName"] == bench.setting.endpoint_name,
            True,
            on="Created",
        ),
    ),
    *(
        (
            f"endpoint-status-{status.lower()}",
            f"The endpoint is InService while the experiment is {status}.",
            ASSUMPTION,
            looked(_endpoint_status, "InService", on=status),
        )
        for status in ("Created", "Running")
    ),
    *(
        (
            f"endpoint-status-{status.lower()}",
            f"The endpoint is Updating while the experiment is {status}.",
            "GUIDE; assumption: EndpointMetadata shows it",
            Case(_while(status, _endpoint_status), "Updating"),
        )
        for status in ("Starting", "Stopping")
    ),
    (
        "endpoint-shadow-share",
        "The weight of the shadow variant divided by the weight of the production variant is the SamplingPercentage.",
        "MODEL",
        looked(_shadow_share, 30, on="Running"),
    ),
    (
        "endpoint-variants-change",
        "The variants of an endpoint change at the end of an update of the endpoint, not at its beginning.",
        ASSUMPTION,
        "How long the service shows which variants in an update cannot be told from the outside.",
    ),
    (
        "endpoint-two",
        "The account does not refuse a second experiment on one endpoint at the same time.",
        ASSUMPTION,
        "GUIDE rules it out, and no source says which error it is.",
    ),
    (
        "endpoint-unknown",
        "DescribeEndpoint of an unknown endpoint raises a ValidationException.",
        "SEEN",
        Case(
            lambda bench: bench.answer("describe_endpoint", EndpointName=bench.name("unknown")),
            {"error": "ValidationException", "message": Like(r'Could not find endpoint "arn:.*:endpoint/.*"\.')},
            FREE,
        ),
    ),
    (
        "last-modified-moves",
        "A change also changes LastModifiedTime.",
        "MODEL",
        looked(_change_moves, True, own="Created"),
    ),
    (
        "last-modified-refused",
        "A refused call does not change LastModifiedTime.",
        ASSUMPTION,
        looked(_refused_change, True, on="Completed"),
    ),
    (
        "completion-time-running",
        "A Running experiment has no CompletionTime.",
        "MODEL",
        looked(lambda bench, name: "CompletionTime" in bench.show(name), False, on="Running"),
    ),
    *(
        (
            f"completion-time-{status.lower()}",
            f"A {status} experiment has a CompletionTime.",
            "MODEL",
            looked(lambda bench, name: "CompletionTime" in bench.show(name), True, on=status),
        )
        for status in ("Completed", "Cancelled")
    ),
    (
        "completion-time-moment",
        "CompletionTime is the time at which the experiment became Completed or Cancelled, not the time of the Stop.",
        ASSUMPTION,
        Case(_completion_time, True),
    ),
)


# Failures

_NO_FAILURE = "A service cannot be made to fail."

FAILURES = _section(
    "Failures",
    (
        "failure-ends",
        "An experiment that fails in a transitional status becomes Cancelled, with a StatusReason.",
        "API",
        _NO_FAILURE,
    ),
    (
        "failure-moment",
        "An experiment fails at the time at which its transitional status would end.",
        ASSUMPTION,
        _NO_FAILURE,
    ),
    (
        "failure-variants",
        "If an experiment fails while it is Creating, Starting or Updating, its shadow variant leaves, as at the"
        " EndTime. If it fails while it is Stopping, its variants get the actions of the stop.",
        ASSUMPTION,
        _NO_FAILURE,
    ),
    (
        "common-errors",
        "Every operation can raise the common errors, with their codes, HTTP statuses and messages.",
        'API, "Common error types"',
        _NO_FAILURE,
    ),
    (
        "scripted-error-words",
        "A scripted error has the HTTP status and the message of its code in the API reference, or else 400 and the"
        " plugin's message.",
        ASSUMPTION,
        _NO_FAILURE,
    ),
)


# Checks

_VALUE = "Value '{}' at '{}' failed to satisfy constraint: {}"
_NAME_PATTERN = r"\^?\[a-zA-Z0-9\]\(-\*\[a-zA-Z0-9\]\)(\*|\{0,119\})"
_MATCHES = f"Member must satisfy regular expression pattern: {_NAME_PATTERN}"


def _violated(shown: str, path: str, constraint: str) -> dict[str, Any]:
    return violation(_VALUE.format(shown, path, constraint))


def _error_of_describe(body: bytes | dict[str, Any]) -> Callable[[Bench], Any]:
    def look(bench: Bench) -> Any:
        try:
            bench.send("describe", body)
        except ClientError as error:
            return error_of(error)
        return ACCEPTED

    return look


def _http_status(bench: Bench) -> Any:
    try:
        bench.call("describe", Name=bench.name("unknown"))
    except ClientError as error:
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], **error_of(error)}
    return ACCEPTED


CHECKS = _section(
    "Checks",
    *(
        (
            f"{verb}-unknown",
            f"{verb.capitalize()} of an unknown name raises ResourceNotFound.",
            "API, MODEL",
            answered(verb, NOT_FOUND, request),
        )
        for verb, request in (
            ("describe", {}),
            ("update", {"Description": "changed"}),
            ("start", {}),
            ("stop", _stop),
            ("delete", {}),
        )
    ),
    (
        "errors-400",
        "The errors of the service model have the HTTP status 400 and a message.",
        "API, MODEL",
        Case(_http_status, {"status": 400, "error": "ResourceNotFound", "message": Like(".+")}, FREE),
    ),
    (
        "violation-length",
        "A value that is too long raises a ValidationException with the value, its path and the maximum length.",
        "SEEN",
        answered(
            "describe",
            {
                "error": "ValidationException",
                "message": Like(".*Value 'a{121}' at 'name' .* Member must have length less than or equal to 120.*"),
            },
            {"Name": "a" * 121},
        ),
    ),
    (
        "violation-pattern",
        "A value that does not completely match its pattern raises a ValidationException with the pattern.",
        "SEEN",
        answered("describe", _violated("a_b", "name", _MATCHES), {"Name": "a_b"}),
    ),
    (
        "violation-null",
        "A missing required member raises a ValidationException: Member must not be null.",
        "SEEN",
        Case(
            _error_of_describe({}),
            violation("Value null at 'name' failed to satisfy constraint: Member must not be null"),
            FREE,
        ),
    ),
    (
        "violation-several",
        "A message with several violations begins with their number, and separates them by semicolons.",
        "SEEN",
        answered(
            "describe",
            {
                "error": "ValidationException",
                "message": Like(
                    "2 validation errors detected: "
                    + _VALUE.format("_{121}", "name", "Member must have length less than or equal to 120")
                    + "; "
                    + _VALUE.format("_{121}", "name", _MATCHES)
                ),
            },
            {"Name": "_" * 121},
        ),
    ),
    (
        "violation-element",
        "The path of an element of a list has its number, from 1 on, and then member.",
        "SEEN",
        created(
            {
                "error": "ValidationException",
                "message": Like(".*Value 'a b' at 'modelVariants\\.1\\.member\\.modelName' failed to satisfy .*"),
            },
            lambda bench, name: {
                "ModelVariants": [bench.variant(bench.production, model="a b"), bench.variant(bench.shadow)]
            },
            cost=FREE,
        ),
    ),
    *(
        (
            f"violation-{slug}",
            f"{text} raises a ValidationException.",
            "MODEL",
            created(
                {
                    "error": "ValidationException",
                    "message": Like(f".* at '{path}' failed to satisfy constraint: Member must have length .*"),
                },
                request,
                cost=FREE,
            ),
        )
        for slug, text, path, request in (
            (
                "variants",
                "More than two ModelVariants",
                "modelVariants",
                lambda bench, name: {"ModelVariants": [*bench.variants(), bench.variant("third")]},
            ),
            (
                "shadows",
                "More than one shadow variant",
                "shadowModeConfig\\.shadowModelVariants",
                lambda bench, name: {
                    "ShadowModeConfig": {
                        **bench.shadow_mode(),
                        "ShadowModelVariants": bench.shadow_mode()["ShadowModelVariants"] * 2,
                    }
                },
            ),
        )
    ),
    (
        "violation-range",
        "A number that is too large raises a ValidationException with the maximum.",
        "SEEN, in its form",
        answered(
            "list",
            _violated("101", "maxResults", "Member must have value less than or equal to 100"),
            {"MaxResults": 101},
        ),
    ),
    *(
        (
            f"violation-enum-{slug}",
            f"The message for an invalid {member} lists the valid values in the order of a Java hash set: {shown}.",
            "SEEN, in its form",
            answered(verb, _violated("Parity", path, rf"Member must satisfy enum value set: \[{shown}\]"), request),
        )
        for slug, member, shown, verb, path, request in (
            ("sort-by", "SortBy", "Name, CreationTime, Status", "list", "sortBy", {"SortBy": "Parity"}),
            (
                "desired-state",
                "DesiredState",
                "Completed, Cancelled",
                "stop",
                "desiredState",
                lambda bench, name: bench.stop_request(DesiredState="Parity"),
            ),
        )
    ),
    (
        "violation-map",
        "The message for a map with an invalid value has the map and all constraints on its values. The entries of the"
        " map are in the order of a Java hash map.",
        "SEEN, in its form",
        answered(
            "stop",
            violation(
                r"Value '\{shadow=Parity, production=Retain\}' at 'modelVariantActions' failed to satisfy constraint:"
                r" Map value must satisfy constraint: \[Member must satisfy enum value set:"
                r" \[Promote, Remove, Retain\]\]"
            ),
            {"ModelVariantActions": {"production": "Retain", "shadow": "Parity"}},
        ),
    ),
    (
        "checks-model-first",
        "The service checks the constraints of the service model before it looks for the experiment.",
        ASSUMPTION,
        answered("update", INVALID, {"Description": "a" * 1025}),
    ),
    (
        "checks-existence-second",
        "The service looks for the experiment before it checks the rules between values.",
        ASSUMPTION,
        answered("update", NOT_FOUND, _within(3 * DAY, -DAY)),
    ),
    (
        "checks-sampling",
        "A SamplingPercentage below 0 raises a ValidationException.",
        "assumption: the model has only the upper bound",
        answered(
            "update", INVALID, lambda bench, name: {"ShadowModeConfig": bench.shadow_mode(sampling=-1)}, on="Created"
        ),
    ),
    (
        "checks-line-break",
        "Patterns match as in Java: the whole value must match, and . does not match a line break. So a Description"
        " with a line break raises a ValidationException.",
        ASSUMPTION,
        answered("update", INVALID, {"Description": "two\nlines"}),
    ),
    (
        "checks-json-type",
        "A value of a wrong JSON type raises a SerializationException.",
        ASSUMPTION,
        Case(_error_of_describe({"Name": []}), UNREADABLE, FREE),
    ),
    (
        "checks-no-json",
        "A body that is not JSON raises a SerializationException.",
        ASSUMPTION,
        Case(_error_of_describe(b"{"), UNREADABLE, FREE),
    ),
)


# Without a case

REST = [
    *_section(
        "Over HTTP",
        (
            "http-no-operation",
            "A request that is no operation, such as one with another path or an unknown target, gets a status and a"
            " code of the plugin's own.",
            ASSUMPTION,
            "No client of an AWS SDK sends such a request.",
        ),
        (
            "http-no-date",
            "There is no Date in the answers: an SDK whose clock is far from the test's would set its own and try"
            " again.",
            ASSUMPTION,
            "The service is known to send a Date; this is a difference on purpose.",
        ),
    ),
    *_section(
        "Messages",
        (
            "messages-ours",
            "All messages are the plugin's own, except those that this page or the fidelity page quotes.",
            ASSUMPTION,
            "There is nothing to compare; a report of the parity command shows the service's words for each refusal.",
        ),
    ),
    *_section(
        "Time that passes",
        (
            "transitional-duration",
            "By default, a transitional status takes no time. No source says how long it lasts.",
            ASSUMPTION,
            "On the service, its duration is some minutes and differs each time.",
        ),
        (
            "start-time-while-creating",
            "If the StartTime passes in a transitional status, the experiment starts at the end of that status.",
            ASSUMPTION,
            Case(_start_time_while_creating, "Running"),
        ),
    ),
]

RULES: Final[list[Rule]] = [*CREATING, *MOVING, *UPDATES, *LISTING, *TAGS, *DESCRIBE, *FAILURES, *CHECKS, *REST]
"""Every rule, in the order of the documentation."""
