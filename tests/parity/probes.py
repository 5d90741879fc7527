"""The shapes of cases: a call and its answer, what an experiment shows, the way it takes through its statuses."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from parity.answers import Like, Within
from parity.bench import HOUR, Bench, error_of

__all__ = [
    "ACCEPTED",
    "CONFLICT",
    "FREE",
    "INVALID",
    "IN_USE",
    "NOT_FOUND",
    "PAID",
    "UNREADABLE",
    "Case",
    "answered",
    "change",
    "created",
    "looked",
    "moved",
    "passing",
    "violation",
]

DAY: Final = timedelta(days=1)
FREE, PAID = "free", "paid"
ACCEPTED: Final = "accepted"
CONFLICT: Final = {"error": "ConflictException"}
INVALID: Final = {"error": "ValidationException"}
IN_USE: Final = {"error": "ResourceInUse"}
NOT_FOUND: Final = {"error": "ResourceNotFound"}
UNREADABLE: Final = {"error": "SerializationException"}

NOTHING: Final[Mapping[str, Any]] = {}
Request = Mapping[str, Any] | Callable[[Bench, str], Mapping[str, Any]]


class Case(NamedTuple):
    """What is asked, and what is expected."""

    look: Callable[[Bench], Any]
    """Makes the calls, and returns what was seen."""
    expected: Any
    cost: str = PAID
    on: str | None = None
    """The status of the shared experiment that it looks at."""
    seconds: int = 0
    """How long it takes at least, because of a time that has to come."""
    alters: bool = False
    """Whether the endpoint has, or could have, another production variant than before."""


def violation(text: str) -> dict[str, Any]:
    """Return the error of one constraint that is violated; `text` is a regular expression."""
    return {"error": "ValidationException", "message": Like(f"1 validation error detected: {text}")}


def _made_of(request: Request, bench: Bench, name: str) -> Mapping[str, Any]:
    return request(bench, name) if callable(request) else request


def answered(
    verb: str, expected: Any, request: Request = NOTHING, *, on: str | None = None, own: str = "", alters: bool = False
) -> Case:
    """Return the case of one call: of an unknown name, on a shared experiment, or its own in the status `own`."""

    def look(bench: Bench) -> Any:
        name = bench.shared(on) if on else bench.make(own) if own else bench.name("unknown")
        about = {"list": {}, "create": {}}.get(
            verb, {"ResourceArn": bench.arn(name)} if "tags" in verb else {"Name": name}
        )
        return bench.answer(verb, **{**about, **_made_of(request, bench, name)})

    return Case(look, expected, PAID if on or own else FREE, on, alters=alters)


def created(expected: Any, members: Request = NOTHING, *, cost: str = PAID) -> Case:
    """Return the case of a Create with `members` in place of the valid ones."""

    def look(bench: Bench) -> Any:
        return bench.answer("create", **bench.creation("create", **_made_of(members, bench, "")))

    return Case(look, expected, cost)


def looked(
    show: Callable[[Bench, str], Any], expected: Any, *, on: str | None = None, own: str = "", alters: bool = False,
    seconds: int = 0,
) -> Case:  # fmt: skip
    """Return the case of what `show` returns of an experiment, a shared one or its own."""
    return Case(
        lambda bench: show(bench, bench.shared(on) if on else bench.make(own)), expected, PAID, on, seconds, alters
    )


def moved(begin: Callable[[Bench], str], passes: str | tuple[str, ...], ends_in: str, *, seconds: int = 0) -> Case:
    """Return the case of the way that an experiment takes; it may pass too fast to be seen on it."""

    def look(bench: Bench) -> Any:
        name = begin(bench)
        try:
            *way, end = bench.until(name, ends_in, seconds + bench.setting.patience)
        except ClientError as error:
            return error_of(error)
        return {"passes through": way, "ends in": end}

    return Case(
        look,
        {"passes through": Within((passes,) if isinstance(passes, str) else passes), "ends in": ends_in},
        seconds=seconds,
    )


def passing(verb: str, status: str, request: Request = NOTHING) -> Case:
    """Return the case of a call that is a conflict in a transitional status."""

    def look(bench: Bench) -> Any:
        name = bench.passing(status)
        return bench.answer(verb, Name=name, **_made_of(request, bench, name))

    return Case(look, CONFLICT)


def change(
    repeated: Callable[[dict[str, Any]], dict[str, Any]],
    changed: Callable[[Bench, dict[str, Any]], dict[str, Any]],
    may_repeat: bool,
    may_change: bool,
    own: str,
) -> Case:
    """Return the case of an update that repeats what Describe shows, and of one that changes it."""

    def look(bench: Bench) -> Any:
        name = bench.make("Created", DataStorageConfig=storage(bench, "first")) if own == "Created" else _running(bench)
        shown = bench.show(name)
        seen: dict[str, Any] = {"repeated": bench.answer("update", Name=name, **repeated(shown))}
        bench.settled(name)
        request = changed(bench, shown)
        seen["changed"] = bench.answer("update", Name=name, **request)
        bench.settled(name)
        if seen["changed"] == ACCEPTED:
            seen["shows it"] = _holds(bench.show(name), request)
        return seen

    expected = {
        "repeated": ACCEPTED if may_repeat else CONFLICT,
        "changed": ACCEPTED if may_change else CONFLICT,
        **({"shows it": True} if may_change else {}),
    }
    return Case(look, expected)


def _running(bench: Bench) -> str:
    return bench.shared("Running")


def _holds(shown: Any, wanted: Any) -> bool:
    """Whether what Describe shows has all that was asked; times travel in whole seconds."""
    if isinstance(wanted, dict):
        return all(name in shown and _holds(shown[name], each) for name, each in wanted.items())
    if isinstance(wanted, list):
        return len(shown) == len(wanted) and all(map(_holds, shown, wanted))
    if isinstance(wanted, datetime):
        return bool(abs(shown - wanted) < timedelta(seconds=1))
    return bool(shown == wanted)


def storage(bench: Bench, folder: str) -> dict[str, Any]:
    """Return a DataStorageConfig."""
    return {"Destination": f"s3://{bench.prefix}/{folder}"}


def variant_statuses(bench: Bench, name: str) -> dict[str, str]:
    """Return the Status of each variant of an experiment, by the names that it has in the experiment."""
    shown = bench.show(name)
    source = shown["ShadowModeConfig"]["SourceModelVariantName"]
    return {
        "production" if each["VariantName"] == source else "shadow": each["Status"] for each in shown["ModelVariants"]
    }


def hours(shown: Mapping[str, Mapping[str, datetime]]) -> int:
    """Return how long an experiment lasts, in hours."""
    return round((shown["Schedule"]["EndTime"] - shown["Schedule"]["StartTime"]) / HOUR)


def after(*parts: Callable[[Bench, str], Any]) -> Callable[[Bench, str], Any]:
    """Return a function that does the parts one after the other, each once the experiment is settled."""

    def done(bench: Bench, name: str) -> Any:
        for part in parts[:-1]:
            part(bench, name)
            bench.settled(name)
        return parts[-1](bench, name)

    return done


def calls(verb: str, request: Request = NOTHING) -> Callable[[Bench, str], Any]:
    """Return a function that makes a call on an experiment."""
    return lambda bench, name: bench.call(verb, Name=name, **_made_of(request, bench, name))


def listed(bench: Bench, **request: Any) -> list[str]:
    """Return the words in the names of this run's experiments that a List shows, over all its pages."""
    found: list[str] = []
    request = {"NameContains": bench.prefix, "MaxResults": 100, **request}
    while True:
        page = bench.send("list", request)
        found += [each["Name"] for each in page["InferenceExperiments"]]
        if "NextToken" not in page:
            return found
        request["NextToken"] = page["NextToken"]
