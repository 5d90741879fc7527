"""pytest-sagemaker-ie: the real boto3 SageMaker client, answered by a state machine of inference experiments.

Most tests need only the fixtures and the marker, which the plugin brings; this module has what code imports by name.
"""

from pytest_sagemaker_ie.botocore_hook import OperationNotAnswered
from pytest_sagemaker_ie.core.backend import Call, InferenceExperimentBackend
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.experiment import Experiment, HistoryEntry
from pytest_sagemaker_ie.core.lifecycle import Event, Status
from pytest_sagemaker_ie.mocking import mock_inference_experiments

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Event",
    "Experiment",
    "HistoryEntry",
    "InferenceExperimentBackend",
    "OperationNotAnswered",
    "SeedError",
    "Status",
    "mock_inference_experiments",
]
