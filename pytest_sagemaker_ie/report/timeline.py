"""A test's calls as a timeline: when, which operation on which experiment, and with what result.

It is made of lines, and these of pieces of text with a style each, so that they can be printed with or without colours.
No account is asked for the time here: an experiment is shown as the last look has left it. The cost is linear in the
number of calls: details are made for the rows that are shown, and an experiment's steps are searched by time.
"""

import textwrap
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pytest_sagemaker_ie.core.display import NO_CALL, shown, shown_move
from pytest_sagemaker_ie.core.lifecycle import Event, Status
from pytest_sagemaker_ie.core.operations import short_name
from pytest_sagemaker_ie.core.wire import moment

if TYPE_CHECKING:
    import datetime

    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.core.call import Call
    from pytest_sagemaker_ie.core.experiment import ExperimentState
    from pytest_sagemaker_ie.report.accounts import UsedAccount

__all__ = ["Line", "plain", "timeline"]

Line: TypeAlias = list[tuple[str, str]]
"""Pieces of text, each with the word for its style: ``"red"``, ``"yellow"``, ``"light"``, or ``""`` for none."""

_WIDTH: Final = 88
"""Where messages are wrapped. A table's row may be longer, if a name is."""
_INDENT: Final = "    "
_FIRST, _LAST = 5, 15
_NAMES: Final = 10
_LONGEST_VALUE: Final = 48
_LONGEST_NAME: Final = 63
_LONGEST_MESSAGE: Final = 600

_BY_ITSELF: Final = frozenset({Event.START_TIME, Event.END_TIME, Event.FINISH, Event.FAIL})


class _Row(NamedTuple):
    when: "datetime.datetime"
    what: str
    name: str
    before: Status | None
    after: Status | None
    calls: "Sequence[Call]" = ()
    """The calls that are one row; none, if the experiment moved by itself."""

    @property
    def status(self) -> str:
        return shown_move(self.before, self.after) or ("(none)" if self.calls and self.calls[0].name else "")


def timeline(accounts: "Sequence[UsedAccount]") -> list[Line]:
    """Return the lines that tell what a test did with its accounts."""
    lines: list[Line] = []
    for number, each in enumerate(accounts, 1):
        if len(accounts) > 1:
            lines.append([(f"Account {number} of {len(accounts)}, {each.account.account_id}:", "")])
        lines += _of_account(each.account, each.calls())
    return [[(_printable(text), style) for text, style in line] for line in lines]


def plain(lines: Iterable[Line]) -> str:
    """Return the lines as text, without the styles."""
    return "\n".join("".join(text for text, _ in line) for line in lines)


