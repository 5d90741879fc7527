"""The seed file of `sagemaker-ie-server`: what it may hold, and what is said of its mistakes."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from pytest_sagemaker_ie import SeedError, mock_inference_experiments
from pytest_sagemaker_ie.server.seeds import seed_from_file


@pytest.fixture
def seed_from(tmp_path: Path, sagemaker_ie_backend: Any) -> Callable[[str], int]:
    def seed_from_text(text: str) -> int:
        path = tmp_path / "seeds.toml"
        path.write_text(text, encoding="utf-8")
        return seed_from_file(path, sagemaker_ie_backend)

    return seed_from_text


def test_an_empty_file_seeds_nothing(seed_from, sagemaker_ie_backend):
    assert seed_from("") == 0
    assert sagemaker_ie_backend.experiments == []


def test_an_experiment_has_what_a_seed_has(seed_from, sagemaker_ie_backend):
    count = seed_from(
        """
        [[experiment]]
        name = "churn"
        status = "Running"
        region = "eu-central-1"
        Description = "ours"
        Tags = [{ Key = "team", Value = "growth" }]

        [[experiment]]
        name = "fraud"
        """
    )
    assert count == 2
    churn = sagemaker_ie_backend.get("churn", region="eu-central-1")
    assert (churn.status, churn.description, churn.tags) == ("Running", "ours", {"team": "growth"})
    assert sagemaker_ie_backend.get("fraud").status == "Created"


@freeze_time("2030-03-01")
def test_a_time_is_tomls_or_a_string(seed_from, sagemaker_ie_backend):
    seed_from(
        """
        [[experiment]]
        name = "churn"
        [experiment.Schedule]
        StartTime = 2030-03-04T05:06:07Z
        EndTime = "2030-03-11T00:00:00+00:00"
        """
    )
    assert sagemaker_ie_backend.get("churn").schedule == {
        "StartTime": datetime(2030, 3, 4, 5, 6, 7, tzinfo=timezone.utc),
        "EndTime": datetime(2030, 3, 11, tzinfo=timezone.utc),
    }


def test_a_transition_holds_for_one_or_for_all(seed_from, sagemaker_ie_backend, sagemaker_ie):
    seed_from(
        """
        [transition]
        progression = "manual"
        times = 1

        [[experiment]]
        name = "churn"

        [[experiment]]
        name = "fraud"
        transition = { progression = "immediate" }
        """
    )
    for name in ("churn", "fraud"):
        sagemaker_ie.start_inference_experiment(Name=name)
    assert sagemaker_ie_backend.get("churn").status == "Starting"
    assert sagemaker_ie_backend.get("fraud").status == "Running"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[experiment]\n", r"^FILE: Expected .*line 1"),
        (
            "[[experiments]]\n",
            r"^FILE: unknown table 'experiments'\. Did you mean 'experiment'\? Valid tables: \[\[exp",
        ),
        ("region = 'x'\n", r"^FILE: unknown table 'region'\. Valid tables: \[\[experiment\]\] and \[transition\]$"),
        ("[experiment]\nname = 'churn'\n", r"^FILE: an experiment begins with \[\[experiment\]\], in double brackets$"),
        ("experiment = ['churn']\n", r"^FILE: an experiment begins with \[\[experiment\]\], in double brackets$"),
        ("[[experiment]]\n", r"^FILE: \[\[experiment\]\] 1: it has no name, such as name = 'churn-v2'$"),
        (
            "[[experiment]]\nname = 1\n",
            r"^FILE: \[\[experiment\]\] 1 1: the name of an experiment is 1: give a non-empty str",
        ),
        (
            "[[experiment]]\nname = 'a'\n[[experiment]]\nname = 'b'\nstatus = 'Runing'\n",
            r"^FILE: \[\[experiment\]\] 2 'b': unknown status 'Runing'\. Did you mean 'Running'\? Valid statuses: Crea",
        ),
        (
            "[[experiment]]\nname = 'a'\nstate = 'Running'\n",
            r"^FILE: \[\[experiment\]\] 1 'a': unknown key 'state'\. Did you mean 'status'\? Valid keys: name, sta",
        ),
        ("[[experiment]]\nname = 'a'\nself = 1\n", r"^FILE: \[\[experiment\]\] 1 'a': unknown key 'self'"),
        (
            "[[experiment]]\nname = 'a'\nDescripton = ''\n",
            r" 1 'a': unknown parameter 'Descripton'\. Did you mean 'Desc",
        ),
        (
            "[[experiment]]\nname = 'a'\nregion = 'x'\n",
            r" 1 'a': 'x' is not the name of a region, such as 'us-east-1'$",
        ),
        (
            "[[experiment]]\nname = 'a'\n[[experiment]]\nname = 'a'\n",
            r" 2 'a': experiment 'a' exists in us-east-1 already",
        ),
        ("[transition]\nprogression = 'slow'\n", r"^FILE: \[transition\]: .*'slow'.*immediate.*manual.*time"),
        (
            "[[experiment]]\nname = 'a'\n[experiment.Schedule]\nEndTime = 2030-01-01\n",
            r" 1 'a': Schedule.EndTime is dat",
        ),
    ],
)
def test_a_mistake_names_the_file_the_entry_and_the_valid_values(seed_from, tmp_path, text, message):
    with pytest.raises(SeedError, match=message.replace("FILE", re.escape(str(tmp_path / "seeds.toml")))):
        seed_from(text)


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, "{a=" * 5000 + "1" + "}" * 5000], ids=["arrays", "tables"])
def test_one_that_is_nested_too_deep_is_named(seed_from, text):
    with pytest.raises(SeedError, match=r"seeds\.toml: it is nested too deep$"):
        seed_from(f"[[experiment]]\nname = {text}")


def test_a_file_that_is_not_there_is_named(tmp_path, sagemaker_ie_backend):
    with pytest.raises(SeedError, match=rf"^{re.escape(str(tmp_path))}.nowhere\.toml: No such file or directory$"):
        seed_from_file(tmp_path / "nowhere.toml", sagemaker_ie_backend)


def test_a_file_of_another_encoding_is_named(tmp_path, sagemaker_ie_backend):
    path = tmp_path / "seeds.toml"
    path.write_bytes(b"# \xff\n")
    with pytest.raises(SeedError, match=r"seeds\.toml: 'utf-8' codec can't decode"):
        seed_from_file(path, sagemaker_ie_backend)


class TestAnswersInJson:
    @freeze_time("2030-03-05")
    def test_an_experiment_is_as_describe_answered(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, tmp_path: Path
    ) -> None:
        with mock_inference_experiments(account_id="210987654321") as another:
            another.seed("churn", "Running", Description="of production")
            answer = sagemaker_ie.describe_inference_experiment(Name="churn")
        path = tmp_path / "churn.json"
        path.write_text(json.dumps(answer, default=datetime.isoformat), encoding="utf-8")
        assert seed_from_file(path, sagemaker_ie_backend) == 1
        churn = sagemaker_ie_backend.get("churn")
        assert (churn.status, churn.description) == ("Running", "of production")
        assert ":123456789012:" in churn.arn

    @pytest.mark.parametrize(
        ("text", "mistake"),
        [
            ("{", r"churn\.json: Expecting property name"),
            ("[]", r"churn\.json: this list is not a response of DescribeInferenceExperiment"),
            ('{"Name": "churn", "Status": "Runing"}', r"churn\.json: unknown status 'Runing'"),
        ],
    )
    def test_a_mistake_is_told_with_the_file(
        self, sagemaker_ie_backend: Any, tmp_path: Path, text: str, mistake: str
    ) -> None:
        path = tmp_path / "churn.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SeedError, match=mistake):
            seed_from_file(path, sagemaker_ie_backend)
