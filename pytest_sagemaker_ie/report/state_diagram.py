"""Draws the life cycle as an SVG: the statuses and arrows come from the table, their places from the layout below.

The documentation shows it plain; a suite's report shows in it which moves were taken. A status or an arrow without a
place, and a place without an arrow, is a `LayoutError`: the drawing shows the whole table or there is none.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from pytest_sagemaker_ie.core.lifecycle import Event, Move, Status

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

__all__ = ["Arrow", "LayoutError", "Step", "arrows", "state_diagram"]


class LayoutError(Exception):
    """The table and the layout don't fit each other."""


class Arrow(NamedTuple):
    """A line of the drawing; `None` is the experiment that doesn't exist: before Create, or after Delete."""

    origin: Status | None
    target: Status | None
    by_itself: bool
    """Whether it is the end of a transitional status, which needs no call."""

    def __str__(self) -> str:
        return f"{self.origin} -> {self.target}{' by itself' if self.by_itself else ''}"


_WIDTH, _HEIGHT = 700, 664
_LINE_HEIGHT = 16

_BOXES = {
    Status.CREATING: (340, 90),
    Status.CREATED: (340, 190),
    Status.UPDATING: (110, 295),
    Status.STARTING: (340, 300),
    Status.RUNNING: (340, 400),
    Status.STOPPING: (340, 510),
    Status.COMPLETED: (340, 610),
    Status.CANCELLED: (610, 510),
}

# The points of each arrow; where the first line of its label stands, and with which end: start, middle or end.
_ROUTES: dict[Arrow, tuple[tuple[tuple[int, int], ...], tuple[int, int, str] | None]] = {
    # down the middle
    Arrow(None, Status.CREATING, False): (((340, 31), (340, 72)), (350, 42, "start")),
    Arrow(Status.CREATING, Status.CREATED, True): (((340, 108), (340, 172)), (350, 144, "start")),
    Arrow(Status.CREATING, Status.RUNNING, True): (
        ((284, 90), (215, 90), (215, 350), (312, 350), (312, 382)),
        (205, 95, "end"),
    ),
    Arrow(Status.CREATED, Status.STARTING, False): (((340, 208), (340, 282)), (350, 242, "start")),
    Arrow(Status.STARTING, Status.RUNNING, True): (((340, 318), (340, 382)), None),
    Arrow(Status.RUNNING, Status.STOPPING, False): (((340, 418), (340, 492)), (350, 444, "start")),
    Arrow(Status.STOPPING, Status.COMPLETED, True): (((340, 528), (340, 592)), (350, 558, "start")),
    # updates, on the left
    Arrow(Status.CREATED, Status.UPDATING, False): (((284, 182), (90, 182), (90, 277)), (180, 175, "middle")),
    Arrow(Status.UPDATING, Status.CREATED, True): (((130, 277), (130, 198), (284, 198)), None),
    Arrow(Status.RUNNING, Status.UPDATING, False): (((284, 408), (90, 408), (90, 313)), (180, 425, "middle")),
    Arrow(Status.UPDATING, Status.RUNNING, True): (((130, 313), (130, 392), (284, 392)), None),
    # to Cancelled, on the right
    Arrow(Status.STOPPING, Status.CANCELLED, True): (((396, 502), (554, 502)), (470, 495, "middle")),
    Arrow(Status.STOPPING, Status.CANCELLED, False): (((396, 518), (554, 518)), (470, 535, "middle")),
    Arrow(Status.STARTING, Status.CANCELLED, False): (((396, 300), (580, 300), (580, 492)), (406, 293, "start")),
    Arrow(Status.CREATING, Status.CANCELLED, False): (((396, 90), (640, 90), (640, 492)), (406, 83, "start")),
    Arrow(Status.UPDATING, Status.CANCELLED, False): (
        ((54, 295), (24, 295), (24, 652), (580, 652), (580, 528)),
        (34, 645, "start"),
    ),
    # the ends
    Arrow(Status.CREATED, None, False): (((396, 190), (482, 190)), (438, 183, "middle")),
    Arrow(Status.COMPLETED, None, False): (((284, 610), (208, 610)), (246, 603, "middle")),
    Arrow(Status.CANCELLED, None, False): (((640, 528), (640, 592)), (650, 564, "start")),
}

Step = tuple["Status | None", Event, "Status | None"]
"""A step that an experiment has taken: the status before, the event, the status after."""


def arrows(table: Mapping[tuple[Status | None, Event], Move]) -> dict[Arrow, list[Event]]:
    """Return the arrows that show the `table`, each with the events that lead along it."""
    found: dict[Arrow, list[Event]] = {}
    for (origin, event), move in table.items():
        found.setdefault(Arrow(origin, move.through or move.to, False), []).append(event)
        if move.through is not None:
            events = found.setdefault(Arrow(move.through, move.to, True), [])
            if event not in events:
                events.append(event)
    return found


