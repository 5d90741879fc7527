"""How a test's seed becomes a whole experiment: what was left out is filled in, what cannot be is refused.

The mistakes found here are the test author's, so they are `SeedError` and never an error of the service.
"""

import contextlib
import datetime
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from pytest_sagemaker_ie.core.arns import partition_of, sagemaker_arn
from pytest_sagemaker_ie.core.constraints import checked
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.errors import SeedError, ServiceError
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import TRANSITIONAL, Status
from pytest_sagemaker_ie.core.values import MINIMUM_DURATION, check_schedule, check_tags, check_variants
from pytest_sagemaker_ie.core.wire import Shape, ShapeError, Wire, did_you_mean, moment, to_wire

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


# The schedule of an experiment that is seeded without one, in days from now: a whole week, and one that fits.
_SCHEDULES: Final[Mapping[Status, tuple[int, int]]] = {
    Status.CREATING: (1, 8),
    Status.CREATED: (1, 8),
    Status.STARTING: (0, 7),
    Status.RUNNING: (-1, 6),
    Status.UPDATING: (-1, 6),
    Status.STOPPING: (-7, 0),
    Status.COMPLETED: (-8, -1),
    Status.CANCELLED: (-3, 4),
}
_NOT_STARTED: Final = (Status.CREATING, Status.CREATED)
_STARTED: Final = (Status.STARTING, Status.RUNNING, Status.STOPPING, Status.COMPLETED)
_NOT_ENDED: Final = (Status.STARTING, Status.RUNNING, Status.UPDATING)
_CONCLUDED: Final = (Status.STOPPING, Status.COMPLETED, Status.CANCELLED)
_ENDED: Final = (Status.COMPLETED, Status.CANCELLED)

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


_VARIANTS: Final = [_variant("production"), _variant("shadow")]
_SHADOW_MODE: Final = _shadow_mode("production", "shadow")


def as_status(status: object) -> Status:
    """Return `status` as a `Status`; raise `SeedError` with the eight valid ones if it is none of them."""
    if isinstance(status, str):
        for each in Status:
            if each == status:
                return each
    names = [each.value for each in Status]
    hint = did_you_mean(status, names) if isinstance(status, str) else ""
    raise SeedError(f"unknown status {status!r}.{hint}", f"Valid statuses: {', '.join(names)}")


