"""Answers the calls of SageMaker clients from the active account, and stops requests that nothing answers.

This module knows no operation and no rule. botocore and aiobotocore call all handlers of ``before-call`` before
`request`, and all of ``before-send`` before `send`, so a handler can answer first.
"""

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, guards, note_unanswered
from pytest_sagemaker_ie.aws.attempts import CallInFlight, answer_attempt, in_flight
from pytest_sagemaker_ie.aws.beside_moto import answer_of_moto, stubber_in_block
from pytest_sagemaker_ie.aws.patches import PARSERS, Steps
from pytest_sagemaker_ie.aws.responses import respond
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

_SERVICE = "sagemaker"
_TARGET = "SageMaker."


def request(endpoint: Any, request_dict: Any, model: Any) -> Steps:
    """Patch how an endpoint makes a call: answer it, or let the endpoint make attempts, which reach `send`."""
    call = None
    if model.service_model.service_name == _SERVICE:
        url, context, body = request_dict["url"], request_dict["context"], request_dict["body"]
        account = _account_for(url)
        region = context["client_region"]
        is_struck = account is not None and account.expects_fault(model.name, region, body)
        if account is not None and not is_struck:
            answered = account.answer(model.name, region, body, model.input_shape)
            if answered is not None:
                return respond(model, url, answered.status_code, answered.body, getattr(endpoint, PARSERS))
        if account is not None:
            call = CallInFlight(model, context, account if is_struck else None)
        if is_struck or ((account is not None or _is_guarded_from(url)) and stubber_in_block() is None):
            context["auth_type"] = "none"  # the request is not sent, so it needs no credentials
    token = in_flight.set(call)
    try:
        return (yield (endpoint, request_dict, model), {})
    finally:
        in_flight.reset(token)


def send(endpoint: Any, request: Any) -> Steps:
    """Patch how an endpoint sends a request: answer or stop it if it is for SageMaker."""
    response = answer_attempt(request)
    target = request.headers.get("X-Amz-Target")
    if isinstance(target, bytes):
        target = target.decode(errors="replace")
    if response is None and isinstance(target, str) and target.startswith(_TARGET):
        operation = target.removeprefix(_TARGET)
        if _account_for(request.url) is not None:
            response = answer_of_moto(endpoint, request)
            if response is None:
                note_unanswered(operation, "pytest-sagemaker-ie does not answer it.")
                raise OperationNotAnswered(
                    f"{operation} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
                    f" {WHAT_IS_ANSWERED} For other SageMaker operations, also enter moto's mock_aws, or replace the"
                    " method on the client."
                )
        elif _is_guarded_from(request.url):
            raise OperationNotAnswered(
                f"{operation} was called where no account is active, and nothing was sent to AWS: sagemaker_ie_guard"
                " is on. Mark the test with @pytest.mark.sagemaker_ie(...), request the fixture sagemaker_ie, or make"
                " the call inside mock_inference_experiments()."
            )
    return response if response is not None else (yield (endpoint, request), {})


def validate(decorator: Any, parameters: Any, model: Any) -> Steps:
    """Patch how a client checks its parameters: record a call that it refuses, and why."""
    try:
        return (yield (decorator, parameters, model), {})
    except Exception as error:
        if model.service_model.service_name == _SERVICE:
            note_unanswered(model.name, str(error))
        raise


def _account_for(url: str) -> "Service | None":
    """Return the account that answers, or `None` if there is none or a child process calls `sagemaker_ie_server`."""
    try:
        return active_account()
    except OperationNotAnswered:
        if _stays_here(url):
            return None
        raise


def _is_guarded_from(url: str) -> bool:
    """Whether a guard stops requests to `url`. A child process may call its parent's `sagemaker_ie_server`."""
    return bool(guards) and (guards[-1] == os.getpid() or not _stays_here(url))


def _stays_here(url: str) -> bool:
    """Whether `url` is an address of this machine, as that of `sagemaker_ie_server` is."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
