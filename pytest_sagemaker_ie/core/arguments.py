"""The types of the arguments of a backend's methods, for type checkers and editors. Nothing imports it at run time."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from pytest_sagemaker_ie.core.lifecycle import Status

TransitionalName: TypeAlias = Status | Literal["Creating", "Updating", "Starting", "Stopping"]
StatusName: TypeAlias = TransitionalName | Literal["Created", "Running", "Completed", "Cancelled"]
# fmt: off
OperationName: TypeAlias = Literal[
    "CreateInferenceExperiment", "DescribeInferenceExperiment", "ListInferenceExperiments", "UpdateInferenceExperiment",
    "StartInferenceExperiment", "StopInferenceExperiment", "DeleteInferenceExperiment",
    "DescribeEndpoint", "AddTags", "ListTags", "DeleteTags",
]
# fmt: on
Moment: TypeAlias = datetime.datetime | datetime.timedelta | str | float


class TransitionSetting(TypedDict, total=False):
    """How a transitional status ends."""

    progression: Literal["immediate", "manual", "time"]
    times: int
    seconds: float


TransitionSettings: TypeAlias = TransitionSetting | Mapping[TransitionalName, TransitionSetting]


class SeedParameters(TypedDict, total=False):
    """The parameters of the API that a seed takes."""

    Type: Literal["ShadowMode"]
    Schedule: Mapping[str, Moment]
    Description: str
    RoleArn: str
    EndpointName: str
    EndpointMetadata: Mapping[str, str]
    ModelVariants: Sequence[Mapping[str, Any]]
    ShadowModeConfig: Mapping[str, Any]
    DataStorageConfig: Mapping[str, Any]
    KmsKey: str
    Tags: Sequence[Mapping[str, str]]
    StatusReason: str
    CreationTime: Moment
    CompletionTime: Moment
    LastModifiedTime: Moment
