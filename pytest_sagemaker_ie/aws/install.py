"""Applies the table of patches when the first account is entered, and undoes it when the last one is left.

`sync` compares what is applied with what is needed now, so it may be called at any time, in any thread, and again after
an interruption. What other code has put over a patch stays; the patch below passes everything on while no account is
active, and goes once it comes to light. While rows are applied, an import hook applies those of modules that are
imported later. Before and after, there is no hook.
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
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, NamedTuple, cast

from pytest_sagemaker_ie.activation import active_accounts, guarded, is_active, is_guarded
from pytest_sagemaker_ie.aws.patches import ACCOUNT, GUARD, REGION, TABLE, Patch
from pytest_sagemaker_ie.aws.region import asked_by_suite, is_asked_by_suite

__all__ = ["Steps", "UnsupportedVersionError", "in_run", "sync", "wrapped"]

Steps = Generator[tuple[tuple[Any, ...], dict[str, Any]], Any, Any]
"""What a patch does with a call: it returns an answer at once, or yields the arguments to go on with, is sent the
result, and returns what the caller gets."""

_PYTHONS_SPAWN: Final = "multiprocessing.spawn"


class UnsupportedVersionError(RuntimeError):
    """An installed library lacks a name that an account cannot do without."""


class _Applied(NamedTuple):
    patch: Patch
    owner: Any
    name: str
    old: Any
    new: Any


_lock = threading.RLock()
_applied: dict[tuple[int, str], _Applied] = {}
_made: dict[Patch, _Applied] = {}
"""What each row was applied with last, which is mostly what it is applied with next."""
_covered: list[_Applied] = []
"""What could not be undone, because something else stands in its place; it may be put back later."""
_done_for: int | None = 0
_warned: set[Patch] = set()
_spawning: tuple[int, list[ModuleType]] = (0, [])
"""How many modules there were, and those among them that start processes."""


def sync() -> None:
    """Let each row of the table be applied if it is needed now, and not otherwise.

    Raises:
        UnsupportedVersionError: an account is active, and a library lacks a name that it needs.
    """
    global _done_for
    if _needed() == _done_for and not _covered:
        return
    is_used = bool(active_accounts())  # not so in a child that refuses
    if is_used:  # not under the lock: an import has a lock of its own, and the hook in it waits for this one
        importlib.import_module("boto3")
    with _lock:
        needed = _needed()
        _done_for = None
        _covered[:] = [each for each in _covered if not _undo(each)]
        for key, each in [*_applied.items()][::-1]:
            if not needed & each.patch.needed:
                del _applied[key]
                if not _undo(each):
                    _covered.append(each)
        missing = [patch for patch in TABLE if needed & patch.needed and not _apply_where_it_is(patch)]
        if not needed:
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not _hook]
        elif _hook not in sys.meta_path:
            sys.meta_path.insert(0, _hook)
        _done_for = needed
    for patch in missing if is_used else ():
        _tell(patch)


@contextmanager
def in_run(region: str | None, guard: bool) -> Iterator[None]:
    """Have a region for clients that are made while modules are imported, and a guard, as a run wants them."""
    with ExitStack() as stack:
        stack.callback(sync)
        if region:
            stack.enter_context(asked_by_suite(region))
        if guard:
            stack.enter_context(guarded())
        sync()
        yield


def _needed() -> int:
    return ACCOUNT * is_active() | GUARD * is_guarded() | REGION * is_asked_by_suite()


def _apply_where_it_is(patch: Patch) -> bool:
    """Apply a row in the modules that it is about; return whether none of them lacks the name."""
    global _spawning
    if not patch.module.startswith("*"):
        module = sys.modules.get(patch.module)
        return not patch.module.startswith("botocore.") if module is None else _apply(patch, module)
    if _spawning[0] != len(sys.modules):
        spawning = [module for name, module in list(sys.modules.items()) if _is_for(name, patch)]
        _spawning = (len(sys.modules), spawning)
    lacking = [module.__name__ for module in _spawning[1] if not _apply(patch, module)]
    return _PYTHONS_SPAWN not in lacking


def _is_for(name: str, patch: Patch) -> bool:
    return name == patch.module or (patch.module.startswith("*") and name.endswith(patch.module[1:]))


def _apply(patch: Patch, module: ModuleType) -> bool:
    """Apply a row in a module, unless it is applied there; return whether the module has its name."""
    outer, _, name = patch.attribute.rpartition(".")
    owner = getattr(module, outer, None) if outer else module
    current = getattr(owner, "__dict__", {}).get(name)  # its own, not what it inherits
    if current is None:
        return False
    if (id(owner), name) not in _applied:
        kept = _made.get(patch)
        if kept is None or kept.owner is not owner or kept.old is not current:
            kept = _made[patch] = _Applied(patch, owner, name, current, wrapped(_steps(patch), current))
        _applied[id(owner), name] = kept
        setattr(owner, name, kept.new)
    return True


def _undo(applied: _Applied) -> bool:
    """Put back what was replaced; return whether it is there."""
    if vars(applied.owner).get(applied.name) is applied.new:
        setattr(applied.owner, applied.name, applied.old)
    return vars(applied.owner).get(applied.name) is applied.old


def _steps(patch: Patch) -> Callable[..., Steps]:
    module, _, function = patch.steps.partition(".")
    # By its full name, which no import in a nested run of pytest can make another's.
    steps: Callable[..., Steps] = getattr(importlib.import_module(f"pytest_sagemaker_ie.aws.{module}"), function)
    return steps


def wrapped(steps: Callable[..., Steps], old: Any) -> Any:
    """Return what stands for `old`, a function or a coroutine function, and does what `steps` says."""
    if inspect.iscoroutinefunction(old):

        @functools.wraps(old)
        async def in_coroutine(*args: Any, **kwargs: Any) -> Any:
            going = steps(*args, **kwargs)
            try:
                args, kwargs = next(going)
            except StopIteration as answered:
                return answered.value
            try:
                result = await old(*args, **kwargs)
            except BaseException as error:
                return _end(going.throw, error)
            return _end(going.send, result)

        return in_coroutine

    @functools.wraps(old)
    def in_function(*args: Any, **kwargs: Any) -> Any:
        going = steps(*args, **kwargs)
        try:
            args, kwargs = next(going)
        except StopIteration as answered:
            return answered.value
        try:
            result = old(*args, **kwargs)
        except BaseException as error:
            return _end(going.throw, error)
        return _end(going.send, result)

    return in_function


def _end(go_on: Callable[[Any], object], value: Any) -> Any:
    result = None
    try:
        go_on(value)
    except StopIteration as end:
        result = end.value
    return result


def _tell(patch: Patch) -> None:
    """Say that a name is missing: an error if an account can't do without it, and a warning, once, if it can."""
    module = patch.module.replace("*", "multiprocessing")
    package = module.partition(".")[0]
    version = platform.python_version() if package == "multiprocessing" else importlib.metadata.version(package)
    named = "Python" if package == "multiprocessing" else package
    message = (
        f"pytest-sagemaker-ie does not fit {named} {version}, which has no {module}.{patch.attribute}; the patch there"
        f" {patch.why}. Upgrade pytest-sagemaker-ie, or pin {named} below {version}."
    )
    if patch.required:
        raise UnsupportedVersionError(message)
    if patch not in _warned:
        _warned.add(patch)
        warnings.warn(message, RuntimeWarning, stacklevel=2)


def _renew_lock() -> None:
    """In a forked child: a thread that held the lock is not there to release it."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class _Hook(importlib.abc.MetaPathFinder):
    """Applies the rows of modules that are imported while rows are applied."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if any(_is_for(fullname, patch) for patch in TABLE):
            for finder in sys.meta_path:
                spec = None if finder is self else finder.find_spec(fullname, path, target)
                if spec is not None and spec.loader is not None:
                    spec.loader = cast("importlib.abc.Loader", _Loader(spec.loader))
                    return spec
        return None


class _Loader:
    """Loads a module as its own loader does, and then applies the rows that are about it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        with _lock:
            for patch in TABLE:
                if _is_for(module.__name__, patch) and _needed() & patch.needed:
                    _applied.pop((id(module), patch.attribute), None)  # a reload has made it anew
                    _apply(patch, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


_hook: Final = _Hook()
