r"""Requests made from botocore's service model: valid ones, and ones that break chosen constraints, with what is to be
said of them.

It knows botocore's model and the form of the service's messages, and nothing of the package: what it expects is made
while the value is made, so that the package's checks are held against something else than themselves.
"""

import functools
import itertools
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

import botocore.session
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

__all__ = [
    "ELEMENT",
    "KEY",
    "OPERATIONS",
    "VALUE",
    "Case",
    "Site",
    "broken",
    "case",
    "edges",
    "input_shape",
    "installed_model",
    "matches",
    "message",
    "places",
    "sites",
    "valid",
    "whole",
    "wire",
]

OPERATIONS = [
    "CreateInferenceExperiment",
    "DescribeInferenceExperiment",
    "ListInferenceExperiments",
    "UpdateInferenceExperiment",
    "StartInferenceExperiment",
    "StopInferenceExperiment",
    "DeleteInferenceExperiment",
    "DescribeEndpoint",
    "AddTags",
    "ListTags",
    "DeleteTags",
]

ELEMENT, KEY, VALUE = "[]", "{key}", "{value}"
_SERIALIZER = create_serializer("json", include_validation=False)


class Site(NamedTuple):
    """A constraint of a shape somewhere below an operation's input."""

    steps: tuple[str, ...]
    """The members' names on the way, `ELEMENT` into a list, `KEY` and `VALUE` into a map."""
    constraint: str
    """``required``, ``max``, ``min``, ``pattern`` or ``enum``, as the model calls them; or an edge: ``at max`` and
    ``at min`` are where a value just keeps a constraint; and ``there`` is nothing but that a value is there."""

    def __str__(self) -> str:
        return f"{'.'.join(self.steps)}-{self.constraint}"


class Case(NamedTuple):
    """A value in Python form, and what the service would say of it."""

    value: Any
    faults: list[str]


@functools.cache
def installed_model() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


def input_shape(operation: str) -> Any:
    return installed_model().operation_model(operation).input_shape


def wire(operation: str, value: dict[str, Any]) -> Any:
    """What the body's JSON holds when botocore sends `value`."""
    body = _SERIALIZER.serialize_to_request(value, installed_model().operation_model(operation))["body"]
    return json.loads(body)


def message(faults: list[str]) -> str:
    plural = "" if len(faults) == 1 else "s"
    return f"{len(faults)} validation error{plural} detected: " + "; ".join(faults)


def valid(shape: Any) -> st.SearchStrategy[Any]:
    """Values in Python form that satisfy every constraint at every depth."""
    return case(shape).map(lambda made: made.value)


def whole(shape: Any) -> st.SearchStrategy[Any]:
    """Valid values in which every optional member is there, and something in every list and map."""
    return case(shape, frozenset(Site(steps, "there") for steps, _ in places(shape))).map(lambda made: made.value)


