"""Run a shadow test from its creation to the promotion of the candidate, and delete experiments that have ended.

This is ordinary boto3 code: each function makes its own client, and the module knows nothing of tests.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

OVER = ("Completed", "Cancelled")


class ShadowTestError(Exception):
    """The shadow test failed, or took too long."""


def create(
    name: str,
    *,
    endpoint: str,
    production: str,
    candidate: str,
    role: str,
    start: datetime | None = None,
    days: int = 7,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Let the model `candidate` shadow `production` for `days` from `start`, and return the experiment's ARN.

    Without a `start`, the experiment begins at once.
    """

    def variant(variant_name: str, model: str) -> dict[str, object]:
        return {
            "VariantName": variant_name,
            "ModelName": model,
            "InfrastructureConfig": {
                "InfrastructureType": "RealTimeInference",
                "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            },
        }

    request = {
        "Name": name,
        "Type": "ShadowMode",
        "RoleArn": role,
        "EndpointName": endpoint,
        "ModelVariants": [variant("production", production), variant("candidate", candidate)],
        "ShadowModeConfig": {
            "SourceModelVariantName": "production",
            "ShadowModelVariants": [{"ShadowModelVariantName": "candidate", "SamplingPercentage": 25}],
        },
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    }
    if start is not None:
        request["Schedule"] = {"StartTime": start, "EndTime": start + timedelta(days=days)}
    arn: str = boto3.client("sagemaker").create_inference_experiment(**request)["InferenceExperimentArn"]
    return arn


def wait_until(name: str, *wanted: str, every: float = 60, patience: float = 3600) -> str:
    """Look every `every` seconds until the experiment is in a `wanted` status, and return that status.

    Raises:
        ShadowTestError: the experiment has ended in another status, or it took longer than `patience` seconds.
    """
    client = boto3.client("sagemaker")
    waited = 0.0
    while True:
        shown = client.describe_inference_experiment(Name=name)
        status: str = shown["Status"]
        if status in wanted:
            return status
        if status in OVER:
            raise ShadowTestError(f"{name} is {status}: {shown.get('StatusReason', 'no reason given')}")
        if waited >= patience:
            raise ShadowTestError(f"{name} is still {status} after {waited:.0f} seconds")
        time.sleep(every)
        waited += every


def promote(name: str, reason: str) -> None:
    """Stop the experiment, and let the shadow variant replace the production variant."""
    client = boto3.client("sagemaker")
    config = client.describe_inference_experiment(Name=name)["ShadowModeConfig"]
    (shadow,) = config["ShadowModelVariants"]
    client.stop_inference_experiment(
        Name=name,
        ModelVariantActions={
            shadow["ShadowModelVariantName"]: "Promote",
            config["SourceModelVariantName"]: "Remove",
        },
        DesiredState="Completed",
        Reason=reason,
    )


def run(name: str, is_better: Callable[[str], bool], **settings: object) -> bool:
    """Run a whole shadow test, and return whether the candidate was promoted.

    If the candidate is not better, it is removed and production stays. In the end the experiment is deleted.
    """
    client = boto3.client("sagemaker")
    create(name, **settings)
    wait_until(name, "Running")
    promoted = is_better(name)
    if promoted:
        promote(name, reason="the candidate is better")
    else:
        client.stop_inference_experiment(
            Name=name,
            ModelVariantActions={"production": "Retain", "candidate": "Remove"},
            Reason="the candidate is not better",
        )
    wait_until(name, *OVER)
    client.delete_inference_experiment(Name=name)
    return promoted


def sweep(team: str) -> list[str]:
    """Delete the experiments of the `team` that have ended, and return their names."""
    client = boto3.client("sagemaker")
    pages = client.get_paginator("list_inference_experiments").paginate(SortBy="Name", SortOrder="Ascending")
    gone = []
    for each in pages.search("InferenceExperiments[?Status == 'Completed' || Status == 'Cancelled']"):
        arn = client.describe_inference_experiment(Name=each["Name"])["Arn"]
        if {"Key": "team", "Value": team} in client.list_tags(ResourceArn=arn)["Tags"]:
            client.delete_inference_experiment(Name=each["Name"])
            gone.append(each["Name"])
    return gone