def state_diagram(table: Mapping[tuple[Status | None, Event], Move], taken: Container[Step] | None = None) -> str:
    """Return the SVG of the `table`.

    Args:
        table: the life cycle.
        taken: the steps that were taken, to be drawn bold, and the other ones dashed; `None` to draw all alike.

    Raises:
        LayoutError: a status or an arrow of the table has no place here, or the other way round.
    """
    drawn = arrows(table)
    statuses = {status for arrow in drawn for status in arrow[:2] if status is not None}
    for what, wanted, placed in (("status", statuses, set(_BOXES)), ("arrow", set(drawn), set(_ROUTES))):
        _refuse(f"{what} with no place in the drawing", wanted - placed)
        _refuse(f"{what} with a place in the drawing but none in the table", placed - wanted)
    title = "The life cycle of an inference experiment, as in the table below."
    if taken is not None:
        title += " Moves that were taken are bold, those that were not are dashed."
    parts = [
        f'<svg class="life-cycle{"" if taken is None else " marked"}" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img"'
        f' aria-labelledby="life-cycle-title"><title id="life-cycle-title">{title}</title>',
        f"<style>\n{(files('pytest_sagemaker_ie.report') / 'state_diagram.css').read_text('utf-8')}</style>",
    ]
    for arrow, events in drawn.items():
        parts += _arrow(arrow, events, _label(arrow, drawn), taken)
    transitional = {move.through for move in table.values()}
    for status, (x, y) in _BOXES.items():
        style = "box transitional" if status in transitional else "box"
        parts += [
            f'<rect class="{style}" x="{x - 56}" y="{y - 18}" width="112" height="36" rx="8"/>',
            f'<text class="status" x="{x}" y="{y + 5}">{escape(status)}</text>',
        ]
    return "\n".join([*parts, "</svg>"])


def _refuse(problem: str, things: Iterable[Arrow | Status]) -> None:
    if things:
        raise LayoutError(f"{problem}: {'; '.join(sorted(map(str, things)))}")


def _label(arrow: Arrow, drawn: Mapping[Arrow, list[Event]]) -> list[Event]:
    """The events to write at the arrow: at the end of a transitional status, only if they decide where it leads."""
    events = drawn[arrow]
    if not arrow.by_itself:
        return events
    others = [each for other, each in drawn.items() if other.by_itself and other[0] == arrow.origin and other != arrow]
    return events if others and not any(set(each) & set(events) for each in others) else []


def _arrow(arrow: Arrow, events: list[Event], label: list[Event], taken: Container[Step] | None) -> Iterable[str]:
    points, place = _ROUTES[arrow]
    if (place is None) != (not label):
        problem = "has no place for its label" if label else "has a place for a label, and none to write"
        raise LayoutError(f"arrow {arrow} {problem}")
    marks = {}
    for event in events:
        # The end of a transitional status is one step, whatever event led into the status.
        step = (arrow.origin, Event.FINISH if arrow.by_itself else event, arrow.target)
        marks[event] = "" if taken is None else " taken" if step in taken else " missing"
    # An arrow with several events was taken if one of them happened.
    mark = " taken" if " taken" in marks.values() else marks[events[0]]
    mark += " fails" if taken is None and events == [Event.FAIL] else ""
    (x0, y0), (x, y) = points[-2:]
    across, down = (x > x0) - (x < x0), (y > y0) - (y < y0)
    turn = {(0, 1): 0, (-1, 0): 90, (0, -1): 180, (1, 0): 270}[across, down]
    path = " L".join(f"{x},{y}" for x, y in points)
    yield f'<path class="arrow{" by-itself" if arrow.by_itself else ""}{mark}" d="M{path}"/>'
    yield f'<path class="head{mark}" d="M0,0 L-4.5,-9 L4.5,-9 Z" transform="translate({x},{y}) rotate({turn})"/>'
    if arrow.origin is None:
        yield f'<circle class="dot" cx="{points[0][0]}" cy="{points[0][1] - 7}" r="7"/>'
    if arrow.target is None:
        center = f'cx="{x + across * 10}" cy="{y + down * 10}"'
        yield f'<circle class="ring" {center} r="10"/><circle class="dot" {center} r="5"/>'
    for number, event in enumerate(label):
        x, y, anchor = place or (0, 0, "")
        yield (
            f'<text class="{marks[event].strip()}" x="{x}" y="{y + number * _LINE_HEIGHT}"'
            f' text-anchor="{anchor}">{escape(event)}</text>'
        )
