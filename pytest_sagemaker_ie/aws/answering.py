"""The door from botocore: a ``before-call`` handler that answers for SageMaker, and its way into every session.

It translates between botocore's event and the active account, and nothing else: it knows no operation and no rule.
aiobotocore's async clients emit the same event, and come in by the same door.

The handler stands in botocore's list of built-in handlers, which each new session copies. Beside it, SageMaker clients
are made to look for credentials late, and what nobody has answered is stopped at the end of botocore's way. The
functions `prepare_...` see to that, each for one module; `install` calls them when the module is imported.
"""

import functools
import gc
import os
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account, is_active, refuse_here
from pytest_sagemaker_ie.aws.attempts import (
    answer_attempt,
    is_attempt,
    let_go_on,
    skip_async_limits,
    skip_async_waits,
    skip_limits,
    skip_waits,
)
from pytest_sagemaker_ie.aws.credentials import make_async_lazy, make_lazy
from pytest_sagemaker_ie.aws.sessions import make_sharing
from pytest_sagemaker_ie.core.operations import OPERATIONS, TAG_OPERATIONS, WHAT_IS_ANSWERED

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = [
    "answer",
    "prepare_async_endpoint",
    "prepare_async_limits",
    "prepare_async_session",
    "prepare_endpoint",
    "prepare_limits",
    "prepare_moto",
    "prepare_session",
    "prepare_spawning",
]

# Less specific than Stubber's "before-call.*.*" and than a user's handler for one operation, so those come first.
_EVENT = "before-call.sagemaker"
_TARGET = "SageMaker"

_respond: Any = None


def answer(*, model: Any, params: Any, context: Any, request_signer: Any = None, **_: Any) -> "tuple[Any, Wire] | None":
    """Answer botocore's ``before-call`` event, or return `None` to let the call go on.

    The call goes on if nothing is active, or if it is none for inference experiments: somebody else may answer it, and
    if nobody does, `refuse_to_send` stops it. The arguments are the event's: the operation's model, the serialized
    request, the request's context, the client's signer.
    """
    global _respond
    try:
        account = active_account()
    except OperationNotAnswered:
        if _stays_here(params["url"]):
            return None
        raise
    if account is None:
        return None
    if account.expects_fault(model.name, params["body"]):
        let_go_on(account, model, context, request_signer)
        return None
    answered = account.answer(model.name, context["client_region"], params["body"], model.input_shape)
    if answered is None:
        return None
    if _respond is None:
        from pytest_sagemaker_ie.aws.responses import respond

        _respond = respond
    response: tuple[Any, Wire] = _respond(model, params["url"], answered.status_code, answered.body)
    return response


def refuse_to_send(request: Any) -> None:
    """Raise `OperationNotAnswered` if `request`, which is about to be sent, is to SageMaker and tests are answered.

    It is the last thing that happens to a request: whoever answers by botocore's events, as moto does, was asked.
    """
    if not is_active():
        return
    target = request.headers.get("X-Amz-Target", "")
    service, _, operation = (target.decode() if isinstance(target, bytes) else target).partition(".")
    if service != _TARGET:
        return
    try:
        active_account()
    except OperationNotAnswered:  # it is a child process that is about to send
        if _stays_here(request.url):
            return
        raise
    if operation in OPERATIONS and operation not in TAG_OPERATIONS:
        raise OperationNotAnswered(
            f"{operation} was not answered, and nothing was sent to AWS: the handler that answers is not among those of"
            " the client. It stands in botocore.handlers.BUILTIN_HANDLERS, from which sessions copy it."
        )
    raise OperationNotAnswered(
        f"{operation} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
        f" {WHAT_IS_ANSWERED}"
        " For other SageMaker operations, enter moto's mock_aws beside it, or replace the method on the client."
    )


