"""Where botocore's endpoint and the active account meet: calls are answered, and what is not answered is stopped.

It translates between the two and does nothing else: it knows no operation and no rule. A call comes here after all
handlers of its event ``before-call``, and a request after all of ``before-send``, so whatever answers by these events
goes first. aiobotocore's endpoints come the same way.
"""

import importlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_sagemaker_ie.activation import (
    OperationNotAnswered,
    active_account,
    is_guarded,
    is_guarded_child,
    note_unanswered,
)
from pytest_sagemaker_ie.aws.attempts import Sending, answer_attempt, is_attempt, sending
from pytest_sagemaker_ie.aws.beside_moto import answer_of_moto, is_in_block
from pytest_sagemaker_ie.aws.patches import PARSERS
from pytest_sagemaker_ie.aws.sessions import finish_copy
from pytest_sagemaker_ie.core.operations import WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from pytest_sagemaker_ie.aws.install import Steps
    from pytest_sagemaker_ie.core.service import Service
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["request", "send", "validate"]

_SERVICE = "sagemaker"
_TARGET = "SageMaker"

_respond: Any = None


def request(endpoint: Any, request_dict: Any, operation_model: Any) -> "Steps":
    """Patch how an endpoint deals with a call: answer it, or let its attempts go on to `send`."""
    what = None
    is_ours = operation_model.service_model.service_name == _SERVICE
    account = _account_for(request_dict["url"]) if is_ours else None
    if account is not None:
        is_struck = account.expects_fault(
            operation_model.name, request_dict["context"]["client_region"], request_dict["body"]
        )
        answered = None if is_struck else _answer(account, endpoint, request_dict, operation_model)
        if answered is not None:
            return answered
        context = request_dict["context"]
        if is_struck:
            context["auth_type"] = "none"  # it is not sent, so nothing needs credentials
        what = Sending(endpoint, operation_model, context, account if is_struck else None)
    if is_ours:
        finish_copy(endpoint)
    with sending(what):
        try:
            return (yield (endpoint, request_dict, operation_model), {})
        except Exception as error:
            # Signing comes before what would have refused to send.
            if is_ours and type(error).__name__ == "NoCredentialsError" and not is_in_block():
                if account is not None:
                    raise _unanswered(operation_model.name) from None
                if is_guarded():
                    raise _unguarded(operation_model.name) from None
            raise


def _account_for(url: str) -> "Service | None":
    """Return the account that answers, or `None`: there is none, or it is called over HTTP."""
    try:
        return active_account()
    except OperationNotAnswered:
        if _stays_here(url):
            return None
        raise


def _answer(account: "Service", endpoint: Any, request_dict: Any, model: Any) -> "tuple[Any, Wire] | None":
    """Return the response as an endpoint returns it, or `None` if the account does not answer such a call."""
    global _respond
    region = request_dict["context"]["client_region"]
    answered = account.answer(model.name, region, request_dict["body"], model.input_shape)
    if answered is None:
        return None
    if _respond is None:
        _respond = importlib.import_module("pytest_sagemaker_ie.aws.responses").respond
    status_code, body = answered.status_code, answered.body
    response: tuple[Any, Wire] = _respond(model, request_dict["url"], status_code, body, getattr(endpoint, PARSERS))
    return response


def send(endpoint: Any, request: Any) -> "Steps":
    """Patch how an endpoint sends a request: answer an attempt, and stop what is not answered."""
    if is_attempt():
        return answer_attempt(request)
    target = request.headers.get("X-Amz-Target")
    if isinstance(target, bytes):
        target = target.decode(errors="replace")
    if isinstance(target, str) and target.startswith(f"{_TARGET}."):
        operation = target.partition(".")[2]
        if _account_for(request.url) is not None:
            response = answer_of_moto(endpoint, request)
            if response is not None:
                return response
            raise _unanswered(operation)
        if is_guarded() and not (is_guarded_child() and _stays_here(request.url)):
            raise _unguarded(operation)
    return (yield (endpoint, request), {})


def validate(decorator: Any, parameters: Any, operation_model: Any) -> "Steps":
    """Patch how a client checks its parameters: note with the account what it refuses."""
    try:
        return (yield (decorator, parameters, operation_model), {})
    except Exception as error:
        if operation_model.service_model.service_name == _SERVICE:
            note_unanswered(operation_model.name, str(error))
        raise


def _unanswered(operation: str) -> OperationNotAnswered:
    note_unanswered(operation, "pytest-sagemaker-ie does not answer it.")
    return OperationNotAnswered(
        f"{operation} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
        f" {WHAT_IS_ANSWERED}"
        " For other SageMaker operations, enter moto's mock_aws beside it, or replace the method on the client."
    )


def _unguarded(operation: str) -> OperationNotAnswered:
    return OperationNotAnswered(
        f"{operation} was called where no account is active, and nothing was sent to AWS: sagemaker_ie_guard is on."
        " Mark the test with @pytest.mark.sagemaker_ie(...), request the fixture sagemaker_ie, or make the call inside"
        " mock_inference_experiments()."
    )


def _stays_here(url: str) -> bool:
    """Whether a URL is the machine's own, as that of `sagemaker_ie_server` is: a child process may call there."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
