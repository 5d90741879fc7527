"""The rules that the core's docstrings state, each with the source that stands beside it there.

It knows nothing of Sphinx. A rule is a sentence that ends, or nearly, with its source in brackets: ``(source: API)``,
``(assumption)``.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MARK", "Rule", "rules_in"]

MARK = re.compile(r"\s*\((source: [A-Z][^()]*|assumptions?(?:: [^()]*)?|modeled|AWS's [^()]*)\)")


class Rule(NamedTuple):
    """One rule as the code states it."""

    text: str
    source: str
    place: str
    """The module and, if there is one, the function or class: ``values.check_stop``."""


def rules_in(module: Path) -> Iterator[Rule]:
    """Give the rules of a module's docstrings, and of the strings that stand under its constants and attributes."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for name, text in _texts(tree, module.stem):
        for sentence in re.split(r"(?<=\.)\s+(?=[A-Z])", re.sub(r"\s+", " ", text)):
            sources = MARK.findall(sentence)
            if sources:
                stated = re.sub(r"[`]+", "", MARK.sub("", sentence)).strip()
                yield Rule(stated, "; ".join(each.removeprefix("source: ") for each in sources), name)


def _texts(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and isinstance(child.value.value, str):
            yield name, child.value.value
        elif isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield from _texts(child, f"{name}.{child.name}")
