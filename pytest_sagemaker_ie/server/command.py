"""The command ``sagemaker-ie-server``: an account that lasts as long as the process, for trials and containers.

It prints what it serves, and then a line for each call, with the experiment's status before and after.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from pytest_sagemaker_ie import __version__
from pytest_sagemaker_ie.aws.region import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, is_of_a_partition
from pytest_sagemaker_ie.core.arns import is_account_id
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.display import printable, shown_number
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.core.service import Answer, Service
from pytest_sagemaker_ie.core.wire import Shape


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit status is then 0."""
    # A signal raises no error, so it breaks nothing that it interrupts, such as an import. A list keeps it: in
    # `threading.Event.set`, a second signal would wait for the first one for ever.
    signals: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: signals.append(number))
    parser = _parser()
    options = parser.parse_args(arguments)
    port, region, account_id = options.port, options.region, options.account_id
    for is_right, mistake in (
        (port.isdecimal() and int(port[:6]) <= 65535, f"--port: {port!r} is not a port: a number from 0 to 65535"),
        (is_of_a_partition(region), f"--region: {region!r} is not the name of a region, such as 'eu-west-1'"),
        (is_account_id(account_id), f"--account-id: {account_id!r} is not an account id: twelve digits"),
    ):
        if not is_right:
            parser.error(f"argument {mistake}")
    # Imported here, so that --help and a wrong option do not wait for botocore.
    from pytest_sagemaker_ie.aws.sessions import service_model
    from pytest_sagemaker_ie.mocking import now, wait
    from pytest_sagemaker_ie.server.listener import Application, Listener
    from pytest_sagemaker_ie.server.seeds import seed_from_file

    service = Service(service_model(), region=lambda: region, account_id=account_id, clock=now, wait=wait)
    backend = InferenceExperimentBackend(service)
    try:
        if options.seed is not None:
            seed_from_file(options.seed, backend)
        listener = Listener(options.host, int(port), options.allowed_host)
    except SeedError as error:
        parser.error(printable(str(error)))
    except OSError as error:
        parser.error(printable(f"cannot listen at {options.host}, port {port}: {error}"))
    lines: SimpleQueue[str | None] = SimpleQueue()
    printer = threading.Thread(target=_print, args=(lines,), daemon=True)
    printer.start()

    def write(line: str) -> None:
        if lines.qsize() < 1000:  # lines that no reader has read yet; further ones are lost
            lines.put(line)

    with listener.serving(Application(service, _reported(service, write))):
        listener.start()
        experiments = backend.experiments
        count = shown_number(len(experiments), "experiment")
        write(f"pytest-sagemaker-ie {__version__} answers the calls of inference experiments at {listener.url}")
        write(f"Account {account_id}, {count}{f' from {options.seed}' if options.seed else ''}")
        for experiment in experiments:
            write(f"    {experiment.name} in {experiment.region}: {experiment.status}")
        write("Signatures are not verified. To call it:")
        variables = f"AWS_ENDPOINT_URL_SAGEMAKER={listener.url} AWS_DEFAULT_REGION={region}"
        write(f"    export {variables} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any")
        write("Ctrl-C ends it.")
        while not signals:
            time.sleep(0.05)
        listener.close()  # before the account ends, so that a late client gets no connection
    write("Ended.")
    lines.put(None)
    printer.join(1)  # long enough for a reader to get the last lines
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Answer calls of inference experiments over HTTP, from an account in memory. Signatures are not verified."
    parser = argparse.ArgumentParser("sagemaker-ie-server", description=about)
    add = parser.add_argument
    add("--version", action="version", version=f"pytest-sagemaker-ie {__version__}")
    add("--host", default="127.0.0.1", help="where to listen (default: %(default)s; 0.0.0.0 is every address)")
    add("--port", default="5055", help="the port (default: %(default)s; 0 is any that is free)")
    names = "a name other than localhost by which clients call, such as that of a container; may be repeated"
    add("--allowed-host", action="append", default=[], metavar="NAME", help=names)
    add("--region", default=DEFAULT_REGION, help="region of seeds and requests that name none (default: %(default)s)")
    add("--account-id", default=DEFAULT_ACCOUNT_ID, metavar="DIGITS", help="account in the ARNs (default: %(default)s)")
    add("--seed", type=Path, metavar="FILE", help="experiments in TOML, or one that Describe returned, in JSON")
    return parser


def _print(lines: "SimpleQueue[str | None]") -> None:
    """Write lines to the standard output, in its own thread: a reader that stops reading does not stop the server."""
    stream: Any = sys.stdout  # None if it was closed when the process began
    # Not through the stream's buffer: a thread that waits here would hold its lock when the process ends.
    with suppress(AttributeError, OSError), open(stream.fileno(), "wb", buffering=0, closefd=False) as raw:
        for line in iter(lines.get, None):
            raw.write(f"{printable(line)}\n".encode(stream.encoding, "backslashreplace"))


def _reported(service: Service, write: Callable[[str], None]) -> Callable[[str, str, bytes, Shape], Answer | None]:
    """Return a function that calls `service.answer`, empties the record of calls and writes a line for the call."""

    def answer(operation: str, region: str, body: bytes, shape: Shape) -> Answer | None:
        answered = service.answer(operation, region, body, shape)
        service.calls.clear()
        said: list[str | None] = ["not answered"]
        if answered is not None:
            call = answered.call
            move = f"{call.status_before or '-'} -> {call.status_after or '-'}"
            said = [call.name, None if move == "- -> -" else move, call.error]
        write(f"{region}  {operation:29}  {' '.join(filter(None, said))}".rstrip())
        return answered

    return answer
