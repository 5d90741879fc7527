"""What the current test used, and the hooks that a run needs once a test uses the plugin."""

import functools
import inspect
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from pytest_sagemaker_ie.activation import active_accounts
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.plugin import failure_section
from pytest_sagemaker_ie.plugin.options import SUITE_REPORT
from pytest_sagemaker_ie.report.timeline import UsedAccount


class InUse:
    """What the current test of a run used, and the hooks."""

    def __init__(self, config: pytest.Config) -> None:
        # The report over the suite counts the calls of all accounts. The section of a failure shows the last ones.
        most = None if config.pluginmanager.has_plugin(SUITE_REPORT) else failure_section.LAST
        self.accounts: deque[UsedAccount] = deque(maxlen=most)
        self.requests: list[Any] = []  # those of the fixtures that must end with the test
        self.failed = False  # or skipped; then a scripted fault that did not happen is not an error

    def begin(self) -> None:
        """Forget the last test, or the last run of this test: a plugin may run it again."""
        self.failed = False
        self.accounts.clear()
        for each in active_accounts():
            each.first_of_test = len(each.calls)
            self.accounts.append(UsedAccount(each, is_older=True))

    def entered(self, account: Service) -> None:
        """Note an account that the test entered."""
        self.accounts.append(UsedAccount(account))

    def end(self) -> None:
        """End the plugin's fixtures. After SystemExit in a finalizer, pytest would end them only with the next test."""
        self.failed = True  # if pytest has not ended a fixture yet, its test failed
        with ExitStack() as stack:  # it calls each function, the last one first, even after an error
            # A fixture of the suite may have undone a patch.
            for module, put_right in (("clock.stand_ins", "put_right"), ("aws.install", "sync")):
                loaded = sys.modules.get(f"pytest_sagemaker_ie.{module}")
                if loaded is not None:
                    stack.callback(getattr(loaded, put_right))
            while self.requests:
                request = self.requests.pop(0)
                stack.callback(request._fixturedef.finish, request)  # does nothing if pytest has ended it

    def pytest_keyboard_interrupt(self) -> None:
        """Treat an interrupted test as failed. It has no report, and pytest ends its fixtures with the run."""
        self.failed = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Give each example of a hypothesis test its own account, if the test has one.

        hypothesis calls its "inner test" once for each example. A plugin may wrap the inner test.
        """
        hypothesis: Any = getattr(getattr(item, "obj", None), "hypothesis", None)
        if hypothesis is None or "sagemaker_ie_backend" not in getattr(item, "funcargs", ()):
            return (yield)
        inner_test = hypothesis.inner_test
        hypothesis.inner_test = _with_own_account(self, item, inner_test)
        try:
            return (yield)
        finally:
            hypothesis.inner_test = inner_test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: "pytest.CallInfo[None]"
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the section to the report of a failure."""
        report = yield
        self.failed |= not report.passed
        if report.failed:
            failure_section.add_section(report, item, call, list(self.accounts))
        return report


def _with_own_account(test: InUse, item: Any, inner_test: Callable[..., Any]) -> Callable[..., Any]:
    from pytest_sagemaker_ie.plugin.markers import account_of

    of_set_up = item.funcargs["sagemaker_ie_backend"]

    @contextmanager
    def own_account(arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with account_of(item, test) as backend:
            yield {name: backend if value is of_set_up else value for name, value in arguments.items()}

    @functools.wraps(inner_test)
    def example(*args: Any, **kwargs: Any) -> Any:
        with own_account(kwargs) as arguments:
            return inner_test(*args, **arguments)

    @functools.wraps(inner_test)
    async def async_example(*args: Any, **kwargs: Any) -> Any:
        with own_account(kwargs) as arguments:
            return await inner_test(*args, **arguments)

    return async_example if inspect.iscoroutinefunction(inner_test) else example
