"""pytest-sagemaker-ie: the real boto3 SageMaker client, answered by a state machine of inference experiments.

Most tests need only the fixtures and the marker of the plugin. This module has the names that code imports. It imports
each name at its first use, because pytest loads the plugin in every run, also in runs that use none of it.
PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite this module, which it has imported already.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_sagemaker_ie.activation import OperationNotAnswered
    from pytest_sagemaker_ie.clock import HorizonReached
    from pytest_sagemaker_ie.clock.virtual import VirtualClock, virtual_clock
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.errors import FaultError, SeedError
    from pytest_sagemaker_ie.core.experiment import Experiment, HistoryEntry
    from pytest_sagemaker_ie.core.lifecycle import Event, Status
    from pytest_sagemaker_ie.core.script import ExperimentFailure, Fault
    from pytest_sagemaker_ie.mocking import UnspentFaultError, mock_inference_experiments
    from pytest_sagemaker_ie.server.fixture import InferenceExperimentServer

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Event",
    "Experiment",
    "ExperimentFailure",
    "Fault",
    "FaultError",
    "HistoryEntry",
    "HorizonReached",
    "InferenceExperimentBackend",
    "InferenceExperimentServer",
    "OperationNotAnswered",
    "SeedError",
    "Status",
    "UnspentFaultError",
    "VirtualClock",
    "mock_inference_experiments",
    "virtual_clock",
]

pytest_plugins = ["pytest_sagemaker_ie.plugin"]
"""For `-p pytest_sagemaker_ie`."""

_NAMES = {
    "activation": ["OperationNotAnswered"],
    "clock": ["HorizonReached"],
    "clock.virtual": ["VirtualClock", "virtual_clock"],
    "core.backend": ["InferenceExperimentBackend"],
    "core.calls": ["Call"],
    "core.errors": ["FaultError", "SeedError"],
    "core.experiment": ["Experiment", "HistoryEntry"],
    "core.script": ["ExperimentFailure", "Fault"],
    "core.lifecycle": ["Event", "Status"],
    "mocking": ["UnspentFaultError", "mock_inference_experiments"],
    "server.fixture": ["InferenceExperimentServer"],
}


def __getattr__(name: str) -> Any:
    for module, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
