"""SageMaker clients look for credentials when they first sign a request, not when they are made.

A call that is answered here is never signed, so a client that is only ever answered here looks for none: it needs no
AWS configuration, reads no secret, and does not ask the instance metadata address, as botocore does on a machine
without any. A client whose calls go to AWS finds the credentials that it would have found, a moment later. Clients of
other services are as they were.
"""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

__all__ = ["make_lazy"]

_SERVICE: Final = "sagemaker"

_making_client: ContextVar[bool] = ContextVar("making_client", default=False)


def make_lazy(session_class: Any) -> None:
    """Let the sessions of botocore's `Session` class, present and to come, make SageMaker clients that look later."""
    create_client, get_credentials = session_class.create_client, session_class.get_credentials

    @functools.wraps(create_client)
    def create_client_lazily(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        token = _making_client.set(service_name == _SERVICE)
        try:
            return create_client(self, service_name, *args, **kwargs)
        finally:
            _making_client.reset(token)

    @functools.wraps(get_credentials)
    def get_credentials_later(self: Any) -> Any:
        find = functools.partial(get_credentials, self)
        return _LazyCredentials(find) if _making_client.get() else find()

    session_class.create_client = create_client_lazily
    session_class.get_credentials = get_credentials_later


class _LazyCredentials:
    """Stands for the credentials that `find` will find; has what botocore asks of a client's credentials."""

    method = "found when signing"
    """How they were found, which botocore asks at once; no way that it knows."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def get_frozen_credentials(self) -> Any:
        """Return the credentials to sign with, or `None` if there are none: the signer then says so."""
        found = self._find()
        return None if found is None else found.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that finds a property of the credentials."""
        return lambda: getattr(self._find(), name, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)
