"""What stands in the place of `time`'s functions while a clock runs, and in which places.

One rule finds the places: what a module holds under any name, the defaults of the functions that modules and classes
hold, and the attributes and static methods of classes. Only dicts of modules, classes and functions are read: nothing
is asked of an object that might run its code. Where a test has put something else, it stays.
"""

import functools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, NoReturn

from freezegun import api, config, freeze_time

from pytest_sagemaker_ie.clock import REAL, clock_here

# These wait for something real: a process, a connection, pytest itself.
_REAL_FOR: Final = frozenset({"_pytest", "multiprocessing", "socketserver", "subprocess"})
# These wait without sleeping. A sleep that they call is the code's: the target of a thread, or what a pool was given.
_READ_REAL_TIME: Final = frozenset({"concurrent.futures._base", "queue", "threading"})
_REFUSED: Final = {"trio": "a virtual clock does not move trio's time: test this code on asyncio, or without the clock"}


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("this does not move the virtual clock: use sagemaker_ie_clock.tick() or move_to()")


_MOVES: Final = {"tick": _refuse, "move_to": _refuse, "shift": _refuse}
"""What moves the time that freezegun or time-machine has set before a clock began."""


class _StandIn:
    """One of `time`'s functions while a clock runs. A class does not bind it, as it would bind a Python function."""

    def __init__(self, name: str) -> None:
        functools.update_wrapper(self, REAL[name])
        self._name, self._real = name, REAL[name]
        self._real_for = _REAL_FOR if name == "sleep" else _REAL_FOR | _READ_REAL_TIME

    def __call__(self, *args: Any) -> Any:
        clock = clock_here()
        caller = sys._getframe(1).f_globals.get("__name__")
        if clock is None or type(caller) is not str:
            return self._real(*args)
        package = caller.partition(".")[0]
        if package in self._real_for or caller in self._real_for:
            return self._real(*args)
        if package in _REFUSED:
            raise RuntimeError(_REFUSED[package])
        return clock.sleep(*args) if self._name == "sleep" else clock.reading(self._name, *args)


_STAND_INS: Final = {name: _StandIn(name) for name in REAL}
_FREEZEGUNS: Final = (
    (api.real_date, api.FakeDate),
    (api.real_datetime, api.FakeDatetime),
    (api.real_gmtime, api.fake_gmtime),
    (api.real_localtime, api.fake_localtime),
    (api.real_strftime, api.fake_strftime),
)
# What to put where a function is found, by its id. What an earlier clock has left behind goes with the next one.
_FORTH: Final = {
    **{id(REAL[name]): stand_in for name, stand_in in _STAND_INS.items()},
    **{id(left_behind): left_behind for left_behind in _STAND_INS.values()},
    **{id(real): fake for real, fake in _FREEZEGUNS},
}
_BACK: Final = {id(stand_in): REAL[name] for name, stand_in in _STAND_INS.items()}
_BACK_FROM_FREEZEGUN: Final = {
    **{id(fake): real for real, fake in _FREEZEGUNS},
    **{id(getattr(api, f"fake_{name}")): real for name, real in REAL.items() if name != "sleep"},
}
_dict_of_module: Any = ModuleType.__dict__["__dict__"].__get__  # type: ignore[index]
_dict_of_class: Any = type.__dict__["__dict__"].__get__

_left: list[Any] | None = None
"""When a clock has ended: the classes and functions in which it replaced something. Tests may put it there again."""


@contextmanager
def frozen_at(start: Any, *, first: bool) -> Iterator[Any]:
    """Let time stand at `start`, which is naive and UTC, while the block lasts; give what freezegun keeps it in.

    The `first` of the clocks that run replaces the functions of `time`.
    """
    global _left
    before = list(api.freeze_factories)
    kept = {name: vars(time)[name] for name in REAL}
    frozen = freeze_time(start, ignore=[""])  # freezegun would ask the objects of every module that it does not ignore
    factory = frozen.start()
    api.ignore_lists[-1] = ()
    time.__dict__.update(_STAND_INS)
    time_machine = sys.modules.get("time_machine")
    travellers = getattr(time_machine, "traveller_stack", getattr(time_machine, "coordinates_stack", []))
    movers = [vars(each) for each in (*before, *travellers)] if first else []
    for each in movers:
        each.update(_MOVES)
    replaced = _replace(_FORTH) if first else None
    if first:
        _left = None
    try:
        yield factory
        if api.freeze_factories != [*before, factory]:
            raise RuntimeError("this clock ends out of order: what has set the time since must end before it")
    finally:
        for each in movers:
            for name in _MOVES:
                del each[name]
        held = {name: vars(time)[name] for name in REAL}
        for each in (api.freeze_factories, api.ignore_lists, api.tick_flags, api.tz_offsets):
            del each[len(before) + 1 :]  # what has set the time since, and has not ended
        if len(api.freeze_factories) >= max(len(before), 1):  # else a clock that began before has ended this one
            frozen.stop()
        time.__dict__.update({name: kept[name] if each is _STAND_INS[name] else each for name, each in held.items()})
        if first:
            _left = replaced
            put_right()
            _left = replaced


def put_right() -> None:
    """Put the real functions where a test has put back what it found while a clock ran."""
    global _left
    if _left is not None:
        # What freezegun has left behind goes too, if nothing is frozen any more.
        _replace(_BACK if api.freeze_factories else {**_BACK, **_BACK_FROM_FREEZEGUN}, _left)
        _left = None


def _replace(new: dict[int, Any], within: list[Any] | None = None) -> list[Any]:
    """Put `new` where the rule finds what it replaces; return the classes and functions in which it was found.

    Args:
        new: what to put there, by the id of what is there.
        within: the classes and functions to look into, by default all.
    """
    ignored = {*config.settings.default_ignore_list, "freezegun"}
    todo, found, known = list(within or ()), [], set()
    for module_name, module in list(sys.modules.items()):
        if not issubclass(type(module), ModuleType) or {module_name, module_name.partition(".")[0]} & ignored:
            continue
        namespace = _dict_of_module(module)
        for name, value in list(namespace.items()):
            if id(value) in new:
                namespace[name] = new[id(value)]
        if within is None:
            todo += namespace.values()
    while todo:
        value = todo.pop()
        if type(value) is staticmethod or type(value) is classmethod:
            value = value.__func__
        if type(value) is FunctionType:
            if (value.__defaults__ or value.__kwdefaults__) and _replace_defaults(value, new):
                found.append(value)
            if value.__closure__ and "__wrapped__" in vars(value) and id(value) not in known:
                known.add(id(value))
                todo.append(vars(value)["__wrapped__"])
        elif issubclass(type(value), type) and id(value) not in known:
            known.add(id(value))
            a_class: Any = value
            namespace = _dict_of_class(a_class)
            for name, held in list(namespace.items()):
                is_static = type(held) is staticmethod
                replacement = new.get(id(held.__func__ if is_static else held))
                if replacement is not None:
                    type.__setattr__(a_class, name, staticmethod(replacement) if is_static else replacement)
                    found.append(value)
            if within is None:
                todo += namespace.values()
    return found


def _replace_defaults(function: FunctionType, new: dict[int, Any]) -> bool:
    defaults, by_name = function.__defaults__ or (), function.__kwdefaults__ or {}
    if any(id(each) in new for each in (*defaults, *by_name.values())):
        function.__defaults__ = tuple(new.get(id(each), each) for each in defaults) or None
        by_name.update({name: new.get(id(each), each) for name, each in by_name.items()})
        return True
    return False
