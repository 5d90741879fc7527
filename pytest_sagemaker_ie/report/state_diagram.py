"""Draws the life cycle as an SVG: the statuses and arrows come from the table, their places from the layout below.

The documentation shows it plain; a suite's report shows in it which moves were taken. A status or an arrow without a
place, and a place without an arrow, is a `LayoutError`: the drawing shows the whole table or there is none.
"""

from __future__ import annotations

from html import escape
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
    """Whether it is the end of a passing status, for which nobody has to do anything."""


class _Route(NamedTuple):
    points: tuple[tuple[int, int], ...]
    label: tuple[int, int, str] | None = None
    """Where the first line of the label stands, and which end of it: start, middle or end."""


_WIDTH, _HEIGHT = 700, 664
_BOX_WIDTH, _BOX_HEIGHT, _DOT = 112, 36, 7
_LINE_HEIGHT = 16
_BEND = 10

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

_ROUTES = {
    # down the middle
    Arrow(None, Status.CREATING, False): _Route(((340, 31), (340, 72)), (350, 56, "start")),
    Arrow(Status.CREATING, Status.CREATED, True): _Route(((340, 108), (340, 172))),
    Arrow(Status.CREATED, Status.STARTING, False): _Route(((340, 208), (340, 282)), (350, 242, "start")),
    Arrow(Status.STARTING, Status.RUNNING, True): _Route(((340, 318), (340, 382))),
    Arrow(Status.RUNNING, Status.STOPPING, False): _Route(((340, 418), (340, 492)), (350, 444, "start")),
    Arrow(Status.STOPPING, Status.COMPLETED, True): _Route(((340, 528), (340, 592)), (350, 558, "start")),
    # updates, on the left
    Arrow(Status.CREATED, Status.UPDATING, False): _Route(((284, 182), (90, 182), (90, 277)), (180, 175, "middle")),
    Arrow(Status.UPDATING, Status.CREATED, True): _Route(((130, 277), (130, 198), (284, 198))),
    Arrow(Status.RUNNING, Status.UPDATING, False): _Route(((284, 408), (90, 408), (90, 313)), (180, 425, "middle")),
    Arrow(Status.UPDATING, Status.RUNNING, True): _Route(((130, 313), (130, 392), (284, 392))),
    # to Cancelled, on the right
    Arrow(Status.STOPPING, Status.CANCELLED, True): _Route(((396, 502), (554, 502)), (470, 495, "middle")),
    Arrow(Status.STOPPING, Status.CANCELLED, False): _Route(((396, 518), (554, 518)), (470, 535, "middle")),
    Arrow(Status.STARTING, Status.CANCELLED, False): _Route(((396, 300), (580, 300), (580, 492)), (406, 293, "start")),
    Arrow(Status.CREATING, Status.CANCELLED, False): _Route(((396, 90), (640, 90), (640, 492)), (406, 83, "start")),
    Arrow(Status.UPDATING, Status.CANCELLED, False): _Route(
        ((54, 295), (24, 295), (24, 652), (580, 652), (580, 528)), (34, 645, "start")
    ),
    # the ends
    Arrow(Status.CREATED, None, False): _Route(((396, 190), (482, 190)), (438, 183, "middle")),
    Arrow(Status.COMPLETED, None, False): _Route(((284, 610), (208, 610)), (246, 603, "middle")),
    Arrow(Status.CANCELLED, None, False): _Route(((640, 528), (640, 592)), (650, 564, "start")),
}

_STYLE = """
.life-cycle { max-width: 100%; height: auto; color: inherit; }
.life-cycle text { fill: currentColor; font: 13px system-ui, sans-serif; }
.life-cycle .status { font-size: 14px; font-weight: 600; text-anchor: middle; }
.life-cycle .box, .life-cycle .arrow { fill: none; stroke: currentColor; stroke-width: 1.5; }
.life-cycle .passing, .life-cycle .by-itself { stroke-dasharray: 5 4; }
.life-cycle .fails { stroke: #d0453c; }
.life-cycle .dot, .life-cycle .head { fill: currentColor; }
.life-cycle .head.fails { fill: #d0453c; stroke: none; }
.life-cycle .ring { fill: none; stroke: currentColor; stroke-width: 1.5; }
"""

