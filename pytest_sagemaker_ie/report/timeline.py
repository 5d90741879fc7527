"""A test's calls as a timeline: when, which operation on which experiment, and with what result.

A timeline shows an experiment as the last look left it, because a new look could move it. The cost is linear in the
number of calls: only shown rows have details, and a search by time finds an experiment's steps.
"""

import datetime
import textwrap
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, groupby
from typing import Final, NamedTuple, TypeAlias

from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.core.display import NO_CALL, printable, shown, shown_move, shown_parameters
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Event, Status
from pytest_sagemaker_ie.core.operations import short_name
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.core.wire import moment

Line: TypeAlias = list[tuple[str, str]]
"""Pieces of text, each with its style: ``"red"``, ``"yellow"``, ``"green"``, ``"light"``, or ``""`` for none."""

_WIDTH: Final = 88  # that of wrapped messages; a row of the table may be wider
_INDENT: Final = "    "
_FIRST, _LAST = 5, 15
_NAMES: Final = 10
_LONGEST_VALUE: Final = 48

_short = partial(textwrap.shorten, width=600, placeholder=" ...")

_BY_ITSELF: Final = frozenset({Event.START_TIME, Event.END_TIME, Event.FINISH, Event.FAIL})


class UsedAccount:
    """One account, and where the test begins in its record."""

    def __init__(self, account: Service, is_older: bool = False) -> None:
        """Note `account`. If it is older than the test, its record counts from now on."""
        self.account, self._is_older = account, is_older
        self._calls = len(account.calls) if is_older else 0
        self._unanswered = len(account.unanswered) if is_older else 0
        self._steps = {id(state): len(state.steps) for state in account.states()} if is_older else {}

    @property
    def region(self) -> str:
        """The region of a client that names none. It is empty if botocore refuses the test's AWS configuration."""
        with suppress(Exception):
            return self.account.region()
        return ""

    def calls(self) -> list[Call]:
        """Return the calls that the account answered for the test."""
        return self.account.calls[self._calls :]

    def unanswered(self) -> list[tuple[str, str]]:
        """Return the operations that the test called and no account answered, each with the reason."""
        return self.account.unanswered[self._unanswered :]

    def states(self) -> list[ExperimentState]:
        """Return the account's experiments and those that the test deleted, as the last look left them."""
        return self.account.states(self._calls)

    def steps(self, state: ExperimentState) -> list[tuple[int, Event, Status | None, Status | None]]:
        """Return the steps that an experiment took during the test."""
        return state.steps[self._steps.get(id(state), 0) :]

    def is_used(self) -> bool:
        """Return whether the test used the account. An older one may be there for other tests."""
        return not self._is_older or bool(self.calls() or self.unanswered())


class Row(NamedTuple):
    """One call, a series of the same call, or a move that an experiment made by itself."""

    when: datetime.datetime
    what: str
    name: str
    before: Status | None
    after: Status | None
    calls: Sequence[Call] = ()  # empty if the experiment moved by itself

    @property
    def kind(self) -> str:
        """What the row shows, as a class of the style sheet."""
        call = self.calls[0] if self.calls else None
        return "moved" if call is None else "fault" if call.fault else "refused" if call.error else "call"


def timeline(accounts: Sequence[UsedAccount]) -> list[Line]:
    """Return the lines that show what a test did with its accounts."""
    lines: list[Line] = []
    for number, each in enumerate(accounts, 1):
        if len(accounts) > 1:
            lines.append([(f"Account {number} of {len(accounts)}, {each.account.account_id}:", "")])
        lines += _of_account(each)
    return [[(printable(text, "\n"), style) for text, style in line] for line in lines]


def plain(lines: Iterable[Line]) -> str:
    """Return the lines as text, without the styles."""
    return "\n".join("".join(text for text, _ in line) for line in lines)


