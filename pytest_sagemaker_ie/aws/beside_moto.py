"""moto next to an account: it answers what the account does not, and its default session shares exceptions.

Without moto, a process has one default session, so what `boto3.client` makes in one place catches what it makes in
another. moto's block has another default session, which begins at the first client that is made in it. So code under
test and the test that decorates it with ``mock_aws`` would have different exception classes, although they both call
`boto3.client`. Clients of other sessions have exceptions of their own, as always with boto3.
"""

import inspect
import sys
from typing import Any
from unittest import mock

from pytest_sagemaker_ie.aws.patches import ACTIVE_PATCHES


def answer_of_moto(endpoint: Any, request: Any) -> Any:
    """Ask moto in its block: a client that is older than moto's import does not. It does not answer async clients."""
    stubber = _stubber()
    if stubber is None or inspect.iscoroutinefunction(endpoint.close):
        return None
    return stubber("before-send.sagemaker", request)


def session_outside() -> Any:
    """Return the default session of boto3 that a block of moto has put aside; `None` if there is no block or none."""
    if not is_in_block():
        return None
    active = getattr(getattr(mock, ACTIVE_PATCHES[0], None), ACTIVE_PATCHES[1], ())
    aside = [each.temp_original for each in active if getattr(each, "attribute", None) == "DEFAULT_SESSION"]
    return next(iter(aside), None)


def is_in_block() -> bool:
    """Whether moto answers now."""
    return _stubber() is not None


def _stubber() -> Any:
    """Return what answers for moto, in its block."""
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return stubber if getattr(stubber, "enabled", False) is True else None
