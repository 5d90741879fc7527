"""Waiting for botocore: its modules are prepared when somebody imports them, so that nobody has to.

To import botocore costs more than most test suites' set-up, so the plugin does not do it. A finder at the head of
`sys.meta_path` notices the import of the modules that matter and lets `answering` prepare them. It knows nothing of
what the preparations do.
"""

import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

__all__ = ["install"]

_PREPARATIONS: Final = {
    "botocore.session": "prepare_session",
    "botocore.endpoint": "prepare_endpoint",
    "moto.core.models": "prepare_moto",
    "multiprocessing.spawn": "prepare_spawning",
    "aiobotocore.session": "prepare_async_session",
    "aiobotocore.endpoint": "prepare_async_endpoint",
    "botocore.retries.adaptive": "prepare_limits",
    "aiobotocore.retries.adaptive": "prepare_async_limits",
}
"""What `answering` does with each module."""

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
        from pytest_sagemaker_ie.aws import answering

        getattr(answering, _PREPARATIONS[module.__name__])(module)
        setattr(module, _PREPARED, True)


class _PreparesImports(importlib.abc.MetaPathFinder):
    """Prepares the modules of botocore and aiobotocore when somebody imports them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _PREPARATIONS:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _PreparingLoader(spec.loader)
                return spec
        return None


class _PreparingLoader(importlib.abc.Loader):
    """Loads a module as its own loader does, and then prepares it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        vars(module).pop(_PREPARED, None)  # a reload leaves it there, and makes the classes anew
        _prepare(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # what a loader can do beside: get_source, get_data, ...
