"""Convert Python's values to wire form and back: check types on the way in, make times aware on the way out.

The wire form is that of the JSON body: dicts, lists, strings, numbers, and times as seconds since the epoch. Everywhere
else in the core, a time is a whole number of milliseconds since the epoch, floored where it is read. Nothing here knows
an operation or a rule.
"""

import copy
import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, Protocol, TypeAlias

from pytest_sagemaker_ie.core.errors import Mistake

Wire: TypeAlias = dict[str, Any]  # a structure in wire form, by the API's member names


class Shape(Protocol):
    """What the core needs of a shape in the service model. botocore's ``Shape`` has it."""

    type_name: str
    members: Mapping[str, Any]
    required_members: list[str]
    member: Any
    key: Any
    value: Any
    metadata: Mapping[str, Any]


TIMES: Final = (-62_135_596_800, 253_402_300_799)  # the first and the last second of `datetime`, since the epoch
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND: Final = datetime.timedelta(milliseconds=1)


def from_seconds(seconds: float) -> int:
    """Return a time in wire form, which is seconds since the epoch, in whole milliseconds, floored."""
    # The float nearest to a millisecond counts as that millisecond, although its value can be a little less.
    nearest = round(seconds * 1000)
    return nearest - 1 if nearest / 1000 > seconds else nearest


def milliseconds(when: datetime.datetime) -> int:
    """Return `when` in milliseconds since the epoch, floored. A naive datetime is local time, as in boto3."""
    return from_seconds(when.timestamp())


def moment(when: float) -> datetime.datetime:
    """Return `when`, in milliseconds since the epoch, as an aware UTC datetime, or the nearest that Python has."""
    first, last = TIMES
    return _EPOCH + int(min(max(when, first * 1000), last * 1000 + 999)) * _MILLISECOND


def iso(when: float) -> str:
    """Return `when`, in milliseconds since the epoch, as messages show it: ``2026-03-09T00:00:00+00:00``."""
    return moment(when).isoformat()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` with the nearest of the `known` words; empty if none is near."""
    lowered = {each.lower(): each for each in known}
    close = get_close_matches(word.lower(), lowered, n=1)
    return f" Did you mean {lowered[close[0]]!r}?" if close else ""


def valid_names(word: object, known: Collection[str], what: str = "") -> str:
    """Return the end of a message about an unknown `word`: the nearest of the `known` words, and all of them."""
    hint = did_you_mean(word, known) if isinstance(word, str) else ""
    return f"{hint} Valid{what and f' {what}'}: {', '.join(known) or 'there is none'}"


def to_wire(shape: Shape, value: object, path: str) -> Any:
    """Return a copy of `value` in wire form; raise `Mistake` for the first part that does not fit."""
    if shape.type_name == "structure":
        if not isinstance(value, Mapping):
            raise _misfit(path, value, "a dict")
        for name in value:
            if name not in shape.members:
                hint = did_you_mean(str(name), shape.members)
                raise Mistake(f"{path} has no member {name!r}.{hint}", f"Valid members: {', '.join(shape.members)}")
        members = {name: to_wire(shape.members[name], each, f"{path}.{name}") for name, each in value.items()}
        for name in shape.required_members:
            if name not in members:
                raise Mistake(f"{path} lacks the required member {name!r}")
        return members
    if shape.type_name == "list":
        if not isinstance(value, (list, tuple)):
            raise _misfit(path, value, "a list")
        return [to_wire(shape.member, each, f"{path}[{index}]") for index, each in enumerate(value)]
    if shape.type_name not in _SCALARS:
        return copy.deepcopy(value)
    expected, convert = _SCALARS[shape.type_name]
    converted = convert(value)
    if converted is None:
        raise _misfit(path, value, expected)
    return converted


def _misfit(path: str, value: object, expected: str) -> Mistake:
    return Mistake(f"{path} is {value!r} ({type(value).__name__}); expected {expected}")


def _time(value: object) -> float | None:
    first, last = TIMES
    try:
        if isinstance(value, str):
            # Python 3.10's fromisoformat does not know the "Z" of the API reference's examples.
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if isinstance(value, datetime.datetime):
            value = milliseconds(value) / 1000
    except (ValueError, OverflowError):
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not first <= value <= last:
        return None
    return float(value)


_SCALARS: Final[Mapping[str, tuple[str, Callable[[object], Any]]]] = {
    # JSON has the value of an enum that is also a str.
    "string": ("a str", lambda value: "".join(value) if isinstance(value, str) else None),
    "integer": ("an int", lambda value: int(value) if isinstance(value, int) and type(value) is not bool else None),
    "timestamp": ("a datetime, an ISO 8601 str, or seconds since the epoch", _time),
}


def from_wire(shape: Shape, value: Any) -> Any:
    """Return `value` with its times as aware UTC datetimes; what does not fit the shape stays."""
    if isinstance(value, dict) and shape.type_name == "structure":
        members: Mapping[str, Shape] = shape.members
        return {name: from_wire(members[name], each) if name in members else each for name, each in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [from_wire(shape.member, each) for each in value]
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return moment(from_seconds(value))
    return value