def _of_account(used: UsedAccount) -> Iterator[Line]:
    calls, unanswered, unspent = used.calls(), used.unanswered(), used.account.script.unspent
    name = partial(shown_name, used.region)
    seeds = [each for each in used.states() if not each.steps or each.steps[0][2] is not None]
    seeded = [f"{name(each)} ({each.steps[0][2] if each.steps else each.status})" for each in seeds]
    yield from _names("Seeded", seeded, "")
    if calls:
        yield from chain.from_iterable(lines for _, lines in table(used))
    elif not unanswered:
        yield [(NO_CALL, "yellow")]
    if unanswered:
        yield [("Calls that were not answered:", "yellow")]
    for operation, reason in unanswered[:_NAMES]:
        yield [(f"{_INDENT}{operation}:", "yellow")]
        yield from _wrapped(_short(reason), _INDENT * 2)
    if len(unanswered) > _NAMES:
        yield [(f"{_INDENT}and {len(unanswered) - _NAMES} more", "yellow")]
    # What the test prepared and its calls did not use comes last.
    if unspent:
        yield [("Scripted, and did not happen:", "yellow")]
        yield from ([(f"{_INDENT}{each!r}", "yellow")] for each in unspent)
    if calls:
        named = {(each.region, each.name) for each in calls}
        unnamed = [name(each) for each in seeds if (each.region, each.name) not in named]
        yield from _names("Seeded, and named in no call", unnamed, "yellow")


def _rows(used: UsedAccount) -> list[Row]:
    """Return a row for each call, or series of the same call, and for each move that an experiment made by itself."""
    rows: list[Row] = []
    region = used.region
    known: dict[tuple[str, str | None], Status | None] = {}  # by region and name
    steps: dict[tuple[str, str | None], list[Row]] = {}
    # A deleted experiment comes before an existing one of the same name, which is newer.
    for state in sorted(used.states(), key=lambda state: state.status is not None):
        where, name = (state.region, state.name), shown_name(region, state)
        its = [Row(moment(when), event, name, before, after) for when, event, before, after in used.steps(state)]
        known.setdefault(where, its[0].before if its else state.status)
        steps.setdefault(where, []).extend(its)
    moves = sorted(each.when for its in steps.values() for each in its if each.what in _BY_ITSELF)
    seen = 0  # of the moves: a call about no single experiment sees those of all
    for (_, passed), run in groupby(used.calls(), lambda call: (_sameness(call), _passed(moves, call))):
        same = list(run)
        first = same[0]
        key = (first.region, first.name)
        if passed > seen:
            seen, found = passed, []
            for other, its in steps.items():
                if end := bisect_right(its, first.when, key=lambda step: step.when):
                    moved = _by_itself(its, known[other], its[end - 1].after, first.when)
                    known[other] = moved[-1].after if moved else known[other]
                    found += moved
            rows += sorted(found, key=lambda row: row.when)
        if first.status_before is not None and first.status_before is not known.get(key):
            rows += _by_itself(steps.get(key, []), known.get(key), first.status_before, first.when)
        known[key] = same[-1].status_after
        what = short_name(first.operation)
        rows.append(Row(first.when, what, shown_name(region, first), first.status_before, first.status_after, same))
    # Moves that no call saw come last. The test saw them through the backend.
    for key, its in steps.items():
        if its and its[-1].after is not known[key]:
            rows += _by_itself(its, known[key], its[-1].after, its[-1].when)
    return rows


def _passed(moves: list[datetime.datetime], call: Call) -> int:
    """Return how many of the `moves` a call about no single experiment comes after; 0 for another call."""
    return 0 if call.name else bisect_right(moves, call.when)


def _sameness(call: Call) -> object:
    """Return a key that is the same for successive calls of one row, such as those of code that polls."""
    # A call that changed something has its own row.
    is_update = call.error is None and call.operation.startswith("Update")
    alone = is_update or call.status_before is not call.status_after
    what = (call.operation, call.region, call.name, call.error, call.message, call.status_before, call.status_after)
    return what, id(call) if alone else call.body


def _by_itself(steps: list[Row], known: Status | None, met: Status | None, when: datetime.datetime) -> list[Row]:
    """Return the moves from the `known` status to the status that a call `met`, if the experiment made them itself."""
    end = bisect_right(steps, when, key=lambda step: step.when)
    while end and steps[end - 1].after is not met:
        end -= 1
    start = end
    while start and steps[start - 1].what in _BY_ITSELF and (start == end or steps[start].before is not known):
        start -= 1
    rows: list[Row] = []
    for step in steps[start:end] if start < end and steps[start].before is known else ():
        if rows and step.what is Event.FINISH:
            rows[-1] = rows[-1]._replace(after=step.after)
        else:
            rows.append(step._replace(what=f"({step.what})"))
    return rows


