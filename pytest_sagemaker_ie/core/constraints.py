"""The service model's constraints, compiled once per shape into functions that check a request in its wire form.

botocore's client checks types, required members and the least lengths; the service checks the rest: lengths, ranges,
patterns, enums, the sizes of lists and maps. Everything is read from the model that is given, nothing is kept in a
copy. The messages have the form of the live service's. Nothing here knows an operation.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from pytest_sagemaker_ie.core.acceptance import INTEGERS, acceptance, lengths
from pytest_sagemaker_ie.core.errors import SerializationException, ValidationException
from pytest_sagemaker_ie.core.patterns import java_matcher
from pytest_sagemaker_ie.core.wire import TIMES, Shape, Wire

__all__ = ["faults_of", "read_request", "request_reader"]

Faults: TypeAlias = list[str]


Check: TypeAlias = Callable[[Any, str, Faults], Any]
"""Check a value at a path: add what is wrong to the faults, and return the value, cleaned.

Cleaning takes out what the service ignores: members that are null, and members that the model does not know.
"""


def request_reader(shape: Shape, *, constrained: bool = True) -> Callable[[Any], Wire]:
    """Return a function that checks what the JSON of a request's body holds, and returns the parameters.

    They are cleaned of what the service ignores. The function raises ValidationException with every violated
    constraint, in the order of the model's members, and SerializationException for a JSON type that the service could
    not read.

    Args:
        shape: the operation's input shape.
        constrained: whether the lengths and patterns of strings are checked too.
    """
    accepts, check = _compiled(shape, constrained)

    def read(value: Any) -> Wire:
        try:
            if accepts(value):
                return value  # type: ignore[no-any-return]
        except TypeError:
            pass  # a value of a wrong type met a pattern or an enum: the check will name it
        faults: Faults = []
        parameters: Wire = check(value, "", faults)
        if faults:
            detected = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
            raise ValidationException(f"{detected} detected: {'; '.join(faults)}")
        return parameters

    return read


def read_request(shape: Shape, value: object, *, constrained: bool = True) -> Wire:
    """Return a request's parameters, checked and cleaned as `request_reader` says."""
    return request_reader(shape, constrained=constrained)(value)


def faults_of(shape: Shape, value: object, path: str, constrained: bool = True) -> list[str]:
    """Return the constraints that `value` violates, each worded as the service words it.

    Raises:
        SerializationException: `value` is of a type that the service could not read.
    """
    faults: Faults = []
    _compiled(shape, constrained)[1](value, path, faults)
    return faults


def _compiled(shape: Shape, constrained: bool) -> tuple[Callable[[Any], bool], Check]:
    """Return the quick check and the full check of `shape`."""
    # botocore makes the shapes anew for each client; what they are made of belongs to the session, and stays the same.
    source = getattr(shape, "_shape_model", shape)
    key = (id(source), constrained)
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = (source, acceptance(shape, constrained), _check_of(shape, constrained))
    return kept[1:]


# With the source of each, so that its id stays its own; not more than a few sessions' worth.
_kept: Final[dict[tuple[int, bool], tuple[object, Callable[[Any], bool], Check]]] = {}
_MOST_KEPT: Final = 500


def _check_of(shape: Shape, constrained: bool) -> Check:
    return _COMPILERS.get(shape.type_name, _anything)(shape, constrained)


def _anything(shape: Shape, constrained: bool) -> Check:
    """Pass a value of a kind that no operation had when this was written."""
    return lambda value, path, faults: value


def _structure(shape: Shape, constrained: bool) -> Check:
    required = frozenset(shape.required_members)
    members = [
        (name, _lower_camel(name), name in required, _check_of(member, constrained))
        for name, member in shape.members.items()
    ]

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "a structure", path)
        prefix = f"{path}." if path else ""
        cleaned: Wire = {}
        for name, lower_camel, is_required, check_member in members:
            member = value.get(name)
            if member is not None:
                cleaned[name] = check_member(member, prefix + lower_camel, faults)
            elif is_required:
                faults.append(_fault("null", prefix + lower_camel, _NOT_NULL))
        return cleaned

    return check


