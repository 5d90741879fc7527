"""The AWS SDK for JavaScript against the experiments of a test."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from life_over_http import BEGINNING, CLIENTS, check_calls, printed


@pytest.fixture
def run(sagemaker_ie_server: Any, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a module beside a ``node_modules``: Node.js looks for packages nowhere else."""
    (tmp_path / "node_modules").symlink_to(os.environ["SAGEMAKER_IE_NODE_MODULES"])

    def ran(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["node", module, *arguments],
            cwd=tmp_path,
            # Which versions of Node.js the SDK will support some day, it says on the standard error stream.
            env={**os.environ, **sagemaker_ie_server.environment, "NODE_NO_WARNINGS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return ran


@freeze_time(BEGINNING)
def test_a_full_life(run: Callable[..., Any], sagemaker_ie_backend: Any, tmp_path: Path) -> None:
    shutil.copy(CLIENTS / "experiment.mjs", tmp_path)
    ran = run("experiment.mjs", "churn-js")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == printed("churn-js")
    check_calls(sagemaker_ie_backend, "us-east-1")


@freeze_time(BEGINNING)
@pytest.mark.sagemaker_ie("churn", status="Running", Schedule={"EndTime": "2030-03-06T07:08:09Z"})
def test_times_and_metadata_are_what_the_sdk_expects(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "shown.mjs").write_text(
        """
        import { DescribeInferenceExperimentCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
        const shown = await new SageMakerClient().send(new DescribeInferenceExperimentCommand({ Name: "churn" }));
        console.log(shown.Schedule.EndTime.toISOString());
        console.log(shown.$metadata.httpStatusCode, shown.$metadata.attempts, shown.$metadata.requestId.length);
        """
    )
    ran = run("shown.mjs")
    assert (ran.stdout.splitlines(), ran.stderr) == (["2030-03-06T07:08:09.000Z", "200 1 36"], "")
