"""The command: measures the rows and prints them, with the budgets and whether they are met."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import looks, over_http, scale, session_clients, setup_call_teardown, unused_plugin, update_call

ROWS = {
    "update_call": update_call.measure,
    "setup_call_teardown": setup_call_teardown.measure,
    "session_clients": session_clients.measure,
    "unused_plugin": unused_plugin.measure,
    "scale": scale.measure,
    "looks": looks.measure,
    "over_http": over_http.measure,
}
"""The rows by the names of their modules; each returns one or several to print."""

_PACKAGES = ("pytest", "botocore", "moto", "pytest-httpx", "werkzeug")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a few rounds only: shows that it runs, not how fast")
    options = parser.parse_args(arguments)
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"there is no row {name!r}; there are {', '.join(ROWS)}")
    _print(f"Python {platform.python_version()}, {', '.join(map(_installed, _PACKAGES))}")
    if hasattr(os, "getloadavg"):
        _print(f"Load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors: less is truer")
    _print("Medians, and how they compare with the first of each row. Contenders took turns in one run.")
    with _no_aws_configuration():
        for name in options.rows or ROWS:
            for row in ROWS[name](quick=options.quick):
                _print(f"\n{row}")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


@contextmanager
def _no_aws_configuration() -> Iterator[None]:
    """Make the figures those of a machine without any: what is configured there changes what has to be read."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_"):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as empty:
        os.environ["AWS_CONFIG_FILE"] = str(Path(empty, "config"))
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(Path(empty, "credentials"))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


if __name__ == "__main__":
    main(sys.argv[1:])
