"""The forms of ARNs, regions and account ids. The region decides an ARN's partition."""

import re
from typing import Final

# By how the region's name begins, as in botocore's partitions.json. Every other region is in "aws".
_PARTITIONS: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}


def is_region(name: object) -> bool:
    """Whether `name` has the form of a region's name, such as ``"us-east-1"`` or ``"us-gov-west-1"``."""
    return isinstance(name, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+-[0-9]+", name) is not None


def is_account_id(digits: object) -> bool:
    """Whether `digits` has the form of an account id: twelve digits."""
    return isinstance(digits, str) and re.fullmatch(r"[0-9]{12}", digits) is not None


def partition_of(region: str) -> str:
    """Return the partition of `region`: ``"aws"``, ``"aws-cn"``, ``"aws-us-gov"``, ..."""
    return next((each for beginning, each in _PARTITIONS.items() if region.startswith(beginning)), "aws")


# Source: the service model's patterns of ResourceArn and InferenceExperimentArn.
_SAGEMAKER_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:(?:inference-experiment/(.*)|.+)", re.DOTALL
)


def name_in(arn: object) -> str | None:
    """Return the experiment's name in `arn`; `None` if it is not an experiment's ARN."""
    match = _SAGEMAKER_ARN.fullmatch(arn) if isinstance(arn, str) else None
    return match and match[1]


def is_of_another_kind(arn: object) -> bool:
    """Whether `arn` is the ARN of a SageMaker resource that is not an experiment."""
    return isinstance(arn, str) and _SAGEMAKER_ARN.fullmatch(arn) is not None and name_in(arn) is None
