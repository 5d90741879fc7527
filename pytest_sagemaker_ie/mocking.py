"""`mock_inference_experiments`: an account that answers every SageMaker client while the block lasts.

The fixtures of pytest use it, too. It connects a new account with the patches, the region, the clock and the service
model, and knows no rule.
"""

import datetime
import functools
import inspect
import itertools
import math
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TypeVar, cast, overload

from pytest_sagemaker_ie.activation import activate, active_accounts, deactivate
from pytest_sagemaker_ie.aws.beside_moto import endpoint_of_moto
from pytest_sagemaker_ie.aws.install import sync
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, asked_of_account, default_region, known_regions
from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.clock import HorizonReached, outlooks, running_clock
from pytest_sagemaker_ie.core.arns import is_account_id, is_region
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.errors import FaultError
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.core.wire import milliseconds, moment

_LIMIT: Final = 10_000  # calls in a row that may change nothing
_CLOCKS_LIMIT: Final = 3000  # the same while a clock runs
_FEW_LOOKS: Final = 10  # different ones that a loop repeats
_SOON: Final = 60_000  # milliseconds
_LONG: Final = datetime.timedelta(minutes=10)  # looks that take longer sleep in between, or move the time

_Function = TypeVar("_Function", bound=Callable[..., Any])


def now() -> int:
    """Return the time that `datetime` shows now, in milliseconds since the epoch."""
    return milliseconds(datetime.datetime.now(datetime.timezone.utc))


def wait(seconds: float) -> None:
    """Move the virtual clock on by the time that an answer takes; raise `FaultError` if no clock runs."""
    clock = running_clock()
    if clock is None:
        raise FaultError(
            "A delayed answer moves the virtual clock, and none runs: use the fixture sagemaker_ie_clock, or"
            " virtual_clock()."
        )
    clock.wait(seconds)


# What the clock's `HorizonReached` shows: the last calls of the active accounts, and what can still change in them.
outlooks[:] = [lambda: [line for account in active_accounts() for line in account.outlook()]]


def limit_looks(service: Service) -> float:
    """Raise `HorizonReached` after too many calls in a row without a change; return the number of calls to check at.

    If looks move the clock, a horizon that the test has set ends them instead.
    """
    clock, looks = running_clock(), _looks_in_a_row(service)
    limit = _LIMIT if clock is None else _CLOCKS_LIMIT
    if len(looks) <= limit:
        return len(service.calls) + limit - len(looks)
    took = looks[0].when - looks[-1].when
    within = 0 if not took else _SOON if clock is None and took < _LONG else math.inf
    is_choice = clock is not None and (clock.has_own_horizon if took else len(looks) <= _LIMIT)
    if is_choice or not service.is_at_rest(within):
        return len(service.calls) + limit
    looks[0].error = HorizonReached.__name__
    until = "while time stands still" if not took else "within the next minute" if within == _SOON else "any more"
    lines = [
        f"The code under test has made {len(looks) - 1} calls in a row that changed nothing, and what they see will not"
        f" change {until}. Can what it waits for still happen?",
        *service.outlook(),
        *(["To let it wait longer: sagemaker_ie_clock.horizon = timedelta(days=...)"] if clock and took else []),
        "More calls: the ini option sagemaker_ie_look_limit = false, or mock_inference_experiments(look_limit=False)",
    ]
    raise HorizonReached("\n".join(lines))


def _looks_in_a_row(service: Service) -> list[Call]:
    """Return the looks and refused calls since the last change, the last first; none if this call may change more."""
    changed = moment(max((each.last_modified_time for each in service.account.experiments()), default=0))
    kinds = set()

    def is_another_look(call: Call) -> bool:
        kinds.add((call.operation, call.body))
        is_look = call.error is not None or call.operation.startswith(("Describe", "List"))
        return is_look and call.when >= changed and len(kinds) <= _FEW_LOOKS

    call, *earlier = reversed(service.calls[service.first_of_test :][-_LIMIT - 1 :])
    looks = list(itertools.takewhile(is_another_look, earlier))
    return [call, *looks] if (call.operation, call.body) in kinds or is_another_look(call) else []


class UnspentFaultError(AssertionError):
    """A test scripted a fault or a failure that did not happen."""

    __module__ = "pytest_sagemaker_ie"


