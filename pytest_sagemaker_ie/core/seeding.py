"""Make a whole experiment of a seed, with values for what the test leaves out.

A seed that contradicts the service model, its status or the present time is a `SeedError`, never an error of the
service.
"""

import contextlib
import datetime
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from pytest_sagemaker_ie.core.constraints import checked
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.errors import Mistake, SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import ExperimentState, settings_of
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.script import require
from pytest_sagemaker_ie.core.values import MINIMUM_DURATION, check_schedule, check_tags, check_variants
from pytest_sagemaker_ie.core.wire import Shape, Wire, did_you_mean, iso, moment, to_wire

DAY: Final = 86_400_000


class ServiceModel(Hashable, Protocol):
    """What the core needs of the service model. botocore's ``ServiceModel`` has it."""

    operation_names: Any
    shape_for: Callable[[str], Any]
    operation_model: Callable[[str], Any]


# By status: the schedule of a seed that gives none, in days from now; where its StartTime and its EndTime cannot be.
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

# The arguments of a seed that are not parameters of the API.
ARGUMENTS: Final = ("name", "status", "region", "transition")

# The members of DescribeInferenceExperiment that are not parameters of a seed, and what to do instead.
_GIVEN_OTHERWISE: Final = {
    "Name": "give the name as the first argument",
    "Status": "give the status as the second argument, or as status=",
    "Arn": "leave it out: the name, the region and the account decide it",
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


def seeded(
    name: str, status: str, parameters: dict[str, Any], region: str, now: int, model: ServiceModel, constrained: bool
) -> ExperimentState:
    """Return an experiment in `status`, made of `parameters` and of defaults that the service accepts.

    Unless `constrained`, it does not check the service model's lengths and patterns of strings.
    """
    require(isinstance(name, str) and name != "", "the name of an experiment", name, "a non-empty str", SeedError)
    name = "".join(name)  # of an enum that is also a str, the value
    if status not in tuple(Status):
        hint = did_you_mean(str(status), map(str, Status))
        raise SeedError(f"unknown status {status!r}.{hint}", f"Valid statuses: {', '.join(Status)}")
    begun = Status(status)
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
            f"CreationTime {iso(created)} is later than {iso(earliest)}, when the {begun} experiment existed"
        )
    edge, first = ("CreationTime", created) if completed is None else ("CompletionTime", completed)
    since = {Status.CREATED: created, Status.RUNNING: start}.get(begun, now if completed is None else completed)
    modified = given.get("LastModifiedTime", since)
    if not first <= modified <= now:
        raise SeedError(f"LastModifiedTime {iso(modified)} is not between {edge} {iso(first)} and now, {iso(now)}")
    if "ShadowModeConfig" not in given:  # _completed() needs two variants
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
        ends_in={  # the schedule says where it comes from
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
    """Return the shapes of a seed's parameters, of the ModelVariants that Describe shows, and of a name."""
    created = model.shape_for("CreateInferenceExperimentRequest").members
    described = model.shape_for("DescribeInferenceExperimentResponse").members
    known = {name: shape for name, shape in {**described, **created}.items() if name not in _GIVEN_OTHERWISE}
    return known, described["ModelVariants"], created["Name"]


def given_parameters(
    parameters: Mapping[str, object], model: ServiceModel, *, constrained: bool, violations: Sequence[str] = ()
) -> Wire:
    """Return a seed's parameters in wire form; raise `SeedError` for wrong ones, or for earlier `violations`."""
    known, described_variants, _ = _shapes(model)
    given: Wire = {}
    detected = list(violations)
    for name, value in parameters.items():
        if name in _GIVEN_OTHERWISE:
            raise SeedError(f"{name} is not a parameter of a seed: {_GIVEN_OTHERWISE[name]}")
        if name not in known:
            owners = [path for parameter, shape in known.items() for path in _owners(name, shape, parameter)]
            hint = did_you_mean(name, (*known, *ARGUMENTS))
            if owners:
                hint = f" It is a member of {' and of '.join(owners)}."
            raise SeedError(f"unknown parameter {name!r}.{hint}", f"Valid parameters: {', '.join(sorted(known))}")
        shape: Shape = known[name]
        variants = value if name == "ModelVariants" and isinstance(value, Iterable) else ()
        if any(isinstance(each, Mapping) and "Status" in each for each in variants):
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
    """Yield the paths of the structures, from `path` down, that have a `member` of this name."""
    while shape.type_name == "list":
        shape = shape.member
    for name, inner in (shape.members if shape.type_name == "structure" else {}).items():
        if name == member:
            yield path
        yield from _owners(member, inner, f"{path}.{name}")


def _schedule(status: Status, start: int | None, end: int | None, now: int) -> tuple[int, int]:
    """Complete a schedule so that it fits `status` at `now`; raise a `SeedError` if it contradicts it."""
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
    whole, present = {"StartTime": start, "EndTime": end}, f"{status} (it is now {iso(now)})"
    for member, other, wrong in (("StartTime", "EndTime", start_not_in), ("EndTime", "StartTime", end_not_in)):
        if wrong != ("past" if whole[member] <= now else "future"):
            continue
        if given[member] is None:
            raise SeedError(
                f"Schedule.{other} {iso(whole[other])} does not fit the status {present}: an experiment lasts at most"
                f" 30 days, so its {member} would be in the {wrong}"
            )
        raise SeedError(f"Schedule.{member} {iso(whole[member])} is in the {wrong}, but the status is {present}")
    return start, end


def _completion(status: Status, parameters: Wire, start: int, end: int, now: int) -> int | None:
    """Return when an experiment ended, or `None`; raise a `SeedError` if a CompletionTime contradicts the status."""
    given: int | None = parameters.get("CompletionTime")
    if status not in (Status.COMPLETED, Status.CANCELLED):
        if given is not None:
            raise SeedError(f"CompletionTime is given, but an experiment that is {status} has not ended")
        return None
    if given is None:
        usual: int = min(end, now if status is Status.COMPLETED else now - DAY, parameters.get("LastModifiedTime", now))
        return max(usual, start) if status is Status.COMPLETED else usual
    if given > now or (status is Status.COMPLETED and given < start):
        when = f"from {iso(start)} to" if status is Status.COMPLETED else "up to"
        raise SeedError(f"CompletionTime {iso(given)} does not fit the status {status}: give a time {when} {iso(now)}")
    return given


def _endpoint(name: str, given: Wire) -> Endpoint:
    metadata: Wire = given.get("EndpointMetadata", {})
    # An experiment's name can have 120 characters, an endpoint's name 63 (source: MODEL).
    usual: str = metadata.get("EndpointName", f"{name[:54].rstrip('-')}-endpoint")
    endpoint_name: str = given.get("EndpointName", usual)
    if metadata and endpoint_name != usual:
        raise SeedError(f"EndpointName is {endpoint_name!r}, but EndpointMetadata.EndpointName is {usual!r}")
    return Endpoint(endpoint_name, metadata)


def _dated(value: object, now: int) -> Any:
    """Return a copy of `value` with the time after `now` in place of each timedelta."""
    if isinstance(value, datetime.timedelta):
        with contextlib.suppress(OverflowError):
            return moment(now) + value
    if isinstance(value, Mapping):
        return {name: _dated(each, now) for name, each in value.items()}
    return [_dated(each, now) for each in value] if isinstance(value, (list, tuple)) else value


def _completed(parameters: dict[str, Any]) -> dict[str, Any]:
    """Complete ModelVariants and ShadowModeConfig so that they agree.

    A value of a wrong type stays, and the check of its shape names it.
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
        shadows = [{"ShadowModelVariantName": shadow, "SamplingPercentage": 50, **given}]
        mode = {"SourceModelVariantName": source, **mode, "ShadowModelVariants": shadows}
        variants = [_variant(source), _variant(shadow)] if variants is None else variants
        return {**parameters, "ModelVariants": variants, "ShadowModeConfig": mode}
    return parameters


def read_answer(response: object) -> tuple[str, str, dict[str, Any]]:
    """Return the name, the status and the parameters of a seed from a response of DescribeInferenceExperiment."""
    if not isinstance(response, Mapping) or not {"Name", "Status"} <= {*response}:
        what = f"this {type(response).__name__} is not a response of DescribeInferenceExperiment"
        raise SeedError(f"{what}: give a dict with a Name and a Status")
    others = (member for member in response if member not in (*_GIVEN_OTHERWISE, "ResponseMetadata"))
    return response["Name"], response["Status"], {member: response[member] for member in others}
