"""moto next to an account: moto answers what the account does not.

Without moto, a process has one default session, so the exceptions of one client of `boto3.client` catch those of
another. In its block, moto replaces the default session. So code under test and a test that uses ``mock_aws`` would
have different exception classes, although both call `boto3.client`; `sessions` lets them share the classes. Clients of
other sessions have different exception classes, as always in boto3.
"""

import inspect
import sys
from typing import Any
from unittest import mock

from pytest_sagemaker_ie.aws.patches import ACTIVE_PATCHES


def answer_of_moto(endpoint: Any, request: Any) -> Any:
    """Return moto's answer in its block, also to a client that is older than moto's import; `None` to async clients."""
    stubber = stubber_in_block()
    if stubber is None or inspect.iscoroutinefunction(endpoint.close):
        return None
    return stubber("before-send.sagemaker", request)


def session_outside() -> Any:
    """Return the default session of boto3 that moto's block has replaced, or `None`."""
    if stubber_in_block() is None:
        return None
    active = getattr(getattr(mock, ACTIVE_PATCHES[0], None), ACTIVE_PATCHES[1], ())
    aside = [each.temp_original for each in active if getattr(each, "attribute", None) == "DEFAULT_SESSION"]
    return next(iter(aside), None)


def stubber_in_block() -> Any:
    """Return the object that answers for moto in its block, or `None`."""
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return stubber if getattr(stubber, "enabled", False) is True else None
