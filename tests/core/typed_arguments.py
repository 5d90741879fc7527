"""Calls as a type checker sees them: mypy and pyright check this file, and no test imports it.

What is wrong is marked for both, and a mark that is not needed is an error of either.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from datetime import datetime, timedelta

from pytest_sagemaker_ie import InferenceExperimentBackend, Status


def what_is_right(backend: InferenceExperimentBackend) -> None:
    backend.seed("a")
    backend.seed("a", "Running", region="eu-west-1", Description="x", Schedule={"EndTime": timedelta(hours=6)})
    backend.seed("a", Status.RUNNING, Schedule={"StartTime": datetime(2030, 1, 1), "EndTime": "2030-01-02T00:00:00Z"})
    backend.seed("a", ShadowModeConfig={"ShadowModelVariants": [{"SamplingPercentage": 30}]}, CreationTime=1.5e9)
    backend.seed("a", ModelVariants=[{"VariantName": "a"}, {"VariantName": "b"}], Tags=[{"Key": "a", "Value": "b"}])
    backend.seed("a", transition={"progression": "manual", "times": 2})
    backend.seed("a", transition={"Updating": {"progression": "time", "seconds": 600}})
    backend.seed("a", transition={Status.STOPPING: {"progression": "immediate"}})
    for status in Status:
        backend.seed("a", status)
    backend.seed_from({"Name": "a", "Status": "Running"}, tags=[{"Key": "a", "Value": "b"}])
    backend.fail("UpdateInferenceExperiment", "ThrottlingException", times=None)
    backend.delay("DescribeEndpoint", 3)
    backend.fail_experiment("a", "Starting")
    backend.set_transition({"progression": "time", "seconds": 0.5}, Status.CREATING)
    backend.assert_called("StopInferenceExperiment", Name="a", times=1)


def what_is_wrong(backend: InferenceExperimentBackend) -> None:
    backend.seed("a", "Runing")  # type: ignore[arg-type]
    backend.seed("a", "Running", Schedul={})  # type: ignore[call-arg]
    backend.seed("a", Description=5)  # type: ignore[arg-type]
    backend.seed("a", Schedule={"EndTime": None})  # type: ignore[dict-item]
    backend.seed("a", transition={"progression": "manul"})  # type: ignore[dict-item]
    backend.fail("UpdateInferenceExperimnt", "ThrottlingException")  # type: ignore[arg-type]
    backend.delay("Update", 3)  # type: ignore[arg-type]
    backend.fail_experiment("a", "Running")  # type: ignore[arg-type]
    backend.set_transition({"progression": "imediate"})  # type: ignore[typeddict-item]
    backend.set_transition({"progression": "manual", "time": 3})  # type: ignore[typeddict-unknown-key]
    backend.set_transition({"progression": "immediate"}, "Created")  # type: ignore[arg-type]
