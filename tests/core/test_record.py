"""What a test can look at afterwards: the calls, the experiments, their history."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from constants import NOON, STATUSES, UTC

from pytest_sagemaker_ie import Event, HistoryEntry


class TestCalls:
    def test_there_are_none_at_first(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        assert sagemaker_ie_backend.calls == []

    def test_they_are_in_order(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        operations = [call.operation for call in sagemaker_ie_backend.calls]
        assert operations == ["DescribeInferenceExperiment", "UpdateInferenceExperiment"]

    def test_a_call_that_succeeds_has_no_error(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.calls[0].error is None

    @pytest.mark.parametrize(
        ("request_", "code"),
        [
            ({"Name": "over", "Description": "x"}, "ConflictException"),
            ({"Name": "ghost"}, "ResourceNotFound"),
            ({"Name": "churn", "Schedule": {"EndTime": datetime(2020, 1, 1)}}, "ValidationException"),
        ],
    )
    def test_a_refused_call_has_its_code(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, request_: dict[str, Any], code: str
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.seed("over", "Completed")
        with pytest.raises(sagemaker_ie.exceptions.ClientError):
            sagemaker_ie.update_inference_experiment(**request_)
        assert [call.error for call in sagemaker_ie_backend.calls] == [code]

    @pytest.mark.parametrize("status", STATUSES)
    def test_a_call_has_the_status_before_and_after(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, status: str
    ) -> None:
        sagemaker_ie_backend.seed("churn", status)
        sagemaker_ie.describe_inference_experiment(Name="churn")
        (call,) = sagemaker_ie_backend.calls
        assert (call.status_before, call.status_after) == (status, status)

    def test_a_refused_call_has_the_status_before_and_after(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("over", "Completed")
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            sagemaker_ie.update_inference_experiment(Name="over", Description="x")
        (call,) = sagemaker_ie_backend.calls
        assert (call.status_before, call.status_after) == ("Completed", "Completed")

    def test_a_call_for_an_unknown_name_has_no_status(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
            sagemaker_ie.describe_inference_experiment(Name="ghost")
        (call,) = sagemaker_ie_backend.calls
        assert (call.status_before, call.status_after) == (None, None)

    def test_a_call_has_the_clients_region(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        boto3.client("sagemaker", "eu-west-1").describe_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.calls[0].region == "eu-west-1"

    def test_a_call_has_the_parameters_as_they_were_given(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="ü", Schedule={"EndTime": end})
        expected = {"Name": "churn", "Description": "ü", "Schedule": {"EndTime": end}}
        assert sagemaker_ie_backend.calls[0].parameters == expected

    def test_the_parameters_times_are_utc(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        end = datetime.now() + timedelta(days=3)
        sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": end})
        assert sagemaker_ie_backend.calls[0].parameters["Schedule"]["EndTime"].tzinfo is UTC

    def test_changing_the_parameters_changes_no_record(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        storage = {"Destination": "s3://bucket/", "ContentType": {"CsvContentTypes": ["text/csv"]}}
        sagemaker_ie.update_inference_experiment(Name="churn", DataStorageConfig=storage)
        (call,) = sagemaker_ie_backend.calls
        call.parameters["DataStorageConfig"]["ContentType"]["CsvContentTypes"].append("x")
        assert call.parameters["DataStorageConfig"] == storage

    def test_changing_the_list_changes_no_record(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        sagemaker_ie_backend.calls.clear()
        assert len(sagemaker_ie_backend.calls) == 1

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("over", "(Name='over', Description='x') in us-east-1: Completed, ConflictException>"),
            ("churn", "(Name='churn', Description='x') in us-east-1: Running>"),
        ],
    )
    def test_repr_says_what_came_of_it(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, name: str, expected: str
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie_backend.seed("over", "Completed")
        try:
            sagemaker_ie.update_inference_experiment(Name=name, Description="x")
        except sagemaker_ie.exceptions.ConflictException:
            assert name == "over"
        assert repr(sagemaker_ie_backend.calls[0]) == f"<Call UpdateInferenceExperiment{expected}"

    def test_repr_of_a_call_that_moves_its_experiment(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie.delete_inference_experiment(Name="churn")
        (call,) = sagemaker_ie_backend.calls
        assert repr(call) == ("<Call DeleteInferenceExperiment(Name='churn') in us-east-1: Created -> (deleted)>")

    def test_repr_of_a_call_about_no_experiment(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie.list_inference_experiments()
        assert repr(sagemaker_ie_backend.calls[0]) == "<Call ListInferenceExperiments() in us-east-1: answered>"

    def test_repr_writes_times_briefly_and_cuts_what_is_long(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x" * 90, Schedule={"EndTime": end})
        shown = repr(sagemaker_ie_backend.calls[0])
        assert f"Schedule={{'EndTime': {end:%Y-%m-%dT%H:%M:%SZ}}}" in shown
        assert f"Description='{'x' * 36}...," in shown

    @pytest.mark.parametrize(("method", "name"), [("describe_inference_experiment", "churn"), ("list_tags", "churn")])
    def test_a_call_has_its_experiments_name(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, method: str, name: str
    ) -> None:
        view = sagemaker_ie_backend.seed("churn")
        parameters = {"ResourceArn": view.arn} if method == "list_tags" else {"Name": "churn"}
        getattr(sagemaker_ie, method)(**parameters)
        assert sagemaker_ie_backend.calls[0].name == name

    def test_a_call_for_an_unknown_experiment_has_its_name(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
            sagemaker_ie.describe_inference_experiment(Name="ghost")
        assert sagemaker_ie_backend.calls[0].name == "ghost"

    def test_a_call_about_no_experiment_has_no_name(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie.list_inference_experiments()
        assert sagemaker_ie_backend.calls[0].name is None

    def test_a_call_has_its_time(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any) -> None:
        time_machine.move_to(NOON, tick=False)
        sagemaker_ie.list_inference_experiments()
        assert sagemaker_ie_backend.calls[0].when == NOON
        assert sagemaker_ie_backend.calls[0].when.tzinfo is UTC

    def test_a_refused_call_has_the_errors_message(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound) as refusal:
            sagemaker_ie.describe_inference_experiment(Name="ghost")
        assert sagemaker_ie_backend.calls[0].message == refusal.value.response["Error"]["Message"]

    def test_a_call_that_succeeds_has_no_message(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie.list_inference_experiments()
        assert sagemaker_ie_backend.calls[0].message is None


class TestWhatAnUpdateChanged:
    def changed(self, client: Any, backend: Any, **parameters: Any) -> dict[str, Any]:
        client.update_inference_experiment(Name="churn", **parameters)
        changed: dict[str, Any] = backend.calls[-1].changed
        return changed

    def test_a_description(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        changed = self.changed(sagemaker_ie, sagemaker_ie_backend, Description="x")
        assert changed == {"Description": (None, "x")}

    def test_a_time_in_utc(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        before = sagemaker_ie_backend.seed("churn", "Running").schedule["EndTime"]
        after = before + timedelta(days=1)
        schedule = {"StartTime": sagemaker_ie_backend.get("churn").schedule["StartTime"], "EndTime": after}
        changed = self.changed(sagemaker_ie, sagemaker_ie_backend, Schedule=schedule)
        assert changed == {"Schedule.EndTime": (before, after)}
        assert {each.tzinfo for each in changed["Schedule.EndTime"]} == {UTC}

    def test_a_percentage_and_not_the_names_beside_it(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        config = sagemaker_ie_backend.seed("churn", "Running").shadow_mode_config
        config["ShadowModelVariants"][0]["SamplingPercentage"] = 75
        changed = self.changed(sagemaker_ie, sagemaker_ie_backend, ShadowModeConfig=config)
        assert changed == {"ShadowModeConfig.ShadowModelVariants.SamplingPercentage": (50, 75)}

    def test_one_variant_of_two_shows_both(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        variants = sagemaker_ie_backend.seed("churn", "Created").model_variants
        before = [{key: value for key, value in each.items() if key != "Status"} for each in variants]
        one = {**before[1], "ModelName": "other"}
        changed = self.changed(sagemaker_ie, sagemaker_ie_backend, ModelVariants=[one])
        assert changed == {"ModelVariants": (before, [before[0], one])}

    def test_each_update_has_its_own(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        for description in ("x", "y"):
            sagemaker_ie.update_inference_experiment(Name="churn", Description=description)
        assert [call.changed["Description"] for call in sagemaker_ie_backend.calls] == [(None, "x"), ("x", "y")]

    def test_nothing_if_it_repeats_what_is_so(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        for _ in range(2):
            sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        assert sagemaker_ie_backend.calls[-1].changed == {}

    def test_nothing_if_it_is_refused(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        with pytest.raises(sagemaker_ie.exceptions.ClientError):
            sagemaker_ie.update_inference_experiment(Name="churn", Schedule={"EndTime": datetime(2020, 1, 1)})
        assert sagemaker_ie_backend.calls[-1].changed == {}

    def test_nothing_if_it_is_another_operation(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert sagemaker_ie_backend.calls[-1].changed == {}

    def test_changing_it_changes_no_experiment(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        storage = {"Destination": "s3://bucket/", "ContentType": {"CsvContentTypes": ["text/csv"]}}
        view = sagemaker_ie_backend.seed("churn", DataStorageConfig=storage)
        changed = self.changed(sagemaker_ie, sagemaker_ie_backend, DataStorageConfig={"Destination": "s3://other/"})
        changed["DataStorageConfig"][1].clear()
        assert view.data_storage_config == {"Destination": "s3://other/"}

    def test_changing_anything_of_the_call_does_not_either(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        self.changed(sagemaker_ie, sagemaker_ie_backend, DataStorageConfig={"Destination": "s3://other/"})
        call = sagemaker_ie_backend.calls[-1]
        shown = [getattr(call, name) for name in dir(call) if not name.startswith("_")]
        configs = [each["DataStorageConfig"] for each in shown if isinstance(each, dict)]
        assert len(configs) == 2
        for each in configs:
            (each if isinstance(each, dict) else each[1]).clear()
        assert view.data_storage_config == {"Destination": "s3://other/"}


class TestTheBackend:
    def test_it_knows_its_region_and_account(self, sagemaker_ie_backend: Any) -> None:
        assert (sagemaker_ie_backend.region, sagemaker_ie_backend.account_id) == ("us-east-1", "123456789012")

    def test_repr_counts(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.seed("churn", region="eu-west-1")
        sagemaker_ie.describe_inference_experiment(Name="churn")
        assert repr(sagemaker_ie_backend) == (
            "<InferenceExperimentBackend of account 123456789012: 2 experiments, 1 calls>"
        )

    def test_get_gives_what_was_seeded(self, sagemaker_ie_backend: Any) -> None:
        seeded = sagemaker_ie_backend.seed("churn", "Running")
        assert sagemaker_ie_backend.get("churn").arn == seeded.arn

    def test_get_of_an_unknown_name_lists_the_known_ones(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.seed("fraud")
        with pytest.raises(KeyError, match=r"no experiment 'ghost' in us-east-1; known there: churn, fraud"):
            sagemaker_ie_backend.get("ghost")

    def test_get_in_a_region_without_experiments_names_the_others(self, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        with pytest.raises(KeyError, match=r"there is none in that region \(churn in us-east-1; "):
            sagemaker_ie_backend.get("churn", "eu-west-1")

    def test_get_of_an_empty_account_says_so(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(KeyError, match=r"no experiment 'x' in us-east-1; there is none in that region"):
            sagemaker_ie_backend.get("x")


class TestAView:
    PROPERTIES = (
        "arn",
        "completion_time",
        "creation_time",
        "data_storage_config",
        "description",
        "endpoint_metadata",
        "history",
        "kms_key",
        "last_modified_time",
        "model_variants",
        "name",
        "region",
        "role_arn",
        "schedule",
        "shadow_mode_config",
        "status",
        "status_reason",
        "tags",
        "type",
    )

    @pytest.mark.parametrize("status", STATUSES)
    def test_it_shows_what_describe_shows(self, sagemaker_ie_backend: Any, describe: Any, status: str) -> None:
        view = sagemaker_ie_backend.seed("churn", status, Description="x", KmsKey="k", StatusReason="r")
        assert describe("churn") == {
            member: value
            for member, value in {
                "Arn": view.arn,
                "Name": view.name,
                "Type": view.type,
                "Schedule": view.schedule,
                "Status": view.status,
                "StatusReason": view.status_reason,
                "Description": view.description,
                "CreationTime": view.creation_time,
                "CompletionTime": view.completion_time,
                "LastModifiedTime": view.last_modified_time,
                "RoleArn": view.role_arn,
                "EndpointMetadata": view.endpoint_metadata,
                "ModelVariants": view.model_variants,
                "DataStorageConfig": view.data_storage_config,
                "ShadowModeConfig": view.shadow_mode_config,
                "KmsKey": view.kms_key,
            }.items()
            if value is not None
        }

    def test_it_is_live(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="new")
        assert view.description == "new"

    def test_it_knows_its_region(self, sagemaker_ie_backend: Any) -> None:
        assert sagemaker_ie_backend.seed("churn", region="eu-west-1").region == "eu-west-1"

    @pytest.mark.parametrize("name", PROPERTIES)
    def test_it_is_read_only(self, sagemaker_ie_backend: Any, name: str) -> None:
        view = sagemaker_ie_backend.seed("churn")
        with pytest.raises(AttributeError):
            setattr(view, name, None)

    def test_it_takes_no_new_attribute(self, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(AttributeError):
            sagemaker_ie_backend.seed("churn").note = "x"

    def test_changing_what_it_gives_changes_no_state(self, sagemaker_ie_backend: Any, describe: Any) -> None:
        storage = {"Destination": "s3://b/", "ContentType": {"CsvContentTypes": ["text/csv"]}}
        view = sagemaker_ie_backend.seed("churn", DataStorageConfig=storage, Tags=[{"Key": "a", "Value": "b"}])
        before = describe("churn")
        view.model_variants[0]["InfrastructureConfig"].clear()
        view.data_storage_config["ContentType"]["CsvContentTypes"].clear()
        view.shadow_mode_config["ShadowModelVariants"].clear()
        view.endpoint_metadata.clear()
        view.schedule.clear()
        view.tags.clear()
        assert (describe("churn"), view.tags) == (before, {"a": "b"})

    def test_repr_says_name_status_and_region(self, sagemaker_ie_backend: Any) -> None:
        assert repr(sagemaker_ie_backend.seed("churn", "Running")) == "<Experiment 'churn' Running in us-east-1>"


class TestHistory:
    def test_that_of_a_seed_begins_empty(self, sagemaker_ie_backend: Any) -> None:
        assert sagemaker_ie_backend.seed("churn", "Running").history == []

    def test_an_update_is_two_steps_with_their_time(
        self, sagemaker_ie: Any, sagemaker_ie_backend: Any, time_machine: Any
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        view = sagemaker_ie_backend.seed("churn", "Running")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="new")
        assert view.history == [
            HistoryEntry(NOON, Event.UPDATE, "Running", "Updating"),
            HistoryEntry(NOON, Event.FINISH, "Updating", "Running"),
        ]

    def test_changing_the_list_changes_no_history(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        view = sagemaker_ie_backend.seed("churn")
        sagemaker_ie.update_inference_experiment(Name="churn", Description="new")
        view.history.clear()
        assert len(view.history) == 2
