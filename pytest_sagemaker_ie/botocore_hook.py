"""The door from botocore: a ``before-call`` handler that answers for SageMaker, and its way into every session.

It translates between botocore's event and the active backend, and nothing else: it knows no operation and no rule.
Importing this module imports nothing of botocore. `install` puts the handler into botocore's list of built-in
handlers, which each new session copies, and makes SageMaker clients look for credentials late: at once if botocore is
loaded, otherwise when somebody imports it.
"""

import gc
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.errors import NotAnswered, ServiceError
from pytest_sagemaker_ie.core.operations import OPERATIONS
from pytest_sagemaker_ie.lazy_credentials import make_lazy

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["OperationNotAnswered", "activate", "deactivate", "install"]

# Less specific than Stubber's "before-call.*.*" and than a user's handler for one operation, so those come first.
_EVENT = "before-call.sagemaker"
_SESSION_MODULE = "botocore.session"

_active: "list[InferenceExperimentBackend]" = []
_respond: Any = None


class OperationNotAnswered(NotImplementedError):  # noqa: N818 - it reads as what happened
    """A SageMaker client called an operation that is not answered here; nothing was sent."""


def activate(backend: "InferenceExperimentBackend") -> None:
    """Let `backend` answer every SageMaker client, before those activated earlier."""
    global _respond
    if _respond is None:
        from pytest_sagemaker_ie.botocore_response import respond

        _respond = respond
    _active.append(backend)


def deactivate(backend: "InferenceExperimentBackend") -> None:
    """Take `backend` back out."""
    _active.remove(backend)


def answer(*, model: Any, params: Any, context: Any, **_: Any) -> "tuple[Any, Wire] | None":
    """Answer botocore's ``before-call`` event, or return `None` to let the call go on if nothing is active.

    The arguments are the event's: the operation's model, the serialized request, the request's context.
    """
    if not _active:
        return None
    status_code = 200
    try:
        body = _active[-1].answer(model.name, context["client_region"], params["body"], model.input_shape)
    except ServiceError as error:
        status_code, body = error.status_code, {"__type": error.code, "Message": str(error)}
    except NotAnswered:
        raise OperationNotAnswered(
            f"{model.name} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
            f" It answers {', '.join(OPERATIONS)}, the last three for the ARNs of inference experiments."
            " For other SageMaker operations, stub them with botocore.stub.Stubber, or use moto in a test of its own."
        ) from None
    response: tuple[Any, Wire] = _respond(model, params["url"], status_code, body)
    return response


def install() -> None:
    """See to it that every botocore session, present and to come, has the handler. Calling it again does nothing."""
    if _SESSION_MODULE not in sys.modules:
        if not any(isinstance(finder, _WaitForBotocore) for finder in sys.meta_path):
            sys.meta_path.insert(0, _WaitForBotocore())
    elif _add_to_builtin_handlers():
        make_lazy(sys.modules[_SESSION_MODULE].Session)
        _reach_living_emitters()


def _add_to_builtin_handlers() -> bool:
    """Add the handler to botocore's list; return whether it was not there before."""
    from botocore.handlers import BUILTIN_HANDLERS

    handlers: list[Any] = BUILTIN_HANDLERS
    if (_EVENT, answer) in handlers:
        return False
    handlers.append((_EVENT, answer))
    return True


def _reach_living_emitters() -> None:
    """Reach the sessions and clients that were made before the handler was in the list.

    Their emitters are found through the garbage collector: botocore keeps no list of its sessions.
    """
    from botocore.hooks import HierarchicalEmitter

    for each in gc.get_objects():
        # type() and not isinstance(): the latter asks __class__ of proxies and mocks, which may run anything.
        if issubclass(type(each), HierarchicalEmitter):
            each.register(_EVENT, answer)


class _WaitForBotocore(importlib.abc.MetaPathFinder):
    """Installs the handler as soon as ``botocore.session`` has been imported, then goes away."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _SESSION_MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        execute: Callable[[ModuleType], None] = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _add_to_builtin_handlers()
            make_lazy(module.Session)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
