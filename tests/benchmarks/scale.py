"""A call with 100,000 experiments in the region, next to the same call with 10; and what so many seeds weigh.

Both regions are of one account, so that nothing but the number of experiments differs between the two.
"""

import datetime
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pytest_sagemaker_ie import InferenceExperimentBackend, Status, mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import fresh_client

from .rounds import Contender, medians
from .table import Budget, Row

__all__ = ["measure"]

_FEW = 10
_FEW_REGION, _MANY_REGION = "eu-west-1", "us-east-1"
_LIMIT = 1.3
_MEGABYTES = 300
_CALLS = 20
_PAGE = 3

Call = Callable[[], object]


def measure(*, quick: bool) -> list[object]:
    """Return a row for each call, and the one of the memory."""
    many, rounds = (1_000, 3) if quick else (100_000, 400)
    with mock_inference_experiments(region=_MANY_REGION) as backend:
        regions = {_FEW_REGION: _FEW, _MANY_REGION: many}
        for region, count in regions.items():
            _seed(backend, region, count)
        rows: list[object] = []
        for title, calls in _OPERATIONS.items():
            prepared = {f"{count:,} experiments": calls(region, count) for region, count in regions.items()}
            rows.append(_row(title, prepared, rounds=rounds))
    return [*rows, _memory(many)]


def _row(title: str, calls: dict[str, Call], *, rounds: int) -> Row:
    times = medians(
        [Contender(name, lambda call=call: _always(call), _CALLS) for name, call in calls.items()], rounds=rounds
    )
    few, many = times
    return Row(
        f"With many experiments in the region: {title}",
        f"{rounds} rounds of {_CALLS} calls each; experiments in all eight statuses",
        times,
        base=few,
        budgets=[Budget.of_ratio(many, times[many], _LIMIT, few, times[few])],
    )


@contextmanager
def _always(call: Call) -> Iterator[Call]:
    yield call


def _seed(backend: InferenceExperimentBackend, region: str, count: int) -> None:
    statuses = list(Status)
    for number in range(count):
        backend.seed(_name(number), statuses[number % len(statuses)], region=region)


def _name(number: int) -> str:
    """Return the experiment's name: its place by name is not its place by age."""
    return f"churn-{number * 7_919 % 100_003:06}"


def _created(count: int) -> Iterator[str]:
    """Give names of Created experiments from all over the region, without end."""
    numbers = range(list(Status).index(Status.CREATED), count, len(Status))
    return itertools.cycle([_name(number) for number in numbers[:: max(1, len(numbers) // 997)]])


def _describes(region: str, count: int) -> Call:
    client, names = fresh_client(region), _created(count)
    return lambda: client.describe_inference_experiment(Name=next(names))


def _updates(region: str, count: int) -> Call:
    client, names, numbers = fresh_client(region), _created(count), itertools.count()
    return lambda: client.update_inference_experiment(Name=next(names), Description=f"update {next(numbers)}")


def _creates_and_deletes(region: str, count: int) -> Call:
    client: Any = fresh_client(region)
    variants = [
        {
            "ModelName": "churn",
            "VariantName": name,
            "InfrastructureConfig": {
                "InfrastructureType": "RealTimeInference",
                "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            },
        }
        for name in ("production", "shadow")
    ]
    # In the middle of the names, and Created, so that it can be deleted.
    request = {
        "Name": "churn-050000-new",
        "Type": "ShadowMode",
        "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
        "EndpointName": "churn",
        "ModelVariants": variants,
        "ShadowModeConfig": {
            "SourceModelVariantName": "production",
            "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 50}],
        },
        "Schedule": {"StartTime": datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)},
    }

    def create_and_delete() -> None:
        client.create_inference_experiment(**request)
        client.delete_inference_experiment(Name=request["Name"])

    return create_and_delete


def _lists(sort_by: str) -> Callable[[str, int], Call]:
    """Return what lists the first page and one from the middle, by turns."""

    def lists(region: str, count: int) -> Call:
        client: Any = fresh_client(region)
        tokens = itertools.cycle([{}, {"NextToken": _middle(client, sort_by, count)}])

        def list_page() -> None:
            page = client.list_inference_experiments(SortBy=sort_by, MaxResults=_PAGE, **next(tokens))
            assert len(page["InferenceExperiments"]) == _PAGE
            assert "NextToken" in page

        return list_page

    return lists


def _middle(client: Any, sort_by: str, count: int) -> str:
    seen, token = 0, {}
    while seen < count // 2 - _PAGE + 1:
        size = min(100, count // 2 - seen)
        page = client.list_inference_experiments(SortBy=sort_by, MaxResults=size, **token)
        seen += len(page["InferenceExperiments"])
        token = {"NextToken": page["NextToken"]}
    return token["NextToken"]


_OPERATIONS: dict[str, Callable[[str, int], Call]] = {
    "DescribeInferenceExperiment": _describes,
    "UpdateInferenceExperiment": _updates,
    "CreateInferenceExperiment and DeleteInferenceExperiment": _creates_and_deletes,
    "ListInferenceExperiments by Name": _lists("Name"),
    "ListInferenceExperiments by CreationTime": _lists("CreationTime"),
    "ListInferenceExperiments by Status": _lists("Status"),
}


@dataclass(frozen=True)
class _Footprint:
    """What a process weighs before the seeds and after them, in megabytes."""

    count: int
    before: float
    after: float

    def __str__(self) -> str:
        added = self.after - self.before
        met = "met" if added <= _MEGABYTES else "MISSED"
        return "\n".join(
            [
                f"The memory of {self.count:,} seeds",
                "  the most that a process of its own had resident, before the seeds and after; each with its name and"
                " status, and all listed in every order",
                f"    before  {self.before:7.1f} MB",
                f"    after   {self.after:7.1f} MB",
                f"    budget: {self.count:,} seeds at most {_MEGABYTES} MB: {added:.1f} MB, {met}",
            ]
        )


_SEEDING = r"""
import re, sys
from pathlib import Path

from pytest_sagemaker_ie import Status, mock_inference_experiments
from pytest_sagemaker_ie.aws.sessions import fresh_client

def resident():
    if sys.platform == "linux":  # where getrusage() counts what the parent had resident, too
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

def look():
    for sort_by in ("Name", "CreationTime", "Status"):
        fresh_client("us-east-1").list_inference_experiments(SortBy=sort_by)

statuses = list(Status)
with mock_inference_experiments(region="us-east-1") as backend:
    look()
    before = resident()
    for number in range(int(sys.argv[1])):
        backend.seed(f"churn-{number:06}", statuses[number % len(statuses)])
    look()
    print(before, resident())
"""


def _memory(count: int) -> _Footprint:
    ran = subprocess.run([sys.executable, "-c", _SEEDING, str(count)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"the process that should be weighed failed:\n{ran.stderr}")
    before, after = map(int, ran.stdout.split())
    return _Footprint(count, before / 2**20, after / 2**20)
