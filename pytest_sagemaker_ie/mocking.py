"""`mock_inference_experiments`: an account that answers every SageMaker client while the block lasts.

The fixtures of pytest use it too. It connects the patches, the region, the clock and the service model with a new
account, and knows none of the rules.
"""

import datetime
import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from pytest_sagemaker_ie.activation import activate, active_accounts, deactivate
from pytest_sagemaker_ie.aws.install import sync
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, asked_of_account, default_region
from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.clock import explain_vain_waits, running_clock
from pytest_sagemaker_ie.core.arns import is_account_id, is_region
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.errors import FaultError
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.core.wire import from_seconds, milliseconds

_Function = TypeVar("_Function", bound=Callable[..., Any])


def now() -> int:
    """Return the time that `datetime` shows, in milliseconds since the epoch.

    Each call reads it, so freezegun and time-machine move it.
    """
    clock = running_clock()  # shows the same time as `datetime`, and takes a tenth as long
    if clock is not None:
        return from_seconds(clock.reading("time"))
    return milliseconds(datetime.datetime.now(datetime.timezone.utc))


def wait(seconds: float) -> None:
    """Move the virtual clock on by the time that an answer takes.

    Raises:
        FaultError: no virtual clock runs.
    """
    clock = running_clock()
    if clock is None:
        raise FaultError(
            "An answer takes its time by the virtual clock, and none runs: use the fixture sagemaker_ie_clock, or"
            " virtual_clock()."
        )
    clock.wait(seconds)


def outlook() -> list[str]:
    """Return lines that show the last calls of the active accounts, and what is still to come in them."""
    return [line for account in active_accounts() for line in account.outlook()]


def nothing_to_come() -> bool:
    """Whether the last calls repeat the same few looks, and no experiment will move by itself."""
    accounts = active_accounts()
    return all(account.is_at_rest() for account in accounts) and any(_repeat(account.calls) for account in accounts)


def _repeat(calls: list[Call]) -> bool:
    last = calls[-1000:]
    are_looks = len(last) == 1000 and all(call.operation.startswith(("Describe", "List")) for call in last)
    return are_looks and len(set(map(repr, last))) <= 10


explain_vain_waits(outlook, nothing_to_come)


class UnspentFaultError(AssertionError):
    """A test scripted a fault or a failure that did not happen."""


class Mock:
    """What `mock_inference_experiments` returns: a context manager and a decorator."""

    def __init__(self, region: str | None, account_id: str, parameter_validation: bool) -> None:
        self._arguments = (region, account_id, parameter_validation)
        self._entered: list[Service] = []

    def __enter__(self) -> InferenceExperimentBackend:
        region, account_id, parameter_validation = self._arguments
        service = Service(
            service_model(),
            region=default_region(region),
            account_id=account_id,
            now=now,
            wait=wait,
            parameter_validation=parameter_validation,
        )
        if region is not None:
            asked_of_account[service] = region
        self._entered.append(service)
        try:
            activate(service)
            sync()
        except BaseException:  # a library lacks a name, or the user interrupts
            self._leave()
            raise
        return InferenceExperimentBackend(service)

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
        service = self._entered.pop()
        deactivate(service)
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
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def in_coroutine(*args: Any, **kwargs: Any) -> Any:
                with Mock(*self._arguments):
                    return await function(*args, **kwargs)

            return cast("_Function", in_coroutine)

        @functools.wraps(function)
        def in_function(*args: Any, **kwargs: Any) -> Any:
            with Mock(*self._arguments):
                return function(*args, **kwargs)

        return cast("_Function", in_function)


@overload
def mock_inference_experiments(
    *, region: str | None = ..., account_id: str = ..., parameter_validation: bool = ...
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
) -> Any:
    """Answer every SageMaker client's inference-experiment calls from an account in memory.

    Use it as a context manager, which gives the `InferenceExperimentBackend`, or as a decorator of functions and
    coroutine functions, with or without the parentheses. Each entry begins with an empty account. Entered while
    another is active, the inner one answers until it is left.

    Args:
        function: the function to decorate, when used without the parentheses.
        region: the region of clients and seeds that name none. By default that of boto3's default session, or the one
            that is configured (AWS_DEFAULT_REGION or the AWS config file), or else ``"us-east-1"``.
        account_id: the twelve digits in the ARNs.
        parameter_validation: whether requests and seeds are held to the service model's lengths and patterns of
            strings, as of names and ARNs. The rest of the model always holds.

    Raises:
        ValueError: `region` or `account_id` is not of the right form.
    """
    if function is not None and not callable(function):
        raise TypeError(f"mock_inference_experiments() takes keywords only, such as region={function!r}")
    if region is not None and not is_region(region):
        raise ValueError(f"{region!r} is not the name of a region, such as 'eu-west-1'")
    if not is_account_id(account_id):
        raise ValueError(f"{account_id!r} is not an account id: twelve digits, such as {DEFAULT_ACCOUNT_ID!r}")
    mock = Mock(region, account_id, parameter_validation)
    return mock if function is None else mock(function)
