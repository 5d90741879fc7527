"""moto next to an account: it answers what the account does not, and its default session shares exceptions.

Without moto, a process has one default session, and what `boto3.client` makes in one place catches what it makes in
another. moto's block has a default session of its own, which begins at the first client that is made in it. So code
under test and the test that decorates it with ``mock_aws`` would have different exception classes, although they both
call `boto3.client`. Clients of other sessions have exceptions of their own, as always with boto3.
"""

import importlib
import inspect
import json
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

from pytest_sagemaker_ie.aws.attempts import is_attempt, sending
from pytest_sagemaker_ie.aws.patches import ACTIVE_PATCHES
from pytest_sagemaker_ie.core.wire import to_wire

if TYPE_CHECKING:
    from pytest_sagemaker_ie.aws.install import Steps
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["answer_of_moto", "ask", "endpoint_of_moto", "is_in_block", "session_outside"]


def ask(stubber: Any, event_name: str, request: Any, **kwargs: Any) -> "Steps":
    """Patch how moto is asked for an answer: not for what is answered here."""
    if is_attempt():
        return None
    return (yield (stubber, event_name, request), kwargs)


def answer_of_moto(endpoint: Any, request: Any) -> Any:
    """Ask moto in its block: a client that is older than moto's import does not. It does not answer async clients."""
    stubber = _stubber()
    if stubber is None or inspect.iscoroutinefunction(endpoint.close):
        return None
    return stubber("before-send.sagemaker", request)


def endpoint_of_moto(region: str, name: str) -> "Wire | None":
    """Return moto's answer to DescribeEndpoint: nothing if it has no such endpoint; `None` outside its block."""
    stubber = _stubber()
    if stubber is None:
        return None
    awsrequest, sessions = map(importlib.import_module, ("botocore.awsrequest", "pytest_sagemaker_ie.aws.sessions"))
    members = sessions.service_model().operation_model("DescribeEndpoint").output_shape.members
    url, target = f"https://api.sagemaker.{region}.amazonaws.com/", {"X-Amz-Target": "SageMaker.DescribeEndpoint"}
    request = awsrequest.AWSRequest("POST", url, target, json.dumps({"EndpointName": name}))
    with sending(None):  # or, within an attempt that is answered here, `ask` would not ask moto
        response = stubber("before-send.sagemaker.DescribeEndpoint", request.prepare())
    if getattr(response, "status_code", None) != 200:
        return {}
    found = {member: each for member, each in json.loads(response.content).items() if member in members}
    for member in ("CreationTime", "LastModifiedTime"):  # older versions write local times, as text
        found[member] = to_wire(members[member], found[member], member)
    return found


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