def places(shape: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The steps to everything below `shape`, and its shape."""
    below = {
        "structure": lambda: shape.members.items(),
        "list": lambda: [(ELEMENT, shape.member)],
        "map": lambda: [(KEY, shape.key), (VALUE, shape.value)],
    }
    for step, its_shape in below.get(shape.type_name, list)():
        yield (*steps, step), its_shape
        yield from places(its_shape, (*steps, step))


def sites(shape: Any) -> Iterator[Site]:
    """Every constraint below `shape` that a value can break."""
    for steps, its_shape in [((), shape), *places(shape)]:
        limits = its_shape.metadata
        if steps and steps[-1] in _shape_at(shape, steps[:-1]).metadata.get("required", ()):
            yield Site(steps, "required")
        if "max" in limits:
            yield Site(steps, "max")
        if limits.get("min", 0) > 0 or (its_shape.type_name == "integer" and "min" in limits):
            yield Site(steps, "min")
        yield from (Site(steps, each) for each in ("pattern", "enum") if each in limits)


def edges(shape: Any) -> Iterator[Site]:
    """The greatest and the least that each constraint below `shape` allows, where a value can be there."""
    for site in sites(shape):
        its_shape = _shape_at(shape, site.steps)
        if site.constraint in ("max", "min") and (
            its_shape.type_name != "string" or _at(its_shape, site.constraint) is not None
        ):
            yield Site(site.steps, f"at {site.constraint}")


def _shape_at(shape: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        below = {ELEMENT: "member", KEY: "key", VALUE: "value"}
        shape = getattr(shape, below[step]) if step in below else shape.members[step]
    return shape


# What is said. The words are the live service's.


def _said(value: object, path: str, constraint: str) -> str:
    if isinstance(value, dict):  # a map: a structure is never named itself
        value = {key: value[key] for key in sorted(value, key=_map_bucket(len(value)))}
    quoted = "null" if value is None else f"'{_shown(value)}'"
    return f"Value {quoted} at '{path}' failed to satisfy constraint: {constraint}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return str(value)


def _enum_set(words: list[str]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(in_set_order(words))}]"


def in_set_order(words: Iterable[str]) -> list[str]:
    """The words in the order of Java's hash set of 32 buckets, each bucket backwards."""
    buckets: dict[int, list[str]] = {}
    for word in words:
        buckets.setdefault(_java_hash(word) & 31, []).insert(0, word)
    return [word for _, bucket in sorted(buckets.items()) for word in bucket]


def _map_bucket(size: int) -> Callable[[str], int]:
    buckets = next(each for each in (16, 32, 64, 128, 256) if size <= each * 3 // 4)
    return lambda key: (_java_hash(key) ^ _java_hash(key) >> 16) & (buckets - 1)


def _java_hash(text: str) -> int:
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    return functools.reduce(lambda code, unit: (31 * code + unit) & 0xFFFFFFFF, units, 0)


def broken(shape: Any, value: Any) -> list[str]:
    """The words for each constraint of its own that a string, a number, a list's or a map's size breaks."""
    limits = shape.metadata
    what, size = ("value", value) if shape.type_name == "integer" else ("length", len(value))
    words = []
    if "max" in limits and size > limits["max"]:
        words.append(f"Member must have {what} less than or equal to {limits['max']}")
    if "min" in limits and size < limits["min"]:
        words.append(f"Member must have {what} greater than or equal to {limits['min']}")
    if "pattern" in limits and not matches(limits["pattern"], value):
        words.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if "enum" in limits and value not in limits["enum"]:
        words.append(_enum_set(limits["enum"]))
    return words


def _all_constraints(shape: Any) -> str:
    """What is said of a map with a key or a value that breaks any of its constraints: the service lists them all."""
    limits = shape.metadata
    words = [
        f"Member must have length {words} than or equal to {limits[limit]}"
        for limit, words in (("max", "less"), ("min", "greater"))
        if limit in limits
    ]
    if "pattern" in limits:
        words.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if "enum" in limits:
        words.append(_enum_set(limits["enum"]))
    return f"[{', '.join(words)}]"


# Patterns. A Java pattern becomes one of Python's, with the categories spelled out.


@functools.cache
def _characters_by_category() -> dict[str, list[int]]:
    by_category: dict[str, list[int]] = {}
    first = 0
    for category, run in itertools.groupby(map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))):
        beyond = first + len(list(run))
        by_category.setdefault(category, []).extend(range(first, beyond))
        first = beyond
    return by_category


