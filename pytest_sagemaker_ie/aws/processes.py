"""Child processes that are not forked: they are told to refuse what their parent would answer.

A forked child has what its parent has. Other children are sent data to begin with, by `multiprocessing` and by what
copies it. Something in these data makes the child load this package when it is unpickled, before anything of the test.
"""

import os
from pathlib import Path
from typing import Any

from pytest_sagemaker_ie import activation
from pytest_sagemaker_ie.aws.patches import Steps

_FOLDER = str(Path(__file__).parents[2])


def prepare(*args: Any, **kwargs: Any) -> Steps:
    """Patch how the data for a child are made."""
    data = yield args, kwargs
    if activation.is_active() or activation.guards:
        data["sagemaker_ie"] = _BeginsWhereItIsLoaded()
    return data


class _BeginsWhereItIsLoaded:
    """Is unpickled in the child, whose ``sys.path`` may not have been set yet."""

    def __reduce__(self) -> Any:
        parent, active, guarded = os.getpid(), activation.is_active(), bool(activation.guards)
        return exec, (
            f"import sys\nsys.path.append({_FOLDER!r})\n"
            "try:\n    from pytest_sagemaker_ie.aws.processes import begin\nfinally:\n    sys.path.pop()\n"
            f"begin({parent}, active={active}, guarded={guarded})",
            {},
        )


def begin(parent: int, *, active: bool, guarded: bool) -> None:
    """Refuse what the process `parent` would answer, and what it would refuse: this is a child of it."""
    from pytest_sagemaker_ie.aws.install import sync

    activation.begin_as_child(parent, active=active, guarded=guarded)
    sync()
