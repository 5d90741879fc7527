"""Check a request in wire form against the constraints of the service model.

botocore's client checks types, required members and least lengths. The service checks the rest: lengths, ranges,
patterns, enums, the sizes of lists and maps. Each shape is compiled once into a function that checks its values. All
constraints come from the service model. The messages have the form of the live service's. Nothing here knows an
operation.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pytest_sagemaker_ie.core.display import shown_number
from pytest_sagemaker_ie.core.errors import SerializationException, ValidationException
from pytest_sagemaker_ie.core.java import java_matcher, map_order, set_order
from pytest_sagemaker_ie.core.wire import TIMES, Shape, Wire, from_seconds

Violations: TypeAlias = list[str]
Constraints: TypeAlias = list[tuple[Callable[[Any], object], str]]

Check: TypeAlias = Callable[[Any, str, Violations], Any]
"""Adds the violations of a value at a path, and returns the value as the core keeps it: with times in milliseconds, and
without null or unknown members, which the service ignores."""


def read_request(shape: Shape, value: object, *, constrained: bool = True) -> Wire:
    """Return the parameters in a request's JSON, as the core keeps them; raise an error that has all violations."""
    parameters, violations = checked(shape, value, constrained=constrained)
    if violations:
        detected = shown_number(len(violations), "validation error")
        raise ValidationException(f"{detected} detected: {'; '.join(violations)}")
    return parameters  # type: ignore[no-any-return]


def checked(shape: Shape, value: object, path: str = "", *, constrained: bool = True) -> tuple[Any, Violations]:
    """Return a JSON `value` as the core keeps it, and its violations in the service's words.

    Unless `constrained`, it does not check the lengths and patterns of strings. If the service cannot read a value's
    JSON type, this raises `SerializationException`.
    """
    # botocore makes new shapes for each client, from data that it reads once for a session.
    source = getattr(shape, "_shape_model", shape)
    key = (id(source), constrained)
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = (source, _check_of(shape, constrained))
    violations: Violations = []
    return kept[1](value, path, violations), violations


# Each has its source, so that no other object gets the same id. The limit is enough for a few sessions.
_kept: Final[dict[tuple[int, bool], tuple[object, Check]]] = {}
_MOST_KEPT: Final = 500


def _check_of(shape: Shape, constrained: bool) -> Check:
    compiler = {"structure": _structure, "list": _list, "map": _map}.get(shape.type_name, _scalar)
    return compiler(shape, constrained)


def _structure(shape: Shape, constrained: bool) -> Check:
    required = frozenset(shape.required_members)
    members = [
        (name, name[:1].lower() + name[1:], name in required, _check_of(member, constrained))
        for name, member in shape.members.items()
    ]

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "a structure", path)
        prefix = f"{path}." if path else ""
        cleaned: Wire = {}
        for name, lower_camel, is_required, check_member in members:
            member = value.get(name)
            if member is not None:
                cleaned[name] = check_member(member, prefix + lower_camel, violations)
            elif is_required:
                violations.append(_violation(None, prefix + lower_camel, _NOT_NULL))
        return cleaned

    return check


def _list(shape: Shape, constrained: bool) -> Check:
    check_element = _check_of(shape.member, constrained)
    constraints = _constraints(shape, constrained)

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not list:
            raise _unreadable(value, "a list", path)
        _hold(value, value, path, constraints, violations)
        cleaned = []
        for number, element in enumerate(value, 1):
            place = f"{path}.{number}.member"
            if element is None:
                violations.append(_violation(None, place, _NOT_NULL))
            else:
                cleaned.append(check_element(element, place, violations))
        return cleaned

    return check


