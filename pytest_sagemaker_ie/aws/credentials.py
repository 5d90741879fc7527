"""While an account is active, SageMaker clients look for credentials when they first sign, not when they are made.

A call that is answered here is never signed, so a client that is only ever answered here looks for none: it needs no
AWS configuration, reads no secret, and does not ask the instance metadata address, as botocore does on a machine
without any. A client that was made so and calls AWS later finds the credentials that it would have found, a moment
later. Credentials that a session has of its own stay; what such a client signs while an account is active is for moto,
or will be refused, so it signs with the keys that it has, and nothing is fetched. Clients of other services are as they
were.
"""

import copy
import importlib
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.activation import is_active
from pytest_sagemaker_ie.aws.attempts import is_sending
from pytest_sagemaker_ie.aws.patches import CURRENT_KEYS, OWN_CREDENTIALS, SIGNS_FOR

if TYPE_CHECKING:
    from pytest_sagemaker_ie.aws.install import Steps

__all__ = ["keep", "look", "looking_late", "presign"]

_late: ContextVar[bool] = ContextVar("late", default=False)


@contextmanager
def looking_late(late: bool) -> Iterator[None]:
    """Let a client that is made in the block look for its credentials when it signs, or as ever."""
    token = _late.set(late)
    try:
        yield
    finally:
        _late.reset(token)


def look(session: Any) -> "Steps":
    """Patch how a session finds its credentials."""
    # A profile that the code names goes before the environment.
    goes_far = "AWS_ACCESS_KEY_ID" not in os.environ or session.instance_variables().get("profile") is not None
    if _late.get() and goes_far and getattr(session, OWN_CREDENTIALS, None) is None:
        is_async = inspect.iscoroutinefunction(session.get_credentials)
        return _LateAsyncCredentials(session) if is_async else _LateCredentials(session)
    return (yield (session,), {})


def keep(credentials: Any) -> "Steps":
    """Patch how credentials that expire give their keys."""
    if is_sending():
        return getattr(credentials, CURRENT_KEYS, None) or _dummies().get_frozen_credentials()
    return (yield (credentials,), {})


def presign(signer: Any, *arguments: Any, **named: Any) -> "Steps":
    """Patch how a client signs a URL. Nothing here stops the URL from leaving the process, so its keys are made up."""
    if is_active() and getattr(signer, SIGNS_FOR, None) == "SageMaker":
        is_async = inspect.iscoroutinefunction(signer.sign)
        signer = copy.copy(signer)
        setattr(signer, OWN_CREDENTIALS, (_LateAsyncCredentials if is_async else _LateCredentials)(None))
    return (yield (signer, *arguments), named)


class _LateCredentials:
    """Stands for the credentials that a session will find; has what botocore asks of a client's credentials."""

    method = "found when signing"
    """How they were found, which botocore asks at once; no way that it knows."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def _find(self) -> Any:
        return _dummies() if is_active() else self._session.get_credentials()

    def get_frozen_credentials(self) -> Any:
        """Return the credentials to sign with, or `None` if there are none: the signer then says so."""
        found = self._find()
        return None if found is None else found.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that finds a property of the credentials."""
        return lambda: getattr(self._find(), name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # nothing of botocore's; copying asks for some before there is anything to find
            raise AttributeError(name)
        return getattr(self._find(), name)


class _LateAsyncCredentials(_LateCredentials):
    """The same for an async client, which awaits its credentials."""

    async def get_frozen_credentials(self) -> Any:
        """Return the credentials to sign with, or `None` if there are none."""
        found = await _awaited(self._find())
        return None if found is None else await _awaited(found.get_frozen_credentials())

    async def get_account_id(self) -> Any:
        """Return the account's id, if the credentials know it."""
        found = None if is_active() else await self._find()
        return None if found is None else await _awaited(found.get_account_id())

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that finds a property of the credentials; it can't wait for them."""
        return lambda: None


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _dummies() -> Any:
    module = importlib.import_module("botocore.credentials")
    return module.Credentials("sagemaker-ie-no-real-access-key", "sagemaker-ie-no-real-secret-key")
