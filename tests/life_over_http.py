"""The life of an experiment that the clients under docs/examples/clients live: what they print, and what was called."""

from pathlib import Path
from typing import Any

from pytest_sagemaker_ie import Status

__all__ = ["BEGINNING", "CLIENTS", "check_calls", "printed"]

CLIENTS = Path(__file__).parents[1] / "docs/examples/clients"

BEGINNING = "2030-03-01T12:00:00Z"
"""When the test takes place: before the StartTime that the clients name."""

_CALLS = [
    ("CreateInferenceExperiment", None, None, "Created"),
    ("DescribeInferenceExperiment", None, "Created", "Created"),
    ("AddTags", None, "Created", "Created"),
    ("ListTags", None, "Created", "Created"),
    ("StartInferenceExperiment", None, "Created", "Running"),
    ("UpdateInferenceExperiment", None, "Running", "Running"),
    ("ListInferenceExperiments", None, None, None),
    ("StopInferenceExperiment", None, "Running", "Completed"),
    ("DescribeInferenceExperiment", None, "Completed", "Completed"),
    ("UpdateInferenceExperiment", "ConflictException", "Completed", "Completed"),
    ("DeleteInferenceExperiment", None, "Completed", None),
    ("DescribeInferenceExperiment", "ResourceNotFound", None, None),
]


def printed(name: str) -> list[str]:
    """Return the lines that a client prints."""
    return [
        Status.CREATED,
        "growth",
        f"{name}\thalf of the traffic",
        Status.COMPLETED,
        "ConflictException",
        "ResourceNotFound",
    ]


def check_calls(backend: Any, region: str) -> None:
    """Fail unless the account was called as the clients call it, and is empty again."""
    calls = [(each.operation, each.error, each.status_before, each.status_after) for each in backend.calls]
    assert calls == _CALLS, calls
    assert {each.region for each in backend.calls} == {region}
    assert backend.experiments == []
    created = backend.calls[0].parameters
    assert created["Schedule"]["StartTime"].isoformat() == "2030-03-04T00:00:00+00:00"
    assert created["Schedule"]["EndTime"].isoformat() == "2030-03-11T00:00:00+00:00"
