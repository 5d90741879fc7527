"""What a case expects, and whether what it saw agrees. Both are plain JSON, but for the patterns here."""

import re
from typing import Any, NamedTuple

__all__ = ["Like", "Within", "agrees", "as_json"]


class Like(NamedTuple):
    """A string that the regular expression matches as a whole."""

    pattern: str


class Within(NamedTuple):
    """A list that has none but these."""

    values: tuple[Any, ...]


def agrees(expected: Any, seen: Any) -> bool:
    """Whether `seen` is as `expected`; members of an object that are not expected may be anything."""
    if isinstance(expected, Like):
        return isinstance(seen, str) and re.fullmatch(expected.pattern, seen, re.DOTALL) is not None
    if isinstance(expected, Within):
        return isinstance(seen, list) and all(each in expected.values for each in seen)
    if isinstance(expected, dict):
        return isinstance(seen, dict) and all(agrees(each, seen.get(name)) for name, each in expected.items())
    if isinstance(expected, list):
        return isinstance(seen, list) and len(seen) == len(expected) and all(map(agrees, expected, seen))
    return bool(expected == seen and type(expected) is type(seen))


def as_json(expected: Any) -> Any:
    """Return what is expected as JSON has it."""
    if isinstance(expected, Like):
        return {"a string that matches": expected.pattern}
    if isinstance(expected, Within):
        return {"none but": list(expected.values)}
    if isinstance(expected, dict):
        return {name: as_json(each) for name, each in expected.items()}
    if isinstance(expected, list):
        return [as_json(each) for each in expected]
    return expected
