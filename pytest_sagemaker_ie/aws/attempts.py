"""The attempts of calls that the account does not answer at once, such as a call with a scripted fault.

The client's own retries handle the fault. The account answers each attempt at the point where botocore would send it.
The client waits neither before a retry nor for its adaptive rate limit: the account records the seconds with the call,
and a virtual clock moves on by them.
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
    account: "Service | None"  # it answers the attempts; `None` if another tool may answer them
    last: "Call | None" = None  # the last attempt, as the account recorded it

    def note_wait(self, seconds: float) -> None:
        """Record a wait after the last attempt. A wait before the first attempt belongs to other calls."""
        if self.last is not None:
            self.last.retry_wait = seconds + (self.last.retry_wait or 0)


in_flight: ContextVar[CallInFlight | None] = ContextVar("in_flight", default=None)
"""The SageMaker call that this thread or task makes, or `None`."""


def _struck() -> Any:
    """Return the call of this thread or task if the account answers its attempts, or `None`."""
    call = in_flight.get()
    return None if call is None or call.account is None else call


def answer_attempt(request: Any) -> Any:
    """Return the account's response to an attempt or raise its connection error; return `None` if it answers none."""
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
    """Patch how moto answers a request: moto does not answer if the account does."""
    if _struck() is not None:
        return None
    return (yield (stubber, event_name, request), kwargs)


def keep_keys(credentials: Any) -> Steps:
    """Patch how credentials that expire give their keys: a SageMaker call does not renew them."""
    if in_flight.get() is not None:
        return getattr(credentials, CURRENT_KEYS, None) or no_real_keys().get_frozen_credentials()
    return (yield (credentials,), {})


class _Skipped(float):
    """A wait of zero seconds, which botocore's log shows as the seconds that are skipped."""

    seconds = 0.0

    def __repr__(self) -> str:
        return repr(self.seconds)


def skip_wait(responses: Any, default: Any = None) -> Steps:
    """Patch how an endpoint chooses the wait before the next attempt: without a virtual clock, it does not wait."""
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
    """Patch how long a rate limit makes an attempt wait: the limit goes on as if that time had passed."""
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
