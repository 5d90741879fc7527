"""What UpdateInferenceExperiment may change in which status, as a table.

A status that `MAY_CHANGE` does not have allows no update. The documentation's table is made from it. Nothing here reads
or changes an experiment.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from pytest_sagemaker_ie.core.lifecycle import Status


class Permission(Enum):
    """Whether an update may have a field in a status."""

    YES = "yes"
    REPEAT = "only repeated unchanged"
    NO = "no"


YES, REPEAT, NO = Permission.YES, Permission.REPEAT, Permission.NO

START_TIME: Final = "Schedule.StartTime"
END_TIME: Final = "Schedule.EndTime"
SOURCE_NAME: Final = "ShadowModeConfig.SourceModelVariantName"
SHADOW_NAME: Final = "ShadowModeConfig.ShadowModelVariants.ShadowModelVariantName"
SAMPLING_PERCENTAGE: Final = "ShadowModeConfig.ShadowModelVariants.SamplingPercentage"

# Sources: the API reference of UpdateInferenceExperiment ("Created: both dates, Running: only the end date"), the
# developer guide's "Edit a shadow test" (once started: description, sampling percentage and end date), and AWS's
# CloudFormation handler, which sends a Running experiment its Description, whole Schedule and ShadowModeConfig.
MAY_CHANGE: Final[Mapping[Status, Mapping[str, Permission]]] = {
    Status.CREATED: {
        "Description": YES,
        START_TIME: YES,
        END_TIME: YES,
        "ModelVariants": YES,
        "DataStorageConfig": YES,
        SOURCE_NAME: YES,
        SHADOW_NAME: YES,
        SAMPLING_PERCENTAGE: YES,
    },
    Status.RUNNING: {
        "Description": YES,
        START_TIME: REPEAT,
        END_TIME: YES,
        "ModelVariants": NO,
        "DataStorageConfig": NO,
        SOURCE_NAME: REPEAT,
        SHADOW_NAME: REPEAT,
        SAMPLING_PERCENTAGE: YES,
    },
}

UPDATABLE: Final = tuple(MAY_CHANGE[Status.CREATED])
"""The fields that an update can have, in the order of the documentation and the messages."""
