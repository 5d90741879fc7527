"""The region of clients that name none: botocore makes no client without a region, so one is put in place.

It stands in the environment, where each session looks, and only where none is configured or a test suite has said
which it wants. Nothing else of the environment is touched.
"""

import os
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Final

__all__ = ["DEFAULT_ACCOUNT_ID", "DEFAULT_REGION", "PlacedRegion", "configured_region", "region_for_imports"]

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_ACCOUNT_ID: Final = "123456789012"

_REGION: Final = "AWS_DEFAULT_REGION"
_PROFILES: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def configured_region() -> str | None:
    """Return the region that a client made without one would have, or `None`."""
    from_environment = os.environ.get(_REGION)
    if from_environment:
        return from_environment
    changes = tuple((path, path.stat().st_mtime_ns) for path in _config_files() if path.is_file())
    return _region_in_files(changes, *map(os.environ.get, _PROFILES)) if changes else None


@lru_cache(maxsize=8)
def _region_in_files(*_: object) -> str | None:
    """Ask boto3; for as long as neither the files nor the profile have changed, once."""
    import boto3

    region: str | None = boto3.session.Session().region_name
    return region


class PlacedRegion(AbstractContextManager[None]):
    """A block in which `region` is the one of clients that name none."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._found: str | None = None

    def __enter__(self) -> None:
        try:
            with _lock:
                self._found = os.environ.get(_REGION)
                _placed.append(self)
                os.environ[_REGION] = self._region
        except BaseException:  # interrupted by the user
            self._take_back()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self._take_back()
        except BaseException:  # interrupted
            self._take_back()
            raise

    def _take_back(self) -> None:
        """Put back what was found; again, if that did not come to its end, and nothing if it did."""
        # Blocks of different threads or tasks may overlap, and end in any order: one that ends before a later one
        # leaves the region alone, and what it has found to that one.
        with _lock:
            if self not in _placed:
                return
            later = _placed[_placed.index(self) + 1 :]
            if later:
                later[0]._found = self._found
            elif self._found is None:
                os.environ.pop(_REGION, None)
            else:
                os.environ[_REGION] = self._found
            _placed.remove(self)


_placed: list[PlacedRegion] = []
_lock = threading.Lock()


def _renew_lock() -> None:
    """In a forked child: a thread that held the lock is not there to release it."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def region_for_imports(wanted: str | None, otherwise: str) -> AbstractContextManager[None]:
    """Place `wanted`, or else `otherwise` where no region is configured; look no further than the environment.

    For the time of collection, when a run that uses nothing of ours must not be made to import botocore.
    """
    if wanted is None and (os.environ.get(_REGION) or _config_file_names_a_region()):
        return nullcontext()
    return PlacedRegion(wanted or otherwise)


def _config_file_names_a_region() -> bool:
    files = [path for path in _config_files() if path.is_file()]
    if not files:
        return False
    import configparser

    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(files, encoding="utf-8")
    except (ValueError, configparser.Error):
        return True  # botocore will say what is wrong with it
    profile = next(filter(None, map(os.environ.get, _PROFILES)), "default")
    return any(config.has_option(section, "region") for section in (profile, f"profile {profile}"))


def _config_files() -> list[Path]:
    """Return the files in which botocore looks for a region."""
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    # Not Path.expanduser(), which raises an error for a user without a home.
    return [Path(os.path.expanduser(os.environ.get(variable, usual))) for variable, usual in files]  # noqa: PTH111