def _printable(text: str) -> str:
    """Return the text without what a terminal would obey and what has no UTF-8: names may hold anything."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def _of_account(account: "InferenceExperimentBackend", calls: "Sequence[Call]") -> Iterator[Line]:
    states = account.states()
    name = partial(_name, account.region)
    seeds = [state for state in states if not state.steps or state.steps[0][1] is not Event.CREATE]
    if seeds:
        yield [(_names("Seeded", [f"{name(each)} ({_first_status(each)})" for each in seeds]), "")]
    if calls:
        yield from _table(_rows(account.region, states, calls))
    else:
        yield [(NO_CALL, "yellow")]
    # What a test has prepared and nothing has used comes last.
    unspent = account.unspent_faults
    if unspent:
        yield [("Scripted, and did not come to pass:", "yellow")]
        yield from ([(f"{_INDENT}{each!r}", "yellow")] for each in unspent)
    named = {(each.region, each.name) for each in calls}
    unnamed = [name(each) for each in seeds if (each.region, each.name) not in named]
    if unnamed and calls:
        yield [(_names("Seeded, and named in no call", unnamed), "yellow")]


def _rows(region: str, states: "Sequence[ExperimentState]", calls: "Sequence[Call]") -> list[_Row]:
    """Return a row for each call, for each run of the same call, and for what an experiment did by itself before it."""
    rows: list[_Row] = []
    known: dict[tuple[str, str | None], Status | None] = {}
    steps: dict[tuple[str, str | None], list[_Row]] = {}
    # The deleted ones first: an experiment that has their name came later.
    for state in sorted(states, key=lambda state: state.status is not None):
        known.setdefault((state.region, state.name), _first_status(state))
        steps.setdefault((state.region, state.name), []).extend(
            _Row(moment(when), event, _name(region, state), before, after) for when, event, before, after in state.steps
        )
    for _, run in groupby(calls, _sameness):
        same = list(run)
        first = same[0]
        key = (first.region, first.name)
        if first.status_before is not None and first.status_before is not known.get(key):
            rows += _by_itself(steps.get(key, []), known.get(key), first)
        known[key] = same[-1].status_after
        what = short_name(first.operation)
        rows.append(_Row(first.when, what, _name(region, first), first.status_before, first.status_after, same))
    return rows


def _sameness(call: "Call") -> object:
    """Calls in a row with the same of this are one row: mostly those of code that polls."""
    moved = call.status_before is not call.status_after
    # A call that has done something stands alone.
    alone = moved or (call.error is None and call.operation.startswith("Update"))
    what = (call.operation, call.region, call.name, call.error, call.message, call.status_before, call.status_after)
    return what, id(call) if alone else call.body


def _by_itself(steps: list[_Row], known: Status | None, call: "Call") -> Iterator[_Row]:
    """Give what has led from the status that was `known` to that which a call met, if the clock has done it."""
    end = bisect_right(steps, call.when, key=lambda step: step.when)
    while end and steps[end - 1].after is not call.status_before:
        end -= 1
    start = end
    while start and steps[start - 1].what in _BY_ITSELF and (start == end or steps[start].before is not known):
        start -= 1
    if start == end or steps[start].before is not known:
        return
    while start < end:
        row = steps[start]
        start += 1
        while start < end and steps[start].what is Event.FINISH:
            row = row._replace(after=steps[start].after)
            start += 1
        yield row._replace(what=f"({row.what})")


def _details(call: "Call") -> Iterator[str]:
    """Give what a row has not said: what an update changed, or what was sent and why it was refused."""
    if call.operation.startswith("Update") and call.error is None:
        for field, (before, after) in call.changed.items():
            yield f"{field}: {shown(before, _LONGEST_VALUE)} -> {shown(after, _LONGEST_VALUE)}"
        if not call.changed:
            yield "nothing changed"
        return
    sent = {name: value for name, value in call.parameters.items() if name not in ("Name", "ResourceArn")}
    if sent:
        yield ", ".join(f"{name}={shown(value, _LONGEST_VALUE)}" for name, value in sent.items())
    if call.message is not None:
        yield textwrap.shorten(call.message, _LONGEST_MESSAGE, placeholder=" ...")
    if call.retry_wait is not None:
        yield f"the client tried again, after {call.retry_wait:.3g} s"


def _table(rows: Sequence[_Row]) -> Iterator[Line]:
    moments = [each for row in rows for each in (row.when, *(call.when for call in row.calls[-1:]))]
    precision = "milliseconds" if any(each.microsecond for each in moments) else "seconds"
    dates = {each.date() for each in moments}
    on = f" on {dates.pop()}" if len(dates) == 1 else ""
    yield [(f"Calls answered{on}, times in UTC:", "")]

    def shown_time(when: "datetime.datetime") -> str:
        return when.time().isoformat(precision) if on else when.replace(tzinfo=None).isoformat(" ", precision)

    columns = [(row.what, row.name, row.status) for row in rows]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    cut = range(_FIRST, len(rows) - _LAST)
    for number, row in enumerate(rows):
        if number in cut:
            if number == _FIRST:
                yield [(f"{_INDENT}... {len(cut)} rows left out; the backend's `calls` has every call ...", "light")]
            continue
        cells = "  ".join(each.ljust(width) for each, width in zip(columns[number], widths, strict=True))
        line = [(f"{shown_time(row.when)}  ", "light"), (cells, "" if row.calls else "light")]
        if row.calls and row.calls[0].error:
            line.append((f"  {row.calls[0].error}", "red"))
        if len(row.calls) > 1:
            line.append((f"  {len(row.calls)} times, until {shown_time(row.calls[-1].when)}", ""))
        yield [*line[:-1], (line[-1][0].rstrip(), line[-1][1])]
        for each in _details(row.calls[0]) if row.calls else ():
            for text in textwrap.wrap(each, _WIDTH - len(_INDENT), break_on_hyphens=False, break_long_words=False):
                yield [(f"{_INDENT}{text}", "")]


def _first_status(state: "ExperimentState") -> Status | None:
    return state.steps[0][2] if state.steps else state.status


def _name(home: str, of: "Call | ExperimentState") -> str:
    """Return the name of an experiment, with its region if that is not the account's own, which is its `home`."""
    name = of.name or ""
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 3]}..."
    return name if of.region == home else f"{name} in {of.region}".strip()


def _names(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return textwrap.fill(f"{what}: {', '.join(names[:_NAMES])}{more}", _WIDTH, subsequent_indent=_INDENT)
