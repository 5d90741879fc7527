"""The operations: for each its rule, its effect and its response, to be read from top to bottom.

An operation is given the region, the request's parameters in wire form and the time. It either returns its response in
wire form, or raises a `ServiceError` with everything as it was. `OPERATIONS` names those answered.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from pytest_sagemaker_ie.core import rules
from pytest_sagemaker_ie.core.arns import read_arn
from pytest_sagemaker_ie.core.errors import (
    ConflictException,
    ResourceInUse,
    ResourceLimitExceeded,
    ValidationException,
)
from pytest_sagemaker_ie.core.experiment import ExperimentState, Updatable
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.region import Region
from pytest_sagemaker_ie.core.rules import NO, REPEAT
from pytest_sagemaker_ie.core.tokens import next_token, position_of
from pytest_sagemaker_ie.core.values import (
    MAXIMUM_DURATION,
    check_not_past,
    check_schedule,
    check_stop,
    check_tags,
    check_variants,
)
from pytest_sagemaker_ie.core.wire import Wire, did_you_mean

__all__ = [
    "OPERATIONS",
    "TAG_OPERATIONS",
    "WHAT_IS_ANSWERED",
    "Operation",
    "changes_of",
    "known_operation",
    "short_name",
]

USUAL_DURATION: Final = 7 * 86_400
"""How long an experiment lasts that was created without an EndTime, in seconds: 7 days (source: API)."""

PAGE_SIZE: Final = 10
"""How many experiments a page of a listing holds unless MaxResults says otherwise (assumption)."""


Operation = Callable[[Region, Wire, float], Wire]


def create_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Create an experiment; without a Schedule it starts at once and lasts seven days (source: API).

    A StartTime alone begins seven days, an EndTime alone an experiment that starts at once (assumptions).
    """
    name = parameters["Name"]
    if name in region.experiments:
        status = region.experiments[name].status
        raise ResourceInUse(f"Inference experiment {name} exists in {region.name} already: its status is {status}.")
    limit = region.account.limit
    if limit is not None and len(region.experiments) >= limit:
        raise ResourceLimitExceeded(
            f"The account-level service limit of inference experiments in {region.name} is {limit}, with"
            f" {len(region.experiments)} in use."
        )
    schedule = parameters.get("Schedule", {})
    for field, member in ((rules.START_TIME, "StartTime"), (rules.END_TIME, "EndTime")):
        if member in schedule:
            check_not_past(field, schedule[member], now)
    start = schedule.get("StartTime", now)
    end = schedule.get("EndTime", start + USUAL_DURATION)
    check_schedule(start, end)
    check_variants(parameters["ModelVariants"], parameters["ShadowModeConfig"])
    tags = check_tags(parameters.get("Tags", ()), {})

    experiment = ExperimentState(name=name, region=region.name, arn=region.arn(name), creation_time=now)
    experiment.type = parameters["Type"]
    experiment.description = parameters.get("Description")
    experiment.start_time, experiment.end_time = start, end
    experiment.role_arn = parameters["RoleArn"]
    experiment.endpoint_metadata = region.endpoint(parameters["EndpointName"])
    experiment.model_variants = parameters["ModelVariants"]
    experiment.shadow_mode_config = parameters["ShadowModeConfig"]
    experiment.data_storage_config = parameters.get("DataStorageConfig")
    experiment.kms_key = parameters.get("KmsKey")
    experiment.tags = tags
    experiment.begin(Event.CREATE, now)
    region.add(experiment, now)
    return {"InferenceExperimentArn": experiment.arn}


def describe_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Return the whole experiment."""
    experiment = region.find(parameters["Name"])
    described = experiment.describe()
    region.looked(experiment, now)
    return described


def update_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Change what the status allows (`rules.MAY_CHANGE`); an update that changes nothing is accepted (assumption)."""
    experiment = region.find(parameters["Name"])
    changed = _allowed_changes(experiment, parameters)
    if not changed:
        experiment.updated_from = None
        return {"InferenceExperimentArn": experiment.arn}

    start, end = experiment.start_time, experiment.end_time
    if rules.START_TIME in changed or rules.END_TIME in changed:
        for field in (rules.START_TIME, rules.END_TIME):
            if field in changed:
                check_not_past(field, changed[field], now)
        start, end = changed.get(rules.START_TIME, start), changed.get(rules.END_TIME, end)
        check_schedule(start, end)
    variants = _merged_variants(experiment.model_variants, changed.get("ModelVariants"))
    shadow_mode = parameters.get("ShadowModeConfig", experiment.shadow_mode_config)
    if "ModelVariants" in parameters or "ShadowModeConfig" in parameters:
        check_variants(variants, shadow_mode)

    experiment.updated_from = (
        experiment.description,
        experiment.start_time,
        experiment.end_time,
        experiment.model_variants,
        experiment.data_storage_config,
        experiment.shadow_mode_config,
    )
    experiment.begin(Event.UPDATE, now)
    experiment.description = changed.get("Description", experiment.description)
    experiment.start_time, experiment.end_time = start, end
    experiment.model_variants = variants
    experiment.data_storage_config = changed.get("DataStorageConfig", experiment.data_storage_config)
    experiment.shadow_mode_config = shadow_mode
    region.progress(experiment, now)
    return {"InferenceExperimentArn": experiment.arn}


