"""The fixture's client: a real boto3 SageMaker client, fresh for each test at the price of a copy.

Making a client costs botocore some twenty milliseconds, so one for each region is made and kept, and never handed out.
A test gets a copy with an emitter of its own, so that what it registers or sets there goes with it.
"""

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

__all__ = ["fresh_client", "service_model"]

_SERVICE = "sagemaker"

_kept: dict[str, Any] = {}
_kept_session: Any = None


def fresh_client(region: str) -> "SageMakerClient":
    """Return a client for `region` that shares no handlers and no attributes with any other.

    It comes from boto3's default session, so its `exceptions` are those of clients made by ``boto3.client``.
    """
    kept = _client(region)
    fresh = object.__new__(type(kept))
    vars(fresh).update(vars(kept))
    # copy.copy() can't be used on the client itself: its __getattr__ needs the meta that the copy hasn't got yet.
    fresh.meta = copy.copy(kept.meta)
    fresh.meta.events = copy.copy(kept.meta.events)
    fresh.meta._client_config = copy.copy(kept.meta.config)
    for part in ("_endpoint", "_request_signer"):  # which emit events too
        its_own = copy.copy(getattr(kept, part))
        its_own._event_emitter = fresh.meta.events
        setattr(fresh, part, its_own)
    client: SageMakerClient = fresh
    return client


def service_model(region: str) -> Any:
    """Return the installed botocore's model of SageMaker, the one that `fresh_client` of this region uses."""
    return _client(region).meta.service_model


def _client(region: str) -> Any:
    global _kept_session
    import boto3

    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    if boto3.DEFAULT_SESSION is not _kept_session:
        _kept.clear()
        _kept_session = boto3.DEFAULT_SESSION
    if region not in _kept:
        # Explicit credentials keep botocore from looking for others; nothing is ever signed with them.
        client = _kept_session.client(
            _SERVICE, region_name=region, aws_access_key_id="none", aws_secret_access_key="none"
        )
        _ = client.exceptions.ConflictException  # made once here, so that the copies share them
        _kept[region] = client
    return _kept[region]
