"""Random sequences of operations, seeds and clock moves, held against an oracle that was written without the package.

The oracle is a dict of dicts and the tables below, typed in from the service's documentation. It knows the API's words
and shares no code with the package. Whatever is answered is compared: responses, error codes, what Describe and List
show, and the histories.
"""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import boto3
import hypothesis
from botocore.exceptions import ClientError
from constants import DAY, FINISH, HOUR, MINUTE, NOON, SECOND, STATUSES, TRANSITIONAL
from freezegun import freeze_time
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from valid_requests import shadow_mode, variant

from pytest_sagemaker_ie import mock_inference_experiments

STEPS = 50

Record = dict[str, Any]

# --- The tables ------------------------------------------------------------------------------------------------------

CONFLICT, NOT_FOUND, INVALID = "ConflictException", "ResourceNotFound", "ValidationException"
IN_USE, LIMIT = "ResourceInUse", "ResourceLimitExceeded"

# status and event: what it passes through, and where it ends
MOVES = {
    ("Created", "StartTime comes"): ("Starting", "Running"),
    ("Created", "Start"): ("Starting", "Running"),
    ("Created", "Update"): ("Updating", "Created"),
    ("Running", "Update"): ("Updating", "Running"),
    ("Running", "EndTime comes"): ("Stopping", "Completed"),
    ("Running", "Stop (Completed)"): ("Stopping", "Completed"),
    ("Running", "Stop (Cancelled)"): ("Stopping", "Cancelled"),
}
DELETABLE = ("Created", "Completed", "Cancelled")

# what an update may do: "yes", only repeat ("same"), or "no"; nothing in any other status
UPDATES = {
    #                        Created  Running
    "Description":          ("yes",   "yes"),
    "Schedule.StartTime":   ("yes",   "same"),
    "Schedule.EndTime":     ("yes",   "yes"),
    "ModelVariants":        ("yes",   "no"),
    "DataStorageConfig":    ("yes",   "no"),
    "names":                ("yes",   "same"),
    "SamplingPercentage":   ("yes",   "yes"),
}  # fmt: skip

# the actions for source and shadow, "-" for none: which of the two are dropped, or None where it is refused
STOPS = {
    ("Remove", "Promote"): {"source"},
    ("Retain", "Remove"): {"shadow"},
    ("Retain", "-"): {"shadow"},
    ("-", "Remove"): {"shadow"},
    ("Retain", "Promote"): set(),
    ("Retain", "Retain"): set(),
    ("-", "Promote"): set(),
    ("-", "Retain"): set(),
    ("Remove", "Remove"): None,
    ("Remove", "Retain"): None,
    ("Remove", "-"): None,
    ("Promote", "Promote"): None,
    ("Promote", "Remove"): None,
    ("Promote", "Retain"): None,
    ("Promote", "-"): None,
}

# the actions for source and shadow: who is in production, and who is a shadow, when the experiment has stopped; None if
# the endpoint goes back to what it was
LEFT = {
    ("Remove", "Promote"): (["shadow"], []),
    ("Retain", "Remove"): None,
    ("Retain", "-"): None,
    ("-", "Remove"): None,
    ("Retain", "Promote"): (["source", "shadow"], []),
    ("-", "Promote"): (["source", "shadow"], []),
    ("Retain", "Retain"): (["source"], ["shadow"]),
    ("-", "Retain"): (["source"], ["shadow"]),
}

# transitional statuses, with where they end, in which the shadow is on the endpoint
ON_ENDPOINT = [("Updating", "Running"), ("Stopping", "Completed"), ("Stopping", "Cancelled")]

# what a variant shows that is not dropped
VARIANT_STATUS = {
    "Creating": "Creating",
    "Created": "Creating",
    "Starting": "Creating",
    "Updating": "Updating",
    "Running": "InService",
    "Stopping": "InService",
    "Completed": "InService",
    "Cancelled": "InService",
}

# what List shows of what Describe shows
SUMMARY = {
    "Name",
    "Type",
    "Schedule",
    "Status",
    "StatusReason",
    "Description",
    "CreationTime",
    "CompletionTime",
    "LastModifiedTime",
    "RoleArn",
}

# the schedule of a seed in each status, in days from now, and where a seeded transitional status ends
SEEDS: dict[tuple[str, int, int], str | None] = {
    ("Creating", 1, 8): "Created",
    ("Created", 1, 8): None,
    ("Created", 20, 45): None,
    ("Updating", 1, 8): "Created",
    ("Updating", -1, 6): "Running",
    ("Starting", 0, 7): "Running",
    ("Running", -1, 6): None,
    ("Running", -20, 10): None,
    ("Stopping", -7, 0): "Completed",
    ("Stopping", -3, 4): "Cancelled",
    ("Completed", -8, -1): None,
    ("Cancelled", -3, 4): None,
}


