"""The AWS environment of a stubbed test: a region and credentials, put in place only where none are configured.

botocore wants a region to make a client, and looks for credentials when it makes one: without any in the environment
or in a file it asks the instance metadata address. This module spares it that search. It reads no secret.
"""

import configparser
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

__all__ = ["configured_region", "placed_credentials", "placed_region", "region_for_imports"]

_ACCESS_KEY: Final = "sagemaker-ie-no-real-access-key"

_DUMMY_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": _ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": "sagemaker-ie-no-real-secret-key",
}

# Whoever sets one of these has said where credentials come from.
_CREDENTIAL_VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)

_CREDENTIAL_SETTINGS: Final = (
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_account_id",
    "web_identity_token_file",
)


def configured_region() -> str | None:
    """Return the region that a client made without one would have, or `None`."""
    from_environment = os.environ.get("AWS_DEFAULT_REGION")
    if from_environment or not _config_file().is_file():
        return from_environment or None
    import boto3

    region: str | None = boto3.session.Session().region_name
    return region


@contextmanager
def placed_region(region: str) -> Iterator[None]:
    """Make `region` the one of clients that name none, for as long as the block lasts."""
    with _variables({"AWS_DEFAULT_REGION": region}):
        yield


def region_for_imports(wanted: str | None, otherwise: str) -> AbstractContextManager[None]:
    """Place `wanted`, or else `otherwise` where no region is configured; look no further than the environment.

    For the time of collection, when a run that uses nothing of ours must not be made to import botocore.
    """
    if wanted is None and (os.environ.get("AWS_DEFAULT_REGION") or _config_file().is_file()):
        return nullcontext()
    return placed_region(wanted or otherwise)


@contextmanager
def placed_credentials() -> Iterator[None]:
    """Give clients made in the block credentials that open nothing, if none are configured."""
    if _credentials_are_configured():
        yield
        return
    with _variables(_DUMMY_CREDENTIALS):
        try:
            yield
        finally:
            _forget_dummy_credentials()


@contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _config_file() -> Path:
    return Path(os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")).expanduser()


def _credentials_are_configured() -> bool:
    if any(os.environ.get(name) for name in _CREDENTIAL_VARIABLES):
        return True
    shared = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")).expanduser()
    return any(_has_credentials(path) for path in (shared, _config_file()) if path.is_file())


def _has_credentials(path: Path) -> bool:
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(path, encoding="utf-8")
    except (OSError, ValueError, configparser.Error):
        return True  # somebody configured something: leave it alone
    return any(config.has_option(section, setting) for section in config.sections() for setting in _CREDENTIAL_SETTINGS)


def _forget_dummy_credentials() -> None:
    """Take the dummies back out of boto3's default session, which keeps the credentials that it has found."""
    boto3 = sys.modules.get("boto3")
    session: Any = getattr(getattr(boto3, "DEFAULT_SESSION", None), "_session", None)
    if getattr(getattr(session, "_credentials", None), "access_key", None) == _ACCESS_KEY:
        session._credentials = None
