"""Check whether the code made the calls that a test expects. If not, the message shows both."""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.display import NO_CALL, shown, shown_number, shown_parameters
from pytest_sagemaker_ie.core.errors import Mistake
from pytest_sagemaker_ie.core.wire import Shape, from_wire, to_wire, valid_names

_LONGEST: Final = 200
_SHOWN_CALLS: Final = 10


def expected_parameters(shape: Shape, parameters: Mapping[str, object]) -> dict[str, Any]:
    """Return the parameters that a test expects in the form of `Call.parameters`; raise `ValueError` for wrong ones."""
    __tracebackhide__ = True
    expected = {}
    for name, value in parameters.items():
        if name not in shape.members:
            raise ValueError(f"unknown parameter {name!r}.{valid_names(name, shape.members, 'parameters')}")
        try:
            expected[name] = from_wire(shape.members[name], to_wire(shape.members[name], value, name))
        except Mistake as error:
            raise ValueError(str(error)) from None
    return expected


def check_calls(calls: Sequence[Call], operation: str, expected: Mapping[str, Any], times: int | None) -> list[Call]:
    """Return the calls of `operation` with the `expected` parameters; raise `AssertionError` if the number is wrong."""
    __tracebackhide__ = True
    of_it = [(call, call.parameters) for call in calls if call.operation == operation]
    matching = [call for call, parameters in of_it if not _differences(expected, parameters)]
    if matching if times is None else len(matching) == times:
        return matching
    which = f" with {shown_parameters(expected, _LONGEST)}" if expected else ""
    if times is None:
        lines = [f"{operation} was not called{which}."]
    else:
        often = shown_number(len(matching), "time")
        lines = [f"{operation} was called {often}{which}, not {shown_number(times, 'time')}."]
    if of_it:
        lines.append(f"Its calls: {len(of_it)}")
        for number, (call, sent) in enumerate(of_it[:_SHOWN_CALLS], 1):
            lines.append(f"  {number}. {shown_parameters(sent)}{f' ({call.error})' if call.error else ''}")
            lines += (f"       {each}" for each in _differences(expected, sent))
        if len(of_it) > _SHOWN_CALLS:
            lines.append(f"  ... and {len(of_it) - _SHOWN_CALLS} more")
    elif calls:
        numbers = Counter(call.operation for call in calls)
        others = [f"{name} ({shown_number(number, 'time')})" for name, number in numbers.items()]
        lines.append(f"The calls were {', '.join(others)}.")
    else:
        lines.append(NO_CALL)
    raise AssertionError("\n".join(lines))


def _differences(expected: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in expected.items():
        if name not in sent:
            found.append(f"{name} was not given, expected {shown(value, _LONGEST)}")
        elif sent[name] not in (value, _in_seconds(value)):
            found.append(f"{name} is {shown(sent[name], _LONGEST)}, expected {shown(value, _LONGEST)}")
    return found


def _in_seconds(value: Any) -> Any:
    """Return `value` with its times in whole seconds, as some versions of botocore send them."""
    if isinstance(value, dict):
        return {name: _in_seconds(each) for name, each in value.items()}
    return value.replace(microsecond=0) if isinstance(value, datetime.datetime) else value
