"""Where cases are tried: a client, names with a prefix of their own, experiments in a status, and their removal.

Every call of a case goes through `Bench.call`, which refuses to change what the bench did not make.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

__all__ = ["HOUR", "TRANSITIONAL", "Bench", "NotRun", "Setting", "error_of", "now"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRANSITIONAL = ("Creating", "Starting", "Updating", "Stopping")
_CALLS = {
    **{verb: f"{verb}_inference_experiment" for verb in ("create", "describe", "update", "start", "stop", "delete")},
    "list": "list_inference_experiments",
    **{verb: verb for verb in ("add_tags", "list_tags", "delete_tags", "describe_endpoint")},
}
_READS = ("describe", "describe_endpoint", "list", "list_tags")
_NO_ANSWER = frozenset(
    ("AccessDenied", "AccessDeniedException", "ExpiredTokenException", "ServiceUnavailable", "ThrottlingException")
)
"""Errors that say nothing of a rule."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 15.0
_SHORT, _PROGRESS = 2.0, 60.0
"""After how many seconds of waiting it is said, and said again."""


class NotRun(Exception):  # noqa: N818  it is a result
    """The case could not be tried; the message says why."""


class Setting(NamedTuple):
    """What the experiments of a run are made of."""

    account_id: str = "123456789012"
    role_arn: str = "arn:aws:iam::123456789012:role/shadow-tests"
    endpoint_name: str = "parity-endpoint"
    variant_name: str = "production"
    model_name: str = "parity-model"
    shadow_model_name: str = "parity-model-v2"
    instance_type: str = "ml.m5.xlarge"
    patience: float = 60
    """For how many seconds it waits for a status at most."""


def now() -> datetime:
    """Return the present time."""
    return datetime.now(timezone.utc)


def error_of(error: ClientError) -> dict[str, str]:
    """Return what a case says of an error that it saw."""
    shown = error.response["Error"]
    return {"error": shown["Code"], "message": shown.get("Message", "")}


