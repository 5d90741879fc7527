"""The stand-ins for `time`'s functions while a clock runs, and the places that get them.

A stand-in replaces its function among the names of every module, the defaults of every function, and the attributes
and static methods of every class. The search reads no other object, so it runs no code of other libraries. What a test
itself has put into such a place stays there.
"""

import functools
import gc
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, NoReturn
from unittest.mock import patch

from freezegun import api, freeze_time

from pytest_sagemaker_ie.clock import REAL, clock_here

# These wait for something real, such as a process or a connection. hypothesis measures how long an example takes.
_REAL_FOR: Final = frozenset({"_pytest", "hypothesis", "multiprocessing", "socketserver", "subprocess"})
# These measure real waits. A sleep that they call is the code's own: the target of a thread, or the job of a pool.
_READ_REAL_TIME: Final = frozenset({"concurrent.futures._base", "queue", "threading"})
_FROZEN_BY_PYTHON: Final = 10_000  # objects; Python 3.12 itself keeps fewer from the garbage collector


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("this does not move the virtual clock: use sagemaker_ie_clock.tick() or move_to()")


class _StandIn:
    """Stands in for one of `time`'s functions. It is an object, because a class would bind a function as a method."""

    def __init__(self, name: str) -> None:
        functools.update_wrapper(self, REAL[name])
        self._name, self._real = name, REAL[name]
        self._real_for = _REAL_FOR if name == "sleep" else _REAL_FOR | _READ_REAL_TIME

    def __call__(self, *args: Any) -> Any:
        clock = clock_here()
        caller = str(sys._getframe(1).f_globals.get("__name__"))
        package = caller.partition(".")[0]
        if clock is None or package in self._real_for or caller in self._real_for:
            return self._real(*args)
        if package == "trio":
            raise RuntimeError("a virtual clock does not move trio's time: test this on asyncio, or without the clock")
        return clock.sleep(*args) if self._name == "sleep" else clock.reading(self._name, *args)

    def __reduce__(self) -> str:
        return self._name  # pickle then finds it in `time`, for a pool of processes


_STAND_INS: Final = {name: _StandIn(name) for name in REAL}
_FREEZEGUNS: Final = (
    (api.real_date, api.FakeDate),
    (api.real_datetime, api.FakeDatetime),
    *((getattr(api, f"real_{name}"), getattr(api, f"fake_{name}")) for name in ("gmtime", "localtime", "strftime")),
)
# What replaces a function when a clock starts and when it ends, by the id of the function.
_FORTH: Final = {id(real): each for real, each in (*((REAL[name], _STAND_INS[name]) for name in REAL), *_FREEZEGUNS)}
_BACK: Final = {id(stand_in): REAL[name] for name, stand_in in _STAND_INS.items()}
_BACK_FROM_FREEZEGUN: Final = {
    **{id(fake): real for real, fake in _FREEZEGUNS},
    **{id(getattr(api, f"fake_{name}")): real for name, real in REAL.items() if name != "sleep"},
}
_dict_of_module: Any = ModuleType.__dict__["__dict__"].__get__  # type: ignore[index]
_dict_of_class: Any = type.__dict__["__dict__"].__get__
_set_in_class: Any = type.__setattr__

# After a clock: the functions and classes in which it replaced something. A test may put a stand-in there again.
_left: Final[list[list[Any]]] = []


@contextmanager
def frozen_at(start: Any) -> Iterator[Any]:
    """Let time stand still at `start`, naive and in UTC, while the block lasts; give freezegun's factory of times."""
    before = list(api.freeze_factories)
    kept = {name: vars(time)[name] for name in REAL}
    frozen = freeze_time(start, ignore=[""])  # every module: freezegun would read all their attributes
    try:
        factory = frozen.start()
        api.ignore_lists[-1] = ()
        time.__dict__.update(_STAND_INS)
        yield factory
        if api.freeze_factories != [*before, factory]:
            raise RuntimeError("this clock ends out of order: a clock or freeze that began after it must end before it")
    finally:
        held = {name: vars(time)[name] for name in REAL}
        for each in (api.freeze_factories, api.ignore_lists, api.tick_flags, api.tz_offsets):
            del each[len(before) + 1 :]  # freezes that began since and have not ended
        if len(api.freeze_factories) >= max(len(before), 1):  # else an outer clock has ended this one
            frozen.stop()
        time.__dict__.update({name: kept[name] if each is _STAND_INS[name] else each for name, each in held.items()})


@contextmanager
def in_every_place() -> Iterator[None]:
    """Put the stand-ins into all places while the block lasts."""
    time_machine = sys.modules.get("time_machine")
    travellers = getattr(time_machine, "traveller_stack", getattr(time_machine, "coordinates_stack", []))
    _left.clear()
    is_frozen = gc.get_freeze_count() > _FROZEN_BY_PYTHON
    gc.unfreeze()  # get_objects() leaves frozen objects out
    objects = gc.get_objects()
    if is_frozen:
        gc.freeze()
    found: list[Any] = []
    try:
        _replace(_FORTH, objects, found)
        del objects
        with ExitStack() as stack:
            for each in (*api.freeze_factories, *travellers):  # other tools that have set the time already
                stack.enter_context(patch.dict(vars(each), tick=_refuse, move_to=_refuse, shift=_refuse))
            yield
    finally:
        _left.append(found)
        put_right()
        _left.append(found)


def put_right() -> None:
    """Put the real functions where a test has put back a stand-in after the clock, as `monkeypatch` may do."""
    while _left:
        # The functions of freezegun go too, if nothing is frozen any more.
        _replace(_BACK if api.freeze_factories else {**_BACK, **_BACK_FROM_FREEZEGUN}, _left[-1], [])
        _left.pop()


def _replace(new: dict[int, Any], objects: Iterable[Any], found: list[Any]) -> None:
    """Put `new`, by the ids of what it replaces, into all modules and `objects`; add the changed objects to `found`."""
    for module_name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType) and module_name.partition(".")[0] != "freezegun":
            namespace = _dict_of_module(module)
            namespace.update({name: new[id(value)] for name, value in list(namespace.items()) if id(value) in new})
    for each in objects:
        if type(each) is FunctionType and (each.__defaults__ or each.__kwdefaults__):
            defaults, by_name = each.__defaults__ or (), each.__kwdefaults__ or {}
            if not new.keys().isdisjoint(map(id, (*defaults, *by_name.values()))):
                found.append(each)
                each.__defaults__ = tuple(new.get(id(value), value) for value in defaults) or None
                by_name.update({name: new.get(id(value), value) for name, value in by_name.items()})
        elif issubclass(type(each), type):
            for name, held in list(_dict_of_class(each).items()):
                is_static = type(held) is staticmethod
                replacement = new.get(id(held.__func__ if is_static else held))
                if replacement is not None:
                    found.append(each)
                    _set_in_class(each, name, staticmethod(replacement) if is_static else replacement)