def _details(calls: Sequence[Call]) -> Iterator[str]:
    """Yield what an update changed, or what a call sent, why it was refused, and when the client tried again."""
    call = calls[0]
    if call.operation.startswith("Update") and call.error is None:
        for field, (before, after) in call.changed.items():
            yield f"{field}: {shown(before, _LONGEST_VALUE)} -> {shown(after, _LONGEST_VALUE)}"
        if not call.changed:
            yield "nothing changed"
        return
    sent = {name: value for name, value in call.parameters.items() if name not in ("Name", "ResourceArn")}
    if sent:
        yield shown_parameters(sent, _LONGEST_VALUE)
    if call.message is not None:
        yield _short(call.message)
    waits = [each.retry_wait for each in calls if each.retry_wait is not None]
    if waits:
        spread = f" {len(waits)} times, after {min(waits):.3g} to {max(waits):.3g} s, {sum(waits):.3g} s in all"
        yield "the client tried again" + (spread if len(waits) > 1 else f", after {waits[0]:.3g} s")


def table(used: UsedAccount) -> Iterator[tuple[Row | None, list[Line]]]:
    """Yield each row that is shown, with its lines. The heading, and a note on rows left out, come with `None`."""
    rows = _rows(used)
    if not rows:
        return
    moments = [each for row in rows for each in (row.when, *(call.when for call in row.calls[-1:]))]
    precision = "milliseconds" if any(each.microsecond for each in moments) else "seconds"
    dates = {each.date() for each in moments}
    on = f" on {dates.pop()}" if len(dates) == 1 else ""
    yield None, [[(f"Calls answered{on}, times in UTC:", "")]]

    def shown_time(when: datetime.datetime) -> str:
        return when.time().isoformat(precision) if on else when.replace(tzinfo=None).isoformat(" ", precision)

    statuses = [shown_move(each.before, each.after) or ("(none)" if each.calls[0].name else "") for each in rows]
    cells = [(row.what, row.name, status) for row, status in zip(rows, statuses, strict=True)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cut = range(_FIRST, len(rows) - _LAST)
    for number, row in enumerate(rows):
        if number in cut:
            if number == _FIRST:
                left_out = f"{_INDENT}... {len(cut)} rows left out; the backend's `calls` has every call ..."
                yield None, [[(left_out, "light")]]
            continue
        text = "  ".join(each.ljust(width) for each, width in zip(cells[number], widths, strict=True))
        line = [(f"{shown_time(row.when)}  ", "light"), (text, "" if row.calls else "light")]
        if row.calls and row.calls[0].error:
            line.append((f"  {row.calls[0].error}", "red"))
        if len(row.calls) > 1:
            line.append((f"  {len(row.calls)} times, until {shown_time(row.calls[-1].when)}", ""))
        line[-1] = line[-1][0].rstrip(), line[-1][1]
        details = _details(row.calls) if row.calls else ()
        yield row, [line, *(each for detail in details for each in _wrapped(detail, _INDENT))]


def shown_name(home: str, of: Call | ExperimentState) -> str:
    """Return the name of an experiment, with its region if that is not `home`, the account's region."""
    name = of.name or ""
    name = name if len(name) <= 63 else f"{name[:60]}..."
    return name if of.region == home else f"{name} in {of.region}".strip()


def _names(what: str, names: Sequence[str], style: str) -> Iterator[Line]:
    if names:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield from _wrapped(f"{what}: {', '.join(names[:_NAMES])}{more}", "", style)


def _wrapped(text: str, indent: str, style: str = "") -> Iterator[Line]:
    wrap = textwrap.TextWrapper(_WIDTH, indent, indent or _INDENT, break_on_hyphens=False, break_long_words=False)
    yield from ([(line, style)] for line in wrap.wrap(text))