@functools.cache
def _class_of(category: str, few: bool) -> str:
    """The inside of a character class with the characters of a category, or with a few of them from all over."""
    codes = sorted(
        code for name, each in _characters_by_category().items() if name.startswith(category) for code in each
    )
    if few:
        codes = codes[:: max(1, len(codes) // 40)] + codes[-1:]
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


@functools.cache
def _python_pattern(pattern: str, few: bool) -> "re.Pattern[str]":
    written, index, in_class = [], 0, False
    while index < len(pattern):
        if found := re.compile(r"\\p\{(\w+)\}").match(pattern, index):
            members = _class_of(found[1], few)
            written.append(members if in_class else f"[{members}]")
            index = found.end()
            continue
        piece = pattern[index : index + 2] if pattern[index] == "\\" else pattern[index]
        if piece == "." and not in_class:
            piece = "[^\n\r\u0085\u2028\u2029]"
            index -= len(piece) - 1
        in_class = (in_class or piece == "[") and piece != "]"
        written.append(piece)
        index += len(piece)
    return re.compile("".join(written), re.ASCII)


def matches(pattern: str, text: str) -> bool:
    return _python_pattern(pattern, False).fullmatch(text) is not None


# Values. Each strategy is made once for its shape.


def case(shape: Any, plan: "frozenset[Site]" = frozenset()) -> st.SearchStrategy[Case]:
    """Values that break the constraints of `plan` and no others, and what is said of them in the order of the model.

    A constraint below something that the plan leaves out is not met with, and some break another one with them: too
    short a role's ARN cannot be one.
    """
    _prepare(shape)
    return _case(shape, plan, (), "")


def _case(shape: Any, plan: "frozenset[Site]", steps: tuple[str, ...], path: str) -> st.SearchStrategy[Case]:
    below = frozenset(site for site in plan if site.steps[: len(steps)] == steps)
    own = sorted(
        site.constraint for site in below if site.steps == steps and site.constraint not in ("required", "there")
    )
    if shape.type_name == "structure":
        return _structures(shape, below, steps, path)
    if shape.type_name == "list":
        return _lists(shape, below, own, steps, path)
    if shape.type_name == "map":
        return _maps(shape, below, own, steps, path)
    values = _scalars(shape) if not own else st.sampled_from(own).flatmap(functools.partial(_spoilt, shape))
    return values.map(lambda value: Case(value, [_said(value, path, words) for words in _broken_scalar(shape, value)]))


def _broken_scalar(shape: Any, value: Any) -> list[str]:
    return [] if shape.type_name == "timestamp" else broken(shape, value)


@st.composite
def _structures(
    draw: Callable[..., Any], shape: Any, plan: "frozenset[Site]", steps: tuple[str, ...], path: str
) -> Case:
    value: dict[str, Any] = {}
    faults: list[str] = []
    for name, member in shape.members.items():
        there = (*steps, name)
        place = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
        if Site(there, "required") in plan:
            faults.append(_said(None, place, "Member must not be null"))
            continue
        wanted = name in shape.required_members or any(site.steps[: len(there)] == there for site in plan)
        if wanted or draw(st.booleans()):
            made = draw(_case(member, plan, there, place))
            value[name] = made.value
            faults += made.faults
    return Case(value, faults)


def _length(shape: Any, own: list[str]) -> st.SearchStrategy[int]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
    lengths = {
        "max": st.integers(most + 1, most + 2),
        "min": st.integers(0, least - 1),
        "at max": st.just(most),
        "at min": st.just(least),
    }
    for each in own:
        return lengths[each]
    return st.integers(least, min(most, least + 2)) | st.just(min(most, 60))


@st.composite
def _lists(
    draw: Callable[..., Any], shape: Any, plan: "frozenset[Site]", own: list[str], steps: tuple[str, ...], path: str
) -> Case:
    there = (*steps, ELEMENT)
    spoils = any(site.steps[: len(there)] == there for site in plan)
    length = draw(_length(shape, own))
    if spoils and "min" not in own:
        length = max(length, 1)
    value: list[Any] = []
    faults: list[str] = []
    spoilt_at = draw(st.integers(0, min(length, 10) - 1)) if spoils and length else None
    usual: Any = None
    for index in range(length):
        if index == spoilt_at:
            made = draw(_case(shape.member, plan, there, f"{path}.{index + 1}.member"))
            value.append(made.value)
            faults += made.faults
        else:
            if usual is None or (index < 3 and draw(st.booleans())):  # not sixty different ones: that takes long
                usual = draw(_case(shape.member, frozenset(), there, "")).value
            value.append(usual)
    return Case(value, [_said(value, path, words) for words in broken(shape, value)] + faults)


@st.composite
def _maps(
    draw: Callable[..., Any], shape: Any, plan: "frozenset[Site]", own: list[str], steps: tuple[str, ...], path: str
) -> Case:
    value: dict[str, Any] = {}
    length = draw(_length(shape, own))
    spoils = any(len(site.steps) > len(steps) for site in plan)
    if spoils and "min" not in own:
        length = max(length, 1)
    spoilt_at = draw(st.integers(0, length - 1)) if spoils and length else None
    constraints: list[str] = []
    for index, usual in enumerate(draw(st.lists(_scalars(shape.key), min_size=length, max_size=length, unique=True))):
        its_plan = plan if index == spoilt_at else frozenset[Site]()
        key, each = Case(usual, []), draw(_case(shape.value, its_plan, (*steps, VALUE), ""))
        if index == spoilt_at:
            key = draw(_case(shape.key, its_plan, (*steps, KEY), ""))
        value[key.value] = each.value
        for words, made, its_shape in (("keys", key, shape.key), ("value", each, shape.value)):
            if made.faults:
                constraints.append(f"Map {words} must satisfy constraint: {_all_constraints(its_shape)}")
    return Case(value, [_said(value, path, words) for words in [*broken(shape, value), *constraints]])


_strategies: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {}


def _prepare(shape: Any) -> None:
    """Make the strategies of everything below `shape`."""
    for _, its_shape in places(shape):
        if its_shape.type_name not in ("structure", "list", "map"):
            _scalars(its_shape)


def _scalars(shape: Any) -> st.SearchStrategy[Any]:
    kept = _strategies.get(shape.name)
    if kept is None or kept[0] != shape.metadata:
        kept = _strategies[shape.name] = (shape.metadata, _made_scalars(shape))
    return kept[1]


def _made_scalars(shape: Any) -> st.SearchStrategy[Any]:
    limits = shape.metadata
    if shape.type_name == "timestamp":
        # Year 1 has places on earth where it hasn't begun yet.
        return st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(timezone.utc))
    if shape.type_name == "integer":
        return st.integers(limits.get("min", -(2**31)), limits.get("max", 2**31 - 1))
    assert shape.type_name == "string", f"{shape.name} is a {shape.type_name}"
    if "enum" in limits:
        return st.sampled_from(limits["enum"])
    if "pattern" not in limits:
        return st.text(min_size=limits.get("min", 0), max_size=limits.get("max"))
    return st.sampled_from(_texts(shape))


def _texts(shape: Any) -> list[str]:
    """Texts that fit a shape with a pattern."""
    limits = shape.metadata
    return _fitting(limits["pattern"], limits.get("min", 0), limits.get("max", sys.maxsize))


@functools.cache
def _fitting(pattern: str, least: int, most: int) -> list[str]:
    texts = {text for text in _matching(pattern) if least <= len(text) <= most}
    return sorted(texts, key=lambda text: (len(text), text))


@functools.cache
def _matching(pattern: str) -> list[str]:
    """Texts that match a pattern. They are drawn beforehand: from_regex takes milliseconds for each."""
    texts: list[str] = []

    @settings(database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.from_regex(_python_pattern(pattern, True), fullmatch=True))
    def draw(text: str) -> None:
        if matches(pattern, text):
            texts.append(text)

    draw()
    return texts


# Characters that some pattern might let through by mistake, or might stop.
_SUSPECTS = [
    *" !_-/.:@,+\\'\"\0\t\n\r\v\f\x1c\x1f\x7f\x85\xa0",
    *"é²٣Ⅷ€\u0301\u200b\u2028\u2029\ufeff漢😀\U0001d7d8\U000e0001",
]


def _spoilt(shape: Any, constraint: str) -> st.SearchStrategy[Any]:
    """Values that break the constraint, and no other of the shape's where that can be."""
    limits = shape.metadata
    if shape.type_name == "integer":
        most, least = limits.get("max", 0), limits.get("min", 0)
        numbers = {
            "max": st.integers(most + 1, 2**31 - 1),
            "min": st.integers(-(2**31), least - 1),
            "at max": st.just(most),
            "at min": st.just(least),
        }
        return numbers[constraint]
    if constraint.startswith("at "):
        return st.just(_at(shape, constraint[3:]))
    if constraint == "enum":
        words = st.sampled_from(limits["enum"])
        altered = st.sampled_from([str.lower, str.upper, "{} ".format, " {}".format, "{}x".format, lambda _: ""])
        return st.builds(lambda word, alter: alter(word), words, altered).filter(
            lambda text: text not in limits["enum"]
        )
    if constraint == "pattern":
        texts = st.builds(_with, _scalars(shape), st.sampled_from(_breaking(limits["pattern"])), st.integers(0, 300))
        return texts.filter(lambda text: [words[:18] for words in broken(shape, text)] == ["Member must satisf"])
    if constraint == "max":
        return st.builds(functools.partial(_longer, shape), _scalars(shape), st.integers(1, 9), st.integers(0, 300))
    return st.builds(functools.partial(_shorter, shape), _scalars(shape), st.integers(0, limits["min"] - 1))


def _at(shape: Any, limit: str) -> str | None:
    """A text of the greatest or the least length, if there is one."""
    return next((each for each in _of_length(shape.metadata["pattern"], shape.metadata[limit])), None)


@functools.cache
def _of_length(pattern: str, length: int) -> list[str]:
    found = []
    for text in sorted(set(_matching(pattern)), key=len)[:20]:
        for place, character in ((1, "a"), (1, "-"), (len(text), "a")):
            longer = text[:place] + character * (length - len(text)) + text[place:]
            found += [each for each in (text[:length], longer) if len(each) == length and matches(pattern, each)]
    return found


def _with(text: str, character: str, position: int) -> str:
    position %= len(text) + 1
    return text[:position] + character + text[position:]


@functools.cache
def _breaking(pattern: str) -> list[str]:
    """The suspects that no match of the pattern may contain."""
    alone = [each for each in _SUSPECTS if not matches(pattern, each)]
    return [each for each in alone if not matches(pattern, f"s3://a/{each}")]


def _longer(shape: Any, text: str, by: int, position: int) -> str:
    text = text if len(text) > 1 else text + "aa"
    missing = shape.metadata["max"] - len(text) + by
    longer = [_with(text, character * missing, place) for character in "a-" for place in (position, len(text), 1)]
    return next((each for each in longer if len(broken(shape, each)) == 1), longer[0])


def _shorter(shape: Any, text: str, length: int) -> str:
    shorter = [text[:length], text[len(text) - length :], "a" * length]
    return next((each for each in shorter if len(broken(shape, each)) == 1), shorter[0])
