"""moto next to an account: moto answers what the account does not.

In its block, moto replaces boto3's default session, and in boto3 each session has its own exception classes. `sessions`
lets both default sessions share them. So code catches the errors of every client that `boto3.client` has made.
"""

import inspect
import json
import sys
from contextvars import Context
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSRequest

from pytest_sagemaker_ie.aws.patches import ACTIVE_PATCHES
from pytest_sagemaker_ie.core.wire import Wire, to_wire


def answer_of_moto(endpoint: Any, request: Any) -> Any:
    """Return moto's answer in its block, also for clients made before moto's import; `None` for async clients."""
    stubber = stubber_in_block()
    if stubber is None or inspect.iscoroutinefunction(endpoint.close):
        return None
    return stubber("before-send.sagemaker", request)


def endpoint_of_moto(model: Any, region: str, name: str) -> Wire | None:
    """Return moto's answer to DescribeEndpoint: empty if moto has no such endpoint, `None` outside its block."""
    stubber = stubber_in_block()
    if stubber is None:
        return None
    members = model.operation_model("DescribeEndpoint").output_shape.members
    url, target = f"https://api.sagemaker.{region}.amazonaws.com/", {"X-Amz-Target": "SageMaker.DescribeEndpoint"}
    request = AWSRequest("POST", url, target, json.dumps({"EndpointName": name}).encode()).prepare()
    # In an empty context: within an attempt that the account answers, `pass_by_moto` keeps moto from answering.
    response = Context().run(stubber, "before-send.sagemaker.DescribeEndpoint", request)
    if getattr(response, "status_code", None) != 200:
        return {}
    found = {member: each for member, each in json.loads(response.content).items() if member in members}
    for member in ("CreationTime", "LastModifiedTime"):  # older versions write local times, as text
        found[member] = to_wire(members[member], found[member], member)
    return found


def session_outside() -> Any:
    """Return the default session of boto3 that moto has replaced in its block, or `None`."""
    if stubber_in_block() is None:
        return None
    active = getattr(getattr(mock, ACTIVE_PATCHES[0], None), ACTIVE_PATCHES[1], ())
    aside = [each.temp_original for each in active if getattr(each, "attribute", None) == "DEFAULT_SESSION"]
    return next(iter(aside), None)


def stubber_in_block() -> Any:
    """Return the object with which moto answers, or `None` outside moto's block."""
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return stubber if getattr(stubber, "enabled", False) is True else None