def _list(shape: Shape, constrained: bool) -> Check:
    check_element = _check_of(shape.member, constrained)
    at_least, at_most = lengths(shape, constrained)

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) is not list:
            raise _unreadable(value, "a list", path)
        faults += _length_faults(value, path, at_least, at_most)
        cleaned = []
        for number, element in enumerate(value, 1):
            place = f"{path}.{number}.member"
            if element is None:
                faults.append(_fault("null", place, _NOT_NULL))
            else:
                cleaned.append(check_element(element, place, faults))
        return cleaned

    return check


def _map(shape: Shape, constrained: bool) -> Check:
    at_least, at_most = lengths(shape, constrained)
    sides: list[tuple[Callable[[Wire], Iterable[Any]], Check, str, list[str]]] = [
        (lambda value: value.keys(), _check_of(shape.key, constrained), "keys", _listed(shape.key)),
        (lambda value: value.values(), _check_of(shape.value, constrained), "value", _listed(shape.value)),
    ]

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "a map", path)
        faults += _length_faults(value, path, at_least, at_most)
        for side, check_each, name, constraints in sides:
            inner: Faults = []
            has_null = False
            for each in side(value):
                if each is None:
                    has_null = True
                else:
                    check_each(each, path, inner)
            # As the service words it: if one key or value violates one of its shape's constraints, all are listed.
            if inner or has_null:
                listed = ", ".join([*constraints, _NOT_NULL] if has_null else constraints)
                faults.append(_fault(_quoted(value), path, f"Map {name} must satisfy constraint: [{listed}]"))
        return value

    return check


def _listed(shape: Shape) -> list[str]:
    """Return all the constraints that a shape has."""
    constraints = []
    if "max" in shape.metadata:
        constraints.append(_AT_MOST.format(shape.metadata["max"]))
    if "min" in shape.metadata:
        constraints.append(_AT_LEAST.format(shape.metadata["min"]))
    if "pattern" in shape.metadata:
        constraints.append(_PATTERN.format(shape.metadata["pattern"]))
    if "enum" in shape.metadata:
        constraints.append(_ENUM.format(", ".join(sorted(shape.metadata["enum"]))))
    return constraints


def _string(shape: Shape, constrained: bool) -> Check:
    at_least, at_most = lengths(shape, constrained)
    pattern = shape.metadata.get("pattern") if constrained else None
    allowed = frozenset(shape.metadata.get("enum", ()))
    matches = java_matcher(pattern)

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) is not str:
            raise _unreadable(value, "a String", path)
        faults += _length_faults(value, path, at_least, at_most)
        if not matches(value):
            faults.append(_fault(_quoted(value), path, _PATTERN.format(pattern)))
        if allowed and value not in allowed:
            faults.append(_fault(_quoted(value), path, _ENUM.format(", ".join(sorted(allowed)))))
        return value

    return check


def _integer(shape: Shape, constrained: bool) -> Check:
    lowest, highest = INTEGERS
    at_least, at_most = shape.metadata.get("min", lowest), shape.metadata.get("max", highest)

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) is not int or not lowest <= value <= highest:
            raise _unreadable(value, "an Integer", path)
        if value > at_most:
            faults.append(_fault(_quoted(value), path, f"Member must have value less than or equal to {at_most}"))
        if value < at_least:
            faults.append(_fault(_quoted(value), path, f"Member must have value greater than or equal to {at_least}"))
        return value

    return check


def _timestamp(shape: Shape, constrained: bool) -> Check:
    earliest, latest = TIMES

    def check(value: Any, path: str, faults: Faults) -> Any:
        if type(value) not in (int, float) or not earliest <= value <= latest:
            raise _unreadable(value, "a Timestamp", path)
        return value

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
_PATTERN: Final = "Member must satisfy regular expression pattern: {}"
_ENUM: Final = "Member must satisfy enum value set: [{}]"


def _fault(quoted: str, path: str, constraint: str) -> str:
    return f"Value {quoted} at '{path}' failed to satisfy constraint: {constraint}"


def _length_faults(value: Any, path: str, at_least: float, at_most: float) -> Faults:
    faults = []
    if len(value) > at_most:
        faults.append(_fault(_quoted(value), path, _AT_MOST.format(at_most)))
    if len(value) < at_least:
        faults.append(_fault(_quoted(value), path, _AT_LEAST.format(at_least)))
    return faults


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
    return f"'{_shown(value)}'"


def _shown(value: object) -> str:
    """Write a value as the service's Java does: lists in brackets, structures and maps in braces."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_shown(each)}' for name, each in value.items())}}}"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]
