"""boto3's sessions while an account is active: how they make SageMaker clients, and the fixture's client.

botocore takes some hundred milliseconds to make a client in a new session, most of them for its data files. So sessions
share what they have read for SageMaker clients. In the same session, botocore takes four milliseconds to make another
client. So the fixture returns copies of a client that no test gets itself. A copy has its own handlers, its own
configuration of connections and its own retries.
"""

import copy
import functools
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from pytest_sagemaker_ie.activation import active_accounts, is_active
from pytest_sagemaker_ie.aws import patches
from pytest_sagemaker_ie.aws.beside_moto import session_outside
from pytest_sagemaker_ie.aws.credentials import late_credentials
from pytest_sagemaker_ie.aws.region import region_of_client, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sagemaker import SageMakerClient

_SERVICE: Final = "sagemaker"
_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"
_NO_KEYS: Final = {_KEY: "none", _SECRET: "none"}
"""With explicit credentials, botocore looks for no others. It signs nothing with these."""
_ARGUMENTS: Final = ("api_version", "use_ssl", "verify", "endpoint_url", _KEY, _SECRET, "aws_session_token", "config")
"""The parameters of `create_client` after the region."""


def make_client(
    session: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any
) -> patches.Steps:
    """Patch how a session makes a client: a SageMaker client gets a region, and looks for credentials late."""
    if service_name != _SERVICE:
        return (yield (session, service_name, region_name, *args), kwargs)
    kwargs.update(zip(_ARGUMENTS, args, strict=False))
    if region_name is None:
        region_name = region_of_client(session, kwargs.get("config"))
    late = share = None
    if is_active():
        _share_exceptions(session)
        share = _share_loaded(session.get_component("data_loader"))
        if kwargs.get(_KEY) is None and kwargs.get(_SECRET) is None:
            late = late_credentials(session)
    client = yield (session, service_name, region_name), {**kwargs, **(_NO_KEYS if late else {})}
    if share is not None:
        share()
    if late is not None:
        setattr(getattr(client, patches.SIGNER), patches.CREDENTIALS, late)
    return client


_loaded: dict[Any, dict[Any, Any]] = {}  # by the paths that loaders search, what they have read for SageMaker clients


def _share_loaded(loader: Any) -> "Callable[[], None] | None":
    """Give a session's loader what others have read; return a function that shares what this one reads until then.

    A loader shares nothing if the code has made it, has given it paths, or may have changed what it has read.
    """
    usual, cache = importlib.import_module("botocore.loaders").Loader, getattr(loader, patches.LOADED, None)
    if type(loader) is not usual or loader.load_service_model.__module__ != usual.__module__:
        return None
    data_of_boto3 = str(Path(importlib.import_module("boto3").__path__[0], "data"))
    paths = tuple(loader.search_paths)
    are_usual = {usual.CUSTOMER_DATA_PATH, usual.BUILTIN_DATA_PATH, data_of_boto3}.issuperset(paths)
    if not are_usual or not isinstance(cache, dict) or _SERVICE in repr(list(cache)):
        return None
    shared = _loaded.setdefault(paths, {})
    cache.update({**{key: _copied_data(data) for key, data in list(shared.items())}, **cache})
    before = set(cache)
    # Not the files of single services: loaders keep their models under other keys, too.
    return lambda: shared.update(
        {key: _copied_data(cache[key]) for key in set(cache) - before if os.sep not in str(key[1])}
    )


def _copied_data(data: Any, depth: int = 2) -> Any:
    """Copy the upper levels of what a loader has read: code adds operations and shapes there. A full copy is slow."""
    if isinstance(data, tuple):  # with the path of its file
        return tuple(_copied_data(each) for each in data)
    if not depth or not isinstance(data, dict):
        return data
    return type(data)((key, _copied_data(value, depth - 1)) for key, value in data.items())


@functools.lru_cache(maxsize=8)
def _service_model(loaders: Any, path: str | None) -> Any:
    model = importlib.import_module("botocore.model").ServiceModel
    return model(loaders.create_loader(path).load_service_model(_SERVICE, "service-2"), _SERVICE)


def service_model() -> Any:
    """Return the installed botocore's model of SageMaker."""
    return _service_model(importlib.import_module("botocore.loaders"), os.environ.get("AWS_DATA_PATH"))


_stand_ins: "WeakKeyDictionary[Any, Any]" = WeakKeyDictionary()
"""By account, the session of the fixture's client if boto3 had no default session at that time."""


def _share_exceptions(session: Any) -> None:
    """Let boto3's default session share exceptions with the session that moto replaced or the fixture's client has."""
    default = importlib.import_module("boto3").DEFAULT_SESSION
    if getattr(default, patches.BOTOCORE_SESSION, None) is session:
        stand_ins = [_stand_ins.pop(account, None) for account in active_accounts()]
        other = next(filter(None, [session_outside(), *stand_ins]), None)
        if other is not None:
            _give_exceptions(other, session)


