"""The calls that the account does not answer at once: botocore's endpoint makes their attempts.

A call with a scripted fault goes on, so that the client's own retries handle the fault. The account answers each
attempt when botocore would send it. The client does not wait before it tries again, and its adaptive rate limit does
not make it wait: the seconds are noted with the call, and a virtual clock moves on by them.
"""

import math
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from pytest_sagemaker_ie.aws.credentials import no_real_keys
from pytest_sagemaker_ie.aws.patches import CURRENT_KEYS, LAST_REFILL, Steps
from pytest_sagemaker_ie.aws.responses import http_response
from pytest_sagemaker_ie.clock import clock_here

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Service


@dataclass
class CallInFlight:
    """A SageMaker call of a stubbed test, from its first attempt to its last."""

    model: Any
    context: Any
    account: "Service | None"  # the account that answers the attempts; `None` if other tools may answer them
    last: "Call | None" = None  # the last attempt, as the account recorded it

    def note_wait(self, seconds: float) -> None:
        """Note that the client waits after its last attempt; a wait before the first belongs to other calls."""
        if self.last is not None:
            self.last.retry_wait = seconds + (self.last.retry_wait or 0)


in_flight: ContextVar[CallInFlight | None] = ContextVar("in_flight", default=None)
"""The call that this thread or task makes; `None` if it makes none, or one of another service."""


def _struck() -> Any:
    """Return the call of this thread or task if the account answers its attempts, or `None`."""
    call = in_flight.get()
    return None if call is None or call.account is None else call


def answer_attempt(request: Any) -> Any:
    """Return the HTTP response to an attempt, or `None` if it is not the account's; raise its connection's error."""
    call = _struck()
    if call is None:
        return None
    read_timeout = call.context.get("read_timeout") or call.context["client_config"].read_timeout
    answered = call.account.answer(
        call.model.name,
        call.context["client_region"],
        request.body,
        call.model.input_shape,
        math.inf if read_timeout is None else read_timeout,
    )
    call.last = answered.call
    if not answered.status_code:  # the error that botocore's HTTP session raises
        raise getattr(botocore.exceptions, answered.call.error)(endpoint_url=request.url, error=answered.call.message)
    return http_response(request.url, answered.status_code, answered.body)


def pass_by_moto(stubber: Any, event_name: str, request: Any, **kwargs: Any) -> Steps:
    """Patch how moto answers a request: not at all if the account does."""
    if _struck() is not None:
        return None
    return (yield (stubber, event_name, request), kwargs)


def keep_keys(credentials: Any) -> Steps:
    """Patch how credentials that expire give their keys: those that they have, for a call that moto may answer."""
    if in_flight.get() is not None:
        return getattr(credentials, CURRENT_KEYS, None) or no_real_keys().get_frozen_credentials()
    return (yield (credentials,), {})


class _Skipped(float):
    """A wait of zero seconds that botocore's log shows with the seconds that it skips."""

    seconds = 0.0

    def __repr__(self) -> str:
        return repr(self.seconds)


def skip_wait(responses: Any, default: Any = None) -> Steps:
    """Patch how an endpoint chooses the wait before the next attempt from what its handlers return."""
    wait = yield (responses, default), {}
    call = _struck()
    if call is None or not isinstance(wait, (int, float)):
        return wait
    call.note_wait(wait)
    if clock_here() is not None:
        return wait
    skipped = _Skipped()
    skipped.seconds = wait
    return skipped


def skip_limit(bucket: Any, amount: float) -> Steps:
    """Patch how long a rate limit makes an attempt wait: as if that time had passed."""
    wait = yield (bucket, amount), {}
    call = _struck()
    if call is None or wait <= 0:
        return wait
    call.note_wait(wait)
    clock = clock_here()
    if clock is None:
        setattr(bucket, LAST_REFILL, getattr(bucket, LAST_REFILL) - wait)
    else:
        clock.sleep(wait)
    return 0
