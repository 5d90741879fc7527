"""What follows from a region's name: the partition that its ARNs carry."""

from typing import Final

__all__ = ["partition_of"]

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
