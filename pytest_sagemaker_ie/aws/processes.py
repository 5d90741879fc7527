"""Child processes that are not forked: they refuse what their parent would answer.

`multiprocessing` and the libraries that copy it send data to such a child. When the child unpickles an object in these
data, it loads this package, before any code of the test.
"""

import os
from pathlib import Path
from typing import Any

from pytest_sagemaker_ie import activation
from pytest_sagemaker_ie.aws.patches import Steps

_FOLDER = str(Path(__file__).parents[2])


def prepare(*args: Any, **kwargs: Any) -> Steps:
    """Patch how the data for a child are made: add the object that makes the child refuse calls."""
    data = yield args, kwargs
    if activation.is_active() or activation.guards:
        data["sagemaker_ie"] = _BeginsWhereItIsLoaded()
    return data


class _BeginsWhereItIsLoaded:
    """Calls `begin_as_child` when it is unpickled, in a child whose ``sys.path`` may not be set yet."""

    def __reduce__(self) -> Any:
        parent, active, guarded = os.getpid(), activation.is_active(), bool(activation.guards)
        return exec, (
            f"import sys\nsys.path.append({_FOLDER!r})\n"
            "try:\n    from pytest_sagemaker_ie.activation import begin_as_child\n"
            "    from pytest_sagemaker_ie.aws.install import sync\nfinally:\n    sys.path.pop()\n"
            f"begin_as_child({parent}, active={active}, guarded={guarded})\nsync()",
            {},
        )
