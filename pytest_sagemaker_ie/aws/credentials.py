"""While an account is active, SageMaker clients look for credentials when they first sign, not when they are made.

botocore does not sign an answered call, so the client reads no secret and does not ask the instance metadata address.
If the client calls AWS later, it finds the credentials that it would find without the account. Credentials that the
code gives a session or a client stay. While an account is active, botocore signs only calls that moto may answer, and
renews no credentials for them.
"""

import copy
import importlib
import inspect
import os
from typing import Any

from pytest_sagemaker_ie.activation import is_active
from pytest_sagemaker_ie.aws.patches import CREDENTIALS, SIGNS_FOR, Steps


def late_credentials(session: Any) -> Any:
    """Return credentials that `session` finds when they are first used, or `None` if it has them at hand."""
    names_profile = session.instance_variables().get("profile") is not None  # which goes before the environment
    if getattr(session, CREDENTIALS, None) is not None or ("AWS_ACCESS_KEY_ID" in os.environ and not names_profile):
        return None
    return (_LateAsync if inspect.iscoroutinefunction(session.get_credentials) else _Late)(session)


def presign(signer: Any, *args: Any, **kwargs: Any) -> Steps:
    """Patch how a client signs a URL: with made-up keys, because the URL may leave the process."""
    if is_active() and getattr(signer, SIGNS_FOR, None) == "SageMaker":
        late = _LateAsync if inspect.iscoroutinefunction(signer.sign) else _Late
        signer = copy.copy(signer)
        setattr(signer, CREDENTIALS, late(None))
    return (yield (signer, *args), kwargs)


class _Late:
    """Credentials that a session finds when a client first signs."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def _find(self) -> Any:
        return no_real_keys() if is_active() else self._session.get_credentials()

    def get_frozen_credentials(self) -> Any:
        """Return the keys to sign with, or `None` if the session finds none: the signer then raises an error."""
        found = self._find()
        return None if found is None else found.get_frozen_credentials()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copy.copy() looks some up before it sets the session
            raise AttributeError(name)
        return getattr(self._find(), name)


class _LateAsync(_Late):
    """The same for an async client, which awaits the keys."""

    async def get_frozen_credentials(self) -> Any:
        """Return the keys to sign with, or `None`."""
        found = no_real_keys() if is_active() else await self._session.get_credentials()
        frozen = None if found is None else found.get_frozen_credentials()
        return await frozen if inspect.isawaitable(frozen) else frozen


def no_real_keys() -> Any:
    """Return made-up credentials."""
    module = importlib.import_module("botocore.credentials")
    return module.Credentials("sagemaker-ie-no-real-access-key", "sagemaker-ie-no-real-secret-key")
