"""Sessions and clients of boto3's while an account is active: what a client is made with, and the fixture's client.

To make a client in a session of its own takes botocore some hundred milliseconds, nearly all of them for its data
files, so sessions share what was read for a SageMaker client. To make another client in the same session takes four, so
the fixture hands out copies of a client that is never handed out itself. A copy has its own handlers, settings of
connections and retries.
"""

import copy
import functools
import importlib
import os
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_sagemaker_ie.activation import active_accounts, is_active
from pytest_sagemaker_ie.aws.beside_moto import session_outside
from pytest_sagemaker_ie.aws.credentials import late_credentials
from pytest_sagemaker_ie.aws.patches import (
    BOTOCORE_SESSION,
    CLIENT_CONFIG,
    CREDENTIALS,
    EMITTER,
    ENDPOINT,
    EXCEPTIONS,
    GET_COMPONENT,
    HANDLERS,
    LOADED,
    PARTS,
    RETRYING,
    SET_COMPONENT,
    SIGNER,
    SIGNING,
    Steps,
)
from pytest_sagemaker_ie.aws.region import region_of_client, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sagemaker import SageMakerClient

_SERVICE: Final = "sagemaker"
_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"
_NO_KEYS: Final = {_KEY: "none", _SECRET: "none"}
"""Explicit credentials keep botocore from looking for others; nothing is ever signed with them."""
_ARGUMENTS: Final = ("api_version", "use_ssl", "verify", "endpoint_url", _KEY, _SECRET, "aws_session_token", "config")
"""Those of `create_client` that follow the region."""


