"""The quick check of a request: whether it is flawless, and nothing else.

Nearly every request is, and finding that out would be most of what a call costs if it were done by calling a function
for each value. So the check of a shape is written out as one function, without a call for a structure, a list or a
number, and with one call of a C function for a string. What is wrong with a request that it does not accept is the
affair of `constraints`, which is the authority: the test suite holds the two against each other.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

from pytest_sagemaker_ie.core.patterns import java_matcher
from pytest_sagemaker_ie.core.wire import TIMES, Shape

__all__ = ["INTEGERS", "acceptance", "lengths"]

INTEGERS: Final = (-(2**31), 2**31 - 1)
"""The least and the greatest integer that the service reads."""


def acceptance(shape: Shape, constrained: bool) -> Callable[[Any], bool]:
    """Return a function that tells whether a value in wire form violates nothing and needs no cleaning.

    It may raise TypeError to say no, when a value of a wrong type meets a pattern or an enum.
    """
    names: dict[str, Any] = {}
    lines = ["def accepts(v):", *_indented(_written(shape, "v", constrained, names)), "    return True"]
    exec("\n".join(lines), names)
    accepts: Callable[[Any], bool] = names["accepts"]
    return accepts


def lengths(shape: Shape, constrained: bool) -> tuple[float, float]:
    """Return the least and the greatest length that a shape allows; unconstrained, those of a string are free."""
    if shape.type_name == "string" and not constrained:
        return 0, math.inf
    return shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)


def _written(shape: Shape, value: str, constrained: bool, names: dict[str, Any]) -> Iterator[str]:
    """Write out the check of `shape` for the variable `value`; what it needs beside is put into `names`."""
    kind = shape.type_name
    inner = f"{value}_"
    if kind == "structure":
        yield f"if type({value}) is not dict: return False"
        yield f"{value}_known = 0"
        for member, its_shape in shape.members.items():
            yield f"if {member!r} in {value}:"
            yield f"    {inner} = {value}[{member!r}]"
            yield from _indented(_written(its_shape, inner, constrained, names))
            yield f"    {value}_known += 1"
            if member in shape.required_members:
                yield "else: return False"
        yield f"if {value}_known != len({value}): return False"
    elif kind in ("list", "map"):
        at_least, at_most = lengths(shape, constrained)
        yield f"if type({value}) is not {'list' if kind == 'list' else 'dict'}: return False"
        yield f"if not {at_least} <= len({value}) <= {_literal(at_most)}: return False"
        if kind == "list":
            yield f"for {inner} in {value}:"
            yield from _indented(_written(shape.member, inner, constrained, names))
        else:
            yield f"for {inner}key, {inner} in {value}.items():"
            yield from _indented(_written(shape.key, f"{inner}key", constrained, names))
            yield from _indented(_written(shape.value, inner, constrained, names))
    elif kind == "string":
        name = f"string_{len(names)}"
        allowed = shape.metadata.get("enum")
        if allowed is not None:
            names[name] = frozenset(allowed)
            yield f"if {value} not in {name}: return False"
        else:
            pattern = shape.metadata.get("pattern") if constrained else None
            names[name] = java_matcher(pattern, *lengths(shape, constrained))
            yield f"if not {name}({value}): return False"
    elif kind == "integer":
        lowest, highest = INTEGERS
        at_least, at_most = shape.metadata.get("min", lowest), shape.metadata.get("max", highest)
        yield f"if type({value}) is not int or not {at_least} <= {value} <= {at_most}: return False"
    elif kind == "timestamp":
        earliest, latest = TIMES
        yield f"if type({value}) is not float and type({value}) is not int: return False"
        yield f"if not {earliest} <= {value} <= {latest}: return False"
    else:
        yield f"if {value} is None: return False"  # a kind that no operation had when this was written


def _literal(number: float) -> str:
    return "9e999" if number == math.inf else str(number)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
