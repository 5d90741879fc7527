"""Sessions and clients of boto3's while an account is active: what a client is made with, and the fixture's client.

To make a client in a session of its own takes botocore some hundred milliseconds, nearly all of them for its data
files, so sessions share what was read. To make another client in the same session takes four, so the fixture hands out
copies of a client that is never handed out itself; a copy has handlers, connections' settings and retries of its own.
"""

import copy
import functools
import importlib
import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from pytest_sagemaker_ie.activation import active_accounts, is_active
from pytest_sagemaker_ie.aws.beside_moto import session_outside
from pytest_sagemaker_ie.aws.credentials import looking_late
from pytest_sagemaker_ie.aws.patches import (
    BOTOCORE_SESSION,
    CLIENT_CONFIG,
    EMITTER,
    EMITTING,
    EXCEPTIONS,
    GET_COMPONENT,
    HANDLERS,
    RETRYING,
    SET_COMPONENT,
    SIGNING,
)
from pytest_sagemaker_ie.aws.region import config_files, region_of_client

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

    from pytest_sagemaker_ie.aws.install import Steps

__all__ = ["finish_copy", "fresh_client", "list_services", "load_data", "load_model", "make_client", "service_model"]

_SERVICE: Final = "sagemaker"
_KEYS: Final = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
"""Explicit credentials keep botocore from looking for others; nothing is ever signed with them."""
_CONFIG_POSITION: Final = 7
"""Among the arguments of `create_client`, after the region's."""
_UNFINISHED: Final = "_sagemaker_ie_unfinished"


