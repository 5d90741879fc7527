"""Waiting for botocore: its modules are prepared when somebody imports them, so that nobody has to.

To import botocore costs more than most test suites' set-up, so the plugin does not do it. A finder at the head of
`sys.meta_path` notices the import of the modules that matter and lets `botocore_hook` prepare them. It knows nothing of
what the preparations do.
"""

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

__all__ = ["install"]

_PREPARATIONS: Final = {
    "botocore.session": "prepare_session",
    "botocore.endpoint": "prepare_endpoint",
    "aiobotocore.session": "prepare_async_session",
    "aiobotocore.endpoint": "prepare_async_endpoint",
}
"""What `botocore_hook` does with each module."""

_PREPARED: Final = "_prepared_for_sagemaker_ie"


def install() -> None:
    """See to it that botocore's modules, loaded or yet to load, are prepared. Calling it again does nothing."""
    if any(isinstance(finder, _PreparesImports) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _PreparesImports())
    for name in _PREPARATIONS:
        if name in sys.modules:
            _prepare(sys.modules[name])


def _prepare(module: ModuleType) -> None:
    if not hasattr(module, _PREPARED):
        from pytest_sagemaker_ie import botocore_hook

        getattr(botocore_hook, _PREPARATIONS[module.__name__])(module)
        setattr(module, _PREPARED, True)


class _PreparesImports(importlib.abc.MetaPathFinder):
    """Prepares the modules of botocore and aiobotocore when somebody imports them."""

    def __init__(self) -> None:
        self._looking: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _PREPARATIONS or fullname in self._looking:
            return None
        self._looking.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)  # which asks this finder as well
        finally:
            self._looking.discard(fullname)
        if spec is None or spec.loader is None:
            return None
        execute: Callable[[ModuleType], None] = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            vars(module).pop(_PREPARED, None)  # a reload leaves it there, and makes the classes anew
            _prepare(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
