"""Which account answers a SageMaker client: the one that was entered last and is still active.

"Last" is in the caller's own thread or task, if one was entered there: it goes before one that was entered elsewhere,
even later, so two tests in two threads stay apart. A thread that entered none, such as a worker of a pool, is answered
by the account that the process entered last: a new thread does not know who started it. A child process is answered by
none, because what it changed would be lost; `active_account` says so. That holds for children that `multiprocessing`
starts; one that the code starts by itself loads nothing of this.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.service import Service

_active: "list[Service]" = []
_entered_here: "ContextVar[tuple[Service, ...]]" = ContextVar("entered_here", default=())
listeners: "list[Callable[[Service], None]]" = []
"""The last of them is told of each account that is activated."""
_process = os.getpid()
guards: list[int] = []
"""The processes that have begun a guarded run, in which SageMaker's requests are refused that no account answers."""
_parent: int | None = None
"""In a forked child that has entered an account of its own: the process whose accounts it has left behind."""


class OperationNotAnswered(NotImplementedError):  # noqa: N818 - it reads as what happened
    """A SageMaker client of a stubbed test made a call that is not answered here; nothing was sent."""


def activate(account: "Service") -> None:
    """Let `account` answer every SageMaker client, before those activated earlier."""
    global _process, _parent
    if _process != os.getpid():  # a forked child begins anew
        _parent = _process if is_active() else None
        _active.clear()
        _process = os.getpid()
    _active.append(account)
    _entered_here.set((*_entered_here.get(), account))
    if listeners:
        listeners[-1](account)


def deactivate(account: "Service") -> None:
    """Take `account` back out."""
    if account in _active:  # a forked child has forgotten those of its parent
        _active.remove(account)
    _entered_here.set(tuple(each for each in _entered_here.get() if each is not account))


def is_active() -> bool:
    """Whether SageMaker clients are answered now."""
    return bool(_active) or _parent is not None


def active_account() -> "Service | None":
    """Return the account that answers the caller, or `None` if there is none.

    Raises:
        OperationNotAnswered: this is a child of the process in which the accounts are.
    """
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
        if account in active:  # left in another thread or task, it would linger in this one
            return account
    return active[-1]


def active_accounts() -> "list[Service]":
    """Return the accounts that are active in this process, the one entered last at the end."""
    return list(_active)


def note_unanswered(operation: str, reason: str) -> None:
    """Record with the active account that a SageMaker call was not answered: what refuses or stops a call says so."""
    with suppress(OperationNotAnswered):  # in a child process there is no account to note it with
        account = active_account()
        if account is not None:
            account.unanswered.append((operation, reason))


def begin_as_child(parent: int, *, active: bool, guarded: bool) -> None:
    """In a child that was not forked: have what the process `parent` had when it started this one."""
    global _parent
    _parent = parent if active else None
    guards.extend([parent] * guarded)