def seeded(
    name: str,
    status: str,
    parameters: Mapping[str, object],
    *,
    region: str,
    account_id: str,
    now: int,
    model: ServiceModel,
    constrained: bool = True,
) -> ExperimentState:
    """Return a whole experiment in `status`, made of `parameters` and of defaults that the service would accept.

    What is given is held to the service model; to its lengths and patterns of strings only if `constrained`.

    Raises:
        SeedError: a value that cannot be; the message names it and the valid values.
    """
    if not isinstance(name, str) or not name:
        raise SeedError(f"the name of an experiment is a str that is not empty, not {name!r}")
    name = "".join(name)  # an enum that is also a str is its value
    begun = as_status(status)
    _, of_the_name = checked(_shapes(model)[2], name, "name", constrained=constrained)
    whole = _completed(_dated(parameters, now))
    given = given_parameters(whole, model, constrained=constrained, violations=of_the_name)
    schedule = given.get("Schedule", {})
    start, end = schedule.get("StartTime"), schedule.get("EndTime")
    at_once = begun is Status.CREATING and start is not None and start == given.get("CreationTime")
    start, end = _schedule(Status.STARTING if at_once else begun, start, end, now)
    completed = _completion(begun, given, start, end, now)
    earliest = min(start, now, now if completed is None else completed)
    created = given.get("CreationTime", min(earliest, given.get("LastModifiedTime", earliest)) - 3_600_000)
    if created > earliest:
        raise SeedError(
            f"CreationTime {moment(created).isoformat()} is later than {moment(earliest).isoformat()}, when the"
            f" experiment, which is {begun}, existed already"
        )
    reached = {Status.CREATED: created, Status.RUNNING: max(start, created)}.get(begun, now)
    since = reached if completed is None else completed
    modified = given.get("LastModifiedTime", max(since, created))
    first = created if completed is None else completed
    if not first <= modified <= now:
        edge = "CreationTime" if completed is None else "CompletionTime"
        raise SeedError(
            f"LastModifiedTime {moment(modified).isoformat()} does not lie between {edge}"
            f" {moment(first).isoformat()} and now, {moment(now).isoformat()}"
        )
    variants, shadow_mode = _variants(given)
    settings: Wire = {member: given[member] for member in ("Description", "DataStorageConfig") if member in given}
    settings["Schedule"] = {"StartTime": start, "EndTime": end}
    settings["ModelVariants"] = [{k: v for k, v in each.items() if k != "Status"} for each in variants]
    settings["ShadowModeConfig"] = shadow_mode
    try:
        tags = check_tags(given.get("Tags", ()), {})
        check_schedule(start, end, starts_now=start == created)
        check_variants(settings["ModelVariants"], shadow_mode)
    except ServiceError as error:
        raise SeedError(str(error)) from None
    role_arn = given.get("RoleArn", f"arn:{partition_of(region)}:iam::{account_id}:role/shadow-tests")
    state = ExperimentState(
        name=name,
        region=region,
        arn=sagemaker_arn(region, account_id, "inference-experiment", name),
        creation_time=created,
        given={"Type": given.get("Type", "ShadowMode"), "RoleArn": role_arn},
        settings=settings,
        endpoint=_endpoint(name, given),
        tags=tags,
        status=begun,
        ends_in=Status.RUNNING if at_once else _ends_in(begun, start=start, end=end, now=now),
        status_since=since,
        status_reason=given.get("StatusReason"),
        last_modified_time=modified,
        completion_time=completed,
        variant_statuses={each["VariantName"]: each["Status"] for each in variants if "Status" in each},
        stays=begun in TRANSITIONAL,
    )
    if "KmsKey" in given:
        state.given["KmsKey"] = given["KmsKey"]
    if begun in _CONCLUDED:
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
    """Return a seed's parameters in wire form; the message names what is wrong with them and the `violations` known.

    Raises:
        SeedError: one that there is not, or a value that the service model forbids.
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
        except ShapeError as error:
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
    given = {member: when for member, when in (("StartTime", start), ("EndTime", end)) if when is not None}
    today = now // 1000 * 1000
    usual_start, usual_end = (today + days * DAY for days in _SCHEDULES[status])
    if start is None and end is None:
        return usual_start, usual_end
    if start is None:
        assert end is not None
        start = max(usual_start, end - 30 * DAY)
        if start >= end:
            start = (now + end) // 2 if status in _NOT_STARTED else end - 7 * DAY
        start = min(start, end - MINIMUM_DURATION)
    elif end is None:
        end = usual_end if usual_end >= start + MINIMUM_DURATION else start + 7 * DAY
        end = min(end, start + 30 * DAY)
    if status in _NOT_STARTED and start <= now:
        raise _contradiction("StartTime", start, "past", status, now, given)
    if status in _STARTED and start > now:
        raise _contradiction("StartTime", start, "future", status, now, given)
    if status in _NOT_ENDED and end <= now:
        raise _contradiction("EndTime", end, "past", status, now, given)
    return start, end


def _contradiction(member: str, when: int, tense: str, status: Status, now: int, given: Mapping[str, int]) -> SeedError:
    present = f"(it is now {moment(now).isoformat()})"
    if member not in given:
        ((other, its_time),) = given.items()
        return SeedError(
            f"Schedule.{other} {moment(its_time).isoformat()} does not fit the status {status} {present}: an experiment"
            f" lasts at most 30 days, so its {member} would be in the {tense}"
        )
    return SeedError(
        f"Schedule.{member} {moment(when).isoformat()} is in the {tense}, but the status is {status} {present}"
    )


def _completion(status: Status, parameters: Wire, start: int, end: int, now: int) -> int | None:
    """Return when an experiment that has ended did so; refuse a time at which it cannot have."""
    given: int | None = parameters.get("CompletionTime")
    if status not in _ENDED:
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


def _ends_in(status: Status, *, start: int, end: int, now: int) -> Status | None:
    """Where a seeded transitional status leads: what the schedule says had happened before it."""
    return {
        Status.CREATING: Status.CREATED,
        Status.STARTING: Status.RUNNING,
        Status.UPDATING: Status.RUNNING if start <= now else Status.CREATED,
        Status.STOPPING: Status.COMPLETED if end <= now else Status.CANCELLED,
    }.get(status)


def _endpoint(name: str, given: Wire) -> Endpoint:
    metadata: Wire | None = given.get("EndpointMetadata")
    endpoint_name = given.get("EndpointName")
    if metadata is not None:
        if endpoint_name not in (None, metadata["EndpointName"]):
            raise SeedError(
                f"EndpointName is {endpoint_name!r}, but EndpointMetadata.EndpointName is {metadata['EndpointName']!r}"
            )
        return Endpoint(metadata["EndpointName"], metadata)
    # An experiment's name may have 120 characters, an endpoint's 63 (source: MODEL).
    return Endpoint(endpoint_name or f"{name[:54].rstrip('-')}-endpoint")


def _variants(given: Wire) -> tuple[list[Wire], Wire]:
    """Return ModelVariants and ShadowModeConfig: the usual ones, if neither was given."""
    if "ModelVariants" not in given:
        return _VARIANTS, _SHADOW_MODE
    if "ShadowModeConfig" not in given:
        names = [each["VariantName"] for each in given["ModelVariants"]]
        raise SeedError(f"ModelVariants are {names}; a shadow test has two, the production variant and then the shadow")
    return given["ModelVariants"], given["ShadowModeConfig"]


def _dated(value: object, now: int) -> Any:
    """Return `value` with the time that is so far from `now` in place of each timedelta; lists and dicts are copies."""
    if isinstance(value, datetime.timedelta):
        with contextlib.suppress(OverflowError):
            return moment(now) + value
    if isinstance(value, Mapping):
        return {name: _dated(each, now) for name, each in value.items()}
    return [_dated(each, now) for each in value] if isinstance(value, (list, tuple)) else value


def _completed(parameters: dict[str, Any]) -> dict[str, Any]:
    """Complete ModelVariants and ShadowModeConfig, if one is given, so that they agree.

    What has a wrong type is left as it is, for its shape to name.
    """
    mode, variants = parameters.get("ShadowModeConfig", {}), parameters.get("ModelVariants")
    if not {"ModelVariants", "ShadowModeConfig"} & set(parameters):
        return parameters
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
    """Return the name, the status and the parameters of a seed, of what DescribeInferenceExperiment answered."""
    if not isinstance(response, Mapping) or not {"Name", "Status"} <= {*response}:
        raise SeedError("this is no answer of DescribeInferenceExperiment: that is a dict with a Name and a Status")
    others = {*response} - {*_GIVEN_OTHERWISE, "ResponseMetadata"}
    return response["Name"], response["Status"], {member: response[member] for member in others}
