"""Sphinx configuration. Build with `sphinx-build -W -n --keep-going docs docs/_build/html`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.ext.napoleon import Config, GoogleDocstring

import pytest_sagemaker_ie

if TYPE_CHECKING:
    from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "pytest-sagemaker-ie"
author = "The pytest-sagemaker-ie developers"
project_copyright = author
version = release = pytest_sagemaker_ie.__version__

extensions = [
    "life_cycle_pages",
    "myst_parser",
    "rule_pages",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "_generated", "examples"]
nitpicky = True
# Classes of other projects, which are written without a link: the build needs no network.
nitpick_ignore_regex = [
    ("py:.*", r"(collections\.abc|datetime|enum|typing|botocore)\..*"),
    ("py:class", r"(Status|Operation|Transitional)Name|SeedParameters|TransitionSettings?"),  # for type checkers
]
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

myst_heading_anchors = 3

html_theme = "furo"
pygments_dark_style = "github-dark"  # the theme's own underlines each import
html_static_path = ["_static"]
html_css_files = ["code.css"]
# Small enough that most lines of code fit the page.
html_theme_options = {"light_css_variables": {"code-font-size": "var(--font-size--small--2)"}}
html_title = f"pytest-sagemaker-ie {release}"
copybutton_prompt_text = "$ "


def _without_constructor(app: object, what: str, *_: object) -> tuple[str, str] | None:
    """Leave out the constructors: tests get these objects from fixtures and functions."""
    return ("", "") if what == "class" else None


def _google_style(app: object, what: str, name: str, documented: object, options: object, lines: list[str]) -> None:
    """Turn the sections of functions into fields; napoleon as an extension finds types in properties' first lines."""
    if what in ("function", "method"):
        lines[:] = GoogleDocstring(lines, Config(), what=what).lines()


def setup(app: "Sphinx") -> None:
    app.connect("autodoc-process-signature", _without_constructor)
    app.connect("autodoc-process-docstring", _google_style)