def make_client(session: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Steps:
    """Patch how a session makes a client."""
    if service_name != _SERVICE:
        return (yield (session, service_name, region_name, *args), kwargs)
    kwargs.update(zip(_ARGUMENTS, args, strict=False))
    if region_name is None:
        region_name = region_of_client(session, kwargs.get("config"))
    late = None
    if is_active():
        _share_exceptions(session)
        _share_loaded(session)
        if kwargs.get(_KEY) is None and kwargs.get(_SECRET) is None:
            late = late_credentials(session)
    client = yield (session, service_name, region_name), {**kwargs, **(_NO_KEYS if late else {})}
    if is_active():
        _share_loaded(session)
    if late is not None:
        setattr(getattr(client, SIGNER), CREDENTIALS, late)
    return client


_loaded: dict[Any, dict[Any, Any]] = {}
"""What loaders have read, by their class and the paths that they search. Nothing writes to it: botocore shares it in the
same way among the clients of a session."""


def _share_loaded(session: Any) -> None:
    """Let a session's loader have what others have read that search the same paths, and these what it has read."""
    loader = session.get_component("data_loader")
    cache, paths = getattr(loader, LOADED, None), tuple(getattr(loader, "search_paths", ()))
    # AWS_DATA_PATH goes before the usual paths. It is read anew.
    if isinstance(cache, dict) and paths[:1] == (loader.CUSTOMER_DATA_PATH,):
        shared = _loaded.setdefault((type(loader), paths), {})
        cache.update(shared)
        shared.update(cache)


@functools.lru_cache(maxsize=8)
def _service_model(loaders: Any, path: str | None) -> Any:
    model = importlib.import_module("botocore.model").ServiceModel
    return model(loaders.create_loader(path).load_service_model(_SERVICE, "service-2"), _SERVICE)


def service_model() -> Any:
    """Return the installed botocore's model of SageMaker."""
    return _service_model(importlib.import_module("botocore.loaders"), os.environ.get("AWS_DATA_PATH"))


_stand_ins: "WeakKeyDictionary[Any, Any]" = WeakKeyDictionary()
"""By account, the session of the fixture's client, where boto3's default session may still be made."""


def _share_exceptions(session: Any) -> None:
    """Let the default session of a block of moto, or one that is made after the fixture's client, share exceptions."""
    default = importlib.import_module("boto3").DEFAULT_SESSION
    if getattr(default, BOTOCORE_SESSION, None) is session:
        stand_ins = [_stand_ins.pop(account, None) for account in active_accounts()]
        other = next(filter(None, [session_outside(), *stand_ins]), None)
        if other is not None:
            _give_exceptions(other, session)


def _give_exceptions(giving: Any, taking: Any) -> None:
    """Let a botocore session make its clients' exceptions as a boto3 session does."""
    factory = getattr(getattr(giving, BOTOCORE_SESSION), GET_COMPONENT)(EXCEPTIONS)
    getattr(taking, SET_COMPONENT)(EXCEPTIONS, factory)


_kept: dict[str, tuple[Any, ...]] = {}
"""The client that was made last for each region, and what it was made of."""


def fresh_client(region: str) -> "SageMakerClient":
    """Return a client for `region` that shares no handlers, no quota of retries and no attributes with any other.

    Its `exceptions` are those of clients made by ``boto3.client``, also if boto3's default session is made later.
    """
    around = surroundings()
    session = importlib.import_module("boto3").DEFAULT_SESSION
    if session is None:
        session = _session_of_our_own(importlib.import_module("boto3.session").Session, around, session_outside())
        _stand_ins.update(dict.fromkeys(active_accounts()[-1:], session))
    handlers = session.events
    for attribute in HANDLERS:
        handlers = getattr(handlers, attribute, object())
    client, *made_of = _kept.get(region, (None, None, None, None))
    if made_of[0] is not session or made_of[1] is not handlers or made_of[2] != around:
        client = session.client(_SERVICE, region_name=region, **_NO_KEYS)
        if not _can_be_copied(client):
            return client  # type: ignore[no-any-return]
        _ = client.exceptions.ConflictException  # made once here, so that the copies share them
        _kept[region] = (client, session, handlers, around)
    copied: SageMakerClient = _copied(client)
    return copied


@functools.lru_cache(maxsize=1)
def _session_of_our_own(session_class: Any, _: object, outside: Any) -> Any:
    session = session_class()
    if outside is not None:
        _give_exceptions(outside, getattr(session, BOTOCORE_SESSION))
    return session


def _can_be_copied(client: Any) -> bool:
    parts = [getattr(client, part, None) for part in PARTS]
    parts.append(getattr(parts[0], "http_session", None))
    # The parts are botocore's own, not a test's; and a copy can have retries of its own.
    return all(type(part).__module__.startswith("botocore.") for part in parts) and (
        client.meta.config.retries["mode"] in ("legacy", "standard")
    )


def _copied(kept: Any) -> Any:
    fresh = object.__new__(type(kept))
    vars(fresh).update(vars(kept))
    # copy.copy() can't be used on the client itself: its __getattr__ needs the meta that the copy hasn't got yet.
    fresh.meta = copy.copy(kept.meta)
    fresh.meta.events = events = object.__new__(type(kept.meta.events))
    vars(events).update(vars(kept.meta.events))
    finish = functools.partial(_finish, fresh, getattr(kept, SIGNER))
    setattr(events, HANDLERS[0], _CopiedWhenChanged(getattr(events, HANDLERS[0]), finish))
    config = copy.copy(kept.meta.config)
    for owner in (fresh, fresh.meta):
        setattr(owner, CLIENT_CONFIG, config)
    for name in PARTS:
        part = copy.copy(getattr(kept, name))
        setattr(part, EMITTER, events)
        setattr(fresh, name, part)
    endpoint = getattr(fresh, ENDPOINT)
    endpoint.http_session = copy.copy(endpoint.http_session)
    return fresh


class _CopiedWhenChanged:
    """An emitter that is copied when it is given its first handler, because to copy some hundred takes long."""

    def __init__(self, emitter: Any, finish: "Callable[[], None]") -> None:
        self._emitter = emitter
        self._is_shared = True
        self._finish: Callable[[], None] | None = finish

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        if self._finish is not None and event_name.startswith(SIGNING):
            finish, self._finish = self._finish, None
            finish()
        return self._emitter.emit(event_name, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if self._is_shared and name.startswith(("register", "unregister")):
            self._emitter, self._is_shared = copy.copy(self._emitter), False
        return getattr(self._emitter, name)

    def __copy__(self) -> Any:
        return copy.copy(self._emitter)


def _finish(fresh: Any, kept_signer: Any) -> None:
    """Let a copy have what only a call needs that is not answered at once; it would cost each test as much again."""
    events, retries = fresh.meta.events, fresh.meta.config.retries
    events.unregister(SIGNING, kept_signer.handler)
    events.register(SIGNING, getattr(fresh, SIGNER).handler)
    if retries["mode"] == "standard":
        standard = importlib.import_module("botocore.retries.standard")
        events.unregister(RETRYING[0], unique_id=RETRYING[1])
        standard.register_retry_handler(fresh, retries.get("total_max_attempts", standard.DEFAULT_MAX_ATTEMPTS))