class Mock:
    """What `mock_inference_experiments` returns: a context manager and a decorator."""

    def __init__(self, region: str | None, account_id: str, parameter_validation: bool, look_limit: bool) -> None:
        self._arguments = (region, account_id, parameter_validation, look_limit)
        self._entered: list[Service] = []

    def __enter__(self) -> InferenceExperimentBackend:
        region, account_id, parameter_validation, look_limit = self._arguments
        service = Service(
            service_model(),
            region=functools.partial(default_region, region),
            account_id=account_id,
            clock=now,
            wait=wait,
            elsewhere=functools.partial(endpoint_of_moto, service_model()),
            known_regions=known_regions,
            parameter_validation=parameter_validation,
            limit=limit_looks if look_limit else None,
        )
        if region is not None:
            service.check_region(region, ValueError)
            asked_of_account[service] = region
        self._entered.append(service)
        try:
            activate(service)
            sync()
            return InferenceExperimentBackend(service)
        except BaseException:  # a library lacks a name, or the user interrupts the test
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._entered:
            raise RuntimeError("this mock_inference_experiments() was not started, or was stopped already")
        complaint = self._leave().unspent_complaint
        if complaint and error is None:
            raise UnspentFaultError(f"The test has {complaint}")

    def start(self) -> InferenceExperimentBackend:
        """Enter without a with block, as in `unittest`'s setUp and with the patchers of `unittest.mock`."""
        return self.__enter__()

    def stop(self) -> None:
        """Leave the account that the last `start` entered, as the end of a with block does.

        Raises:
            RuntimeError: no account is entered.
            UnspentFaultError: the test scripted a fault or a failure that did not happen.
        """
        self.__exit__(None, None, None)

    def leave(self) -> None:
        """Leave each account that is entered, without an error for scripted faults that did not happen."""
        while self._entered:
            self._leave()

    def _leave(self) -> Service:
        service = self._entered[-1]
        try:
            deactivate(service)
        finally:
            deactivate(service)  # again: an interrupt may have ended the first one
            self._entered.pop()
            sync()
        return service

    def __call__(self, function: _Function) -> _Function:
        """Decorate a function or a coroutine function: each call of it enters a new account."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"mock_inference_experiments does not decorate generators, such as {function.__name__}: use"
                " `with mock_inference_experiments() as backend:` around its yield"
            )
        if inspect.isclass(function):
            raise TypeError(
                f"mock_inference_experiments decorates functions, not the class {function.__name__}: in setUp say"
                " mock = mock_inference_experiments(); self.backend = mock.start(); self.addCleanup(mock.stop)"
            )

        @functools.wraps(function)
        async def in_coroutine(*args: Any, **kwargs: Any) -> Any:
            with Mock(*self._arguments):
                return await function(*args, **kwargs)

        @functools.wraps(function)
        def in_function(*args: Any, **kwargs: Any) -> Any:
            with Mock(*self._arguments):
                return function(*args, **kwargs)

        return cast("_Function", in_coroutine if inspect.iscoroutinefunction(function) else in_function)


@overload
def mock_inference_experiments(
    *, region: str | None = ..., account_id: str = ..., parameter_validation: bool = ..., look_limit: bool = ...
) -> Mock: ...
@overload
def mock_inference_experiments(function: _Function, /) -> _Function: ...
def mock_inference_experiments(
    function: Callable[..., Any] | None = None,
    /,
    *,
    region: str | None = None,
    account_id: str = DEFAULT_ACCOUNT_ID,
    parameter_validation: bool = True,
    look_limit: bool = True,
) -> Any:
    """Answer every SageMaker client's inference-experiment calls from an account in memory.

    Use it as a context manager, which gives the `InferenceExperimentBackend`, or as a decorator of functions and
    coroutine functions, with or without the parentheses. Each entry begins with an empty account. If another account
    is active already, the new one answers until the test leaves it.

    Args:
        function: the function to decorate, when used without the parentheses.
        region: the region of clients and seeds that name none. By default, the region of boto3's default session, or
            the configured one (AWS_DEFAULT_REGION or the AWS config file), or else ``"us-east-1"``.
        account_id: the twelve digits in the ARNs.
        parameter_validation: whether the account checks requests and seeds against the service model's lengths and
            patterns of strings, such as names and ARNs. It always checks the model's other constraints.
        look_limit: whether ten thousand calls in a row that change nothing end the test with `HorizonReached`.

    Raises:
        ValueError: `region` or `account_id` has a wrong form.
    """
    if function is not None and not callable(function):
        raise TypeError(f"mock_inference_experiments() takes keywords only, such as region={function!r}")
    if region is not None and not is_region(region):
        raise ValueError(f"{region!r} is not the name of a region, such as 'eu-west-1'")
    if not is_account_id(account_id):
        raise ValueError(f"{account_id!r} is not an account id: twelve digits, such as {DEFAULT_ACCOUNT_ID!r}")
    mock = Mock(region, account_id, parameter_validation, look_limit)
    return mock if function is None else mock(function)
