"""The region of what names none: SageMaker clients that would have none, an account's experiments and its client.

Nothing is put in the environment. A client that would be made without a region is given the one that is found here.
Where boto3's default session makes such a client is asked anew each time: a fixture of the suite may configure a region
after the account was entered.
"""

import importlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, is_active
from pytest_sagemaker_ie.aws.patches import BOTOCORE_SESSION
from pytest_sagemaker_ie.core.arns import is_region

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

DEFAULT_REGION: Final = "us-east-1"
DEFAULT_ACCOUNT_ID: Final = "123456789012"

regions_of_run: list[str] = []
"""The region that clients have in a run, also where no account is active; of nested runs, the inner one's last."""
asked_of_account: "WeakKeyDictionary[Service, str]" = WeakKeyDictionary()
"""The region that clients have while an account answers them."""


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
    asked = next(reversed(regions_of_run), None)
    if account is not None:
        asked = asked_of_account.get(account, asked)
    if asked is not None:  # it goes before what is configured for the process, not before what the code says
        return None if session.instance_variables().get("region") is not None else asked
    return DEFAULT_REGION if is_active() and not session.get_config_variable("region") else None


def default_region(asked: str | None) -> Callable[[], str]:
    """Return a function that says where boto3's default session makes a client that names no region.

    Args:
        asked: the region that the account was entered with.
    """

    def now() -> str:
        session = importlib.import_module("boto3").DEFAULT_SESSION
        wanted = asked or next(reversed(regions_of_run), None)
        if session is None:
            found = wanted or _configured()
        elif wanted is None:
            found = session.region_name
        else:
            found = getattr(session, BOTOCORE_SESSION).instance_variables().get("region") or wanted
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
    files = _changes_of_files()
    return _of_new_session(surroundings()) if files else os.environ.get("AWS_DEFAULT_REGION")


@lru_cache(maxsize=8)
def _of_new_session(_: object) -> str | None:
    """Ask boto3, once as long as its surroundings are the same."""
    region: str | None = importlib.import_module("boto3.session").Session().region_name
    return region


def surroundings() -> object:
    """Return what clients are configured by, apart from their session and the code: equal as long as it is the same."""
    names = [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith(("_proxy", "_bundle"))]
    return tuple((name, os.environ.get(name)) for name in names), _changes_of_files()


def _changes_of_files() -> tuple[tuple[Path, int], ...]:
    """Return the files in which botocore looks for its configuration, with their last changes."""
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    # Not Path.expanduser(), which raises an error for a user without a home.
    paths = [Path(os.path.expanduser(os.environ.get(variable, usual))) for variable, usual in files]  # noqa: PTH111
    return tuple((path, path.stat().st_mtime_ns) for path in paths if path.is_file())