def _allowed_changes(experiment: ExperimentState, parameters: Wire) -> dict[str, Any]:
    """Return the fields that an update changes, with their new values; refuse what the status forbids."""
    assert experiment.status is not None
    permissions = rules.MAY_CHANGE.get(experiment.status)
    changed: dict[str, Any] = {}
    refused: list[str] = []
    for field, value, is_so_already in _requested(experiment, parameters):
        permission = NO if permissions is None else permissions[field]
        if permission is NO or (permission is REPEAT and not is_so_already):
            refused.append(field)
        elif not is_so_already:
            changed[field] = value
    refused.sort(key=rules.UPDATABLE.index)
    if permissions is None:
        fields = f"{', '.join(refused)} of " if refused else ""
        raise ConflictException(
            f"Cannot update {fields}inference experiment {experiment.name}: its status is {experiment.status}."
            f" An update is allowed only in the statuses {' and '.join(rules.MAY_CHANGE)}."
        )
    if refused:
        raise ConflictException(
            f"Cannot update {', '.join(refused)} of inference experiment {experiment.name}:"
            f" its status is {experiment.status}. What may change now:"
            f" {', '.join(rules.changeable(experiment.status))}."
        )
    return changed


def changes_of(before: Updatable, parameters: Wire) -> dict[str, tuple[Any, Any]]:
    """Return what an accepted update of `before` changed: by field, the value before and the one after."""
    found = {field: value for field, value, is_so_already in _requested(before, parameters) if not is_so_already}
    if "ModelVariants" in found:
        found["ModelVariants"] = _merged_variants(before.model_variants, found["ModelVariants"])
    were = {
        "Description": before.description,
        rules.START_TIME: before.start_time,
        rules.END_TIME: before.end_time,
        "ModelVariants": before.model_variants,
        "DataStorageConfig": before.data_storage_config,
        **_shadow_mode_fields(before.shadow_mode_config),
    }
    changes = {field: (were[field], found[field]) for field in rules.UPDATABLE if field in found}
    for field in (rules.SHADOW_NAME, rules.SAMPLING_PERCENTAGE):
        if field in changes:  # a list with one item, since there is one shadow variant (source: MODEL)
            changes[field] = (changes[field][0][0], changes[field][1][0])
    return changes


def _requested(experiment: ExperimentState | Updatable, parameters: Wire) -> Iterator[tuple[str, Any, bool]]:
    """Give each field of `rules.UPDATABLE` that an update names, its value, and whether that is so already."""
    for member, value in parameters.items():
        if member == "Schedule":
            current = {"StartTime": experiment.start_time, "EndTime": experiment.end_time}
            for edge, when in value.items():
                # Some versions of botocore send whole seconds, so a time read from Describe may come back truncated.
                yield f"Schedule.{edge}", when, when in (current[edge], int(current[edge]))
        elif member == "ShadowModeConfig":
            fields, current = _shadow_mode_fields(value), experiment.shadow_mode_config
            before = fields if value == current else _shadow_mode_fields(current)
            for field, new in fields.items():
                yield field, new, new == before[field]
        elif member == "ModelVariants":
            variants = experiment.model_variants
            yield member, value, value == variants or (len(value) == 1 and value[0] in variants)
        elif member == "DataStorageConfig":
            yield member, value, value == experiment.data_storage_config
        elif member == "Description":
            yield member, value, value == experiment.description


def _shadow_mode_fields(shadow_mode: Wire) -> dict[str, Any]:
    shadows = shadow_mode["ShadowModelVariants"]
    return {
        rules.SOURCE_NAME: shadow_mode["SourceModelVariantName"],
        rules.SHADOW_NAME: [each["ShadowModelVariantName"] for each in shadows],
        rules.SAMPLING_PERCENTAGE: [each["SamplingPercentage"] for each in shadows],
    }


