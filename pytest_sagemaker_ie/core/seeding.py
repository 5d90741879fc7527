"""How a test's seed becomes a whole experiment: with values for what it leaves out.

What contradicts the service model, the status or the present is the test author's mistake: a `SeedError`, and never an
error of the service.
"""

import contextlib
import datetime
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from pytest_sagemaker_ie.core.constraints import checked
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.errors import Mistake, SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import ExperimentState, settings_of
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.values import MINIMUM_DURATION, check_schedule, check_tags, check_variants
from pytest_sagemaker_ie.core.wire import Shape, Wire, did_you_mean, moment, to_wire

DAY: Final = 86_400_000


class ServiceModel(Hashable, Protocol):
    """What the core asks of the service model; botocore's ``ServiceModel`` has it."""

    operation_names: Any

    def shape_for(self, shape_name: str, /) -> Any:
        """Return the shape of this name."""
        ...

    def operation_model(self, operation_name: str, /) -> Any:
        """Return the operation's model, which has an `input_shape`."""
        ...


# The schedule of a seed that gives none, in days from now; where a StartTime, and where an EndTime, cannot lie.
_SCHEDULES: Final[Mapping[Status, tuple[int, int, str, str]]] = {
    Status.CREATING: (1, 8, "past", ""),
    Status.CREATED: (1, 8, "past", ""),
    Status.STARTING: (0, 7, "future", "past"),
    Status.RUNNING: (-1, 6, "future", "past"),
    Status.UPDATING: (-1, 6, "", "past"),
    Status.STOPPING: (-7, 0, "future", ""),
    Status.COMPLETED: (-8, -1, "future", ""),
    Status.CANCELLED: (-3, 4, "", ""),
}

# What a seed takes other than the API's parameters.
_ARGUMENTS: Final = ("name", "status", "region", "transition")

# Members of DescribeInferenceExperiment that a seed does not take, and what to say instead.
_GIVEN_OTHERWISE: Final = {
    "Name": "give the name as the first argument",
    "Status": "give the status as the second argument, or as status=",
    "Arn": "it follows from the name, the region and the account",
}


def _variant(name: str) -> Wire:
    return {
        "ModelName": f"{name}-model",
        "VariantName": name,
        "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        },
    }


def _shadow_mode(source: str, shadow: str) -> Wire:
    return {
        "SourceModelVariantName": source,
        "ShadowModelVariants": [{"ShadowModelVariantName": shadow, "SamplingPercentage": 50}],
    }


def as_status(status: object) -> Status:
    """Return `status` as a `Status`; raise `SeedError` with the eight valid ones if it is none of them."""
    if status in tuple(Status):
        return Status(status)
    names = [each.value for each in Status]
    hint = did_you_mean(str(status), names)
    raise SeedError(f"unknown status {status!r}.{hint}", f"Valid statuses: {', '.join(names)}")


