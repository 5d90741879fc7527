"""The service model's constraints, compiled once per shape into functions that check a request in its wire form.

botocore's client checks types, required members and the least lengths; the service checks the rest: lengths, ranges,
patterns, enums, the sizes of lists and maps. Everything is read from the model that is given; no copy of it is kept.
The messages have the form of the live service's. Nothing here knows an operation.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pytest_sagemaker_ie.core.errors import SerializationException, ValidationException
from pytest_sagemaker_ie.core.java_order import map_order, set_order
from pytest_sagemaker_ie.core.patterns import java_matcher
from pytest_sagemaker_ie.core.wire import TIMES, Shape, Wire, from_seconds

Violations: TypeAlias = list[str]

Check: TypeAlias = Callable[[Any, str, Violations], Any]
"""Check a value at a path: add its violations, and return the value as the core keeps it.

What the service ignores is left out: members that are null, and members that the model does not know. Times become
whole milliseconds.
"""

INTEGERS: Final = (-(2**31), 2**31 - 1)
"""The least and the greatest integer that the service reads."""


def read_request(shape: Shape, value: object, *, constrained: bool = True) -> Wire:
    """Check what the JSON of a request's body holds, and return the parameters as the core keeps them.

    Args:
        shape: the operation's input shape.
        value: what the JSON holds.
        constrained: whether the lengths and patterns of strings are checked too.

    Raises:
        ValidationException: the request violates constraints; the message has all, in the order of the model's members.
        SerializationException: the service could not read a value's JSON type.
    """
    parameters, violations = checked(shape, value, constrained=constrained)
    if violations:
        detected = "1 validation error" if len(violations) == 1 else f"{len(violations)} validation errors"
        raise ValidationException(f"{detected} detected: {'; '.join(violations)}")
    return parameters  # type: ignore[no-any-return]


def checked(shape: Shape, value: object, path: str = "", *, constrained: bool = True) -> tuple[Any, Violations]:
    """Return `value` as the core keeps it, and the constraints that it violates, in the service's words.

    Raises:
        SerializationException: the service could not read a value's JSON type.
    """
    violations: Violations = []
    return _compiled(shape, constrained)(value, path, violations), violations


def _compiled(shape: Shape, constrained: bool) -> Check:
    # botocore makes the shapes anew for each client; what they are made of belongs to the session, and stays the same.
    source = getattr(shape, "_shape_model", shape)
    key = (id(source), constrained)
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = (source, _check_of(shape, constrained))
    return kept[1]


# With the source of each, so that its id stays its own; not more than a few sessions' worth.
_kept: Final[dict[tuple[int, bool], tuple[object, Check]]] = {}
_MOST_KEPT: Final = 500


def _check_of(shape: Shape, constrained: bool) -> Check:
    return _COMPILERS.get(shape.type_name, _anything)(shape, constrained)


def _anything(shape: Shape, constrained: bool) -> Check:
    """Pass a value of a kind that no operation has today."""
    return lambda value, path, violations: value


def _structure(shape: Shape, constrained: bool) -> Check:
    required = frozenset(shape.required_members)
    members = [
        (name, _lower_camel(name), name in required, _check_of(member, constrained))
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
                violations.append(_violation("null", prefix + lower_camel, _NOT_NULL))
        return cleaned

    return check


def _list(shape: Shape, constrained: bool) -> Check:
    check_element = _check_of(shape.member, constrained)
    at_least, at_most = _lengths(shape, constrained)

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not list:
            raise _unreadable(value, "a list", path)
        if not at_least <= len(value) <= at_most:
            violations += _length_violations(value, path, at_least, at_most)
        cleaned = []
        for number, element in enumerate(value, 1):
            place = f"{path}.{number}.member"
            if element is None:
                violations.append(_violation("null", place, _NOT_NULL))
            else:
                cleaned.append(check_element(element, place, violations))
        return cleaned

    return check


def _map(shape: Shape, constrained: bool) -> Check:
    at_least, at_most = _lengths(shape, constrained)
    check_key, check_value = _check_of(shape.key, constrained), _check_of(shape.value, constrained)
    of_keys, of_values = _constraints(shape.key), _constraints(shape.value)

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "a map", path)
        if not at_least <= len(value) <= at_most:
            violations += _length_violations(_in_order(value), path, at_least, at_most)
        sides = (("keys", value, check_key, of_keys), ("value", value.values(), check_value, of_values))
        for name, side, check_each, constraints in sides:
            inner: Violations = []
            for each in side:
                if each is not None:
                    check_each(each, path, inner)
            nulls = [_NOT_NULL] if None in side else []
            # As the service words it: if one key or value violates one of its shape's constraints, all are listed.
            if inner or nulls:
                constraint = f"Map {name} must satisfy constraint: [{', '.join([*constraints, *nulls])}]"
                violations.append(_violation(_quoted(_in_order(value)), path, constraint))
        return value

    return check


def _in_order(value: Wire) -> Wire:
    return {key: value[key] for key in map_order(value)}


def _constraints(shape: Shape) -> list[str]:
    """Return all the constraints that a shape has."""
    constraints = []
    if "max" in shape.metadata:
        constraints.append(_AT_MOST.format(shape.metadata["max"]))
    if "min" in shape.metadata:
        constraints.append(_AT_LEAST.format(shape.metadata["min"]))
    if "pattern" in shape.metadata:
        constraints.append(_PATTERN.format(shape.metadata["pattern"]))
    if "enum" in shape.metadata:
        constraints.append(_ENUM.format(", ".join(set_order(shape.metadata["enum"]))))
    return constraints


def _string(shape: Shape, constrained: bool) -> Check:
    at_least, at_most = _lengths(shape, constrained)
    pattern = shape.metadata.get("pattern") if constrained else None
    enum = shape.metadata.get("enum")
    allowed = None if enum is None else frozenset(enum)
    matches, fits = java_matcher(pattern), java_matcher(pattern, at_least, at_most)

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not str:
            raise _unreadable(value, "a String", path)
        if fits(value) and (allowed is None or value in allowed):
            return value
        violations += _length_violations(value, path, at_least, at_most)
        if not matches(value):
            violations.append(_violation(_quoted(value), path, _PATTERN.format(pattern)))
        if allowed is not None and value not in allowed:
            violations.append(_violation(_quoted(value), path, _ENUM.format(", ".join(set_order(enum or ())))))
        return value

    return check


def _lengths(shape: Shape, constrained: bool) -> tuple[float, float]:
    """Return the least and the greatest length that a shape allows; unconstrained, those of a string are free."""
    if shape.type_name == "string" and not constrained:
        return 0, math.inf
    return shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)


def _integer(shape: Shape, constrained: bool) -> Check:
    lowest, highest = INTEGERS
    at_least, at_most = shape.metadata.get("min", lowest), shape.metadata.get("max", highest)

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) is not int or not lowest <= value <= highest:
            raise _unreadable(value, "an Integer", path)
        if value > at_most:
            violations.append(_violation(_quoted(value), path, _NO_MORE.format(at_most)))
        if value < at_least:
            violations.append(_violation(_quoted(value), path, _NO_LESS.format(at_least)))
        return value

    return check


def _timestamp(shape: Shape, constrained: bool) -> Check:
    earliest, latest = TIMES

    def check(value: Any, path: str, violations: Violations) -> Any:
        if type(value) not in (int, float) or not earliest <= value <= latest:
            raise _unreadable(value, "a Timestamp", path)
        return from_seconds(value)

    return check


_COMPILERS: Final[Mapping[str, Callable[[Shape, bool], Check]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "timestamp": _timestamp,
}

_NOT_NULL: Final = "Member must not be null"
_AT_MOST: Final = "Member must have length less than or equal to {}"
_AT_LEAST: Final = "Member must have length greater than or equal to {}"
_NO_MORE: Final = "Member must have value less than or equal to {}"
_NO_LESS: Final = "Member must have value greater than or equal to {}"
_PATTERN: Final = "Member must satisfy regular expression pattern: {}"
_ENUM: Final = "Member must satisfy enum value set: [{}]"


def _violation(quoted: str, path: str, constraint: str) -> str:
    return f"Value {quoted} at '{path}' failed to satisfy constraint: {constraint}"


def _length_violations(value: Any, path: str, at_least: float, at_most: float) -> Violations:
    violations = []
    if len(value) > at_most:
        violations.append(_violation(_quoted(value), path, _AT_MOST.format(at_most)))
    if len(value) < at_least:
        violations.append(_violation(_quoted(value), path, _AT_LEAST.format(at_least)))
    return violations


def _unreadable(value: object, expected: str, path: str) -> SerializationException:
    found = _JSON_TYPES.get(type(value), "A body that is no JSON")
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


def _quoted(value: object) -> str:
    return f"'{_as_java(value)}'"


def _as_java(value: object) -> str:
    """Write a value as the service's Java does: lists in brackets, structures and maps in braces."""
    if isinstance(value, list):
        return f"[{', '.join(map(_as_java, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_as_java(each)}' for name, each in value.items())}}}"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]