# --- The oracle ------------------------------------------------------------------------------------------------------


class RefusedError(Exception):
    """What the oracle says instead of an answer: the code of the error."""


class Oracle:
    """One account: what each operation answers, and what is there afterwards."""

    def __init__(self) -> None:
        self.now = NOON
        self.experiments: dict[tuple[str, str], Record] = {}
        self.transitions: dict[str, tuple[str, int]] = {}
        self.limit: int | None = None
        self.numbers = itertools.count()
        self.endpoints: dict[tuple[str, str], list[Record]] = {}

    # An experiment's life

    def step(self, record: Record, when: datetime, event: str, status: str | None, ends_in: str | None) -> None:
        when = max(when, record["created"])
        record["history"].append((when, event, record["status"], status))
        record.update(status=status, ends_in=ends_in, since=when, modified=when, looks=0, stays=False)
        if status in ("Completed", "Cancelled"):
            record["completed"] = when

    def move(self, record: Record, when: datetime, event: str) -> None:
        through, end = MOVES[record["status"], event]
        self.step(record, when, event, through, end)

    def finish(self, record: Record, when: datetime) -> None:
        self.step(record, when, FINISH, record["ends_in"], None)

    def pace(self, record: Record) -> tuple[str, int] | None:
        status = record["status"]
        for transitions in (record["transitions"], self.transitions):
            if status in transitions:
                return transitions[status]
        return None if record["stays"] else ("seconds", 0)

    def catch_up(self) -> None:
        """Let everything happen that would have happened by now."""
        for record in self.experiments.values():
            while True:
                if record["status"] == "Created":
                    when, event = max(record["start"], record["since"]), "StartTime comes"
                elif record["status"] == "Running":
                    when, event = max(record["end"], record["since"]), "EndTime comes"
                elif record["status"] in TRANSITIONAL:
                    pace = self.pace(record)
                    if pace is None or pace[0] != "seconds":
                        break
                    when, event = record["since"] + pace[1] * SECOND, "finish"
                else:
                    break
                if when > max(self.now, record["created"]):
                    break
                if event == "finish":
                    self.finish(record, when)
                else:
                    if event == "EndTime comes":
                        record["dropped"] = {record["names"][1]}
                    self.move(record, when, event)

    def look(self, record: Record) -> None:
        if record["status"] in TRANSITIONAL:
            pace = self.pace(record)
            if pace is not None and pace[0] == "looks":
                record["looks"] += 1
                if record["looks"] >= pace[1]:
                    self.finish(record, self.now)
                    self.catch_up()

    # What is shown

    def find(self, region: str, name: str) -> Record:
        self.catch_up()
        if (region, name) not in self.experiments:
            raise RefusedError(NOT_FOUND)
        return self.experiments[region, name]

    def shown(self, record: Record) -> Record:
        status = record["status"]
        leaving = "Deleting" if status == "Stopping" else "Deleted"
        variants = [
            {**each, "Status": leaving if each["VariantName"] in record["dropped"] else VARIANT_STATUS[status]}
            for each in record["variants"]
        ]
        everything = {
            "Arn": record["arn"],
            "Name": record["name"],
            "Type": "ShadowMode",
            "Schedule": {"StartTime": record["start"], "EndTime": record["end"]},
            "Status": status,
            "StatusReason": record["reason"],
            "Description": record["description"],
            "CreationTime": record["created"],
            "CompletionTime": record["completed"],
            "LastModifiedTime": record["modified"],
            "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
            "EndpointMetadata": {
                "EndpointName": endpoint_of(record["name"]),
                "EndpointConfigName": f"{endpoint_of(record['name'])}-config",
                "EndpointStatus": self.endpoint_status(record["region"], endpoint_of(record["name"])),
            },
            "ModelVariants": variants,
            "DataStorageConfig": record["storage"],
            "ShadowModeConfig": shadow_mode(*record["names"], record["sampling"]),
        }
        return {member: value for member, value in everything.items() if value is not None}

    def summary(self, record: Record) -> Record:
        return {member: value for member, value in self.shown(record).items() if member in SUMMARY}

    # The endpoints

    @staticmethod
    def updates_endpoint(record: Record) -> bool:
        updating_running = record["status"] == "Updating" and record["ends_in"] == "Running"
        return record["status"] in ("Starting", "Stopping") or updating_running

    def endpoint_status(self, region: str, endpoint: str) -> str:
        there = [each for each in self.endpoints[region, endpoint] if each in self.experiments.values()]
        return "Updating" if any(map(self.updates_endpoint, there)) else "InService"

    def describe_endpoint(self, region: str, endpoint: str) -> tuple[str, Any, Any]:
        """Return its status, and the variants in production and in shadow; `None` if several experiments share it."""
        self.catch_up()
        if (region, endpoint) not in self.endpoints:
            raise RefusedError(INVALID)
        records = self.endpoints[region, endpoint]
        status = self.endpoint_status(region, endpoint)
        production = self.in_service(records[0], ["source"])
        shadows: list[Record] = []
        for record in records:  # one after the other, if they have the same name
            its_status, is_there = record["status"], record in self.experiments.values()
            if is_there and (its_status == "Running" or (its_status, record["ends_in"]) in ON_ENDPOINT):
                left: Any = (["source"], ["shadow"])
            else:
                left = record["completed"] and record["left"]
            if left is not None:
                production, shadows = (self.in_service(record, roles) for roles in left)
                for each in shadows:
                    each["weight"] = record["sampling"] / 100
        for record in records:
            if record in self.experiments.values() and self.updates_endpoint(record):
                self.look(record)
        several = len({each["name"] for each in records}) > 1
        return (status, None, None) if several else (status, production, shadows)

    @staticmethod
    def in_service(record: Record, roles: list[str]) -> list[Record]:
        names = [record["names"][("source", "shadow").index(role)] for role in roles]
        return [
            {
                "name": each["VariantName"],
                "count": each["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceCount"],
                "weight": 1,
            }
            for each in record["variants"]
            if each["VariantName"] in names
        ]

    # The operations

    def new(self, region: str, name: str, **values: Any) -> Record:
        record = {
            "region": region,
            "name": name,
            "arn": f"arn:aws:sagemaker:{region}:123456789012:inference-experiment/{name}",
            "number": next(self.numbers),
            "status": None,
            "ends_in": None,
            "since": self.now,
            "created": self.now,
            "modified": self.now,
            "completed": None,
            "reason": None,
            "description": None,
            "variants": [variant("a"), variant("b")],
            "names": ("a", "b"),
            "sampling": 50,
            "storage": None,
            "dropped": set(),
            "left": None,
            "tags": {},
            "history": [],
            "looks": 0,
            "stays": False,
            "transitions": {},
            **values,
        }
        self.experiments[region, name] = record
        self.endpoints.setdefault((region, endpoint_of(name)), []).append(record)
        return record

    def check_schedule(self, start: datetime, end: datetime) -> None:
        if end - start < HOUR or end - start > 30 * DAY:
            raise RefusedError(INVALID)

    def create(self, region: str, name: str, start: datetime | None, end: datetime | None, tags: Any) -> Record:
        self.catch_up()
        if (region, name) in self.experiments:
            raise RefusedError(IN_USE)
        if self.limit is not None and sum(each == region for each, _ in self.experiments) >= self.limit:
            raise RefusedError(LIMIT)
        if (start is not None and start < self.now) or (end is not None and end <= self.now):
            raise RefusedError(INVALID)
        event, ends_in = ("Create (no StartTime)", "Running") if start is None else ("Create", "Created")
        start = self.now if start is None else start
        end = start + 7 * DAY if end is None else end
        self.check_schedule(start, end)
        record = self.new(region, name, start=start, end=end, tags=dict(tags))
        self.step(record, self.now, event, "Creating", ends_in)
        self.catch_up()
        return {"InferenceExperimentArn": record["arn"]}

    def describe(self, region: str, name: str) -> Record:
        record = self.find(region, name)
        shown = self.shown(record)
        self.look(record)
        return shown

    def update(self, region: str, name: str, wanted: Record) -> Record:
        record = self.find(region, name)
        if record["status"] not in ("Created", "Running"):
            raise RefusedError(CONFLICT)
        column = ("Created", "Running").index(record["status"])
        now_is = {
            "Description": record["description"],
            "Schedule.StartTime": record["start"],
            "Schedule.EndTime": record["end"],
            "ModelVariants": record["variants"],
            "DataStorageConfig": record["storage"],
            "names": record["names"],
            "SamplingPercentage": record["sampling"],
        }
        if "ModelVariants" in wanted:  # one replaces the one of its name
            given = {each["VariantName"]: each for each in wanted["ModelVariants"]}
            merged = [given.get(each["VariantName"], each) for each in record["variants"]]
            wanted = {**wanted, "ModelVariants": merged}
        changed = {field: value for field, value in wanted.items() if value != now_is[field]}
        for field in wanted:
            may = UPDATES[field][column]
            if may == "no" or (may == "same" and field in changed):
                raise RefusedError(CONFLICT)
        if changed:
            start, end = changed.get("Schedule.StartTime"), changed.get("Schedule.EndTime")
            if (start is not None and start < self.now) or (end is not None and end <= self.now):
                raise RefusedError(INVALID)
            now_is.update(changed)
            if start is not None or end is not None:
                self.check_schedule(now_is["Schedule.StartTime"], now_is["Schedule.EndTime"])
            self.move(record, self.now, "Update")
            record["description"] = now_is["Description"]
            record["start"], record["end"] = now_is["Schedule.StartTime"], now_is["Schedule.EndTime"]
            record["variants"], record["storage"] = now_is["ModelVariants"], now_is["DataStorageConfig"]
            record["names"], record["sampling"] = now_is["names"], now_is["SamplingPercentage"]
            self.catch_up()
        return {"InferenceExperimentArn": record["arn"]}

    def start(self, region: str, name: str) -> Record:
        record = self.find(region, name)
        if (record["status"], "Start") not in MOVES:
            raise RefusedError(CONFLICT)
        now = max(self.now, record["created"])
        record["start"] = now
        record["end"] = min(record["end"], now + timedelta(days=30))
        self.move(record, now, "Start")
        self.catch_up()
        return {"InferenceExperimentArn": record["arn"]}

    def stop(self, region: str, name: str, actions: Record, desired: list[Record], members: Record) -> Record:
        if not actions:
            raise RefusedError(INVALID)
        record = self.find(region, name)
        event = f"Stop ({members.get('DesiredState', 'Cancelled')})"
        if (record["status"], event) not in MOVES:
            raise RefusedError(CONFLICT)
        roles = dict(zip(record["names"], ("source", "shadow"), strict=True))
        if set(actions) - set(roles):
            raise RefusedError(INVALID)
        dropped_roles = STOPS[tuple(actions.get(each, "-") for each in record["names"])]  # type: ignore[index]
        if dropped_roles is None:
            raise RefusedError(INVALID)
        dropped = {each for each, role in roles.items() if role in dropped_roles}
        given = {each["VariantName"]: each for each in desired}
        if set(given) - (set(roles) - dropped):
            raise RefusedError(INVALID)
        record["dropped"] = dropped
        record["left"] = LEFT[tuple(actions.get(each, "-") for each in record["names"])]  # type: ignore[index]
        if record["left"] is None and record["names"][0] in given:
            record["left"] = (["source"], [])
        record["variants"] = [given.get(each["VariantName"], each) for each in record["variants"]]
        record["reason"] = members.get("Reason", record["reason"])
        self.move(record, self.now, event)
        self.catch_up()
        return {"InferenceExperimentArn": record["arn"]}

    def delete(self, region: str, name: str) -> Record:
        record = self.find(region, name)
        if record["status"] not in DELETABLE:
            raise RefusedError(CONFLICT)
        del self.experiments[region, name]
        return {"InferenceExperimentArn": record["arn"]}

    @staticmethod
    def place(record: Record, sort_by: str) -> tuple[Any, ...]:
        created = (record["created"], record["number"])
        return {"Name": (record["name"],), "CreationTime": created, "Status": (record["status"], *created)}[sort_by]

    def page(self, region: str, request: Record, size: int, after: Any) -> tuple[Record, Any]:
        """Return a page without its token, and the place after which the next one begins, if there is one."""
        self.catch_up()
        sort_by = request.get("SortBy", "CreationTime")
        descending = request.get("SortOrder", "Descending") == "Descending"
        found = []
        for (its_region, name), record in self.experiments.items():
            place = self.place(record, sort_by)
            if (
                its_region == region
                and request.get("NameContains", "").lower() in name.lower()
                and request.get("StatusEquals", record["status"]) == record["status"]
                and ("CreationTimeAfter" not in request or record["created"] >= request["CreationTimeAfter"])
                and ("CreationTimeBefore" not in request or record["created"] < request["CreationTimeBefore"])
                and ("LastModifiedTimeAfter" not in request or record["modified"] >= request["LastModifiedTimeAfter"])
                and ("LastModifiedTimeBefore" not in request or record["modified"] < request["LastModifiedTimeBefore"])
                and (after is None or (place < after if descending else place > after))
            ):
                found.append((place, record))
        found.sort(key=lambda each: each[0], reverse=descending)
        page = {"InferenceExperiments": [self.summary(record) for _, record in found[:size]]}
        for _, record in found[:size]:
            self.look(record)
        return page, found[size - 1][0] if len(found) > size else None

    def tagged(self, region: str, arn: str) -> Record:
        self.catch_up()
        for record in self.experiments.values():
            if record["arn"] == arn and record["region"] == region:
                return record
        raise RefusedError(INVALID)

    def tags(self, region: str, arn: str, change: Callable[[dict[str, str]], None]) -> Record:
        record = self.tagged(region, arn)
        change(record["tags"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in record["tags"].items()]}


