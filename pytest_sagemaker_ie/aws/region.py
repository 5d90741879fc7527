"""The region of SageMaker clients that would have none, and of experiments that name none.

This module writes nothing to the environment. An account looks the region up each time, because a fixture of the suite
may configure a region after the test has entered the account.
"""

import importlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, is_active
from pytest_sagemaker_ie.aws.patches import BOTOCORE_SESSION

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_ACCOUNT_ID: Final = "123456789012"

regions_of_run: list[str] = []  # that runs of pytest give to clients, also without an account; the innermost run's last
asked_of_account: "WeakKeyDictionary[Service, str]" = WeakKeyDictionary()  # the regions that accounts were entered with


def region_of_client(session: Any, config: Any) -> str | None:
    """Return the region for a SageMaker client that is made without one; `None` lets botocore's session find it."""
    configs = (config, session.get_default_client_config())
    if any(each is not None and each.region_name is not None for each in configs):
        return None
    try:
        account = active_account()
    except OperationNotAnswered:  # in a child process: its first call raises this again
        account = None
    asked = next(reversed(regions_of_run), None)
    if account is not None:
        asked = asked_of_account.get(account, asked)
    if asked is not None:  # goes before the configuration, but not before a region that the code gives the session
        return None if session.instance_variables().get("region") is not None else asked
    return DEFAULT_REGION if is_active() and not session.get_config_variable("region") else None


def default_region(asked: str | None) -> str:
    """Return the region in which boto3's default session makes a client that names none, in an account for `asked`."""
    session = importlib.import_module("boto3").DEFAULT_SESSION
    wanted = asked or next(reversed(regions_of_run), None)
    if session is None:
        found = wanted or _configured(surroundings())
    elif wanted is None:
        found = session.region_name
    else:
        found = getattr(session, BOTOCORE_SESSION).instance_variables().get("region") or wanted
    if not found or not isinstance(found, str):
        return wanted or DEFAULT_REGION
    return found.replace("fips-", "").replace("-fips", "")  # as botocore reads a pseudo region


@lru_cache(maxsize=64)
def is_of_a_partition(region: str) -> bool:
    """Whether `region` fits the pattern of one of botocore's partitions, as a region newer than botocore does."""
    from pytest_sagemaker_ie.core.arns import is_region  # here: a run without an account loads this module, too

    partitions = importlib.import_module("botocore.loaders").create_loader().load_data("partitions")["partitions"]
    return is_region(region) and any(re.fullmatch(each["regionRegex"], region) for each in partitions)


@lru_cache(maxsize=8)
def _configured(_: object) -> str | None:
    """Return the region of a new boto3 session. The argument, the `surroundings`, is the key of the cache."""
    region: str | None = importlib.import_module("boto3.session").Session().region_name
    return region


@lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """Return the regions of botocore's partitions."""
    partitions = importlib.import_module("botocore.loaders").create_loader().load_data("partitions")["partitions"]
    return frozenset(region for each in partitions for region in each["regions"] if "global" not in region)


def surroundings() -> object:
    """Return a value that changes with each variable and file that configures clients."""
    names = [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith(("_proxy", "_bundle"))]
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    # Not Path.expanduser(), which raises an error for a user without a home.
    paths = [Path(os.path.expanduser(os.environ.get(variable, usual))) for variable, usual in files]  # noqa: PTH111
    changes = tuple((path, path.stat().st_mtime_ns) for path in paths if path.is_file())
    return tuple((name, os.environ.get(name)) for name in names), changes