_STYLE_TAKEN = """
.life-cycle .arrow.taken { stroke-width: 3.5; stroke-dasharray: none; }
.life-cycle .arrow.missing { stroke-width: 1.2; stroke-dasharray: 3 5; }
.life-cycle text.taken { font-weight: 700; }
.life-cycle text.missing { font-style: italic; }
.life-cycle .passing { stroke-dasharray: none; stroke-width: 1; }
"""

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
    _compare("status", statuses, _BOXES)
    _compare("arrow", drawn, _ROUTES)
    passing = {move.through for move in table.values()}
    title, style = "The life cycle of an inference experiment, as in the table below.", _STYLE
    if taken is not None:
        title += " Moves that were taken are bold, those that were not are dashed."
        style += _STYLE_TAKEN
    parts = [
        f'<svg class="life-cycle" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-labelledby="life-cycle-title">',
        f'<title id="life-cycle-title">{title}</title>',
        f"<style>{style}</style>",
    ]
    for arrow, events in drawn.items():
        marks = {each: _mark(arrow, each, taken) for each in events}
        parts += _arrow(arrow, _label(arrow, drawn), _ROUTES[arrow], marks)
    parts += [_box(status, status in passing) for status in _BOXES]
    return "\n".join([*parts, "</svg>"])


def _compare(what: str, wanted: Iterable[object], placed: Iterable[object]) -> None:
    wanted, placed = set(wanted), set(placed)
    for problem, those in (
        ("no place in the drawing", wanted - placed),
        ("a place in the drawing but none in the table", placed - wanted),
    ):
        if those:
            raise LayoutError(f"{what} with {problem}: {'; '.join(sorted(map(_named, those)))}")


def _named(thing: object) -> str:
    if isinstance(thing, Arrow):
        return f"{thing.origin} -> {thing.target}{' by itself' if thing.by_itself else ''}"
    return str(thing)


def _label(arrow: Arrow, drawn: Mapping[Arrow, list[Event]]) -> list[Event]:
    """The events to write at the arrow: at the end of a passing status, only if they decide where it leads."""
    events = drawn[arrow]
    if not arrow.by_itself:
        return events
    others = [each for other, each in drawn.items() if other.by_itself and other[0] == arrow.origin and other != arrow]
    return events if others and not any(set(each) & set(events) for each in others) else []


def _box(status: Status, passing: bool) -> str:
    x, y = _BOXES[status]
    return (
        f'<rect class="box{" passing" if passing else ""}" x="{x - _BOX_WIDTH // 2}" y="{y - _BOX_HEIGHT // 2}"'
        f' width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="8"/>'
        f'<text class="status" x="{x}" y="{y + 5}">{escape(status)}</text>'
    )


def _mark(arrow: Arrow, event: Event, taken: Container[Step] | None) -> str:
    """Return the class of a move: whether it was taken; the end of a passing status was, whatever had begun it."""
    if taken is None:
        return " fails" if event is Event.FAIL else ""
    step = (arrow.origin, Event.FINISH if arrow.by_itself else event, arrow.target)
    return " taken" if step in taken else " missing"


def _arrow(arrow: Arrow, label: list[Event], route: _Route, marks: Mapping[Event, str]) -> Iterable[str]:
    # An arrow with several events was taken if one of them happened.
    mark = " taken" if " taken" in marks.values() else next(iter(marks.values()))
    style = (" by-itself" if arrow.by_itself else "") + mark
    yield f'<path class="arrow{style}" d="{_path(route.points)}"/>'
    (x0, y0), (x, y) = route.points[-2:]
    turn = {(0, 1): 0, (-1, 0): 90, (0, -1): 180, (1, 0): 270}[_sign(x - x0), _sign(y - y0)]
    yield (f'<path class="head{mark}" d="M0,0 L-4.5,-9 L4.5,-9 Z" transform="translate({x},{y}) rotate({turn})"/>')
    if arrow.origin is None:
        x, y = route.points[0]
        yield f'<circle class="dot" cx="{x}" cy="{y - _DOT}" r="{_DOT}"/>'
    if arrow.target is None:
        x, y = x + _sign(x - x0) * (_DOT + 3), y + _sign(y - y0) * (_DOT + 3)
        yield f'<circle class="ring" cx="{x}" cy="{y}" r="{_DOT + 3}"/><circle class="dot" cx="{x}" cy="{y}" r="5"/>'
    if (route.label is None) != (not label):
        problem = "has no place for its label" if label else "has a place for a label, and none to write"
        raise LayoutError(f"arrow {_named(arrow)} {problem}")
    x, y, anchor = route.label or (0, 0, "")
    for number, event in enumerate(label):
        style = f' class="{marks[event].strip()}"' if marks[event] not in ("", " fails") else ""
        yield (f'<text{style} x="{x}" y="{y + number * _LINE_HEIGHT}" text-anchor="{anchor}">{escape(event)}</text>')


def _path(points: tuple[tuple[int, int], ...]) -> str:
    """Straight lines with rounded bends."""
    d = [f"M{points[0][0]},{points[0][1]}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        (x, y), (x0, y0), (x1, y1) = at, before, after
        d.append(f"L{x - _sign(x - x0) * _BEND},{y - _sign(y - y0) * _BEND}")
        d.append(f"Q{x},{y} {x + _sign(x1 - x) * _BEND},{y + _sign(y1 - y) * _BEND}")
    d.append(f"L{points[-1][0]},{points[-1][1]}")
    return " ".join(d)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
