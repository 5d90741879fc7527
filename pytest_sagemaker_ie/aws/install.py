"""Applies the table of patches when the first account is entered, and undoes it when the last one is left.

`sync` compares what is applied with what is wanted, so any thread can call it at any time. If other code has replaced a
patch, `sync` leaves that in place, and removes the patch after the other code has put it back. While patches are
applied, an import hook patches the modules that are imported later.
"""

import functools
import importlib
import importlib.abc
import importlib.metadata
import inspect
import os
import platform
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, cast

from pytest_sagemaker_ie.activation import active_accounts, guards, is_active
from pytest_sagemaker_ie.aws.patches import TABLE, Patch, Steps
from pytest_sagemaker_ie.aws.region import regions_of_run


class UnsupportedVersionError(RuntimeError):
    """An installed library lacks a name that an account needs."""


_lock = threading.RLock()
_applied: dict[tuple[Any, str], tuple[Any, Any]] = {}  # by owner and name, the original and its replacement
_covered: list[tuple[Any, str, Any, Any]] = []
"""Owner, name, original and replacement of the patches that other code has replaced, so they are not undone yet."""
_warned: set[Patch] = set()


def sync() -> None:
    """Apply the patches if an account is active or a run has a guard or a region; otherwise undo them."""
    is_used = bool(active_accounts())  # False in a child process that refuses calls
    if is_used:  # before the lock is taken: an import locks its module, and the hook then waits for this lock
        importlib.import_module("boto3")
    missing = []
    with _lock:
        is_wanted = is_active() or guards or regions_of_run
        if not is_wanted:
            _covered.extend((*place, *values) for place, values in _applied.items())
            _applied.clear()
        if not _applied:
            _covered[:] = [each for each in _covered if not _undo(*each)]
        if is_wanted:
            missing = [patch for patch in TABLE if not _apply_where_it_is(patch)]
            if _hook not in sys.meta_path:
                sys.meta_path.insert(0, _hook)
        elif _hook in sys.meta_path:
            sys.meta_path.remove(_hook)
    for patch in missing if is_used else ():
        _tell(patch)


@contextmanager
def in_run(region: str | None, guard: bool) -> Iterator[None]:
    """While a run lasts, have a guard, and a region for clients, also for those made without an account."""
    before = regions_of_run[:], guards[:]
    regions_of_run.extend([region] if region else [])
    guards.extend([os.getpid()] if guard else [])
    try:
        sync()
        yield
    finally:
        regions_of_run[:], guards[:] = before
        sync()


def _apply_where_it_is(patch: Patch) -> bool:
    """Apply a row in those of its modules that are imported; return whether each of them has the name."""
    if not patch.module.startswith("*"):
        module = sys.modules.get(patch.module)
        return not patch.module.startswith("botocore.") if module is None else _apply(patch, module)
    names = _names_of_spawning(len(sys.modules))
    lacking = [name for name in names if name in sys.modules and not _apply(patch, sys.modules[name])]
    return "multiprocessing.spawn" not in lacking


@functools.lru_cache(maxsize=1)
def _names_of_spawning(_: int) -> list[str]:
    """Return the names of the modules that start processes; the number of modules is the key of the cache."""
    return [name for name in list(sys.modules) if name.endswith(".spawn")]


def _apply(patch: Patch, module: ModuleType) -> bool:
    """Apply a row in a module, unless it is applied there; return whether the module has its name."""
    outer, _, name = patch.attribute.rpartition(".")
    owner = getattr(module, outer, None) if outer else module
    current = getattr(owner, "__dict__", {}).get(name)  # not an inherited one
    if current is None:
        return False
    if (owner, name) not in _applied:
        new = wrapped(patch.steps, current)
        _applied[owner, name] = current, new
        setattr(owner, name, new)
    return True


def _undo(owner: Any, name: str, old: Any, new: Any) -> bool:
    """Put back what was replaced, unless other code replaced the patch; return whether it is back."""
    if vars(owner).get(name) is new:
        setattr(owner, name, old)
    return vars(owner).get(name) is old


@functools.lru_cache(maxsize=64)
def wrapped(steps: str, old: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does what `steps` says, for `old`, which is a function or a coroutine function."""
    module, _, function = steps.partition(".")
    # By its full name: a nested run of pytest may have replaced the attributes of packages.
    start: Callable[..., Steps] = getattr(importlib.import_module(f"pytest_sagemaker_ie.aws.{module}"), function)
    is_async = inspect.iscoroutinefunction(old)

    @functools.wraps(old)
    async def in_coroutine(*args: Any, **kwargs: Any) -> Any:
        going = start(*args, **kwargs)
        try:
            args, kwargs = next(going)
            try:
                result = (await old(*args, **kwargs)) if is_async else old(*args, **kwargs)
            except BaseException as error:
                going.throw(error)
            else:
                going.send(result)
        except StopIteration as end:
            return end.value

    @functools.wraps(old)
    def in_function(*args: Any, **kwargs: Any) -> Any:
        return at_once(in_coroutine(*args, **kwargs))

    return in_coroutine if is_async else in_function


def at_once(result: Any) -> Any:
    """Return `result`, or what a coroutine returns that waits for nothing, such as an async client's parser."""
    if inspect.iscoroutine(result):
        try:
            result.send(None)
        except StopIteration as end:
            return end.value
    return result


def _tell(patch: Patch) -> None:
    """Raise an error for a missing name if an account needs it; otherwise warn once."""
    module = patch.module.replace("*", "multiprocessing")
    package = module.partition(".")[0]
    if package == "multiprocessing":
        package, version = "Python", platform.python_version()
    else:
        version = importlib.metadata.version(package)
    message = (
        f"pytest-sagemaker-ie does not fit {package} {version}, which has no {module}.{patch.attribute}; the patch"
        f" there {patch.why}. Upgrade pytest-sagemaker-ie, or pin {package} below {version}."
    )
    if patch.required:
        raise UnsupportedVersionError(message)
    if patch not in _warned:
        _warned.add(patch)
        warnings.warn(message, RuntimeWarning, stacklevel=2)


def _renew_lock() -> None:
    """Make a new lock in a forked child: the thread that held the old one does not exist there."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class _Hook(importlib.abc.MetaPathFinder):
    """Patches the modules that are imported while patches are applied."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.endswith(".spawn") or any(fullname == patch.module for patch in TABLE):
            for finder in sys.meta_path:
                spec = None if finder is self else finder.find_spec(fullname, path, target)
                if spec is not None and spec.loader is not None:
                    spec.loader = cast("importlib.abc.Loader", _Loader(spec.loader))
                    return spec
        return None


class _Loader:
    """Loads a module with the module's own loader, and then patches it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        with _lock:
            for patch in TABLE if _hook in sys.meta_path else ():
                _apply_where_it_is(patch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


_hook: Final = _Hook()
