"""Try the cases of rules on a bench, take away what they made, and report what came of each."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from parity.answers import agrees, as_json
from parity.bench import Bench, NotRun, error_of
from parity.probes import FREE, Case
from parity.rules import Rule

__all__ = ["AGREES", "DIFFERS", "NOT_RUN", "Result", "in_order", "try_all"]

AGREES, DIFFERS, NOT_RUN = "agrees", "differs", "not run"
_ORDER = (None, "Created", "Running", "Completed", "Cancelled")


class Result(NamedTuple):
    """What came of a rule's case."""

    rule: Rule
    outcome: str
    expected: Any = None
    seen: Any = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the result as the report has it."""
        if self.outcome == NOT_RUN:
            return {"outcome": self.outcome, "reason": self.reason}
        return {"outcome": self.outcome, "expected": as_json(self.expected), "seen": self.seen}


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules with the free ones first, then by the experiment that they share, for few have to be made."""

    def place(rule: Rule) -> tuple[bool, bool, int]:
        if not isinstance(rule.case, Case):
            return (False, False, 0)
        case = rule.case
        return (case.cost != FREE, case.alters, _ORDER.index(case.on) if case.on or case.cost == FREE else len(_ORDER))

    return sorted(rules, key=place)


def try_all(
    rules: Iterable[Rule], bench: Bench, say: Callable[[str], None], excused: Callable[[Case], str | None]
) -> tuple[list[Result], bool]:
    """Try the rules' cases; return the results, and whether it was interrupted.

    Args:
        rules: the rules, in the order in which they are tried.
        bench: where.
        say: prints a line.
        excused: returns why a case is not to be tried, or `None`.
    """
    results: list[Result] = []
    try:
        for rule in rules:
            result = _tried(rule, bench, excused)
            results.append(result)
            say(f"{result.outcome:8} {rule.id}{f': {result.reason}' if result.reason else ''}")
            if result.outcome == DIFFERS:
                say(f"    expected {as_json(result.expected)}\n    seen     {result.seen}")
    except KeyboardInterrupt:
        say("interrupted")
        return results, True
    return results, False


def _tried(rule: Rule, bench: Bench, excused: Callable[[Case], str | None]) -> Result:
    case = rule.case
    if not isinstance(case, Case):
        return Result(rule, NOT_RUN, reason=case)
    if reason := excused(case):
        return Result(rule, NOT_RUN, reason=reason)
    try:
        seen = case.look(bench)
    except NotRun as error:
        bench.tidy()
        return Result(rule, NOT_RUN, reason=str(error))
    except ClientError as error:
        seen = error_of(error)
    except (LookupError, TypeError, ValueError) as error:  # an answer that is not made as the case reads it
        seen = {"unreadable": repr(error)}
    seen = bench.plain(seen)
    bench.tidy()
    return Result(rule, AGREES if agrees(case.expected, seen) else DIFFERS, case.expected, seen)