def seeded(
    name: str,
    status: str,
    parameters: Mapping[str, object],
    region: str,
    now: int,
    model: ServiceModel,
    *,
    constrained: bool,
) -> ExperimentState:
    """Return a whole experiment in `status`, made of `parameters` and of defaults that the service would accept.

    The service model's lengths and patterns of strings hold only if `constrained`, the rest of it always.

    Raises:
        SeedError: a value that is not possible; the message names it and the valid values.
    """
    if not isinstance(name, str) or not name:
        raise SeedError(f"the name of an experiment is a str that is not empty, not {name!r}")
    name = "".join(name)  # an enum that is also a str is its value
    begun = as_status(status)
    _, of_the_name = checked(_shapes(model)[2], name, "name", constrained=constrained)
    given = given_parameters(
        _completed(_dated(parameters, now // 1000 * 1000)), model, constrained=constrained, violations=of_the_name
    )
    schedule = given.get("Schedule", {})
    start, end = schedule.get("StartTime"), schedule.get("EndTime")
    at_once = begun is Status.CREATING and start is not None and start == given.get("CreationTime")
    start, end = _schedule(Status.STARTING if at_once else begun, start, end, now)
    completed = _completion(begun, given, start, end, now)
    earliest = min(start, now if completed is None else completed, now)
    created = given.get("CreationTime", min(earliest, given.get("LastModifiedTime", earliest)) - 3_600_000)
    if created > earliest:
        raise SeedError(
            f"CreationTime {moment(created).isoformat()} is later than {moment(earliest).isoformat()}, when the"
            f" experiment, which is {begun}, existed already"
        )
    edge, first = ("CreationTime", created) if completed is None else ("CompletionTime", completed)
    since = {Status.CREATED: created, Status.RUNNING: start}.get(begun, now if completed is None else completed)
    modified = given.get("LastModifiedTime", since)
    if not first <= modified <= now:
        raise SeedError(
            f"LastModifiedTime {moment(modified).isoformat()} does not lie between {edge}"
            f" {moment(first).isoformat()} and now, {moment(now).isoformat()}"
        )
    if "ShadowModeConfig" not in given:  # they have not become two
        names = [each["VariantName"] for each in given["ModelVariants"]]
        raise SeedError(f"ModelVariants are {names}; a shadow test has two, the production variant and then the shadow")
    variants, shadow_mode = given["ModelVariants"], given["ShadowModeConfig"]
    settings = {"Type": "ShadowMode", **settings_of(given)}
    settings["Schedule"] = {"StartTime": start, "EndTime": end}
    settings["ModelVariants"] = [{k: v for k, v in each.items() if k != "Status"} for each in variants]
    try:
        tags = check_tags(given.get("Tags", ()), {})
        check_schedule(start, end, starts_now=start == created)
        check_variants(settings["ModelVariants"], shadow_mode)
    except ServiceError as error:
        raise SeedError(str(error)) from None
    state = ExperimentState(
        name=name,
        region=region,
        creation_time=created,
        settings=settings,
        endpoint=_endpoint(name, given),
        tags=tags,
        status=begun,
        ends_in={  # what the schedule says had happened before the status
            Status.CREATING: Status.RUNNING if at_once else Status.CREATED,
            Status.STARTING: Status.RUNNING,
            Status.UPDATING: Status.RUNNING if start <= now else Status.CREATED,
            Status.STOPPING: Status.COMPLETED if end <= now else Status.CANCELLED,
        }.get(begun),
        status_since=since,
        status_reason=given.get("StatusReason"),
        last_modified_time=modified,
        completion_time=completed,
        variant_statuses={each["VariantName"]: each["Status"] for each in variants if "Status" in each},
        stays=begun in TRANSITIONAL,
    )
    if begun in (Status.STOPPING, Status.COMPLETED, Status.CANCELLED):
        state.drop_shadow()
        if statuses := state.variant_statuses:
            state.dropped_variants = tuple(name for name in statuses if statuses[name] in ("Deleting", "Deleted"))
        if shadow_mode["SourceModelVariantName"] in state.dropped_variants:  # the shadow was promoted
            state.deployed_variants = tuple(statuses)
    return state


@lru_cache(maxsize=1)
def _shapes(model: ServiceModel) -> tuple[Mapping[str, Shape], Shape, Shape]:
    """Return the shapes of a seed's parameters, of ModelVariants as Describe shows them, and of a name."""
    created = model.shape_for("CreateInferenceExperimentRequest").members
    described = model.shape_for("DescribeInferenceExperimentResponse").members
    known = {name: shape for name, shape in {**described, **created}.items() if name not in _GIVEN_OTHERWISE}
    return known, described["ModelVariants"], created["Name"]


def given_parameters(
    parameters: Mapping[str, object], model: ServiceModel, *, constrained: bool, violations: Sequence[str] = ()
) -> Wire:
    """Return a seed's parameters in wire form.

    Raises:
        SeedError: an unknown parameter, a value that the service model forbids, or `violations` that were found before.
    """
    known, described_variants, _ = _shapes(model)
    given: Wire = {}
    detected = list(violations)
    for name, value in parameters.items():
        if name in _GIVEN_OTHERWISE:
            raise SeedError(f"{name} is not a parameter of a seed: {_GIVEN_OTHERWISE[name]}")
        if name not in known:
            owners = [path for parameter, shape in known.items() for path in _owners(name, shape, parameter)]
            hint = did_you_mean(name, (*known, *_ARGUMENTS))
            if owners:
                hint = f" It is a member of {' and of '.join(owners)}."
            raise SeedError(f"unknown parameter {name!r}.{hint}", f"Valid parameters: {', '.join(sorted(known))}")
        shape: Shape = known[name]
        if name == "ModelVariants" and _any_has_status(value):
            shape = described_variants
        try:
            given[name], violated = checked(shape, to_wire(shape, value, name), name, constrained=constrained)
        except Mistake as error:
            raise SeedError(error.mistake, error.valid) from None
        except ServiceError as error:
            raise SeedError(str(error)) from None
        detected += violated
    if detected:
        raise SeedError("; ".join(detected))
    return given


def seed_parameters(model: ServiceModel) -> Iterable[str]:
    """Return the names of the API's parameters that a seed takes."""
    return _shapes(model)[0]


def _owners(member: str, shape: Shape, path: str) -> Iterator[str]:
    """Give the paths, at `path` and below, of the structures that have a `member` of this name."""
    while shape.type_name == "list":
        shape = shape.member
    for name, inner in (shape.members if shape.type_name == "structure" else {}).items():
        if name == member:
            yield path
        yield from _owners(member, inner, f"{path}.{name}")


def _any_has_status(variants: object) -> bool:
    return isinstance(variants, Iterable) and any(isinstance(each, Mapping) and "Status" in each for each in variants)


def _schedule(status: Status, start: int | None, end: int | None, now: int) -> tuple[int, int]:
    """Complete a schedule so that it fits `status` at `now`; refuse one that contradicts it."""
    given = {"StartTime": start, "EndTime": end}
    from_now, until, start_not_in, end_not_in = _SCHEDULES[status]
    today = now // 1000 * 1000
    usual_start, usual_end = today + from_now * DAY, today + until * DAY
    if start is None:
        end = usual_end if end is None else end
        start = max(usual_start, end - 30 * DAY)
        if start >= end:
            start = (now + end) // 2 if start_not_in == "past" else end - 7 * DAY
        start = min(start, end - MINIMUM_DURATION)
    elif end is None:
        end = usual_end if usual_end >= start + MINIMUM_DURATION else start + 7 * DAY
        end = min(end, start + 30 * DAY)
    present = f"(it is now {moment(now).isoformat()})"
    for member, other, when, wrong in (
        ("StartTime", "EndTime", start, start_not_in),
        ("EndTime", "StartTime", end, end_not_in),
    ):
        if wrong != ("past" if when <= now else "future"):
            continue
        if (cause := given[other]) is not None and given[member] is None:
            raise SeedError(
                f"Schedule.{other} {moment(cause).isoformat()} does not fit the status {status} {present}: an"
                f" experiment lasts at most 30 days, so its {member} would be in the {wrong}"
            )
        raise SeedError(
            f"Schedule.{member} {moment(when).isoformat()} is in the {wrong}, but the status is {status} {present}"
        )
    return start, end


def _completion(status: Status, parameters: Wire, start: int, end: int, now: int) -> int | None:
    """Return when an experiment ended, `None` if it has not; refuse a CompletionTime that contradicts the status."""
    given: int | None = parameters.get("CompletionTime")
    if status not in (Status.COMPLETED, Status.CANCELLED):
        if given is not None:
            raise SeedError(f"CompletionTime is given, but an experiment that is {status} has not ended")
        return None
    if given is None:
        usual: int = min(end, now if status is Status.COMPLETED else now - DAY, parameters.get("LastModifiedTime", now))
        return max(usual, start) if status is Status.COMPLETED else usual
    if given > now or (status is Status.COMPLETED and given < start):
        began = f"from {moment(start).isoformat()} " if status is Status.COMPLETED else ""
        raise SeedError(
            f"CompletionTime {moment(given).isoformat()} is not a time at which the experiment can have become"
            f" {status}: {began}to {moment(now).isoformat()}"
        )
    return given


def _endpoint(name: str, given: Wire) -> Endpoint:
    metadata: Wire = given.get("EndpointMetadata", {})
    # An experiment's name may have 120 characters, an endpoint's 63 (source: MODEL).
    usual: str = metadata.get("EndpointName", f"{name[:54].rstrip('-')}-endpoint")
    endpoint_name: str = given.get("EndpointName", usual)
    if metadata and endpoint_name != usual:
        raise SeedError(f"EndpointName is {endpoint_name!r}, but EndpointMetadata.EndpointName is {usual!r}")
    return Endpoint(endpoint_name, metadata)


def _dated(value: object, now: int) -> Any:
    """Return a copy of `value` in which each timedelta is the time that is so far from the whole second `now`."""
    if isinstance(value, datetime.timedelta):
        with contextlib.suppress(OverflowError):
            return moment(now) + value
    if isinstance(value, Mapping):
        return {name: _dated(each, now) for name, each in value.items()}
    return [_dated(each, now) for each in value] if isinstance(value, (list, tuple)) else value


def _completed(parameters: dict[str, Any]) -> dict[str, Any]:
    """Complete ModelVariants and ShadowModeConfig so that they agree.

    A value of a wrong type stays, so that its shape's check names it.
    """
    mode, variants = parameters.get("ShadowModeConfig", {}), parameters.get("ModelVariants")
    with contextlib.suppress(AttributeError, LookupError, TypeError, ValueError):
        names = ["production", "shadow"] if variants is None else [each["VariantName"] for each in variants]
        if variants is not None:
            variants = [{**_variant(name), **each} for name, each in zip(names, variants, strict=True)]
            parameters = {**parameters, "ModelVariants": variants}
        (given,) = mode.get("ShadowModelVariants", [{}])
        source = mode.get("SourceModelVariantName") or names[names[0] == given.get("ShadowModelVariantName")]
        shadow = given.get("ShadowModelVariantName") or names[names[1] != source]
        usual = _shadow_mode(source, shadow)
        mode = {**usual, **mode, "ShadowModelVariants": [{**usual["ShadowModelVariants"][0], **given}]}
        variants = [_variant(source), _variant(shadow)] if variants is None else variants
        return {**parameters, "ModelVariants": variants, "ShadowModeConfig": mode}
    return parameters


def read_answer(response: object) -> tuple[str, str, dict[str, Any]]:
    """Return the name, the status and the parameters that make a seed of an answer of DescribeInferenceExperiment."""
    if not isinstance(response, Mapping) or not {"Name", "Status"} <= {*response}:
        what = f"this {type(response).__name__}"
        raise SeedError(f"{what} is no answer of DescribeInferenceExperiment: that is a dict with a Name and a Status")
    others = (member for member in response if member not in (*_GIVEN_OTHERWISE, "ResponseMetadata"))
    return response["Name"], response["Status"], {member: response[member] for member in others}
