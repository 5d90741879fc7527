"""How reprs, reports and failed assertions write values: in one line, times in ISO 8601, long values cut."""

import datetime
from collections.abc import Mapping
from typing import Any, Final

LONGEST: Final = 76  # characters of a value in a repr or in a line of a report
NO_CALL: Final = "The account answered no call: neither the test nor the code under test made one."


def shown(value: object, longest: int = LONGEST) -> str:
    """Return `value` as Python writes it, but with times as ``2026-03-09T00:00:00Z``; cut if it is too long."""
    text = _written(value)
    if len(text) <= longest:
        return text
    if isinstance(value, Mapping):
        return "{...}"
    return "[...]" if isinstance(value, list) else f"{text[: longest - 3]}..."


def shown_move(before: str | None, after: str | None) -> str:
    """Return two statuses as a move, or as one status if they are the same; empty if there is no experiment."""
    if before == after:
        return before or ""
    return f"{before or '(none)'} -> {after or '(deleted)'}"


def shown_number(number: int, noun: str) -> str:
    """Return a number of things: ``1 test``, ``2 tests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def shown_parameters(parameters: Mapping[str, Any], longest: int = LONGEST) -> str:
    """Return a call's parameters as Python writes arguments: ``Name='churn-v2', Description='x'``."""
    return ", ".join(f"{name}={shown(value, longest)}" for name, value in parameters.items())


def printable(text: str, kept: str = "") -> str:
    """Escape control characters but those `kept`, and what UTF-8 can't encode: a name may have any character."""
    return "".join(each if each.isprintable() or each in kept else ascii(each)[1:-1] for each in text)


def _written(value: object) -> str:
    if isinstance(value, datetime.datetime):
        when = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return f"{when.isoformat(timespec='milliseconds' if when.microsecond else 'seconds')}Z"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name!r}: {_written(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)