def _merged_variants(current: list[Wire], requested: list[Wire] | None) -> list[Wire]:
    """Put the requested variants in place of those of the same names; two make a whole new list (assumption).

    The API reference: "There is one for each variant, whose infrastructure configuration you want to update."
    """
    if requested is None:
        return current
    if len(requested) == 2:
        return requested
    by_name = {each["VariantName"]: each for each in requested}
    names = [each["VariantName"] for each in current]
    for name in by_name:
        if name not in names:
            raise ValidationException(
                f"ModelVariants name {name}, which is not a variant of the experiment: {', '.join(names)}."
                " Give both variants to replace them."
            )
    return [by_name.get(each["VariantName"], each) for each in current]


def start_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Start a Created experiment before its time: its StartTime becomes now.

    Its EndTime stays, unless that is more than 30 days from now, which becomes 30 days (assumption).
    """
    experiment = region.find(parameters["Name"])
    _refuse_unless_possible("start", Event.START, experiment)
    experiment.start_time, experiment.end_time = now, min(experiment.end_time, now + MAXIMUM_DURATION)
    experiment.begin(Event.START, now)
    region.progress(experiment, now)
    return {"InferenceExperimentArn": experiment.arn}


def stop_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Conclude a Running experiment early, in its DesiredState; without one it is Cancelled (assumption)."""
    experiment = region.find(parameters["Name"])
    completed = parameters.get("DesiredState") == Status.COMPLETED
    event = Event.STOP_COMPLETED if completed else Event.STOP_CANCELLED
    _refuse_unless_possible("stop", event, experiment)
    desired = parameters.get("DesiredModelVariants", [])
    dropped = check_stop(
        experiment.model_variants, experiment.shadow_mode_config, parameters["ModelVariantActions"], desired
    )
    experiment.dropped_variants = dropped
    by_name = {each["VariantName"]: each for each in desired}
    experiment.model_variants = [by_name.get(each["VariantName"], each) for each in experiment.model_variants]
    experiment.status_reason = parameters.get("Reason", experiment.status_reason)
    experiment.begin(event, now)
    region.progress(experiment, now)
    return {"InferenceExperimentArn": experiment.arn}


def delete_inference_experiment(region: Region, parameters: Wire, now: float) -> Wire:
    """Delete an experiment that is not under way; its endpoint and variants are no part of it (source: API)."""
    experiment = region.find(parameters["Name"])
    _refuse_unless_possible("delete", Event.DELETE, experiment)
    experiment.begin(Event.DELETE, now)
    region.remove(experiment)
    return {"InferenceExperimentArn": experiment.arn}


def _refuse_unless_possible(verb: str, event: Event, experiment: ExperimentState) -> None:
    if (experiment.status, event) not in LIFECYCLE:
        statuses = [status for status, each in LIFECYCLE if each is event and status is not None]
        allowed = f"status{'es' if len(statuses) > 1 else ''} {' and '.join(statuses)}"
        raise ConflictException(
            f"Cannot {verb} inference experiment {experiment.name}: its status is {experiment.status}."
            f" This is allowed only in the {allowed}."
        )


def list_inference_experiments(region: Region, parameters: Wire, now: float) -> Wire:
    """Return a page of summaries: by default ten, the newest CreationTime first (assumption)."""
    region.settle(now)
    listing: Wire = {"SortBy": "CreationTime", "SortOrder": "Descending", **parameters, "Region": region.name}
    listing = {name: value for name, value in listing.items() if name not in ("NextToken", "MaxResults")}
    secret = region.account.secret
    after = position_of(secret, listing, parameters["NextToken"]) if "NextToken" in parameters else None
    order = ORDERS[listing["SortBy"]]
    descending = listing["SortOrder"] == "Descending"
    status = Status(parameters["StatusEquals"]) if "StatusEquals" in parameters else None
    wanted = (each for each in order(region, descending, after, status) if _matches(each, parameters))
    size = parameters.get("MaxResults", PAGE_SIZE)
    page = list(islice(wanted, size))
    response: Wire = {"InferenceExperiments": [each.summarize() for each in page]}
    if len(page) == size and next(wanted, None) is not None:
        last = page[-1]
        position = [last.status, last.name, last.creation_time, last.sequence]
        response["NextToken"] = next_token(secret, listing, position)
    for each in page:
        region.looked(each, now)
    return response


def _matches(experiment: ExperimentState, parameters: Wire) -> bool:
    created, modified = experiment.creation_time, experiment.last_modified_time
    never, ever = float("-inf"), float("inf")
    return (
        parameters.get("NameContains", "").lower() in experiment.name.lower()
        and experiment.type == parameters.get("Type", experiment.type)
        and parameters.get("CreationTimeAfter", never) < created < parameters.get("CreationTimeBefore", ever)
        and parameters.get("LastModifiedTimeAfter", never) < modified < parameters.get("LastModifiedTimeBefore", ever)
    )


