"""The examples of a hypothesis test: each has an account of its own, with what the test's markers seed.

hypothesis calls one test function many times between one set-up and one tear-down of the fixtures. It lets plugins wrap
that function, its "inner test".
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_sagemaker_ie.plugin.fixtures import account_of
from pytest_sagemaker_ie.plugin.markers import refuse_unspent


def with_own_account(item: Any, inner_test: Callable[..., Any]) -> Callable[..., Any]:
    """Return `inner_test`, a function or a coroutine function, so that each call of it enters an account of its own."""
    of_set_up = item.funcargs["sagemaker_ie_backend"]

    @contextmanager
    def own_account(arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with account_of(item) as backend:
            yield {name: backend if value is of_set_up else value for name, value in arguments.items()}
        refuse_unspent(backend)

    @functools.wraps(inner_test)
    def example(*args: Any, **kwargs: Any) -> Any:
        with own_account(kwargs) as arguments:
            return inner_test(*args, **arguments)

    @functools.wraps(inner_test)
    async def async_example(*args: Any, **kwargs: Any) -> Any:
        with own_account(kwargs) as arguments:
            return await inner_test(*args, **arguments)

    return async_example if inspect.iscoroutinefunction(inner_test) else example
