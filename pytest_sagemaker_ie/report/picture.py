"""A failing test as a picture in HTML: its experiments' lives as bars, and its calls as numbers that lead to texts.

Two thirds of the width belong to the rows in equal parts, and the rest to the time between them. So rows of one moment
do not overlap, and a long wait is longer than a short one.
"""

from collections.abc import Iterable, Iterator
from html import escape
from zlib import crc32

from pytest_sagemaker_ie.core.display import printable
from pytest_sagemaker_ie.report.timeline import UsedAccount, plain, shown_name, table


def picture(test: str, accounts: Iterable[UsedAccount]) -> str:
    """Return the HTML text about one test, whose node id is `test`."""
    key = f"failed-{crc32(test.encode(errors='backslashreplace')):x}"
    drawn = "\n".join("".join(_account(f"{key}-{number}", each)) for number, each in enumerate(accounts, 1))
    return f'<details class="failed" open><summary><code>{escape(test)}</code></summary>\n{drawn}</details>'


def _account(key: str, used: UsedAccount) -> Iterator[str]:
    lines = [(row, escape(printable(plain(text), "\n"))) for row, text in table(used)]
    rows = sorted(((row, text) for row, text in lines if row is not None), key=lambda each: each[0].when)
    times = [(row.when - rows[0][0].when).total_seconds() for row, _ in rows]
    for_time = 29 if any(times) else 0  # in percent of the width, as the places
    by_number, by_time = (89 - for_time) / max(len(rows) - 1, 1), for_time / max([*times, 1e-6])
    places = [8 + by_number * number + by_time * time for number, time in enumerate(times)]
    notes = " ".join(f"{text.strip(' .:')}." for row, text in lines if row is None)
    yield f"<p>Account {used.account.account_id}. {notes}</p>"
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Lives of the experiments"><div class="lives">'
    region = used.region
    statuses: dict[str, str | None] = {}
    for row, _ in rows:
        statuses.setdefault(row.name, row.before)
    for state in used.states()[:10]:
        statuses.setdefault(shown_name(region, state), state.status)
    for name, status in statuses.items():
        bars: list[tuple[float, str | None]] = [(0.0, status)]
        ticks, place = [], 0.0
        for number, (row, text) in enumerate(rows, 1):
            if row.name == name:
                if row.before != bars[-1][1]:  # the table leaves out rows in between
                    bars.append((place, None))
                place = places[number - 1]
                if row.after != bars[-1][1]:
                    bars.append((place, row.after))
                ticks.append(
                    f'<a class="tick {row.kind}" style="left:{place:.2f}%" href="#{key}-{number}" title="{text}"'
                    f' aria-label="{text}">{number}</a>'
                )
        yield f'<div class="life"><b>{escape(printable(name)) or "(no experiment)"}</b><div class="track">'
        for (start, shown), (end, _) in zip(bars, [*bars[1:], (100.0, None)], strict=True):
            if shown:
                yield f'<span class="bar {shown}" style="left:{start:.2f}%;width:{end - start:.2f}%">{shown}</span>'
        yield "".join(ticks) + "</div></div>"
    yield '<div class="times" aria-hidden="true">'
    free = 0.0
    for (_, text), place in zip(rows, places, strict=True):
        if place >= free:
            style = f"left:{place:.2f}%;transform:translateX(-{place:.2f}%)"
            yield f'<span style="{style}">{text.split("  ")[0]}</span>'
            free = place + 28  # the width of a time
    yield '</div></div></div><ol class="record">'
    for number, (row, text) in enumerate(rows, 1):
        yield f'<li id="{key}-{number}" tabindex="-1" class="{row.kind}"><pre>{text}</pre></li>'
    yield "</ol>"
