"""SageMaker clients look for credentials when they first sign a request, not when they are made.

A call that is answered here is never signed, so a client that is only ever answered here looks for none: it needs no
AWS configuration, reads no secret, and does not ask the instance metadata address, as botocore does on a machine
without any. A client whose calls go to AWS finds the credentials that it would have found, a moment later. Clients of
other services are as they were.
"""

import functools
import inspect
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from pytest_sagemaker_ie.activation import is_active

__all__ = ["make_async_lazy", "make_lazy"]

_SERVICE: Final = "sagemaker"

_making_client: ContextVar[bool] = ContextVar("making_client", default=False)


def make_lazy(session_class: Any) -> None:
    """Let the sessions of botocore's `Session` class, present and to come, make SageMaker clients that look later."""
    create_client, get_credentials = session_class.create_client, session_class.get_credentials

    @functools.wraps(create_client)
    def create_client_lazily(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        with _noting(service_name):
            return create_client(self, service_name, *args, **kwargs)

    @functools.wraps(get_credentials)
    def get_credentials_later(self: Any) -> Any:
        find = functools.partial(get_credentials, self)
        return _LazyCredentials(find) if _making_client.get() and _may_go_out(self) else find()

    session_class.create_client = create_client_lazily
    session_class.get_credentials = get_credentials_later


def make_async_lazy(session_class: Any) -> None:
    """Do the same for aiobotocore's `AioSession`."""
    create_client, get_credentials = session_class._create_client, session_class.get_credentials

    @functools.wraps(create_client)
    async def create_client_lazily(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        with _noting(service_name):
            return await create_client(self, service_name, *args, **kwargs)

    @functools.wraps(get_credentials)
    async def get_credentials_later(self: Any) -> Any:
        find = functools.partial(get_credentials, self)
        return _AsyncLazyCredentials(find) if _making_client.get() and _may_go_out(self) else await find()

    session_class._create_client = create_client_lazily
    session_class.get_credentials = get_credentials_later


@contextmanager
def _noting(service_name: str) -> Iterator[None]:
    token = _making_client.set(service_name == _SERVICE)
    try:
        yield
    finally:
        _making_client.reset(token)


def _may_go_out(session: Any) -> bool:
    """Whether the session may have to look farther than itself and the environment for the credentials to sign with."""
    credentials = getattr(session, "_credentials", None)
    if credentials is not None:
        return hasattr(credentials, "refresh_needed")  # as those of an assumed role, which are fetched anew
    # A profile that the code names goes before the environment.
    return "AWS_ACCESS_KEY_ID" not in os.environ or session.instance_variables().get("profile") is not None


class _LazyCredentials:
    """Stands for the credentials that `find` will find; has what botocore asks of a client's credentials.

    While tests are answered it finds dummies: what is signed then is for moto or the like, or will be refused.
    """

    method = "found when signing"
    """How they were found, which botocore asks at once; no way that it knows."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find
        self._found: list[Any] = []
        self._lock = threading.Lock()

    def get_frozen_credentials(self) -> Any:
        """Return the credentials to sign with, or `None` if there are none: the signer then says so."""
        found = self._credentials()
        return None if found is None else found.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that finds a property of the credentials."""
        return lambda: getattr(self._credentials(), name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # nothing of botocore's; copying asks for some before there is anything to find
            raise AttributeError(name)
        return getattr(self._credentials(), name)

    def _credentials(self) -> Any:
        if is_active():
            return _dummies()
        with self._lock:  # one search, as the client would have made
            if not self._found:
                self._found.append(self._find())
        return self._found[0]


class _AsyncLazyCredentials:
    """The same for an async client, which awaits its credentials."""

    method = _LazyCredentials.method

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    async def get_frozen_credentials(self) -> Any:
        """Return the credentials to sign with, or `None` if there are none."""
        if is_active():
            return _dummies().get_frozen_credentials()
        found = await self._find()
        return None if found is None else await found.get_frozen_credentials()

    async def get_account_id(self) -> Any:
        """Return the account's id, if the credentials know it."""
        found = None if is_active() else await self._find()
        account_id = None if found is None else found.get_account_id()
        return await account_id if inspect.isawaitable(account_id) else account_id  # only some kinds have to wait

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that finds a property of the credentials; it can't wait for them."""
        return lambda: None


def _dummies() -> Any:
    from botocore.credentials import Credentials

    return Credentials("sagemaker-ie-no-real-access-key", "sagemaker-ie-no-real-secret-key")
