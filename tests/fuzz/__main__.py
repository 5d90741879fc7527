"""The command: fuzzes for so many requests, and says what the answers were and whether memory stayed flat."""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own modules


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=None, metavar="S", help="for the same requests again")
    options = parser.parse_args(arguments)
    seed = random.randrange(2**32) if options.seed is None else options.seed
    with _no_aws_configuration():
        from fuzz.run import FuzzError, fuzz

        _print(f"seed {seed}")
        try:
            report = fuzz(options.requests, seed)
        except FuzzError as error:
            _print(str(error))
            return 1
    _print(f"{report}{_peak()}")
    _print("memory is flat" if report.is_flat else "memory has grown")
    return 0 if report.is_flat else 1


@contextmanager
def _no_aws_configuration() -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name.startswith(("AWS_", "BOTO_")):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as empty:
        os.environ["AWS_CONFIG_FILE"] = str(Path(empty, "config"))
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(Path(empty, "credentials"))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _peak() -> str:
    try:
        import resource
    except ImportError:  # not on Windows
        return ""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 if sys.platform != "darwin" else 1024)
    return f" At most {kilobytes // 1024} MB resident."


def _print(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
