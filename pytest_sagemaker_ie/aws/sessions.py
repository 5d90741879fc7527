"""boto3's default session and the ones that moto puts in its place: the same exceptions for the clients of all.

Without moto, a process has one default session, and what `boto3.client` makes in one place catches what it makes in
another. moto's block has a default session of its own, which begins at the first client that is made in it. So code
under test and the test that decorates it with ``mock_aws`` would have different exception classes, although they both
call `boto3.client`. Clients of other sessions have exceptions of their own, as always with boto3.
"""

import functools
import sys
from typing import Any, Final

__all__ = ["make_sharing"]

_SERVICE: Final = "sagemaker"

_factory: Any = None
"""What makes the exceptions of the default session's clients; moto's blocks leave it as it is."""


def make_sharing(session_class: Any) -> None:
    """Let the default sessions of moto's blocks, of botocore's `Session` class, share SageMaker's exceptions."""
    create_client = session_class.create_client

    @functools.wraps(create_client)
    def create_client_that_shares(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        client = create_client(self, service_name, *args, **kwargs)
        if service_name == _SERVICE and _is_the_default_session(self):
            _share_exceptions(client)
        return client

    session_class.create_client = create_client_that_shares


def _share_exceptions(client: Any) -> None:
    global _factory
    if _factory is not None and _is_in_a_block_of_moto():
        client._exceptions_factory = _factory
    else:
        _factory = client._exceptions_factory


def _is_the_default_session(session: Any) -> bool:
    default = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
    return getattr(default, "_session", None) is session


def _is_in_a_block_of_moto() -> bool:
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return getattr(stubber, "enabled", False) is True
