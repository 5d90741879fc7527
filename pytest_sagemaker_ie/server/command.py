"""The command ``sagemaker-ie-server``: an account that lasts as long as the process, for hand trials and containers.

It says what it serves, and prints a line for each call, with the experiment's status before and after.
"""

import argparse
import io
import os
import re
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from pytest_sagemaker_ie import __version__
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from pytest_sagemaker_ie.core.arns import is_account_id, is_region
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_sagemaker_ie.core.calls import Call
    from pytest_sagemaker_ie.core.service import Answer
    from pytest_sagemaker_ie.core.wire import Shape

__all__ = ["main"]

DEFAULT_PORT: Final = 5055

_LONGEST_NAME: Final = 63
_GREEN, _YELLOW, _RED, _CYAN = "32", "33", "31", "36"


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit status is then 0."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if find_spec("werkzeug") is None:
        parser.error("this needs Werkzeug, which the extra brings: python -m pip install 'pytest-sagemaker-ie[server]'")
    with _end_of_process() as wait_for_the_end:
        _serve(parser, options, wait_for_the_end)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sagemaker-ie-server",
        description="Answer the calls of SageMaker inference experiments over HTTP, from an account in memory."
        " Signatures are not verified.",
    )
    parser.add_argument("--version", action="version", version=f"pytest-sagemaker-ie {__version__}")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen at (default: %(default)s; 0.0.0.0 is every address of the machine)",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="the port (default: %(default)s; 0 is any that is free)"
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name other than localhost by which clients call, such as that of a container; may be repeated",
    )
    parser.add_argument(
        "--region",
        type=_region,
        default=DEFAULT_REGION,
        help="the region of seeds and of unsigned requests that name none (default: %(default)s)",
    )
    parser.add_argument(
        "--account-id",
        type=_account_id,
        default=DEFAULT_ACCOUNT_ID,
        metavar="DIGITS",
        help="the account in the ARNs (default: %(default)s)",
    )
    parser.add_argument("--seed", type=Path, metavar="FILE", help="experiments to begin with, in TOML")
    return parser


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 0 to 65535")
    return int(text)


def _region(text: str) -> str:
    if not is_region(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a region, such as 'eu-west-1'")
    return text


def _account_id(text: str) -> str:
    if not is_account_id(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an account id: twelve digits")
    return text


@contextmanager
def _end_of_process() -> "Iterator[Callable[[], object]]":
    """Give a function that waits for Ctrl-C or SIGTERM, also for one that has come before.

    A signal becomes a byte to be read, and no exception: one that comes in the middle of anything, such as an import or
    another's end, does no harm.
    """
    here, there = socket.socketpair()
    with here, there:
        there.setblocking(False)
        signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: None)
        try:
            yield lambda: here.recv(1)
        finally:
            signal.set_wakeup_fd(-1)


def _serve(
    parser: argparse.ArgumentParser, options: argparse.Namespace, wait_for_the_end: "Callable[[], object]"
) -> None:
    # Imported here, so that a wrong option is found, and --help shown, without waiting for botocore.
    from pytest_sagemaker_ie.mocking import now, wait
    from pytest_sagemaker_ie.server.application import Served
    from pytest_sagemaker_ie.server.listener import Listener

    model = _service_model()
    service = Service(model, region=lambda: options.region, account_id=options.account_id, now=now, wait=wait)
    backend = InferenceExperimentBackend(service)
    if options.seed is not None:
        from pytest_sagemaker_ie.server.seeds import plant

        try:
            plant(options.seed, backend)
        except SeedError as error:
            parser.error(str(error))
    try:
        listener = Listener(options.host, options.port, options.allowed_host)
    except (OSError, OverflowError) as error:
        parser.error(f"cannot listen at {options.host}, port {options.port}: {error}")
    report = _Report(sys.stdout)
    with listener.serving(Served(_reported(service, report), model, options.region)):
        listener.start()
        report.write(_greeting(listener.url, options, backend))
        wait_for_the_end()
    listener.close()
    report.write("Ended.")


def _service_model() -> Any:
    """Return the installed botocore's model of SageMaker, without a look at anybody's AWS configuration."""
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    return ServiceModel(create_loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def _greeting(url: str, options: argparse.Namespace, backend: InferenceExperimentBackend) -> str:
    experiments = backend.experiments
    count = f"{len(experiments)} experiment{'' if len(experiments) == 1 else 's'}"
    return "\n".join(
        [
            f"pytest-sagemaker-ie {__version__} answers the calls of inference experiments at {url}",
            f"Account {options.account_id}, {count}{f' from {options.seed}' if options.seed else ''}",
            *(f"    {_plain(each.name)} in {each.arn.split(':')[3]}: {each.status}" for each in experiments),
            "Signatures are not verified. To call it:",
            f"    export AWS_ENDPOINT_URL_SAGEMAKER={url} AWS_DEFAULT_REGION={options.region}"
            " AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
            "Ctrl-C ends it.",
        ]
    )


class _Report:
    """The lines that the command prints, in colour on a terminal that has it (https://no-color.org)."""

    def __init__(self, stream: "TextIO | None") -> None:  # none if the process began with it closed
        if isinstance(stream, io.TextIOWrapper):  # a name that its encoding does not have is no reason for silence
            stream.reconfigure(errors="backslashreplace")
        self._stream = stream
        self._colour = (
            stream is not None
            and stream.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )

    def write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except OSError:
            self._turn_away(self._stream)

    def _turn_away(self, stream: TextIO) -> None:
        """Turn it from who reads no more to nowhere: what it still holds would fail again as the process ends.

        The way of https://docs.python.org/3/library/signal.html#note-on-sigpipe.
        """
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)

    def call(self, call: "Call") -> None:
        self.write(f"{call.region}  {call.operation:29}  {' '.join(self._of_call(call))}".rstrip())

    def unanswered(self, operation: str, region: str) -> None:
        self.write(f"{region}  {operation:29}  {self._coloured('not answered', _RED)}")

    def _of_call(self, call: "Call") -> "Iterator[str]":
        named = call.parameters.get("Name") or call.parameters.get("ResourceArn")
        if isinstance(named, str):
            yield _plain(named.rpartition("/")[2])
        if call.status_before or call.status_after:
            yield f"{self._status(call.status_before)} -> {self._status(call.status_after)}"
        if call.error:
            yield self._coloured(call.error, _RED)

    def _status(self, status: Status | None) -> str:
        if status is None:
            return "-"
        if status in TRANSITIONAL:
            return self._coloured(status, _YELLOW)
        return self._coloured(status, _GREEN if status is Status.RUNNING else _CYAN)

    def _coloured(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else str(text)


def _plain(name: str) -> str:
    """Return a name that a client has sent, short and without what would be an order to a terminal."""
    shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)


def _reported(service: Service, report: _Report) -> Any:
    """Return what answers as `service` does, and has each call printed; the record of calls is not kept."""
    one_at_a_time = threading.Lock()

    def answer(operation: str, region: str, body: bytes, shape: "Shape") -> "Answer | None":
        with one_at_a_time:
            try:
                return service.answer(operation, region, body, shape)
            finally:
                calls = [*service.calls]
                service.calls.clear()
                for each in calls:
                    report.call(each)
                if not calls:
                    report.unanswered(operation, region)

    return answer
