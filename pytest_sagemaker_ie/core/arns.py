"""The ARN of an experiment, and the partition that it carries, which follows from the region's name."""

from typing import Final

__all__ = ["experiment_arn", "partition_of"]

# By the beginning of the region's name, as in botocore's partitions.json; every other region is in "aws".
_PARTITIONS: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> str:
    """Return the partition of `region`: ``"aws"``, ``"aws-cn"``, ``"aws-us-gov"``, ..."""
    for beginning, partition in _PARTITIONS.items():
        if region.startswith(beginning):
            return partition
    return "aws"


def experiment_arn(region: str, account_id: str, name: str) -> str:
    """Return the ARN of the experiment `name`, in the form of the model's pattern."""
    return f"arn:{partition_of(region)}:sagemaker:{region}:{account_id}:inference-experiment/{name}"
