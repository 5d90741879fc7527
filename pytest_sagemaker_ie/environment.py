"""The region of clients that name none: botocore makes no client without a region, so one is put in place.

It stands in the environment, where each session looks, and only where none is configured or a test suite has said
which it wants. Nothing else of the environment is touched.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

__all__ = ["DEFAULT_ACCOUNT_ID", "DEFAULT_REGION", "configured_region", "placed_region", "region_for_imports"]

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_ACCOUNT_ID: Final = "123456789012"

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
    with _lock:
        if not _placed:
            _placed.append(os.environ.get(_REGION))
        mine = _Region(region)
        _placed.append(mine)
        os.environ[_REGION] = region
    try:
        yield
    finally:
        # Blocks of different threads or tasks may overlap, and end in any order: the last one of those left counts.
        with _lock:
            _placed[:] = [each for each in _placed if each is not mine]
            left = _placed[-1] if len(_placed) > 1 else _placed.pop()
            if left is None:
                os.environ.pop(_REGION, None)
            else:
                os.environ[_REGION] = left


class _Region(str):
    """A region that a block has placed, which differs from the same one of another block."""

    __slots__ = ()


# What was there before, and what each of the present blocks has placed.
_placed: "list[str | None]" = []
_lock = threading.Lock()


def region_for_imports(wanted: str | None, otherwise: str) -> AbstractContextManager[None]:
    """Place `wanted`, or else `otherwise` where no region is configured; look no further than the environment.

    For the time of collection, when a run that uses nothing of ours must not be made to import botocore.
    """
    if wanted is None and (os.environ.get(_REGION) or _config_file_names_a_region()):
        return nullcontext()
    return placed_region(wanted or otherwise)


def _config_file_names_a_region() -> bool:
    if not _config_file().is_file():
        return False
    import configparser

    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(_config_file(), encoding="utf-8")
    except (ValueError, configparser.Error):
        return True  # botocore will say what is wrong with it
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    return any(config.has_option(section, "region") for section in (profile, f"profile {profile}"))


def _config_file() -> Path:
    # Not Path.expanduser(), which raises an error for a user without a home.
    return Path(os.path.expanduser(os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")))  # noqa: PTH111
