"""Where botocore's endpoint and the active account meet: calls are answered, and what is not answered is stopped.

It translates between the two and does nothing else: it knows no operation and no rule. A call comes here after all
handlers of its event ``before-call``, and a request after all of ``before-send``, so whatever answers by these events
goes first. aiobotocore's endpoints come the same way.
"""

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, guards, note_unanswered
from pytest_sagemaker_ie.aws.attempts import CallInFlight, answer_attempt, in_flight
from pytest_sagemaker_ie.aws.beside_moto import answer_of_moto, is_in_block
from pytest_sagemaker_ie.aws.patches import PARSERS, Steps
from pytest_sagemaker_ie.aws.responses import respond
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

_SERVICE = "sagemaker"
_TARGET = "SageMaker."


def request(endpoint: Any, request_dict: Any, model: Any) -> Steps:
    """Patch how an endpoint deals with a call: answer it, or let its attempts go on to `send`."""
    call = None
    if model.service_model.service_name == _SERVICE:
        url, context, body = request_dict["url"], request_dict["context"], request_dict["body"]
        account = _account_for(url)
        if account is not None:
            is_struck = account.expects_fault(model.name, body)
            answered = None
            if not is_struck:
                answered = account.answer(model.name, context["client_region"], body, model.input_shape)
            if answered is not None:
                return respond(model, url, answered.status_code, answered.body, getattr(endpoint, PARSERS))
            call = CallInFlight(model, context, account if is_struck else None)
        if (call is not None and call.account is not None) or (
            (account is not None or _is_guarded_from(url)) and not is_in_block()
        ):
            context["auth_type"] = "none"  # it is not sent, so nothing needs credentials
    token = in_flight.set(call)
    try:
        return (yield (endpoint, request_dict, model), {})
    finally:
        in_flight.reset(token)


def send(endpoint: Any, request: Any) -> Steps:
    """Patch how an endpoint sends a request: answer an attempt, and stop what is not answered."""
    response = answer_attempt(endpoint, request)
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
                    f" {WHAT_IS_ANSWERED} For other SageMaker operations, enter moto's mock_aws beside it, or replace"
                    " the method on the client."
                )
        elif _is_guarded_from(request.url):
            raise OperationNotAnswered(
                f"{operation} was called where no account is active, and nothing was sent to AWS: sagemaker_ie_guard"
                " is on. Mark the test with @pytest.mark.sagemaker_ie(...), request the fixture sagemaker_ie, or make"
                " the call inside mock_inference_experiments()."
            )
    return response if response is not None else (yield (endpoint, request), {})


def validate(decorator: Any, parameters: Any, model: Any) -> Steps:
    """Patch how a client checks its parameters: note with the account what it refuses."""
    try:
        return (yield (decorator, parameters, model), {})
    except Exception as error:
        if model.service_model.service_name == _SERVICE:
            note_unanswered(model.name, str(error))
        raise


def _account_for(url: str) -> "Service | None":
    """Return the account that answers, or `None`: there is none, or it is called over HTTP."""
    try:
        return active_account()
    except OperationNotAnswered:
        if _stays_here(url):
            return None
        raise


def _is_guarded_from(url: str) -> bool:
    """Whether nothing may be sent there where no account answers; a child process may call the parent's server."""
    return bool(guards) and (guards[-1] == os.getpid() or not _stays_here(url))


def _stays_here(url: str) -> bool:
    """Whether a URL is the machine's own, as that of `sagemaker_ie_server` is: a child process may call there."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
