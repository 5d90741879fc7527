"""Operate the shadow tests of a team: move their schedule, extend them, change how much traffic the shadow gets.

This is ordinary boto3 code: each function makes its own client, and the module knows nothing of tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable


def schedule(name: str, start: datetime, days: int) -> None:
    """Let an experiment that has not started run for `days` from `start`."""
    client = boto3.client("sagemaker")
    client.update_inference_experiment(
        Name=name, Schedule={"StartTime": start, "EndTime": start + timedelta(days=days)}
    )


def extend(name: str, days: int) -> datetime:
    """Let the experiment end `days` later than planned, and return the new end."""
    client = boto3.client("sagemaker")
    planned = client.describe_inference_experiment(Name=name)["Schedule"]["EndTime"]
    end: datetime = planned + timedelta(days=days)
    client.update_inference_experiment(Name=name, Schedule={"EndTime": end})
    return end


def resample(name: str, percentage: int) -> None:
    """Send `percentage` of the requests to the shadow variant too."""
    client = boto3.client("sagemaker")
    config = client.describe_inference_experiment(Name=name)["ShadowModeConfig"]
    for shadow in config["ShadowModelVariants"]:
        shadow["SamplingPercentage"] = percentage
    client.update_inference_experiment(Name=name, ShadowModeConfig=config)


def extend_all(names: Iterable[str], days: int) -> dict[str, str]:
    """Extend every experiment that can be extended, and return the names of the others with their reasons.

    An experiment that has ended or was deleted must not keep the others from being extended.
    """
    client = boto3.client("sagemaker")
    left = {}
    for name in names:
        try:
            extend(name, days)
        except client.exceptions.ResourceNotFound:
            left[name] = "does not exist"
        except client.exceptions.ConflictException as error:
            left[name] = error.response["Error"]["Message"]
    return left