def make_client(session: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> "Steps":
    """Patch how a session makes a client."""
    is_ours = service_name == _SERVICE
    if is_ours and region_name is None:
        config = kwargs.get("config") or next(iter(args[_CONFIG_POSITION:]), None)
        region_name = region_of_client(session, config)
    if is_ours and is_active():
        _share_exceptions(session)
    with looking_late(is_ours and is_active()):  # not a client that finds credentials for it
        return (yield (session, service_name, region_name, *args), kwargs)


# What the sessions have read, by the method, the paths that were searched, and what was looked for. Nothing writes to
# it: botocore's own sessions share it in the same way, each with its clients.
_read: dict[Any, Any] = {}


def load_data(loader: Any, *args: Any, **kwargs: Any) -> "Steps":
    """Patch how a file of data is read."""
    return (yield from _shared("data", loader, args, kwargs))


def load_model(loader: Any, *args: Any, **kwargs: Any) -> "Steps":
    """Patch how a service's model is read."""
    return (yield from _shared("model", loader, args, kwargs))


def list_services(loader: Any, *args: Any, **kwargs: Any) -> "Steps":
    """Patch how the services are found that there are files for."""
    return (yield from _shared("services", loader, args, kwargs))


def _shared(what: str, loader: Any, args: Any, kwargs: Any) -> Generator[Any, Any, Any]:
    paths = tuple(loader.search_paths)
    if not is_active() or paths[:1] != (loader.CUSTOMER_DATA_PATH,):  # AWS_DATA_PATH goes before it, and is its own
        return (yield (loader, *args), kwargs)
    key = (what, type(loader), paths, args, *kwargs.items())
    if key not in _read:
        _read[key] = yield (loader, *args), kwargs
    return _read[key]


_models: dict[Any, Any] = {}


def service_model() -> Any:
    """Return the installed botocore's model of SageMaker."""
    loaders = importlib.import_module("botocore.loaders")
    key = (loaders, os.environ.get("AWS_DATA_PATH"))
    if key not in _models:
        loader = loaders.create_loader(key[1])
        model = importlib.import_module("botocore.model").ServiceModel
        _models[key] = model(loader.load_service_model(_SERVICE, "service-2"), _SERVICE)
    return _models[key]


def _share_exceptions(session: Any) -> None:
    """Let the default session of a block of moto, or one that is made after the fixture's client, share exceptions."""
    global _stand_in_for
    default = importlib.import_module("boto3").DEFAULT_SESSION
    if getattr(default, BOTOCORE_SESSION, None) is not session:
        return
    other = session_outside()
    if other is None and any(_stand_in_for is account for account in active_accounts()):
        other = _own_session[0]
    _stand_in_for = None
    if other is not None:
        _give_exceptions(other, session)


def _give_exceptions(giving: Any, taking: Any) -> None:
    """Let a botocore session make its clients' exceptions as a boto3 session does."""
    factory = getattr(getattr(giving, BOTOCORE_SESSION), GET_COMPONENT)(EXCEPTIONS)
    getattr(taking, SET_COMPONENT)(EXCEPTIONS, factory)


_kept: dict[str, Any] = {}
"""The client that was made last for each region, and what it was made of."""
_own_session: list[Any] = []
"""The session of the fixture's client where boto3 has no default session yet, and what it was made of."""
_stand_in_for: Any = None
"""The account for which that session stands in for a default session that the test may still make."""


def fresh_client(region: str) -> "SageMakerClient":
    """Return a client for `region` that shares no handlers, no quota of retries and no attributes with any other.

    Its `exceptions` are those of clients made by ``boto3.client``, also if boto3's default session is made later.
    """
    surroundings = _surroundings()
    session = importlib.import_module("boto3").DEFAULT_SESSION
    if session is None:
        session = _session_of_our_own(surroundings)
    handlers = session.events
    for attribute in HANDLERS:
        handlers = getattr(handlers, attribute, object())
    made_of = (session, handlers, surroundings)
    kept = _kept.get(region)
    if kept is None or kept[1][0] is not session or kept[1][1] is not handlers or kept[1][2] != surroundings:
        client = session.client(_SERVICE, region_name=region, **_KEYS)
        if not _can_be_copied(client):
            return client  # type: ignore[no-any-return]
        _ = client.exceptions.ConflictException  # made once here, so that the copies share them
        _kept[region] = kept = (client, made_of)
    copied: SageMakerClient = _copied(kept[0])
    return copied


def _surroundings() -> Any:
    """Return what clients are configured by, apart from their session."""
    names = [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith(("_proxy", "_bundle"))]
    files = [path.stat().st_mtime_ns for path in config_files() if path.is_file()]
    return {name: os.environ.get(name) for name in names}, files


def _session_of_our_own(surroundings: Any) -> Any:
    global _stand_in_for
    _stand_in_for = next(reversed(active_accounts()), None)
    session = importlib.import_module("boto3.session").Session
    outside = session_outside()
    made_of = [session, surroundings, outside]
    if _own_session[1:] != made_of:
        _own_session[:] = [session(), *made_of]
        if outside is not None:
            _give_exceptions(outside, getattr(_own_session[0], BOTOCORE_SESSION))
    return _own_session[0]


def _can_be_copied(client: Any) -> bool:
    parts = [getattr(client, part, None) for part in EMITTING]
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
    setattr(events, HANDLERS[0], _CopiedWhenChanged(getattr(events, HANDLERS[0])))
    config = copy.copy(kept.meta.config)
    for owner in (fresh, fresh.meta):
        setattr(owner, CLIENT_CONFIG, config)
    endpoint, signer, resolver = (copy.copy(getattr(kept, part)) for part in EMITTING)
    for name, part in zip(EMITTING, (endpoint, signer, resolver), strict=True):
        setattr(part, EMITTER, events)
        setattr(fresh, name, part)
    endpoint.http_session = copy.copy(endpoint.http_session)
    setattr(endpoint, _UNFINISHED, functools.partial(_finish, fresh, getattr(kept, EMITTING[1])))
    return fresh


class _CopiedWhenChanged:
    """An emitter with handlers of its own, which it has when it is given the first: to copy some hundred takes long."""

    def __init__(self, emitter: Any) -> None:
        self._emitter = emitter
        self._is_shared = True

    def __getattr__(self, name: str) -> Any:
        if self._is_shared and name.startswith(("register", "unregister")):
            self._emitter, self._is_shared = copy.copy(self._emitter), False
        return getattr(self._emitter, name)

    def __copy__(self) -> Any:
        return copy.copy(self._emitter)


def finish_copy(endpoint: Any) -> None:
    """Let a copy have what only a call needs that is not answered at once; it would cost each test as much again."""
    finish = vars(endpoint).pop(_UNFINISHED, None)
    if finish is not None:
        finish()


def _finish(fresh: Any, kept_signer: Any) -> None:
    events, retries = fresh.meta.events, fresh.meta.config.retries
    events.unregister(SIGNING, kept_signer.handler)
    events.register(SIGNING, getattr(fresh, EMITTING[1]).handler)
    if retries["mode"] == "standard":
        standard = importlib.import_module("botocore.retries.standard")
        events.unregister(RETRYING[0], unique_id=RETRYING[1])
        standard.register_retry_handler(fresh, retries.get("total_max_attempts", standard.DEFAULT_MAX_ATTEMPTS))
