"""The AWS CLI against the experiments of a test."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from life_over_http import BEGINNING, CLIENTS, check_calls, printed


@pytest.fixture
def environment(sagemaker_ie_server: Any) -> dict[str, str]:
    path = os.pathsep.join([os.environ["SAGEMAKER_IE_AWS_CLI"], os.environ["PATH"]])
    return {**os.environ, **sagemaker_ie_server.environment, "PATH": path}


@freeze_time(BEGINNING)
def test_a_full_life(environment: dict[str, str], sagemaker_ie_backend: Any, tmp_path: Path) -> None:
    shutil.copy(CLIENTS / "experiment.sh", tmp_path)
    ran = subprocess.run(
        ["sh", "experiment.sh", "churn-cli"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == printed("churn-cli")
    check_calls(sagemaker_ie_backend, "us-east-1")


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["aws", "sagemaker", *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.sagemaker_ie("churn", status="Running")
def test_what_the_test_seeds_the_command_sees(environment: dict[str, str]) -> None:
    shown = run(
        environment, "describe-inference-experiment", "--name", "churn", "--query", "Status", "--output", "text"
    )
    assert (shown.stdout, shown.stderr) == ("Running\n", "")


@pytest.mark.sagemaker_ie("churn", status="Running", region="eu-west-3")
def test_the_region_of_the_command_counts(environment: dict[str, str], sagemaker_ie_backend: Any) -> None:
    shown = run(environment, "--region", "eu-west-3", "describe-inference-experiment", "--name", "churn")
    assert sagemaker_ie_backend.get("churn", region="eu-west-3").arn in shown.stdout
    assert "ResourceNotFound" in run(environment, "describe-inference-experiment", "--name", "churn").stderr


def test_an_operation_that_is_not_answered_is_an_error_at_once(environment: dict[str, str]) -> None:
    refused = run(environment, "list-models")
    assert refused.returncode != 0
    assert "(OperationNotAnswered)" in refused.stderr
    assert "reached max retries" not in refused.stderr
