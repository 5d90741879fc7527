"""The region of what names none: SageMaker clients that would have none, an account's experiments and its client.

Nothing is put in the environment. Where a client would be made without a region, it is asked here for one, and where
boto3's default session makes such a client is asked anew each time it is needed: a fixture of the suite may configure
a region after the account was entered.
"""

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, is_active
from pytest_sagemaker_ie.aws.patches import BOTOCORE_SESSION

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

__all__ = [
    "DEFAULT_ACCOUNT_ID",
    "DEFAULT_REGION",
    "ask",
    "asked_by_suite",
    "default_region",
    "is_asked_by_suite",
    "known_regions",
    "region_of_client",
]

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_ACCOUNT_ID: Final = "123456789012"

_REGION: Final = "AWS_DEFAULT_REGION"
_PROFILES: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")

_asked: "WeakKeyDictionary[Service, str]" = WeakKeyDictionary()
_of_suite: list[str] = []


def ask(account: "Service", region: str) -> None:
    """Let clients that name no region have this one while `account` answers them."""
    _asked[account] = region


@contextmanager
def asked_by_suite(region: str) -> Iterator[None]:
    """Let clients that name no region have this one for a whole run, also where no account is active."""
    _of_suite.append(region)
    try:
        yield
    finally:
        _of_suite.remove(region)


def is_asked_by_suite() -> bool:
    """Whether a run has a region."""
    return bool(_of_suite)


def region_of_client(session: Any, config: Any) -> str | None:
    """Return the region for a SageMaker client that is made without one, or `None` to let `session` find it.

    Args:
        session: botocore's.
        config: the client's, or `None`.
    """
    configs = (config, session.get_default_client_config())
    if any(each is not None and each.region_name is not None for each in configs):
        return None
    try:
        account = active_account()
    except OperationNotAnswered:  # a child, which gets as far as its first call
        account = None
    asked = next(reversed(_of_suite), None)
    if account is not None:
        asked = _asked.get(account, asked)
    if asked is not None:  # it goes before what is configured for the process, not before what the code says
        return None if session.instance_variables().get("region") is not None else asked
    return DEFAULT_REGION if is_active() and not session.get_config_variable("region") else None


def default_region(asked: str | None) -> Callable[[], str]:
    """Return a function that says where boto3's default session makes a client that names no region.

    Args:
        asked: the region that the account was entered with.
    """

    def now() -> str:
        # Imported here: every run loads this module, also one that has no account.
        from pytest_sagemaker_ie.core.arns import is_region

        session = importlib.import_module("boto3").DEFAULT_SESSION
        wanted = asked or next(reversed(_of_suite), None)
        if wanted is not None and session is not None:
            found = getattr(session, BOTOCORE_SESSION).instance_variables().get("region") or wanted
        else:
            found = wanted or (_configured() if session is None else session.region_name)
        if not found or not isinstance(found, str):
            return wanted or DEFAULT_REGION
        return found if is_region(found) and "fips" not in found else _of_pseudo_region(found)

    return now


@lru_cache(maxsize=8)
def _of_pseudo_region(name: str) -> str:
    """Return the region that botocore makes of a name such as ``fips-us-east-1``: it says so of a client."""
    session = importlib.import_module("boto3.session").Session()
    client = session.client("sagemaker", region_name=name, aws_access_key_id="none", aws_secret_access_key="none")
    region: str = client.meta.region_name
    return region


def _configured() -> str | None:
    """Return the region that a new session of boto3 has."""
    changes = tuple((path, path.stat().st_mtime_ns) for path in config_files() if path.is_file())
    if not changes:
        return os.environ.get(_REGION)
    return _of_new_session(changes, *map(os.environ.get, (_REGION, *_PROFILES)))


@lru_cache(maxsize=8)
def _of_new_session(*_: object) -> str | None:
    """Ask boto3; for as long as neither the files nor the variables have changed, once."""
    region: str | None = importlib.import_module("boto3.session").Session().region_name
    return region


@lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """Return the regions of botocore's partitions."""
    partitions = importlib.import_module("botocore.loaders").create_loader().load_data("partitions")["partitions"]
    return frozenset(region for each in partitions for region in each["regions"])


def config_files() -> list[Path]:
    """Return the files in which botocore looks for a region."""
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    # Not Path.expanduser(), which raises an error for a user without a home.
    return [Path(os.path.expanduser(os.environ.get(variable, usual))) for variable, usual in files]  # noqa: PTH111