def _stays_here(url: str) -> bool:
    """Whether a URL is the machine's own, as that of `sagemaker_ie_server` is: a child process may call there."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


_BEFORE_SEND = "before-send"  # the last of all, so that what waits before a request is sent has waited


def prepare_session(module: ModuleType) -> None:
    """Let each session of ``botocore.session`` have the handler, look for credentials late, and share with moto's."""
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_LAST

    handlers: list[Any] = BUILTIN_HANDLERS
    if (_EVENT, answer) not in handlers:  # the list outlives a reload of the session's module
        handlers += [(_EVENT, answer), (_BEFORE_SEND, answer_attempt, REGISTER_LAST)]
        _reach_living_emitters()
    make_lazy(module.Session)
    make_sharing(module.Session)


def _reach_living_emitters() -> None:
    """Reach the sessions and clients that were made before the handler was in the list.

    Their emitters are found through the garbage collector: botocore keeps no list of its sessions.
    """
    for each in _living_emitters():
        each.register(_EVENT, answer)
        each.register_last(_BEFORE_SEND, answer_attempt)


def _living_emitters() -> list[Any]:
    from botocore.hooks import HierarchicalEmitter

    # type() and not isinstance(): the latter asks __class__ of proxies and mocks, which may run anything.
    return [each for each in gc.get_objects() if issubclass(type(each), HierarchicalEmitter)]


def prepare_endpoint(module: ModuleType) -> None:
    """Let the endpoints of ``botocore.endpoint`` stop what nobody has answered."""
    send = module.Endpoint._send

    @functools.wraps(send)
    def send_unless_refused(self: Any, request: Any) -> Any:
        refuse_to_send(request)
        return send(self, request)

    module.Endpoint._send = send_unless_refused
    skip_waits(module)


def prepare_async_session(module: ModuleType) -> None:
    """Let the sessions of ``aiobotocore.session`` look for credentials late; the handler they have from botocore."""
    make_async_lazy(module.AioSession)


def prepare_async_endpoint(module: ModuleType) -> None:
    """Let the endpoints of ``aiobotocore.endpoint`` stop what nobody has answered."""
    send = module.AioEndpoint._send

    @functools.wraps(send)
    async def send_unless_refused(self: Any, request: Any) -> Any:
        refuse_to_send(request)
        return await send(self, request)

    module.AioEndpoint._send = send_unless_refused
    skip_async_waits(module)


def prepare_limits(module: ModuleType) -> None:
    """Let the rate limits of ``botocore.retries.adaptive`` wait for nothing that is answered here."""
    skip_limits(module)


def prepare_async_limits(module: ModuleType) -> None:
    """Do the same for ``aiobotocore.retries.adaptive``."""
    skip_async_limits(module)


def prepare_moto(module: Any) -> None:
    """Let moto answer the SageMaker clients that are older than its import too, as its `patch_client` does.

    And let it pass over what is answered here: it is asked all the same, and knows nothing of experiments.
    """
    stubber_class = type(module.botocore_stubber)
    answer_for_moto = stubber_class.__call__

    @functools.wraps(answer_for_moto)
    def answer_unless_answered(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        return None if is_attempt(request) else answer_for_moto(self, event_name, request, **kwargs)

    stubber_class.__call__ = answer_unless_answered
    for each in _living_emitters():
        each.register("before-send.sagemaker", module.botocore_stubber)


def prepare_spawning(module: Any) -> None:
    """Let children that ``multiprocessing`` starts, other than by forking, refuse what their parent would answer."""
    prepare = module.get_preparation_data

    @functools.wraps(prepare)
    def prepare_refusing(name: str) -> Any:
        data = prepare(name)
        if is_active():
            data["sagemaker_ie"] = _RefusesWhereItIsLoaded()
        return data

    module.get_preparation_data = prepare_refusing


class _RefusesWhereItIsLoaded:
    """Is unpickled in the child before anything of the test's: that alone makes the child refuse."""

    def __reduce__(self) -> Any:
        return refuse_here, (os.getpid(),)