def _by_creation_time(
    region: Region, descending: bool, after: list[Any] | None, status: Status | None
) -> Iterator[ExperimentState]:
    return region.by_creation(descending, None if after is None else (after[2], after[3]), status)


def _by_name(
    region: Region, descending: bool, after: list[Any] | None, status: Status | None
) -> Iterator[ExperimentState]:
    everything = region.by_name(descending, None if after is None else after[1])
    return (each for each in everything if status in (None, each.status))


def _by_status(
    region: Region, descending: bool, after: list[Any] | None, status: Status | None
) -> Iterator[ExperimentState]:
    """Status by status in alphabetical order, each by CreationTime."""
    for each in sorted(Status, reverse=descending):
        start = None
        if after is not None:
            if each == after[0]:
                start = (after[2], after[3])
            elif (each > after[0]) == descending:
                continue  # it was listed before
        if status in (None, each):
            yield from region.by_creation(descending, start, each)


_Order = Callable[[Region, bool, "list[Any] | None", "Status | None"], Iterator[ExperimentState]]
ORDERS: Final[Mapping[str, _Order]] = MappingProxyType(
    {"CreationTime": _by_creation_time, "Name": _by_name, "Status": _by_status}
)
"""The orders of a listing, by SortBy."""


def add_tags(region: Region, parameters: Wire, now: float) -> Wire:
    """Add or overwrite tags, and return all that the experiment has then."""
    experiment = _find_by_arn(region, parameters["ResourceArn"])
    experiment.tags = check_tags(parameters["Tags"], experiment.tags)
    return {"Tags": _listed(experiment.tags)}


def list_tags(region: Region, parameters: Wire, now: float) -> Wire:
    """Return the tags, always on one page: a page holds at least 50, and an experiment at most 50 (source: MODEL)."""
    experiment = _find_by_arn(region, parameters["ResourceArn"])
    if "NextToken" in parameters:
        position_of(region.account.secret, "ListTags", parameters["NextToken"])
    return {"Tags": _listed(experiment.tags)}


def delete_tags(region: Region, parameters: Wire, now: float) -> Wire:
    """Take tags off; a key that is not there is no mistake (assumption)."""
    experiment = _find_by_arn(region, parameters["ResourceArn"])
    gone = set(parameters["TagKeys"])
    experiment.tags = {key: value for key, value in experiment.tags.items() if key not in gone}
    return {}


def _find_by_arn(region: Region, arn: str) -> ExperimentState:
    """Find an experiment of this region and account; the tag operations have no modeled errors (assumption)."""
    parts = read_arn(arn)
    if parts is None:
        raise ValidationException(f"ResourceArn {arn} is not the ARN of an inference experiment.")
    experiment = region.experiments.get(parts.name)
    if experiment is None or experiment.arn != arn:
        raise ValidationException(
            f"ResourceArn {arn} is not an inference experiment of account {region.account.account_id} in"
            f" {region.name}; {region.known()}."
        )
    return experiment


def _listed(tags: Mapping[str, str]) -> list[Wire]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "CreateInferenceExperiment": create_inference_experiment,
        "DescribeInferenceExperiment": describe_inference_experiment,
        "ListInferenceExperiments": list_inference_experiments,
        "UpdateInferenceExperiment": update_inference_experiment,
        "StartInferenceExperiment": start_inference_experiment,
        "StopInferenceExperiment": stop_inference_experiment,
        "DeleteInferenceExperiment": delete_inference_experiment,
        "AddTags": add_tags,
        "ListTags": list_tags,
        "DeleteTags": delete_tags,
    }
)
"""The operations that are answered, by their name in the API."""

TAG_OPERATIONS: Final = frozenset({"AddTags", "ListTags", "DeleteTags"})
"""Those that are answered for the ARNs of experiments only: the other resources are not ours."""


WHAT_IS_ANSWERED: Final = f"It answers {', '.join(OPERATIONS)}, the last three for the ARNs of inference experiments."
"""What is said to whoever calls another operation."""


def known_operation(operation: object, mistake: type[ValueError] = ValueError) -> str:
    """Return `operation`, the name of one that is answered; raise a `mistake` with the valid ones if it is none."""
    __tracebackhide__ = True
    for each in OPERATIONS:
        if each == operation:
            return each
    # Without the underscores a method's name is close to its operation's.
    hint = did_you_mean(operation.replace("_", ""), OPERATIONS) if isinstance(operation, str) else ""
    raise mistake(f"{operation!r} is not an operation that is answered.{hint} Valid: {', '.join(OPERATIONS)}")


def short_name(operation: str) -> str:
    """Return what reports and tables call an operation: ``"Update"`` for ``"UpdateInferenceExperiment"``."""
    return operation.partition("InferenceExperiment")[0]
