"""The lower bounds of the dependencies are those that `tox -e lowest` tests."""

import configparser
import sys
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]


def test_the_lowest_environment_has_the_lower_bounds_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {}
    for each in map(Requirement, project["dependencies"]):
        (specifier,) = each.specifier
        assert specifier.operator == ">=", f"{each} has no lower bound, or more than that"
        bounds[each.name] = specifier.version

    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    pins = {}
    for each in map(Requirement, tox["testenv:lowest"]["deps"].split()):
        (specifier,) = each.specifier
        assert specifier.operator == "==", f"{each} is not one version"
        pins[each.name] = specifier.version

    assert pins == bounds
    assert tox["testenv:lowest"].getboolean("constrain_package_deps"), "what the extras ask for would replace the pins"
