"""The requests that a test lets fare badly: they go through botocore's endpoint, whose retries are the client's own.

A call that is answered at ``before-call`` is never retried. So one that is to fare badly is let go on from there, and
each of its attempts is answered at ``before-send``, unsigned and unsent. What the client would wait before it tries
again, and what its adaptive rate limit would make it wait, is noted with the call; only a virtual clock shows it.
"""

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pytest_sagemaker_ie.activation import OperationNotAnswered, active_account
from pytest_sagemaker_ie.clock import clock_here

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Service

__all__ = [
    "answer_attempt",
    "is_attempt",
    "let_go_on",
    "skip_async_limits",
    "skip_async_waits",
    "skip_limits",
    "skip_waits",
]


class _Attempted:
    """A call whose attempts are to be answered."""

    def __init__(self, account: "Service", model: Any, context: Any, is_async: bool) -> None:
        self.account = account
        self.model = model
        self.context = context
        self.is_async = is_async
        self.last: Call | None = None
        """The last attempt, as the account has recorded it."""

    def waits(self, seconds: float) -> None:
        """Note that the client waits after its last attempt; before its first it may wait for other calls' sake."""
        if self.last is not None:
            self.last.retry_wait = seconds + (self.last.retry_wait or 0)


# What the thread or task has called last of those whose attempts are to be answered. It outlives the call, for which
# botocore has no end that is always told of: hence the questions that are asked of it.
_attempted: ContextVar[_Attempted | None] = ContextVar("attempted", default=None)
_retried: ContextVar[_Attempted | None] = ContextVar("retried", default=None)

_MARGIN = 0.001
"""What is added to a wait, in seconds, so that no rounding of the clock makes the bucket wait on."""

_KEY = "sagemaker_ie_attempted"


def let_go_on(account: "Service", model: Any, context: Any, request_signer: Any) -> None:
    """Let a call go on to botocore's endpoint, where `answer_attempt` answers each attempt.

    The arguments are those of the ``before-call`` event; the signer is aiobotocore's if the client is an async one.
    """
    is_async = type(request_signer).__module__.startswith("aiobotocore.")
    context["auth_type"] = "none"  # nobody will see it, so nothing needs credentials
    context[_KEY] = _Attempted(account, model, context, is_async)
    _attempted.set(context[_KEY])


def answer_attempt(*, request: Any, **_: Any) -> Any:
    """Answer botocore's ``before-send`` event for a call that `let_go_on` was told of; `None` for others."""
    attempted = _attempt(request)
    if attempted is None:
        return None
    from pytest_sagemaker_ie.aws.responses import http_response

    account, model, context = attempted.account, attempted.model, attempted.context
    read_timeout = context.get("read_timeout") or context["client_config"].read_timeout
    answered = account.answer(
        model.name,
        context["client_region"],
        request.body,
        model.input_shape,
        math.inf if read_timeout is None else read_timeout,
    )
    assert answered is not None  # a fault was expected of it
    attempted.last = answered.call
    if not answered.status_code:
        raise _of_botocore(answered.call, request.url)
    return http_response(request.url, answered.status_code, answered.body, for_async=attempted.is_async)


def _of_botocore(call: "Call", url: str) -> Exception:
    """Return the exception that botocore's session raises for a connection that ends so."""
    import botocore.exceptions

    made: Exception = getattr(botocore.exceptions, str(call.error))(endpoint_url=url, error=call.message)
    return made


def is_attempt(request: Any) -> bool:
    """Whether `request` is an attempt that is answered here, and so nobody else's affair."""
    return _attempt(request) is not None


def _attempt(request: Any) -> _Attempted | None:
    """Return the call that `request` is an attempt of, if it is one that is answered here."""
    attempted = _attempted.get()
    if attempted is None:
        return None
    target = request.headers.get("X-Amz-Target")
    name = f"SageMaker.{attempted.model.name}"
    if target not in (name, name.encode()):
        return None
    try:
        return attempted if active_account() is attempted.account else None
    except OperationNotAnswered:  # a forked child, which has what its parent was calling
        return None


class _Instead:
    """Stands in a module for another module, with a `sleep` of its own."""

    def __init__(self, module: ModuleType, sleep: Any) -> None:
        self._module = module
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def skip_waits(module: Any) -> None:
    """Let ``botocore.endpoint`` note the waits between attempts that are answered here, instead of waiting."""
    time = module.time

    def sleep(seconds: float) -> None:
        if _waits_really(seconds):
            time.sleep(seconds)

    module.time = _Instead(time, sleep)
    needs_retry = module.Endpoint._needs_retry

    @functools.wraps(needs_retry)
    def needs_retry_and_notes(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _retrying(*args, **kwargs):
            return needs_retry(self, *args, **kwargs)

    module.Endpoint._needs_retry = needs_retry_and_notes


def skip_async_waits(module: Any) -> None:
    """Do the same for ``aiobotocore.endpoint``."""
    asyncio = module.asyncio

    async def sleep(seconds: float) -> None:
        if _waits_really(seconds):
            await asyncio.sleep(seconds)

    module.asyncio = _Instead(asyncio, sleep)
    needs_retry = module.AioEndpoint._needs_retry

    @functools.wraps(needs_retry)
    async def needs_retry_and_notes(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _retrying(*args, **kwargs):
            return await needs_retry(self, *args, **kwargs)

    module.AioEndpoint._needs_retry = needs_retry_and_notes


@contextmanager
def _retrying(attempts: int, operation_model: Any, request_dict: Any, *_: Any, **__: Any) -> Iterator[None]:
    """Know, while botocore decides on a retry, whose attempts it is about."""
    token = _retried.set(request_dict["context"].get(_KEY))
    try:
        yield
    finally:
        _retried.reset(token)


def _waits_really(seconds: float) -> bool:
    """Note a wait between attempts; tell whether to wait: for what is not answered here, and by a virtual clock."""
    attempted = _retried.get()
    if attempted is None:
        return True
    attempted.waits(seconds)
    return clock_here() is not None


def skip_limits(module: Any) -> None:
    """Let the rate limit of ``botocore.retries.adaptive`` find that the time it would wait has passed."""
    send = module.ClientRateLimiter.on_sending_request

    @functools.wraps(send)
    def send_at_once(self: Any, request: Any, **kwargs: Any) -> Any:
        _pass_limit(self, request)
        return send(self, request, **kwargs)

    module.ClientRateLimiter.on_sending_request = send_at_once


def skip_async_limits(module: Any) -> None:
    """Do the same for ``aiobotocore.retries.adaptive``."""
    send = module.AsyncClientRateLimiter.on_sending_request

    @functools.wraps(send)
    async def send_at_once(self: Any, request: Any, **kwargs: Any) -> Any:
        _pass_limit(self, request)
        return await send(self, request, **kwargs)

    module.AsyncClientRateLimiter.on_sending_request = send_at_once


def _pass_limit(limiter: Any, request: Any) -> None:
    attempted = _attempt(request) if limiter._enabled else None
    if attempted is None:
        return
    bucket = limiter._token_bucket
    bucket._refill()
    missing = bucket._sleep_amount(1)
    if missing <= 0:
        return
    missing += _MARGIN
    attempted.waits(missing)
    clock = clock_here()
    if clock is None:
        bucket._last_timestamp -= missing
    else:
        clock.sleep(missing)
