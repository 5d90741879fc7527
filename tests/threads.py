"""Many threads on one account: what they do, and whether what the account kept of it is a possible past.

`python -m tests.threads` runs it in full; the test suite runs a smaller one.
"""

import argparse
import datetime
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from constants import KEYS
from valid_requests import creation, shadow_mode

from pytest_sagemaker_ie import Event, Experiment, InferenceExperimentBackend, Status, mock_inference_experiments
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, TRANSITIONAL
from pytest_sagemaker_ie.core.operations import OPERATIONS, TAG_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["impossible", "run"]

PROMOTE = {"production": "Remove", "shadow": "Promote"}

# What a call that succeeds makes of the status, by the life cycle; the transitional statuses end at once here. An
# experiment that is created without a schedule starts at once too, so its life goes on to Running.
EVENTS = {
    "UpdateInferenceExperiment": Event.UPDATE,
    "StartInferenceExperiment": Event.START,
    "StopInferenceExperiment": Event.STOP_CANCELLED,
    "DeleteInferenceExperiment": Event.DELETE,
}
LEADS_TO: dict[tuple[str, Status | None], set[Status | None]] = {
    **{("DescribeInferenceExperiment", status): {status} for status in Status},
    **{
        (operation, status): {LIFECYCLE[status, event].to}
        for operation, event in EVENTS.items()
        for status in Status
        if (status, event) in LIFECYCLE
    },
    ("CreateInferenceExperiment", None): {Status.CREATED, Status.RUNNING},
}


def impossible(experiment: Experiment, begun_in: Status | None) -> list[str]:
    """Return what in the history of an experiment, seeded in `begun_in`, the life cycle does not allow."""
    wrong = []
    status = begun_in
    ends_in: Status | None = None
    for number, (_, event, before, after) in enumerate(experiment.history):
        if before is not status:
            wrong.append(f"step {number}, {event}, is from {before}, but the status was {status}")
        if event is Event.FINISH:
            if before not in TRANSITIONAL or after is not ends_in:
                wrong.append(f"step {number} ends {before} in {after} instead of {ends_in}")
            ends_in = None
        elif (before, event) not in LIFECYCLE:
            wrong.append(f"step {number}: no {event} from {before}")
        else:
            move = LIFECYCLE[before, event]
            if after is not (move.through or move.to):
                wrong.append(f"step {number}: {event} from {before} leads to {after}")
            ends_in = move.to if move.through else None
        status = after
    if experiment.status is not status:
        wrong.append(f"it is {experiment.status}, but its history ends in {status}")
    return wrong


class Caller(threading.Thread):
    """A thread that makes calls by chance, and counts what it was told."""

    def __init__(self, client: Any, names: list[str], calls: int, seed: int, start_together: threading.Barrier) -> None:
        super().__init__(name=f"caller {seed}", daemon=True)
        self._client = client
        self._names = names
        self._calls = calls
        self._random = random.Random(seed)
        self._start_together = start_together
        self.outcomes: Counter[tuple[str, str, str | None]] = Counter()
        """How often each operation on each experiment ended in each error, or in none."""
        self.torn: list[str] = []
        """What was seen half-made."""
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._start_together.wait(60)
            for _ in range(self._calls):
                self._call(self._random.choice(self._names))
        except BaseException as error:
            self.failure = error

    def _call(self, name: str) -> None:
        # A description says who wrote it; with it goes the percentage that belongs to it.
        percentage = self._random.randrange(1, 100)
        tomorrow = {"StartTime": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)}
        new = creation(name, Description="0", ShadowModeConfig=shadow_mode(sampling=0))
        operation, parameters = self._random.choice(
            [
                ("Create", new),
                ("Create", {**new, "Schedule": tomorrow}),
                *[("Describe", {"Name": name})] * 3,
                ("List", {"MaxResults": 100}),
                *[
                    (
                        "Update",
                        {
                            "Name": name,
                            "Description": str(percentage),
                            "ShadowModeConfig": shadow_mode(sampling=percentage),
                        },
                    )
                ]
                * 3,
                ("Start", {"Name": name}),
                ("Stop", {"Name": name, "ModelVariantActions": PROMOTE}),
                ("Delete", {"Name": name}),
                ("DescribeEndpoint", {"EndpointName": f"{name}-endpoint"}),
            ]
        )
        ending = "s" if operation == "List" else ""
        method: Callable[..., Any] = self._client.describe_endpoint
        if operation != "DescribeEndpoint":
            method = getattr(self._client, f"{operation.lower()}_inference_experiment{ending}")
        try:
            response = method(**parameters)
        except ClientError as error:
            code: str | None = error.response["Error"]["Code"]
        else:
            code = None
            self._look(operation, response)
        if operation == "DescribeEndpoint":
            self.outcomes[operation, "", code] += 1
        else:
            self.outcomes[f"{operation}InferenceExperiment{ending}", "" if operation == "List" else name, code] += 1

    def _look(self, operation: str, response: Any) -> None:
        if operation == "Describe":
            (shadow,) = response["ShadowModeConfig"]["ShadowModelVariants"]
            if response["Description"] != str(shadow["SamplingPercentage"]):
                self.torn.append(f"{response['Description']} next to {shadow['SamplingPercentage']}")
        elif operation == "List":
            names = [each["Name"] for each in response["InferenceExperiments"]]
            if len(names) != len(set(names)):
                self.torn.append(f"listed twice: {names}")
        elif operation == "DescribeEndpoint" and len(response["ProductionVariants"]) != 1:
            self.torn.append(f"in production: {response['ProductionVariants']}")


