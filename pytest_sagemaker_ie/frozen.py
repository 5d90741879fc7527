"""The clock that a test's decorator is going to set.

``@freeze_time`` and ``@time_machine.travel`` begin when pytest calls the test function, after its fixtures were set up.
The markers' experiments are seeded in the set-up, yet they should fit the time that the test will see.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

__all__ = ["frozen_by_decorator"]

# By the module that has it: the class of the object that the decorator's wrapper keeps, itself a context manager.
_CLOCKS: Final = {"freezegun.api": "_freeze_time", "time_machine": "travel"}


def frozen_by_decorator(function: Any) -> AbstractContextManager[Any]:
    """Return a context in which `datetime` shows what it will show inside `function`."""
    classes = tuple(
        getattr(sys.modules[module], name) for module, name in _CLOCKS.items() if hasattr(sys.modules.get(module), name)
    )
    while classes and function is not None:
        for cell in getattr(function, "__closure__", None) or ():
            if isinstance(cell.cell_contents, classes):
                clock: AbstractContextManager[Any] = cell.cell_contents
                return clock
        function = getattr(function, "__wrapped__", None)
    return nullcontext()
