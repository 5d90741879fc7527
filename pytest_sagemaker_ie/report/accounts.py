"""Which accounts a test has used, and what they had seen before it.

An account may be older than the test: one of a module's fixture, say. What it answered before is no part of the test.
"""

from typing import TYPE_CHECKING, NamedTuple

from pytest_sagemaker_ie.activation import active_accounts

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Service

__all__ = ["UsedAccount", "UsedAccounts"]


class UsedAccount(NamedTuple):
    """One account, and where the test began in its record."""

    account: "Service"
    is_older: bool
    """Whether it was active before the test began."""
    calls_before: int
    steps_before: dict[int, int]
    """How many steps each experiment had taken when the test began, by the `id` of its state; for those who count them,
    and keep all accounts."""

    def calls(self) -> "list[Call]":
        """Return the calls that it answered for the test."""
        return self.account.calls[self.calls_before :]

    def is_used(self) -> bool:
        """Whether the test has anything to do with it: one that is older may be there for others."""
        return not self.is_older or len(self.account.calls) > self.calls_before


class UsedAccounts(list[UsedAccount]):
    """The accounts that are active when a test begins, and those that are activated while it runs.

    Of many, the last ones are kept: an account that a test has left would be gone otherwise, with all that it holds.
    """

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._most = most

    def begin(self) -> None:
        """Begin anew: the test is set up, perhaps once more."""
        self[:] = [
            UsedAccount(each, True, len(each.calls), {} if self._most else _steps_of(each))
            for each in active_accounts()
        ]

    def entered(self, account: "Service") -> None:
        """Take in an account that has just been activated."""
        self.append(UsedAccount(account, False, 0, {}))
        if self._most is not None:
            del self[: -self._most]


def _steps_of(account: "Service") -> dict[int, int]:
    return {id(state): len(state.steps) for state in account.states()}