def run(threads: int, calls: int, seed: int) -> list[str]:
    """Let `threads` threads make `calls` calls each on a few experiments; return what is wrong afterwards."""
    names = [f"churn-{number}" for number in range(8)]
    together = threading.Barrier(threads)
    # Threads may share a client; sessions are not for several threads, so the clients are made here.
    session = boto3.Session(region_name="us-east-1")
    clients = [session.client("sagemaker", **KEYS) for _ in range(4)]
    switch_interval = sys.getswitchinterval()
    with mock_inference_experiments(region="us-east-1") as backend:
        for name in names:
            backend.seed(
                name,
                Description="0",
                ShadowModeConfig=shadow_mode(sampling=0),
                ModelVariants=creation()["ModelVariants"],
            )
        seeded = backend.experiments
        callers = [
            Caller(clients[number % len(clients)], names, calls, 1000 * seed + number, together)
            for number in range(threads)
        ]
        sys.setswitchinterval(1e-5)  # the threads take turns a hundred times as often as usual
        try:
            for caller in callers:
                caller.start()
            deadline = time.monotonic() + 60 + threads * calls / 50
            for caller in callers:
                caller.join(max(0.0, deadline - time.monotonic()))
        finally:
            sys.setswitchinterval(switch_interval)
    return [
        *[f"{caller.name} has not come to an end" for caller in callers if caller.is_alive()],
        *[f"{caller.name}: {caller.failure!r}" for caller in callers if caller.failure is not None],
        *[torn for caller in callers for torn in caller.torn],
        *_lost(callers, backend, threads * calls),
        *_illegal(backend, seeded),
    ]


def _lost(callers: list[Caller], backend: InferenceExperimentBackend, expected: int) -> list[str]:
    """Hold what the threads were told against what the account says it told."""
    told: Counter[tuple[str, str, str | None]] = Counter()
    for caller in callers:
        told.update(caller.outcomes)
    succeeded = {operation for operation, _, error in told if error is None}
    wrong = [f"{each} never succeeded" for each in OPERATIONS if each not in {*succeeded, *TAG_OPERATIONS}]
    kept = Counter((call.operation, call.parameters.get("Name", ""), call.error) for call in backend.calls)
    wrong += [f"{each}: told {told[each]}, kept {kept[each]}" for each in {*told, *kept} if told[each] != kept[each]]
    if kept.total() != expected:
        wrong.append(f"{kept.total()} calls instead of {expected}")
    return wrong


def _illegal(backend: InferenceExperimentBackend, seeded: list[Experiment]) -> list[str]:
    """Follow each experiment through its history and through the calls, in the order in which they were answered."""
    wrong = [f"{each.name}, seeded: {mistake}" for each in seeded for mistake in impossible(each, Status.CREATED)]
    there = {each.name: each for each in backend.experiments}
    for each in there.values():
        history = each.history
        if history and history[0].status_before is None:
            wrong += [f"{each.name}, created: {mistake}" for mistake in impossible(each, None)]

    statuses: dict[str, Status | None] = {each.name: Status.CREATED for each in seeded}
    for number, call in enumerate(backend.calls):
        name = call.parameters.get("Name")
        if name is None:
            continue
        if call.status_before is not statuses[name]:
            wrong.append(f"{call!r}, call {number}: the one before it left {statuses[name]}")
        allowed = {call.status_before} if call.error else LEADS_TO.get((call.operation, call.status_before), set())
        if call.status_after not in allowed:
            wrong.append(f"{call!r}, call {number}: may lead to {sorted(map(str, allowed)) or 'nothing'}")
        statuses[name] = call.status_after
    for name, last in statuses.items():
        now = there[name].status if name in there else None
        if now is not last:
            wrong.append(f"{name} is {now}, and its last call left {last}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--calls", type=int, default=1000, help="of each thread")
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    for number in range(arguments.times):
        begun = time.perf_counter()
        wrong = run(arguments.threads, arguments.calls, number)
        took = time.perf_counter() - begun
        print(f"{number + 1}: {arguments.threads} x {arguments.calls} calls, {took:.1f} s, {len(wrong)} mistakes")  # noqa: T201
        if wrong:
            print(*wrong[:20], sep="\n")  # noqa: T201
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
