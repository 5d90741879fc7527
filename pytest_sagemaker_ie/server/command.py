"""The command ``sagemaker-ie-server``: an account that lasts as long as the process, for hand trials and containers.

It says what it serves, and prints a line for each call, with the experiment's status before and after.
"""

import argparse
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue
from typing import TYPE_CHECKING, Any, Final

from pytest_sagemaker_ie import __version__
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from pytest_sagemaker_ie.core.arns import is_account_id, is_region
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Answer
    from pytest_sagemaker_ie.core.wire import Shape

__all__ = ["main"]

_LINES: Final = 1000  # that wait for a reader of the output; those that come then are lost


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit status is then 0."""
    parser = _parser()
    options = parser.parse_args(arguments)
    # A signal is noted and raises nothing: one that comes in the middle of anything, such as an import, does no harm.
    # No threading.Event notes it: a second signal within its set() would wait for the first, and that for the second.
    signals: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: signals.append(number))
    # Imported here, so that a wrong option is found, and --help shown, without waiting for botocore.
    from pytest_sagemaker_ie.aws.sessions import service_model
    from pytest_sagemaker_ie.mocking import now, wait
    from pytest_sagemaker_ie.server.application import Served
    from pytest_sagemaker_ie.server.listener import Listener
    from pytest_sagemaker_ie.server.seeds import seed_from_file

    model = service_model()
    service = Service(model, region=lambda: options.region, account_id=options.account_id, now=now, wait=wait)
    backend = InferenceExperimentBackend(service)
    try:
        if options.seed is not None:
            seed_from_file(options.seed, backend)
        listener = Listener(options.host, int(options.port), options.allowed_host)
    except SeedError as error:
        parser.error(_printable(str(error)))
    except OSError as error:
        parser.error(_printable(f"cannot listen at {options.host}, port {options.port}: {error}"))
    output = _Output()
    with listener.serving(Served(_reported(service, output.write), model, options.region)):
        listener.start()
        for line in _greeting(listener.url, options, backend):
            output.write(line)
        while not signals:
            time.sleep(0.05)
        listener.close()  # a client that is late finds nothing that listens, and no account that is gone
    output.end()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sagemaker-ie-server",
        description="Answer the calls of SageMaker inference experiments over HTTP, from an account in memory."
        " Signatures are not verified.",
    )
    port = _checked(lambda text: text.isdecimal() and int(text) <= 65535, "a port: a number from 0 to 65535")
    region = _checked(is_region, "the name of a region, such as 'eu-west-1'")
    account_id = _checked(is_account_id, "an account id: twelve digits")
    add = parser.add_argument
    add("--version", action="version", version=f"pytest-sagemaker-ie {__version__}")
    add("--host", default="127.0.0.1", help="where to listen (default: %(default)s; 0.0.0.0 is every address)")
    add("--port", type=port, default="5055", help="the port (default: %(default)s; 0 is any that is free)")
    names = "a name other than localhost by which clients call, such as that of a container; may be repeated"
    add("--allowed-host", action="append", default=[], metavar="NAME", help=names)
    regions = "the region of seeds and of unsigned requests that name none (default: %(default)s)"
    add("--region", type=region, default=DEFAULT_REGION, help=regions)
    accounts = "the account in the ARNs (default: %(default)s)"
    add("--account-id", type=account_id, default=DEFAULT_ACCOUNT_ID, metavar="DIGITS", help=accounts)
    add(
        "--seed",
        type=Path,
        metavar="FILE",
        help="experiments to begin with, in TOML, or one as Describe answered, in JSON",
    )
    return parser


def _checked(is_valid: "Callable[[str], bool]", what: str) -> "Callable[[str], str]":
    """Return the type of an option that is `what`."""

    def checked(text: str) -> str:
        if not is_valid(text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return text

    return checked


def _greeting(url: str, options: argparse.Namespace, backend: InferenceExperimentBackend) -> list[str]:
    experiments = backend.experiments
    count = f"{len(experiments)} experiment{'' if len(experiments) == 1 else 's'}"
    return [
        f"pytest-sagemaker-ie {__version__} answers the calls of inference experiments at {url}",
        f"Account {options.account_id}, {count}{f' from {options.seed}' if options.seed else ''}",
        *(f"    {each.name} in {each.arn.split(':')[3]}: {each.status}" for each in experiments),
        "Signatures are not verified. To call it:",
        f"    export AWS_ENDPOINT_URL_SAGEMAKER={url} AWS_DEFAULT_REGION={options.region}"
        " AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
        "Ctrl-C ends it.",
    ]


class _Output:
    """The standard output. A thread writes to it, so that a reader that stops reading does not stop the answers."""

    def __init__(self) -> None:
        self._lines: Queue[str | None] = Queue(_LINES)
        self._thread = threading.Thread(target=self._print, daemon=True)
        self._thread.start()

    def write(self, line: "str | None") -> None:
        with suppress(Full):
            self._lines.put_nowait(line)

    def end(self) -> None:
        """Write the last line, and wait for it as long as a reader may need that is there."""
        self.write("Ended.")
        self.write(None)
        self._thread.join(1)

    def _print(self) -> None:
        stream: Any = sys.stdout  # None if the process began with it closed
        # Past the stream's buffer, whose lock a thread that waits here would hold when the process ends.
        with suppress(AttributeError, OSError), open(stream.fileno(), "wb", buffering=0, closefd=False) as raw:
            while (line := self._lines.get()) is not None:
                raw.write(f"{_printable(line)}\n".encode(stream.encoding, "backslashreplace"))


def _reported(service: Service, write: "Callable[[str], None]") -> Any:
    """Return what answers as `service` does, and writes a line for each call; the record of calls is not kept."""

    def answer(operation: str, region: str, body: bytes, shape: "Shape") -> "Answer | None":
        answered = service.answer(operation, region, body, shape)
        service.calls.clear()
        said = ["not answered"] if answered is None else _said_of(answered.call)
        write(f"{region}  {operation:29}  {' '.join(said)}".rstrip())
        return answered

    return answer


def _said_of(call: "Call") -> "Iterator[str]":
    if call.name:
        yield call.name
    if call.status_before or call.status_after:
        yield f"{call.status_before or '-'} -> {call.status_after or '-'}"
    if call.error:
        yield call.error


def _printable(text: str) -> str:
    """Return a line with what would be an order to a terminal as an escape sequence of Python's."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
