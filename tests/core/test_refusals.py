"""What a refused operation is told, word by word: what is so, and what could be done."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from valid_requests import creation, variant

STOP = {"ModelVariantActions": {"shadow": "Remove"}}
ONE_VARIANT = {"ModelVariants": [variant("third")]}

# An operation, the status of the experiment that it finds, its parameters next to the name, and the whole message.
MESSAGES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "start": (
        "start",
        "Completed",
        {},
        "Cannot start inference experiment churn: its status is Completed. This is allowed only in the status Created.",
    ),
    "stop": (
        "stop",
        "Created",
        STOP,
        "Cannot stop inference experiment churn: its status is Created. This is allowed only in the status Running.",
    ),
    "delete": (
        "delete",
        "Running",
        {},
        "Cannot delete inference experiment churn: its status is Running. This is allowed only in the statuses Created"
        " and Completed and Cancelled.",
    ),
    "update of nothing": (
        "update",
        "Stopping",
        {},
        "Cannot update inference experiment churn: its status is Stopping. An update is allowed only in the statuses"
        " Created and Running.",
    ),
    "update of two fields": (
        "update",
        "Cancelled",
        {"Description": "new", **ONE_VARIANT},
        "Cannot update Description, ModelVariants of inference experiment churn: its status is Cancelled. An update is"
        " allowed only in the statuses Created and Running.",
    ),
    "update of a running one": (
        "update",
        "Running",
        {"Description": "new", "DataStorageConfig": {"Destination": "s3://new"}, **ONE_VARIANT},
        "Cannot update ModelVariants, DataStorageConfig of inference experiment churn: its status is Running. What may"
        " change now: Description, Schedule.EndTime, ShadowModeConfig.ShadowModelVariants.SamplingPercentage.",
    ),
    "update of a variant that is not there": (
        "update",
        "Created",
        ONE_VARIANT,
        "ModelVariants name third, which is not a variant of the experiment: production, shadow. Give both variants to"
        " replace them.",
    ),
    "create": (
        "create",
        "Updating",
        {each: value for each, value in creation().items() if each != "Name"},
        "Inference experiment churn exists in us-east-1 already: its status is Updating.",
    ),
}


@pytest.mark.parametrize(("verb", "status", "parameters", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_refusal_says_what_is_so_and_what_could_be_done(
    sagemaker_ie: Any, sagemaker_ie_backend: Any, verb: str, status: str, parameters: dict[str, Any], message: str
) -> None:
    sagemaker_ie_backend.seed("churn", status)
    with pytest.raises(ClientError) as caught:
        getattr(sagemaker_ie, f"{verb}_inference_experiment")(Name="churn", **parameters)
    assert caught.value.response["Error"]["Message"] == message


def test_one_experiment_too_many_is_told_the_limit(sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
    sagemaker_ie_backend.seed("churn")
    sagemaker_ie_backend.experiments_limit = 1
    with pytest.raises(sagemaker_ie.exceptions.ResourceLimitExceeded) as caught:
        sagemaker_ie.create_inference_experiment(**creation("other"))
    assert caught.value.response["Error"]["Message"] == (
        "The account-level service limit of inference experiments in us-east-1 is 1, with 1 in use."
    )