def _map(shape: Shape, constrained: bool) -> Check:
    constraints = _constraints(shape, constrained)
    sides = [
        (name, _check_of(side, constrained), [constraint for _, constraint in _constraints(side, constrained)])
        for name, side in (("keys", shape.key), ("value", shape.value))
    ]

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "a map", path)
        shown = {key: value[key] for key in map_order(value)}
        _hold(value, shown, path, constraints, violations)
        for (name, check_each, words), side in zip(sides, (value, value.values()), strict=True):
            inner: Violations = []
            for each in side:
                if each is not None:
                    check_each(each, path, inner)
            nulls = [_NOT_NULL] if None in side else []
            # If a key or value violates one constraint of its shape, the service's message lists all of them.
            if inner or nulls:
                constraint = f"Map {name} must satisfy constraint: [{', '.join([*words, *nulls])}]"
                violations.append(_violation(shown, path, constraint))
        return value

    return check


def _scalar(shape: Shape, constrained: bool) -> Check:
    expected, read = _SCALARS.get(shape.type_name, ("", lambda value: value))
    constraints = _constraints(shape, constrained)

    def check(value: Any, path: str, violations: Violations) -> Any:
        kept = read(value)
        if kept is None:
            raise _unreadable(value, expected, path)
        _hold(value, value, path, constraints, violations)
        return kept

    return check


def _moment(value: Any) -> int | None:
    return from_seconds(value) if type(value) in (int, float) and TIMES[0] <= value <= TIMES[1] else None


# By the type of a shape: the service's word for it, and a function that returns the value as the core keeps it, or
# `None` if the service cannot read it. Values of other types pass: no operation has one today.
_SCALARS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "string": ("a String", lambda value: value if type(value) is str else None),
    "integer": ("an Integer", lambda value: value if type(value) is int and -(2**31) <= value < 2**31 else None),
    "timestamp": ("a Timestamp", _moment),
}


def _constraints(shape: Shape, constrained: bool) -> Constraints:
    """Return the constraints of a shape in the service's order: a function that tests each, and its words."""
    size, what = (len, "length") if shape.type_name in ("string", "list", "map") else (operator.pos, "value")
    kinds: Mapping[str, Callable[[Any], tuple[Callable[[Any], object], str]]] = {
        "max": lambda n: (lambda value: size(value) <= n, f"Member must have {what} less than or equal to {n}"),
        "min": lambda n: (lambda value: size(value) >= n, f"Member must have {what} greater than or equal to {n}"),
        "pattern": lambda text: (java_matcher(text), f"Member must satisfy regular expression pattern: {text}"),
        "enum": lambda enum: (
            frozenset(enum).__contains__,
            f"Member must satisfy enum value set: [{', '.join(set_order(enum))}]",
        ),
    }
    checked_kinds = kinds if constrained or shape.type_name != "string" else ("enum",)
    return [kinds[kind](shape.metadata[kind]) for kind in checked_kinds if kind in shape.metadata]


def _hold(value: Any, shown: Any, path: str, constraints: Constraints, violations: Violations) -> None:
    """Add the violations of a value, which shows in them as `shown`."""
    for is_met, constraint in constraints:
        if not is_met(value):
            violations.append(_violation(shown, path, constraint))


_NOT_NULL: Final = "Member must not be null"


def _violation(shown: object, path: str, constraint: str) -> str:
    quoted = "null" if shown is None else f"'{_as_java(shown)}'"
    return f"Value {quoted} at '{path}' failed to satisfy constraint: {constraint}"


def _unreadable(value: object, expected: str, path: str) -> SerializationException:
    found = _JSON_TYPES.get(type(value), "A body that is not JSON")
    where = f" at '{path}'" if path else ""
    return SerializationException(f"{found}{where} can not be converted to {expected}")


# As the service's JSON reader names what it found.
_JSON_TYPES: Final[Mapping[type, str]] = {
    dict: "START_OBJECT",
    list: "START_ARRAY",
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    bool: "BOOLEAN_VALUE",
    type(None): "NULL_VALUE",
}


def _as_java(value: object) -> str:
    """Write a value as the service's Java does: lists in brackets, structures and maps in braces."""
    if isinstance(value, list):
        return f"[{', '.join(map(_as_java, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_as_java(each)}' for name, each in value.items())}}}"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
