"""Draws the life cycle as the SVG that the package has: `python docs/_extensions/state_diagram.py`.

The statuses and arrows come from the table, their places from the layout below. The layout has a place for each arrow
of the table and for no other: the drawing shows the whole table or there is none. The documentation shows it plain. A
suite's report marks in it, by the attribute `data-steps`, which moves were taken.
"""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final, TypeAlias

import pytest_sagemaker_ie
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, TRANSITIONAL, Event, Move, Status

DRAWING: Final = Path(pytest_sagemaker_ie.__file__).parent / "report" / "life_cycle.svg"

_Arrow: TypeAlias = tuple[Status | None, Status | None, bool]
"""From a status to another, and whether by itself, as the end of a transitional status. `None` is the experiment that
does not exist: before Create, or after Delete."""

CREATING, CREATED, UPDATING, STARTING, RUNNING, STOPPING, COMPLETED, CANCELLED = Status

_BOXES: Final = {
    CREATING: (340, 90),
    CREATED: (340, 190),
    UPDATING: (110, 295),
    STARTING: (340, 300),
    RUNNING: (340, 400),
    STOPPING: (340, 510),
    COMPLETED: (340, 610),
    CANCELLED: (610, 510),
}

# The points of each arrow; where the first of its events stands, and with which end. At the end of a transitional
# status, events stand only if they decide where it leads.
_ROUTES: Final[dict[_Arrow, tuple[tuple[tuple[int, int], ...], tuple[int, int, str] | None]]] = {
    # down the middle
    (None, CREATING, False): (((340, 31), (340, 72)), (350, 42, "start")),
    (CREATING, CREATED, True): (((340, 108), (340, 172)), (350, 144, "start")),
    (CREATING, RUNNING, True): (((284, 90), (215, 90), (215, 350), (312, 350), (312, 382)), (205, 95, "end")),
    (CREATED, STARTING, False): (((340, 208), (340, 282)), (350, 242, "start")),
    (STARTING, RUNNING, True): (((340, 318), (340, 382)), None),
    (RUNNING, STOPPING, False): (((340, 418), (340, 492)), (350, 444, "start")),
    (STOPPING, COMPLETED, True): (((340, 528), (340, 592)), (350, 558, "start")),
    # updates, on the left
    (CREATED, UPDATING, False): (((284, 182), (90, 182), (90, 277)), (180, 175, "middle")),
    (UPDATING, CREATED, True): (((130, 277), (130, 198), (284, 198)), None),
    (RUNNING, UPDATING, False): (((284, 408), (90, 408), (90, 313)), (180, 425, "middle")),
    (UPDATING, RUNNING, True): (((130, 313), (130, 392), (284, 392)), None),
    # to Cancelled, on the right
    (STOPPING, CANCELLED, True): (((396, 502), (554, 502)), (470, 495, "middle")),
    (STOPPING, CANCELLED, False): (((396, 518), (554, 518)), (470, 535, "middle")),
    (STARTING, CANCELLED, False): (((396, 300), (580, 300), (580, 492)), (406, 293, "start")),
    (CREATING, CANCELLED, False): (((396, 90), (640, 90), (640, 492)), (406, 83, "start")),
    (UPDATING, CANCELLED, False): (((54, 295), (24, 295), (24, 652), (580, 652), (580, 528)), (34, 645, "start")),
    # the ends
    (CREATED, None, False): (((396, 190), (482, 190)), (438, 183, "middle")),
    (COMPLETED, None, False): (((284, 610), (208, 610)), (246, 603, "middle")),
    (CANCELLED, None, False): (((640, 528), (640, 592)), (650, 564, "start")),
}


class LayoutError(Exception):
    """The table and the layout do not fit each other."""


def arrows(table: Mapping[tuple[Status | None, Event], Move]) -> dict[_Arrow, list[Event]]:
    """Return the arrows that show the `table`, each with the events that lead along it."""
    found: dict[_Arrow, list[Event]] = {}
    for (origin, event), move in table.items():
        found.setdefault((origin, move.through or move.to, False), []).append(event)
        if move.through is not None:
            found.setdefault((move.through, move.to, True), []).append(event)
    return found


def state_diagram(table: Mapping[tuple[Status | None, Event], Move]) -> str:
    """Return the SVG of the `table`.

    Raises:
        LayoutError: an arrow of the table has no place here, or the other way round.
    """
    drawn = arrows(table)
    for problem, unfit in (
        ("arrow with no place in the drawing", drawn.keys() - _ROUTES.keys()),
        ("arrow with a place in the drawing but none in the table", _ROUTES.keys() - drawn.keys()),
    ):
        if unfit:
            named = sorted(f"{start} -> {end}{' by itself' if by_itself else ''}" for start, end, by_itself in unfit)
            raise LayoutError(f"{problem}: {'; '.join(named)}")
    parts = [
        '<svg class="life-cycle" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 664" width="700" height="664"'
        ' role="img" aria-labelledby="life-cycle-title"><title id="life-cycle-title">The life cycle of an inference'
        " experiment, as in the table below.</title>",
        f"<style>\n{Path(__file__).with_suffix('.css').read_text('utf-8')}</style>",
    ]
    for arrow, events in drawn.items():
        parts += _drawn(arrow, events)
    for status, (x, y) in _BOXES.items():
        style = "box transitional" if status in TRANSITIONAL else "box"
        parts += [
            f'<rect class="{style}" x="{x - 56}" y="{y - 18}" width="112" height="36" rx="8"/>',
            f'<text class="status" x="{x}" y="{y + 5}">{status}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _drawn(arrow: _Arrow, events: list[Event]) -> Iterator[str]:
    origin, target, by_itself = arrow
    points, label = _ROUTES[arrow]
    # The end of a transitional status is one step, whatever event led into the status.
    steps = {event: f"{origin}/{Event.FINISH if by_itself else event}/{target}" for event in events}
    all_steps = f'data-steps="{";".join(dict.fromkeys(steps.values()))}"'
    fails = " fails" if events == [Event.FAIL] else ""
    (x0, y0), (x, y) = points[-2:]
    across, down = (x > x0) - (x < x0), (y > y0) - (y < y0)
    turn = {(0, 1): 0, (-1, 0): 90, (0, -1): 180, (1, 0): 270}[across, down]
    path = " L".join(f"{x},{y}" for x, y in points)
    yield f'<path class="arrow{" by-itself" if by_itself else ""}{fails}" {all_steps} d="M{path}"/>'
    place = f'transform="translate({x},{y}) rotate({turn})"'
    yield f'<path class="head{fails}" {all_steps} d="M0,0 L-4.5,-9 L4.5,-9 Z" {place}/>'
    if origin is None:
        yield f'<circle class="dot" cx="{points[0][0]}" cy="{points[0][1] - 7}" r="7"/>'
    if target is None:
        center = f'cx="{x + across * 10}" cy="{y + down * 10}"'
        yield f'<circle class="ring" {center} r="10"/><circle class="dot" {center} r="5"/>'
    if label is not None:
        x, y, anchor = label
        for line, event in enumerate(events):
            place = f'x="{x}" y="{y + 16 * line}" text-anchor="{anchor}"'
            yield f'<text class="event" data-steps="{steps[event]}" {place}>{escape(event)}</text>'


if __name__ == "__main__":
    DRAWING.write_text(state_diagram(LIFECYCLE), encoding="utf-8")
