"""The door from botocore: a ``before-call`` handler that answers for SageMaker, and its way into every session.

It translates between botocore's event and the active backend, and nothing else: it knows no operation and no rule.
Importing this module imports nothing of botocore. `install` puts the handler into botocore's list of built-in
handlers, which each new session copies: at once if botocore is loaded, otherwise when somebody imports it.
"""

import gc
import importlib.abc
import importlib.util
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from email.utils import formatdate
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.core.errors import ServiceError
from pytest_sagemaker_ie.core.operations import OPERATIONS

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["OperationNotAnswered", "activate", "deactivate", "install"]

# Less specific than Stubber's "before-call.*.*" and than a user's handler for one operation, so those come first.
_EVENT = "before-call.sagemaker"
_HANDLERS_MODULE = "botocore.handlers"

_active: "list[InferenceExperimentBackend]" = []
_parser: Any = None
_random = random.Random()  # not the module's functions: a test that seeds those must not feel us


class OperationNotAnswered(NotImplementedError):
    """A SageMaker client called an operation that is not answered here; nothing was sent."""


def activate(backend: "InferenceExperimentBackend") -> None:
    """Let `backend` answer every SageMaker client, before those activated earlier."""
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
    operation = model.name
    if operation not in OPERATIONS:
        raise OperationNotAnswered(
            f"{operation} is not answered by pytest-sagemaker-ie, and nothing was sent to AWS."
            f" It answers {', '.join(OPERATIONS)}. For other SageMaker operations, stub them with"
            " botocore.stub.Stubber, or use moto in a test of its own."
        )
    try:
        body = _active[-1].answer(operation, context["client_region"], json.loads(params["body"]))
    except ServiceError as error:
        return _respond(model, params, error.status_code, {"__type": error.code, "Message": str(error)})
    return _respond(model, params, 200, body)


def _respond(model: Any, params: Any, status_code: int, body: "Wire") -> "tuple[Any, Wire]":
    """Return what botocore itself would have made of `body` had it come over the wire."""
    global _parser
    from botocore.awsrequest import AWSResponse

    if _parser is None:
        from botocore.parsers import create_parser

        _parser = create_parser("json")
    content = json.dumps(body).encode()
    headers = {
        "x-amzn-requestid": _request_id(),
        "content-type": "application/x-amz-json-1.1",
        "content-length": str(len(content)),
        "date": formatdate(time.time(), usegmt=True),
    }
    response = {"headers": headers, "status_code": status_code, "body": content, "context": {}}
    parsed = _parser.parse(response, model.output_shape)
    if status_code >= 300:
        error_shape = model.service_model.shape_for_error_code(body["__type"])
        if error_shape is not None:
            parsed.update(_parser.parse(response, error_shape))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    http: Any = AWSResponse(params["url"], status_code, headers, None)  # type: ignore[arg-type]  # pyright: ignore
    return http, parsed


def _request_id() -> str:
    digits = f"{_random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def install() -> None:
    """See to it that every botocore session, present and to come, has the handler. Calling it again does nothing."""
    handlers = sys.modules.get(_HANDLERS_MODULE)
    if handlers is None:
        if not any(isinstance(finder, _WaitForBotocore) for finder in sys.meta_path):
            sys.meta_path.insert(0, _WaitForBotocore())
    elif not _is_installed(handlers):
        _add_to_builtin_handlers(handlers)
        _add_to_living_emitters()


def _is_installed(handlers: ModuleType) -> bool:
    return (_EVENT, answer) in [tuple(each[:2]) for each in handlers.BUILTIN_HANDLERS]


def _add_to_builtin_handlers(handlers: ModuleType) -> None:
    handlers.BUILTIN_HANDLERS.append((_EVENT, answer))


def _add_to_living_emitters() -> None:
    """Reach the sessions and clients that were made before the handler was in the list.

    Their emitters are found through the garbage collector: botocore keeps no list of its sessions.
    """
    from botocore.hooks import HierarchicalEmitter

    for each in gc.get_objects():
        # type() and not isinstance(): the latter asks __class__ of proxies and mocks, which may run anything.
        if issubclass(type(each), HierarchicalEmitter):
            each.register(_EVENT, answer)


class _WaitForBotocore(importlib.abc.MetaPathFinder):
    """Adds the handler as soon as ``botocore.handlers`` has been imported, then goes away."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _HANDLERS_MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        execute: Callable[[ModuleType], None] = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _add_to_builtin_handlers(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