class Bench:
    """A client and the experiments that it made."""

    def __init__(self, client: Any, setting: Setting, say: Callable[[str], None]) -> None:
        self.client = client
        self.setting = setting
        self.prefix = f"parity-{secrets.token_hex(4)}"
        self.production, self.shadow = setting.variant_name, f"{self.prefix}-shadow"
        self.models = {self.production: setting.model_name, self.shadow: setting.shadow_model_name}
        self._say = say
        self._made: list[str] = []
        """The names of the experiments that were, or may have been, created and not yet taken away."""
        self._stuck: list[str] = []
        """Those of them that could not be taken away at the first try."""
        self._shared: dict[str, str] = {}
        """The experiments that cases share, by status."""
        self._count = 0
        self._body: bytes | None = None
        client.meta.events.register_first("before-call.sagemaker", self._put_body)

    def _put_body(self, params: dict[str, Any], **_: object) -> None:
        if self._body is not None:
            params["body"] = self._body

    # Calls

    def call(self, verb: str, **request: Any) -> dict[str, Any]:
        """Make a call, and return its response; `verb` is as in ``"update"``, ``"list"``, ``"add_tags"``."""
        self._refuse_others(verb, request)
        if verb == "create":
            self._made.append(request["Name"])
        try:
            response = getattr(self.client, _CALLS[verb])(**request)
        except ClientError as error:
            if verb == "create" and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                self._made.remove(request["Name"])
            if error.response["Error"]["Code"] in _NO_ANSWER:
                raise NotRun(str(error)) from error
            raise
        if verb == "stop" and request["ModelVariantActions"].get(self.shadow) == "Promote":
            self.production, self.shadow = self.shadow, self.production
        return {name: value for name, value in response.items() if name != "ResponseMetadata"}

    def _refuse_others(self, verb: str, request: dict[str, Any]) -> None:
        name = str(request.get("Name") or request.get("ResourceArn", "")).rpartition("/")[2]
        if verb not in _READS and not name.startswith(f"{self.prefix}-"):
            raise AssertionError(f"{verb} of {name!r}, which this run did not make")

    def answer(self, verb: str, **request: Any) -> Any:
        """Return what a call is answered with: ``"accepted"``, or its error."""
        try:
            self.call(verb, **request)
        except ClientError as error:
            return error_of(error)
        return "accepted"

    def send(self, verb: str, body: bytes | dict[str, Any]) -> dict[str, Any]:
        """Make a call that reads, with a body as it stands; clients of botocore send times in whole seconds."""
        assert verb in _READS
        self._body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            return self.call(verb, **({"Name": "any"} if verb == "describe" else {}))
        finally:
            self._body = None

    # Names and requests

    def name(self, word: str) -> str:
        """Return a new name, in which `word` tells what it is for."""
        self._count += 1
        return f"{self.prefix}-{self._count}-{word}"

    def arn(self, name: str, **parts: str) -> str:
        """Return the ARN of an experiment, or that of another `account` or `region`."""
        meta = self.client.meta
        account, region = parts.get("account", self.setting.account_id), parts.get("region", meta.region_name)
        return f"arn:{meta.partition}:sagemaker:{region}:{account}:inference-experiment/{name}"

    def variant(self, name: str, *, model: str | None = None, count: int = 1, instance: str = "") -> dict[str, Any]:
        """Return one of a request's ModelVariants."""
        return {
            "ModelName": model or self.models.get(name, self.setting.model_name),
            "VariantName": name,
            "InfrastructureConfig": {
                "InfrastructureType": "RealTimeInference",
                "RealTimeInferenceConfig": {
                    "InstanceType": instance or self.setting.instance_type,
                    "InstanceCount": count,
                },
            },
        }

    def variants(self) -> list[dict[str, Any]]:
        """Return a request's ModelVariants."""
        return [self.variant(self.production), self.variant(self.shadow)]

    def shadow_mode(self, source: str = "", shadow: str = "", sampling: int = 30) -> dict[str, Any]:
        """Return a request's ShadowModeConfig."""
        return {
            "SourceModelVariantName": source or self.production,
            "ShadowModelVariants": [{"ShadowModelVariantName": shadow or self.shadow, "SamplingPercentage": sampling}],
        }

    def creation(self, word: str, **members: Any) -> dict[str, Any]:
        """Return a request of Create with a new name, and `members` added or put in their place."""
        return {
            "Name": self.name(word),
            "Type": "ShadowMode",
            "RoleArn": self.setting.role_arn,
            "EndpointName": self.setting.endpoint_name,
            "ModelVariants": self.variants(),
            "ShadowModeConfig": self.shadow_mode(),
            **members,
        }

    def stop_request(self, **members: Any) -> dict[str, Any]:
        """Return the members of a stop that keeps the production variant and removes the shadow."""
        return {"ModelVariantActions": {self.production: "Retain", self.shadow: "Remove"}, **members}

    # Experiments

    def show(self, name: str) -> dict[str, Any]:
        """Describe an experiment."""
        return self.call("describe", Name=name)

    def status(self, name: str) -> str:
        """Return the status of an experiment."""
        return str(self.show(name)["Status"])

    def shared(self, status: str) -> str:
        """Return an experiment in a settled status that cases share: none may move it."""
        name = self._shared.get(status)
        if name is None or self.status(name) != status:
            name = self._shared[status] = self.make(status)
        return name

    def make(self, status: str, **members: Any) -> str:
        """Make an experiment, wait until it has a settled status, and return its name.

        Completed and Cancelled are made of the Running one that cases share, if there is one: starting takes long.
        """
        try:
            if status in ("Completed", "Cancelled"):
                name = self._shared.pop("Running", "") if not members else ""
                name = name or self.make("Running", **members)
                self.call("stop", Name=name, **self.stop_request(DesiredState=status))
            else:
                if status == "Created":
                    members.setdefault("Schedule", {"StartTime": now() + DAY})
                else:
                    self.make_room()
                request = self.creation(status.lower(), **members)
                name = request["Name"]
                self.call("create", **request)
        except ClientError as error:
            raise NotRun(f"could not make a {status} experiment: {str(error)[:300]}") from error
        seen = self.settled(name)[-1]
        if seen != status:
            raise NotRun(f"could not make a {status} experiment: it became {seen}")
        return name

    def passing(self, status: str) -> str:
        """Make an experiment that passes through a transitional status, and return its name while it does."""
        if status == "Creating":
            request = self.creation("creating", Schedule={"StartTime": now() + DAY})
            name = str(request["Name"])
            self.call("create", **request)
        elif status == "Stopping":
            name = self.make("Running")
            self.call("stop", Name=name, **self.stop_request())
        else:
            name = self.make("Created")
            if status == "Starting":
                self.start(name)
            else:
                self.call("update", Name=name, Description="passing")
        seen = self.status(name)
        if seen != status:
            raise NotRun(f"{status} was over before it could be looked at: {seen}")
        return name

    def start(self, name: str) -> None:
        """Start an experiment."""
        self.make_room()
        self.call("start", Name=name)

    def make_room(self) -> None:
        """Take the Running experiment away that cases share: an endpoint takes part in one at a time."""
        if "Running" in self._shared:
            self.take_away(self._shared.pop("Running"))

    # Waiting

    def statuses(self, name: str, seconds: float | None = None) -> Iterator[str]:
        """Look at an experiment again and again, and give each status that it has then."""
        patience = self.setting.patience if seconds is None else seconds
        began = time.monotonic()
        said, pause = began - _PROGRESS + _SHORT, _FIRST_PAUSE
        while True:
            status = self.status(name)
            yield status
            waited = time.monotonic() - began
            if waited > patience:
                raise NotRun(f"{name} was still {status} after {waited:.0f} seconds")
            if time.monotonic() - said > _PROGRESS:
                said = time.monotonic()
                self._say(f"    {name} is {status}; waited {waited:.0f} s")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def settled(self, name: str) -> list[str]:
        """Wait until an experiment leaves its transitional status; return the statuses that it was seen in."""
        seen: list[str] = []
        for status in self.statuses(name):
            if status not in seen[-1:]:
                seen.append(status)
            if status not in TRANSITIONAL:
                break
        return seen

    def until(self, name: str, wanted: str, seconds: float | None = None) -> list[str]:
        """Wait until an experiment has a status, or is over; return the statuses that it was seen in."""
        seen: list[str] = []
        for status in self.statuses(name, seconds):
            if status not in seen[-1:]:
                seen.append(status)
            if status in (wanted, "Completed", "Cancelled"):
                break
        return seen

    # Removal

    def tidy(self) -> None:
        """Take away what a case made for itself."""
        for name in [each for each in self._made if each not in (*self._shared.values(), *self._stuck)]:
            try:
                self.take_away(name)
            except (ClientError, NotRun):
                self._stuck.append(name)

    def clear(self) -> list[str]:
        """Take away everything; return, for each experiment that could not be, its name and why."""
        self._shared.clear()
        left: list[str] = []
        for name in list(self._made):
            try:
                self.take_away(name)
            except KeyboardInterrupt:
                return [*left, *(f"{each}: interrupted" for each in self._made if not any(each in one for one in left))]
            except Exception as error:
                left.append(f"{name}: {error}")
        return left

    def take_away(self, name: str) -> None:
        """Stop an experiment if it runs, wait, and delete it."""
        try:
            for status in self.statuses(name):
                if status == "Running":
                    variants = [each["VariantName"] for each in self.show(name)["ModelVariants"]]
                    source = self.show(name)["ShadowModeConfig"]["SourceModelVariantName"]
                    actions = {each: "Retain" if each == source else "Remove" for each in variants}
                    self.call("stop", Name=name, ModelVariantActions=actions)
                elif status not in TRANSITIONAL:
                    self.call("delete", Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFound":
                raise
            self._made.remove(name)

    # Words

    def plain(self, value: Any) -> Any:
        """Return a value as JSON, with the same prefix in all runs."""
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str):
            return value.replace(self.prefix, "parity")
        if isinstance(value, dict):
            return {self.plain(name): self.plain(each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(each) for each in value]
        return value
