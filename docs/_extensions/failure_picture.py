"""Draws the section of a failing test as a terminal shows it: `python docs/_extensions/failure_picture.py`.

The text is that of the page on reports. The tests compare that page with what the code prints.
"""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path

DOCS = Path(__file__).parents[1]
PICTURE = DOCS / "_static" / "failure_report.svg"

_SPACE = "\u00a0"  # viewers collapse ordinary spaces
_LINE, _CHARACTER, _MARGIN = 19, 7.83, 18
_BACKGROUND, _TEXT, _DIM, _RED, _GREEN = "#1e2127", "#d7dae0", "#9aa3b2", "#ff7b72", "#7ee787"

# The colours of lines: the first pattern that matches counts.
_COLOURS = (
    (re.compile(r"^-+ .* -+$"), _TEXT),
    (re.compile(r"^(Seeded|Calls)"), _DIM),
    (re.compile(r".*(Exception|Error|ResourceNotFound)$"), _RED),
    (re.compile(r"^    .* -> "), _GREEN),
    (re.compile(r"^    "), _DIM),
    (re.compile(r".*\(.*comes\)|.*\(.*ends\)"), _DIM),
)


def section() -> str:
    """Return the first block of the page on reports that shows a section."""
    blocks = re.findall(
        r"^```text\n(.*?)^```", (DOCS / "reports.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    shown: str = next(block for block in blocks if block.startswith("Seeded: "))
    return shown.rstrip("\n")


def picture(text: str) -> str:
    """Return an SVG that shows `text`, below the line that pytest puts above a section."""
    lines = text.splitlines()
    columns = max(80, *map(len, lines))
    lines.insert(0, " sagemaker_ie ".center(columns, "-"))
    width, height = round(columns * _CHARACTER) + 2 * _MARGIN, len(lines) * _LINE + 2 * _MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-label="The section sagemaker_ie in the report of a failing test">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>',
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">',
    ]
    for number, line in enumerate(lines, 1):
        colour = next((colour for pattern, colour in _COLOURS if pattern.match(line)), _TEXT)
        length = f' textLength="{len(line) * _CHARACTER:.2f}" lengthAdjust="spacingAndGlyphs"' if line else ""
        y = _MARGIN + number * _LINE - 5
        shown = escape(line, quote=False).replace(" ", _SPACE)
        drawn.append(f'<text x="{_MARGIN}" y="{y}" fill="{colour}"{length}>{shown}</text>')
    return "\n".join([*drawn, "</g>", "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture(section()), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}\n")
