"""A command: whether the wheel and the sdist in a folder hold what they should, and nothing else.

`tox -e release` builds them and runs it.
"""

import email
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("pytest_sagemaker_ie", "tests", "docs")
FILES = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
    "tox.ini",
    "PKG-INFO",
    ".gitignore",
}
MADE = ("__pycache__", "_build", "node_modules")


def main(folder: Path) -> int:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    mistakes = [*_of_wheel(wheel), *_of_sdist(sdist)]
    for each in mistakes:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{wheel.name} and {sdist.name}: {len(mistakes)} mistakes\n")
    return 1 if mistakes else 0


def _of_wheel(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (described,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_string(archive.read(described).decode())
    information = described.rpartition("/")[0]
    package = {name for name in names if not name.startswith(f"{information}/")}
    mistakes = _differences("wheel", package, _files_in("pytest_sagemaker_ie"))
    if metadata["Version"] not in wheel.name or metadata["Name"] != "pytest-sagemaker-ie":
        mistakes.append(f"wheel: it says of itself {metadata['Name']} {metadata['Version']}")
    if f"{information}/licenses/LICENSE" not in names:
        mistakes.append("wheel: no LICENSE")
    return mistakes


def _of_sdist(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        names = {each.name.partition("/")[2] for each in archive.getmembers() if each.isfile()}
    return _differences("sdist", names, FILES.union(*map(_files_in, FOLDERS)))


def _files_in(folder: str) -> set[str]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if not any(each in path.parts for each in MADE)}


def _differences(where: str, there: set[str], expected: set[str]) -> list[str]:
    return [
        *(f"{where}: {name} should not be there" for name in sorted(there - expected)),
        *(f"{where}: {name} is missing" for name in sorted(expected - there)),
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