def endpoint_of(name: str) -> str:
    """Return the endpoint of the experiments of a name: most have one to themselves."""
    return "shared" if name.startswith("fraud-") else name.replace("_", "-")


# --- What is drawn ---------------------------------------------------------------------------------------------------

regions = st.sampled_from(["us-east-1", "us-east-1", "us-east-1", "eu-west-1"])
names = st.sampled_from(["churn", "Churn-2", "fraud", "fraud-10", "fraud-9", "upsell", "a"])
places = st.integers(0, 20)
starts = st.sampled_from([-SECOND, 0 * SECOND, SECOND, HOUR, HOUR, DAY, 3 * DAY, 20 * DAY])
ends = st.sampled_from([0 * SECOND, HOUR, DAY, 3 * DAY, 3 * DAY, 20 * DAY, 30 * DAY, 45 * DAY])
kinds = st.sampled_from([*sorted(SEEDS), *(kind for kind in sorted(SEEDS) if kind[0] in ("Created", "Running"))])
counts = st.integers(1, 3)
orders = st.sampled_from([("a", "b"), ("a", "b"), ("b", "a")])
paces = st.one_of(
    st.tuples(st.just("seconds"), st.sampled_from([0, 1, 600, 100_000])),
    st.tuples(st.just("looks"), st.integers(1, 3)),
)
fields = st.one_of(
    st.tuples(st.just("Description"), st.sampled_from(["", "one", "two"])),
    st.tuples(st.just("Schedule.StartTime"), starts | st.just("the same")),
    st.tuples(st.just("Schedule.EndTime"), ends | st.just("the same")),
    st.tuples(st.just("ShadowModeConfig"), st.tuples(st.just("the same") | orders, st.sampled_from([0, 50, 100]))),
    st.tuples(st.just("ModelVariants"), st.tuples(st.builds(variant, st.sampled_from("ab"), count=counts)).map(list)),
    st.tuples(st.just("DataStorageConfig"), st.sampled_from([{"Destination": f"s3://x/{n}"} for n in (1, 2)])),
)
desired_variants = st.lists(
    st.builds(variant, st.sampled_from(["a", "b", "a", "b", "c"]), count=counts),
    max_size=2,
    unique_by=lambda each: each["VariantName"],
)
tag_sets = st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["", "1"]), max_size=2)
some_tags = st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["", "1"]), min_size=1, max_size=2)
listing_orders = st.fixed_dictionaries(
    {},
    optional={
        "SortBy": st.sampled_from(["Name", "CreationTime", "Status", "Status"]),
        "SortOrder": st.sampled_from(["Ascending", "Descending"]),
    },
)
filters = st.one_of(
    st.tuples(st.just("NameContains"), st.sampled_from(["c", "CHURN", "-", "zzz"])),
    st.tuples(st.just("StatusEquals"), st.sampled_from(STATUSES)),
    st.tuples(st.sampled_from(["CreationTimeAfter", "LastModifiedTimeAfter"]), st.sampled_from([-50 * DAY, -2 * HOUR])),
    st.tuples(st.sampled_from(["CreationTimeBefore", "LastModifiedTimeBefore"]), starts),
    st.tuples(st.just("Type"), st.just("ShadowMode")),
)
sizes = st.sampled_from([1, 1, 2, 3, None])


