"""The calls that a fault strikes: they go through botocore's endpoint, whose retries are the client's own.

A call that is answered at once is never retried. So one for which a fault is scripted goes on, and each of its attempts
is answered in place of sending it, unsigned. What the client would wait before it tries again, and what its adaptive
rate limit would make it wait, is noted with the call; only a virtual clock shows it.
"""

import importlib
import inspect
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_sagemaker_ie.aws.patches import LAST_REFILL
from pytest_sagemaker_ie.clock import clock_here

if TYPE_CHECKING:
    from pytest_sagemaker_ie.aws.install import Steps
    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Service

__all__ = ["Sending", "answer_attempt", "is_attempt", "is_sending", "limit", "sending", "wait"]


class Sending:
    """A SageMaker request of a stubbed test, from its first attempt to its last."""

    def __init__(self, endpoint: Any, model: Any, context: Any, account: "Service | None") -> None:
        self.endpoint = endpoint
        self.model = model
        self.context = context
        self.account = account
        """What answers the attempts; `None` if that is left to others."""
        self.last: Call | None = None
        """The last attempt, as the account has recorded it."""

    def waits(self, seconds: float) -> None:
        """Note that the client waits after its last attempt; before its first it may wait for other calls' sake."""
        if self.last is not None:
            self.last.retry_wait = seconds + (self.last.retry_wait or 0)


_sending: ContextVar[Sending | None] = ContextVar("sending", default=None)


@contextmanager
def sending(what: Sending | None) -> Iterator[None]:
    """Know what the thread or task sends; `None` for what is none of a stubbed test's."""
    token = _sending.set(what)
    try:
        yield
    finally:
        _sending.reset(token)


def is_sending() -> bool:
    """Whether the thread or task sends a SageMaker request of a stubbed test."""
    return _sending.get() is not None


def is_attempt() -> bool:
    """Whether what the thread or task sends is answered by `answer_attempt`."""
    return _attempted() is not None


def _attempted() -> Any:
    what = _sending.get()
    return None if what is None or what.account is None else what


def answer_attempt(request: Any) -> Any:
    """Return the HTTP response to an attempt, or raise what becomes of its connection."""
    what = _attempted()
    respond = importlib.import_module("pytest_sagemaker_ie.aws.responses").http_response
    read_timeout = what.context.get("read_timeout") or what.context["client_config"].read_timeout
    answered = what.account.answer(
        what.model.name,
        what.context["client_region"],
        request.body,
        what.model.input_shape,
        math.inf if read_timeout is None else read_timeout,
    )
    what.last = answered.call
    if not answered.status_code:
        _end_connection(answered.call, request.url)
    return respond(
        request.url, answered.status_code, answered.body, for_async=inspect.iscoroutinefunction(what.endpoint.close)
    )


def _end_connection(call: "Call", url: str) -> NoReturn:
    """Raise the exception that botocore's session raises for a connection that ends so."""
    exceptions = importlib.import_module("botocore.exceptions")
    raise getattr(exceptions, str(call.error))(endpoint_url=url, error=call.message)


class _Skipped(float):
    """A wait of no time that shows, as in botocore's log, how long it would have been."""

    def __new__(cls, seconds: float) -> "_Skipped":
        skipped = super().__new__(cls, 0)
        skipped.seconds = seconds
        return skipped

    seconds: float

    def __repr__(self) -> str:
        return repr(self.seconds)

    def __eq__(self, other: object) -> bool:
        return self.seconds == other

    __hash__ = float.__hash__


def wait(responses: Any, default: Any = None) -> "Steps":
    """Patch how an endpoint chooses the wait before the next attempt among the answers of its handlers."""
    chosen = yield (responses, default), {}
    attempted = _attempted()
    if attempted is None or not isinstance(chosen, (int, float)):
        return chosen
    attempted.waits(chosen)
    return _Skipped(chosen) if clock_here() is None else chosen


def limit(bucket: Any, amount: float) -> "Steps":
    """Patch how a rate limit finds the time that it makes an attempt wait: that time has passed."""
    missing = yield (bucket, amount), {}
    attempted = _attempted()
    if attempted is None or missing <= 0:
        return missing
    attempted.waits(missing)
    clock = clock_here()
    if clock is None:
        setattr(bucket, LAST_REFILL, getattr(bucket, LAST_REFILL) - missing)
    else:
        clock.sleep(missing)
    return 0
