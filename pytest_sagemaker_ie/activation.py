"""Which account answers a SageMaker client: the one that was entered last and is still active.

An account that the caller's own thread or task entered goes before an account that another one entered later, so two
tests in two threads do not mix. A thread that entered none, such as a worker of a pool, gets the account that the
process entered last, because a new thread does not know which thread started it. A child process that `multiprocessing`
starts gets none, because its changes would be lost.
"""

import os
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sagemaker_ie.core.service import Service

_active: "list[Service]" = []
_entered_here: "ContextVar[tuple[Service, ...]]" = ContextVar("entered_here", default=())
listeners: "list[Callable[[Service], None]]" = []  # the last of them is called with each account that is activated
_process = os.getpid()
guards: list[int] = []
"""The ids of the processes that began a guarded run, which refuses SageMaker requests that no account answers."""
_parent: int | None = None
"""In a child process: the id of the parent, if the parent's accounts would answer here."""


class OperationNotAnswered(NotImplementedError):  # noqa: N818 - it reads as what happened
    """A SageMaker client made a call that pytest-sagemaker-ie does not answer. Nothing was sent."""

    __module__ = "pytest_sagemaker_ie"


def activate(account: "Service") -> None:
    """Let `account` answer every SageMaker client, before the accounts that are active already."""
    global _process, _parent
    if _process != os.getpid():  # a forked child, which begins without accounts
        _parent = _process if is_active() else None
        _active.clear()
        _process = os.getpid()
    _active.append(account)
    _entered_here.set((*(each for each in _entered_here.get() if each in _active), account))
    if listeners:
        listeners[-1](account)


def deactivate(account: "Service") -> None:
    """Let `account` answer no more."""
    if account in _active:  # not in a forked child, which has dropped its parent's accounts
        _active.remove(account)
    _entered_here.set(tuple(each for each in _entered_here.get() if each is not account))


def is_active() -> bool:
    """Whether SageMaker clients are answered now."""
    return bool(_active) or _parent is not None


def active_account() -> "Service | None":
    """Return the account that answers the caller, or `None`; raise `OperationNotAnswered` in a child process."""
    active = tuple(_active)  # other threads may change it
    if not active and _parent is None:
        return None
    if not active or _process != os.getpid():
        raise OperationNotAnswered(
            f"This call was made in a child process ({os.getpid()}) of the test's ({_parent or _process}), and nothing"
            " was sent to AWS. The experiments are in the test's process: use threads instead, give the child the"
            " environment of the fixture sagemaker_ie_server, or enter mock_inference_experiments() in the child, which"
            " begins with an empty account."
        )
    for account in reversed(_entered_here.get()):
        if account in active:  # another thread or task may have left it
            return account
    return active[-1]


def active_accounts() -> "list[Service]":
    """Return the accounts that are active in this process, the last one entered at the end."""
    return list(_active)


def note_unanswered(operation: str, reason: str) -> None:
    """Record with the active account that it did not answer a SageMaker call, and why."""
    with suppress(OperationNotAnswered):  # a child process has no account
        account = active_account()
        if account is not None:
            account.unanswered.append((operation, reason))


def begin_as_child(parent: int, *, active: bool, guarded: bool) -> None:
    """In a child that was not forked: refuse what the process `parent` would answer or refuse."""
    global _parent
    _parent = parent if active else None
    guards.extend([parent] * guarded)