def in_motos_words(pace: tuple[str, int]) -> Record:
    kind, number = pace
    if pace == ("seconds", 0):
        return {"progression": "immediate"}
    return {"progression": "manual", "times": number} if kind == "looks" else {"progression": "time", kind: number}


# --- The machine -----------------------------------------------------------------------------------------------------


class Family(RuleBasedStateMachine):
    """Says everything twice: to the client, and to the oracle."""

    clock: ClassVar[Any]
    clients: ClassVar[dict[str, Any]]

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_inference_experiments(region="us-east-1")
        self.backend = self.mock.start()
        self.oracle = Oracle()
        self.agrees = True
        self.clock.move_to(NOON)

    def teardown(self) -> None:
        try:
            if self.agrees:  # where they have parted once, they differ in what follows
                self.compare_everything()
        finally:
            self.mock.stop()

    def compare(self, region: str, operation: str, request: Record, expect: Callable[[], Any]) -> Record | None:
        """Make a call, and hold its answer against what the oracle expects; return it, if it is no error."""
        expected, refused = outcome(expect)
        answer, error = outcome(lambda: getattr(self.clients[region], operation)(**request))
        shown = answer and {
            name: each for name, each in answer.items() if name not in ("NextToken", "ResponseMetadata")
        }
        self.agrees = (shown, error) == (expected, refused)
        assert (shown, error) == (expected, refused)
        call = self.backend.calls[-1]
        called = "".join(word.title() for word in operation.split("_"))
        assert (call.operation, call.region, call.error) == (called, region, refused)
        return answer

    def compare_everything(self) -> None:
        """Hold what the views show against the oracle; a view is no look."""
        self.agrees = False
        self.oracle.catch_up()
        assert {(each.region, each.name) for each in self.backend.experiments} == set(self.oracle.experiments)
        for (region, name), record in self.oracle.experiments.items():
            view = self.backend.get(name, region)
            assert [tuple(map(plain, step)) for step in view.history] == record["history"]
            assert (view.status, view.completion_time, view.last_modified_time, view.tags) == (
                record["status"],
                record["completed"],
                record["modified"],
                record["tags"],
            )
        self.agrees = True

    def pick(self, place: int, *likely: str) -> tuple[str, str]:
        """Return the region and the name of an experiment, mostly of one in a likely status, or of one not there."""
        there = sorted(self.oracle.experiments)
        if place % 4:
            there = [each for each in there if self.oracle.experiments[each]["status"] in likely] or there
        return there[place % len(there)] if there and place else ("us-east-1", "nobody")

    @initialize(
        seeds=st.lists(
            st.tuples(regions, names, kinds),
            min_size=2,
            max_size=8,
            unique_by=lambda each: each[:2],
        )
    )
    def begin(self, seeds: list[Any]) -> None:
        for region, name, kind in seeds:
            self.seed(region, name, kind, "old", {}, {})

    @rule(
        region=regions,
        name=names,
        kind=kinds,
        description=st.none() | st.just("seeded"),
        tags=tag_sets,
        transitions=st.dictionaries(st.sampled_from(TRANSITIONAL), paces, max_size=2),
    )
    def seed(self, region: str, name: str, kind: Any, description: Any, tags: Any, transitions: Any) -> None:
        oracle, now = self.oracle, self.oracle.now
        oracle.catch_up()
        if (region, name) in oracle.experiments:
            return
        status, first, last = kind
        ended = {"Completed": now + last * DAY, "Cancelled": now - HOUR}.get(status)
        record = oracle.new(
            region,
            name,
            start=now + first * DAY,
            end=now + last * DAY,
            created=now - 40 * DAY,
            modified=now - HOUR,
            completed=ended,
            description=description,
            tags=dict(tags),
            transitions=transitions,
        )
        record.update(status=status, ends_in=SEEDS[kind], stays=status in TRANSITIONAL)
        if status == "Created":
            record["since"] = record["created"]
        elif status == "Running":
            record["since"] = record["start"]
        elif status not in TRANSITIONAL:
            record["since"] = ended
        if status in ("Stopping", "Completed", "Cancelled"):
            record["dropped"] = {"b"}
        given = {
            "Schedule": {"StartTime": record["start"], "EndTime": record["end"]},
            "CreationTime": record["created"],
            "LastModifiedTime": record["modified"],
            "CompletionTime": ended,
            "Description": description,
            "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
            "EndpointName": endpoint_of(name),
            "ModelVariants": record["variants"],
            "ShadowModeConfig": shadow_mode("a", "b", 50),
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            "transition": {each: in_motos_words(pace) for each, pace in transitions.items()} or None,
        }
        given = {member: value for member, value in given.items() if value is not None}
        self.backend.seed(name, status, region=region, **given)
        oracle.catch_up()

    @rule(
        region=regions,
        name=st.one_of(names, st.just("churn_2")),
        start=st.none() | starts,
        end=st.none() | ends,
        tags=tag_sets,
    )
    def create(self, region: str, name: str, start: Any, end: Any, tags: Any) -> None:
        schedule = {"StartTime": start, "EndTime": end}
        schedule = {edge: self.oracle.now + each for edge, each in schedule.items() if each is not None}
        request = {
            "Name": name,
            "Type": "ShadowMode",
            "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
            "EndpointName": endpoint_of(name),
            "ModelVariants": [variant("a"), variant("b")],
            "ShadowModeConfig": shadow_mode("a", "b", 50),
            "Schedule": schedule,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }

        def expect() -> Record:
            if "_" in name:
                raise RefusedError(INVALID)
            return self.oracle.create(region, name, schedule.get("StartTime"), schedule.get("EndTime"), tags)

        self.compare(region, "create_inference_experiment", request, expect)

    @rule(place=places)
    def describe(self, place: int) -> None:
        region, name = self.pick(place, *TRANSITIONAL)
        self.compare(
            region, "describe_inference_experiment", {"Name": name}, lambda: self.oracle.describe(region, name)
        )

    @invariant()
    def look_at_an_endpoint(self) -> None:
        """At each step, at one of them: an answer may be a look that ends a transitional status."""
        there = [*sorted(self.oracle.endpoints), ("us-east-1", "nothing")]
        region, name = there[len(self.backend.calls) % len(there)]
        self.agrees = False
        expected = outcome(lambda: self.oracle.describe_endpoint(region, name))
        answer, error = outcome(lambda: self.clients[region].describe_endpoint(EndpointName=name))
        if answer is None:
            assert (answer, error) == expected
        else:
            status, production, shadows = expected[0]
            assert answer["EndpointStatus"] == status
            assert answer["EndpointArn"] == f"arn:aws:sagemaker:{region}:123456789012:endpoint/{name}"
            assert answer["LastModifiedTime"] >= answer["CreationTime"]
            for kind, variants in (("ProductionVariants", production), ("ShadowProductionVariants", shadows)):
                shown = [
                    {
                        "name": each["VariantName"],
                        "count": each["CurrentInstanceCount"],
                        "weight": each["CurrentWeight"],
                    }
                    for each in answer.get(kind, [])
                ]
                assert variants is None or shown == variants
        self.agrees = True

    @rule(place=places, wanted=st.lists(fields, max_size=3, unique_by=lambda each: each[0]))
    def update(self, place: int, wanted: list[tuple[str, Any]]) -> None:
        region, name = self.pick(place, "Created", "Running")
        record = self.oracle.experiments.get((region, name), {"start": NOON, "end": NOON, "names": ("a", "b")})
        given: Record = {}
        request: Record = {"Name": name}
        for field, value in wanted:
            if field == "ShadowModeConfig":
                roles, sampling = value
                roles = record["names"] if roles == "the same" else roles
                given["names"], given["SamplingPercentage"] = roles, sampling
                request[field] = shadow_mode(*roles, sampling)
            elif field.startswith("Schedule."):
                edge = field.removeprefix("Schedule.")
                current = record["start" if edge == "StartTime" else "end"]
                given[field] = current if value == "the same" else self.oracle.now + value
                request.setdefault("Schedule", {})[edge] = given[field]
            else:
                given[field] = request[field] = value
        self.compare(region, "update_inference_experiment", request, lambda: self.oracle.update(region, name, given))

    @rule(place=places)
    def start(self, place: int) -> None:
        region, name = self.pick(place, "Created")
        self.compare(region, "start_inference_experiment", {"Name": name}, lambda: self.oracle.start(region, name))

    @rule(
        place=places,
        pair=st.sampled_from(sorted(STOPS)),
        besides=st.sampled_from([{}, {}, {}, {}, {"c": "Remove"}, None]),
        desired=st.just([]) | desired_variants,
        members=st.fixed_dictionaries(
            {},
            optional={
                "DesiredState": st.sampled_from(["Completed", "Cancelled"]),
                "Reason": st.sampled_from(["", "because"]),
            },
        ),
    )
    def stop(
        self, place: int, pair: tuple[str, str], besides: Record | None, desired: list[Record], members: Record
    ) -> None:
        region, name = self.pick(place, "Running")
        roles = self.oracle.experiments.get((region, name), {"names": ("a", "b")})["names"]
        actions: Record = {}
        if besides is not None:
            actions = {each: action for each, action in zip(roles, pair, strict=True) if action != "-"}
            actions = {**dict(itertools.islice(actions.items(), 2 - len(besides))), **besides}
        request = {"Name": name, "ModelVariantActions": actions, **members}
        if desired:
            request["DesiredModelVariants"] = desired
        self.compare(
            region,
            "stop_inference_experiment",
            request,
            lambda: self.oracle.stop(region, name, actions, desired, members),
        )

    @rule(place=places)
    def delete(self, place: int) -> None:
        region, name = self.pick(place, *DELETABLE)
        self.compare(region, "delete_inference_experiment", {"Name": name}, lambda: self.oracle.delete(region, name))

    def page(self, region: str, request: Record, size: int | None, after: Any, token: str | None) -> Any:
        sent = {**request, **({} if size is None else {"MaxResults": size})}
        if token is not None:
            sent["NextToken"] = token
        place: Any = None

        def expect() -> Record:
            nonlocal place
            page, place = self.oracle.page(region, request, size or 10, after)
            return page

        answer = self.compare(region, "list_inference_experiments", sent, expect)
        assert answer is not None
        assert ("NextToken" in answer) == (place is not None)
        return (region, request, place, answer["NextToken"]) if place is not None else multiple()

    @rule(target=tokens, region=regions, order=listing_orders, wanted=st.lists(filters, max_size=2), size=sizes)
    def list_first(self, region: str, order: Record, wanted: list[tuple[str, Any]], size: int | None) -> Any:
        now = self.oracle.now
        request = {name: now + value if isinstance(value, timedelta) else value for name, value in wanted}
        return self.page(region, {**request, **order}, size, None, None)

    @rule(target=tokens, token=consumes(tokens), size=sizes)
    def list_on(self, token: Any, size: int | None) -> Any:
        region, request, place, next_token = token
        return self.page(region, request, size, place, next_token)

    @rule(token=tokens, wrong=st.sampled_from(["cut", "reversed", "filter", "order"]))
    def list_on_with_a_wrong_token(self, token: Any, wrong: str) -> None:
        region, request, _, next_token = token
        request = dict(request)
        if wrong == "filter":
            request["NameContains"] = "r" if request.get("NameContains") == "c" else "c"
        elif wrong == "order":
            request["SortOrder"] = "Descending" if request.get("SortOrder") == "Ascending" else "Ascending"
        else:
            next_token = next_token[:-6] if wrong == "cut" else next_token[::-1]
        request["NextToken"] = next_token

        def refuse() -> None:
            self.oracle.catch_up()
            raise RefusedError(INVALID)

        self.compare(region, "list_inference_experiments", request, refuse)

    @rule(
        region=st.none() | regions,
        place=places,
        operation=st.sampled_from(["list", "add", "delete"]),
        tags=some_tags,
    )
    def tags(self, region: str | None, place: int, operation: str, tags: dict[str, str]) -> None:
        home, name = self.pick(place)
        region = region or home
        arn = f"arn:aws:sagemaker:{home}:123456789012:inference-experiment/{name}"

        def change(present: dict[str, str]) -> None:
            if operation == "add":
                present.update(tags)
            elif operation == "delete":
                for key in tags:
                    present.pop(key, None)

        def expect() -> Record:
            answer = self.oracle.tags(region, arn, change)
            return {} if operation == "delete" else answer

        request: Record = {"ResourceArn": arn}
        if operation == "add":
            request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        elif operation == "delete":
            request["TagKeys"] = list(tags)
        self.compare(region, f"{operation}_tags", request, expect)

    @rule(status=st.none() | st.sampled_from(TRANSITIONAL), pace=paces)
    def set_transition(self, status: str | None, pace: tuple[str, int]) -> None:
        self.oracle.catch_up()  # what has happened by now has happened at the pace of before
        self.backend.set_transition(in_motos_words(pace), status)
        self.oracle.transitions.update(dict.fromkeys(TRANSITIONAL if status is None else [status], pace))
        self.oracle.catch_up()

    @rule(limit=st.none() | st.integers(0, 4))
    def set_limit(self, limit: int | None) -> None:
        self.backend.experiments_limit = self.oracle.limit = limit

    @rule(time=st.sampled_from([SECOND, 10 * MINUTE, HOUR, HOUR, DAY, DAY, 3 * DAY, 40 * DAY]))
    def go_on(self, time: timedelta) -> None:
        self.oracle.now += time
        self.clock.move_to(self.oracle.now)

    @rule(time=st.sampled_from([SECOND, HOUR, 2 * DAY]))
    def go_back(self, time: timedelta) -> None:
        """What was seen has happened; what was not seen has not, so everything is looked at before."""
        self.compare_everything()
        self.oracle.now -= time
        self.clock.move_to(self.oracle.now)

    @rule()
    def look_around(self) -> None:
        self.compare_everything()


def outcome(ask: Callable[[], Any]) -> tuple[Any, str | None]:
    """Return the answer and no error, or no answer and the error's code."""
    try:
        return ask(), None
    except RefusedError as refusal:
        return None, str(refusal)
    except ClientError as refusal:
        return None, refusal.response["Error"]["Code"]


def plain(value: Any) -> Any:
    return value if isinstance(value, datetime) or value is None else str(value)


def test_no_sequence_differs_from_the_oracle() -> None:
    Family.clients = {region: boto3.client("sagemaker", region) for region in ("us-east-1", "eu-west-1")}
    settings = hypothesis.settings(stateful_step_count=STEPS, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    # Hypothesis measures real time: what its examples do to the clock is no concern of its own.
    with freeze_time(NOON, ignore=["hypothesis"]) as Family.clock:
        run_state_machine_as_test(Family, settings=settings)
