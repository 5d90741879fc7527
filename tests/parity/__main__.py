"""The command: asks a service whether the rules hold, and says which agree, which differ and which were not tried."""

import argparse
import json
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own modules

from parity.bench import Bench, Setting, now
from parity.probes import FREE, PAID, Case
from parity.rules import RULES, Rule
from parity.run import AGREES, DIFFERS, NOT_RUN, Result, in_order, try_all

_AWS_PATIENCE, _SERVER_PATIENCE = 5400, 60
_MADE_OF = ("role_arn", "endpoint_name", "variant_name", "model_name", "shadow_model_name", "instance_type")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status: 0 if all that ran agree, 1 if any differs, 2 if it could not run."""
    parser = _parser()
    options = parser.parse_args(arguments)
    rules = [rule for rule in RULES if not options.rule or rule.id in options.rule]
    if unknown := set(options.rule) - {rule.id for rule in rules}:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}")
    missing = [f"--{name.replace('_', '-')}" for name in _MADE_OF if getattr(options, name) is None]
    if options.aws and missing and options.only != FREE:
        parser.error(f"experiments need {', '.join(missing)}; or give --only free")
    try:
        client, setting = _client(options), _setting(options)
        if options.aws:
            account = boto3.client("sts", region_name=options.region).get_caller_identity()
            setting = setting._replace(account_id=account["Account"])
            _say(f"Account {account['Account']}, as {account['Arn']}, in {client.meta.region_name}")
        else:
            _say(f"{options.endpoint_url}, in {client.meta.region_name}")
        return _asked(options, rules, client, setting)
    except (BotoCoreError, ClientError) as error:
        _say(f"could not run: {error}")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--endpoint-url", metavar="URL", help="a server that speaks the protocol")
    where.add_argument("--aws", action="store_true", help="the service, with the configured credentials")
    parser.add_argument("--region", help="the region (default: the configured one, for a server us-east-1)")
    parser.add_argument("--only", choices=[FREE], help="only the cases that need no experiment")
    parser.add_argument("--rule", action="append", default=[], metavar="ID", help="only this rule; may be repeated")
    parser.add_argument("--alter-endpoint", action="store_true", help="also what gives the endpoint another variant")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--patience", type=float, metavar="SECONDS", help="for how long to wait for a status at most")
    parser.add_argument("--account-id", metavar="DIGITS", help="the account of a server, for ARNs")
    parser.add_argument("--role-arn", metavar="ARN", help="the role of the experiments")
    parser.add_argument("--endpoint-name", metavar="NAME", help="an endpoint that is InService")
    parser.add_argument("--variant-name", metavar="NAME", help="its one production variant")
    parser.add_argument("--model-name", metavar="NAME", help="that variant's model")
    parser.add_argument("--shadow-model-name", metavar="NAME", help="the model of the shadow")
    parser.add_argument("--instance-type", metavar="TYPE", help="the instances of both variants")
    return parser


def _client(options: argparse.Namespace) -> Any:
    # Not the client, but the service is to check the requests.
    config = Config(parameter_validation=False, retries={"mode": "standard", "max_attempts": 5 if options.aws else 1})
    if options.aws:
        return boto3.client("sagemaker", region_name=options.region, config=config)
    return boto3.client(
        "sagemaker",
        region_name=options.region or "us-east-1",
        endpoint_url=options.endpoint_url,
        aws_access_key_id="parity",
        aws_secret_access_key="parity",
        config=config,
    )


def _setting(options: argparse.Namespace) -> Setting:
    given = {name: getattr(options, name) for name in (*_MADE_OF, "account_id") if getattr(options, name) is not None}
    usual = _AWS_PATIENCE if options.aws else _SERVER_PATIENCE
    return Setting(**given, patience=usual if options.patience is None else options.patience)


def _asked(options: argparse.Namespace, rules: list[Rule], client: Any, setting: Setting) -> int:
    ids: dict[str, list[str]] = {FREE: [], PAID: []}
    for rule in rules:
        if isinstance(rule.case, Case):
            ids[rule.case.cost].append(rule.id)
    _say(f"{len(ids[FREE])} cases are free:\n{_wrapped(ids[FREE])}")
    if options.only != FREE and ids[PAID]:
        _say(f"{len(ids[PAID])} cases make experiments. On AWS each takes minutes, and its instances cost money:")
        _say(_wrapped(ids[PAID]))
        _say(f"    on the endpoint {setting.endpoint_name}, with the role {setting.role_arn}, the models")
        _say(f"    {setting.model_name} and {setting.shadow_model_name}, on {setting.instance_type}")
    if not options.yes and not _agreed():
        return 2
    client.list_inference_experiments(MaxResults=1)  # whether it can be reached at all
    bench = Bench(client, setting, _say)
    _say(f"Names begin with {bench.prefix}")
    try:
        results, interrupted = try_all(in_order(rules), bench, _say, _excuse(options, setting))
    finally:
        left = _cleared(bench)
    if options.report:
        _write(options.report, results, client, left, aws=options.aws)
    return _summed_up(results, interrupted, left)


def _excuse(options: argparse.Namespace, setting: Setting) -> Callable[[Case], str | None]:
    def excused(case: Case) -> str | None:
        if options.only == FREE and case.cost != FREE:
            return "it needs an experiment: --only free"
        if case.alters and options.aws and not options.alter_endpoint:
            return "it could give the endpoint another production variant: --alter-endpoint"
        if case.seconds > setting.patience:
            return f"it takes {case.seconds} seconds: --patience"
        return None

    return excused


def _wrapped(words: list[str]) -> str:
    return textwrap.fill(", ".join(words), 110, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _agreed() -> bool:
    try:
        return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def _cleared(bench: Bench) -> list[str]:
    _say("Taking away what was made")
    left = bench.clear()
    for each in left:
        _say(f"LEFT: {each}")
    return left


def _write(path: Path, results: list[Result], client: Any, left: list[str], *, aws: bool) -> None:
    report = {
        "date": f"{now():%Y-%m-%d}",
        "region": client.meta.region_name,
        "aws": aws,
        "botocore": botocore.__version__,
        "rules": {each.rule.id: each.as_json() for each in sorted(results, key=lambda each: each.rule.id)},
        "left": left,
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _summed_up(results: list[Result], interrupted: bool, left: list[str]) -> int:
    count = {outcome: sum(each.outcome == outcome for each in results) for outcome in (AGREES, DIFFERS, NOT_RUN)}
    _say(", ".join(f"{number} {outcome}" for outcome, number in count.items()))
    if count[DIFFERS]:
        return 1
    return 2 if interrupted or left or not count[AGREES] else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
