"""Operate the shadow tests of a team: move their window, extend them, change how much traffic the shadow sees.

Ordinary boto3 code: each function makes the client it needs. Nothing in here knows that it is tested.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable


def schedule(name: str, start: datetime, days: int) -> None:
    """Let the experiment, which has not started yet, run for `days` from `start`."""
    client = boto3.client("sagemaker")
    client.update_inference_experiment(
        Name=name, Schedule={"StartTime": start, "EndTime": start + timedelta(days=days)}
    )


def extend(name: str, days: int) -> datetime:
    """Let the experiment end `days` later than planned; return the new end."""
    client = boto3.client("sagemaker")
    planned = client.describe_inference_experiment(Name=name)["Schedule"]["EndTime"]
    end: datetime = planned + timedelta(days=days)
    client.update_inference_experiment(Name=name, Schedule={"EndTime": end})
    return end


def resample(name: str, percentage: int) -> None:
    """Send `percentage` of the requests to the shadow variant as well."""
    client = boto3.client("sagemaker")
    config = client.describe_inference_experiment(Name=name)["ShadowModeConfig"]
    for shadow in config["ShadowModelVariants"]:
        shadow["SamplingPercentage"] = percentage
    client.update_inference_experiment(Name=name, ShadowModeConfig=config)


def extend_all(names: Iterable[str], days: int) -> dict[str, str]:
    """Extend every experiment that can be; return the names of the others, each with the reason.

    One experiment that is over, or that somebody has deleted, must not keep the rest from being extended.
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