def _give_exceptions(giving: Any, taking: Any) -> None:
    """Give the clients of a botocore session the exception classes of a boto3 session's clients."""
    factory = getattr(getattr(giving, patches.BOTOCORE_SESSION), patches.GET_COMPONENT)(patches.EXCEPTIONS)
    getattr(taking, patches.SET_COMPONENT)(patches.EXCEPTIONS, factory)


_kept: dict[str, tuple[Any, ...]] = {}
"""By region, the client that is copied, its session, the session's handlers, and the configuration."""


def fresh_client(region: str) -> "SageMakerClient":
    """Return a client for `region` that shares no handlers, no quota of retries and no attributes with any other.

    It has the exception classes of the clients of ``boto3.client``, also if boto3 makes its default session later.
    """
    around = surroundings()
    session = importlib.import_module("boto3").DEFAULT_SESSION
    if session is None:
        session = _session_of_our_own(importlib.import_module("boto3.session").Session, around, session_outside())
        _stand_ins.update(dict.fromkeys(active_accounts()[-1:], session))
    handlers = session.events
    for attribute in patches.HANDLERS:
        handlers = getattr(handlers, attribute, object())
    client, *made_of = _kept.get(region, (None, None, None, None))
    if made_of[0] is not session or made_of[1] is not handlers or made_of[2] != around:
        client = session.client(_SERVICE, region_name=region)
        if not _can_be_copied(client):
            return client  # type: ignore[no-any-return]
        _ = client.exceptions.ConflictException  # makes the classes, which the copies then share
        _kept[region] = (client, session, handlers, around)
    return _copied(client)


@functools.lru_cache(maxsize=1)
def _session_of_our_own(session_class: Any, _: object, outside: Any) -> Any:
    session = session_class()
    if outside is not None:
        _give_exceptions(outside, getattr(session, patches.BOTOCORE_SESSION))
    return session


def _can_be_copied(client: Any) -> bool:
    parts = [getattr(client, part, None) for part in patches.PARTS]
    parts.append(getattr(parts[0], "http_session", None))
    # A test may have replaced parts of the client. Only in these two modes can a copy have its own retries.
    return all(type(part).__module__.startswith("botocore.") for part in parts) and (
        client.meta.config.retries["mode"] in ("legacy", "standard")
    )


def _copied(kept: Any) -> "SageMakerClient":
    fresh: Any = object.__new__(type(kept))
    vars(fresh).update(vars(kept))
    # Not copy.copy(): the client's __getattr__ needs `meta`, which a copy does not have at first.
    fresh.meta = copy.copy(kept.meta)
    fresh.meta.events = events = object.__new__(type(kept.meta.events))
    vars(events).update(vars(kept.meta.events))
    finish = functools.partial(_finish, fresh, getattr(kept, patches.SIGNER))
    setattr(events, patches.HANDLERS[0], _CopiedWhenChanged(getattr(events, patches.HANDLERS[0]), finish))
    config = copy.copy(kept.meta.config)
    for owner in (fresh, fresh.meta):
        setattr(owner, patches.CLIENT_CONFIG, config)
    for name in patches.PARTS:
        part = copy.copy(getattr(kept, name))
        setattr(part, patches.EMITTER, events)
        setattr(fresh, name, part)
    endpoint = getattr(fresh, patches.ENDPOINT)
    endpoint.http_session = copy.copy(endpoint.http_session)
    return fresh  # type: ignore[no-any-return]


class _CopiedWhenChanged:
    """An emitter that is copied when code registers or removes the first handler, because a copy takes long."""

    _emitter: Any = None
    _is_shared = True

    def __init__(self, emitter: Any, finish: "Callable[[], None]") -> None:
        self._emitter = emitter
        self._finish: Callable[[], None] | None = finish

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        if self._finish is not None and event_name.startswith(patches.SIGNING):
            finish, self._finish = self._finish, None
            finish()
        return self._emitter.emit(event_name, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if self._is_shared and name.startswith(("register", "unregister")):
            self._emitter, self._is_shared = copy.copy(self._emitter), False
        return getattr(self._emitter, name)


def _finish(fresh: Any, kept_signer: Any) -> None:
    """Give a copied client its own signing and retries. Only a call that is not answered at once needs them."""
    events, retries = fresh.meta.events, fresh.meta.config.retries
    events.unregister(patches.SIGNING, kept_signer.handler)
    events.register(patches.SIGNING, getattr(fresh, patches.SIGNER).handler)
    if retries["mode"] == "standard":
        standard = importlib.import_module("botocore.retries.standard")
        events.unregister(patches.RETRYING[0], unique_id=patches.RETRYING[1])
        standard.register_retry_handler(fresh, retries.get("total_max_attempts", standard.DEFAULT_MAX_ATTEMPTS))
