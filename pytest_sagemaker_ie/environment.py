"""The region of clients that name none: botocore makes no client without a region, so one is put in place.

It stands in the environment, where each session looks, and only where none is configured or a test suite has said
which it wants. Nothing else of the environment is touched.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

__all__ = ["configured_region", "placed_region", "region_for_imports"]

_REGION: Final = "AWS_DEFAULT_REGION"


def configured_region() -> str | None:
    """Return the region that a client made without one would have, or `None`."""
    from_environment = os.environ.get(_REGION)
    if from_environment or not _config_file().is_file():
        return from_environment or None
    import boto3

    region: str | None = boto3.session.Session().region_name
    return region


@contextmanager
def placed_region(region: str) -> Iterator[None]:
    """Make `region` the one of clients that name none, for as long as the block lasts."""
    before = os.environ.get(_REGION)
    os.environ[_REGION] = region
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_REGION, None)
        else:
            os.environ[_REGION] = before


def region_for_imports(wanted: str | None, otherwise: str) -> AbstractContextManager[None]:
    """Place `wanted`, or else `otherwise` where no region is configured; look no further than the environment.

    For the time of collection, when a run that uses nothing of ours must not be made to import botocore.
    """
    if wanted is None and (os.environ.get(_REGION) or _config_file().is_file()):
        return nullcontext()
    return placed_region(wanted or otherwise)


def _config_file() -> Path:
    return Path(os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")).expanduser()
