"""The operations: one function for each has its rule, its effect and its response.

An operation takes a `Request`. It returns an `Outcome`, or raises a `ServiceError` and changes nothing. The modules
`update` and `listing` have one each.
"""

from collections.abc import Mapping
from typing import Final

from pytest_sagemaker_ie.core.arns import name_in
from pytest_sagemaker_ie.core.endpoint import Endpoint
from pytest_sagemaker_ie.core.errors import ConflictException, ResourceInUse, ResourceLimitExceeded, ValidationException
from pytest_sagemaker_ie.core.experiment import ExperimentState, settings_of
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event, Status
from pytest_sagemaker_ie.core.listing import issued, list_inference_experiments
from pytest_sagemaker_ie.core.request import Operation, Outcome, Request
from pytest_sagemaker_ie.core.update import update_inference_experiment
from pytest_sagemaker_ie.core.values import (
    MAXIMUM_DURATION,
    check_not_past,
    check_schedule,
    check_stop,
    check_tag_key,
    check_tags,
    check_variants,
)
from pytest_sagemaker_ie.core.wire import Wire, valid_names


def create_inference_experiment(request: Request) -> Outcome:
    """Create an experiment. Without a Schedule it starts at once and lasts seven days (source: API).

    An experiment that starts at once goes from Creating to Running, without Starting (source: CFN). With a StartTime
    alone it lasts seven days, with an EndTime alone it starts at once (assumptions).
    """
    region, parameters, now = request.region, request.parameters, request.now
    name = parameters["Name"]
    if request.experiment is not None:
        status = request.experiment.status
        raise ResourceInUse(f"Inference experiment {name} exists in {region.name} already: its status is {status}.")
    limit, used = region.account.limit, len(region.experiments)
    if limit is not None and used >= limit:
        raise ResourceLimitExceeded(
            f"The account-level service limit of inference experiments in {region.name} is {limit}, with {used} in use."
        )
    schedule = parameters.get("Schedule", {})
    for edge, when in schedule.items():
        check_not_past(f"Schedule.{edge}", when, now)
    start = schedule.get("StartTime", now)
    end = schedule.get("EndTime", start + 7 * 86_400_000)
    check_schedule(start, end, starts_now="StartTime" not in schedule)
    check_variants(parameters["ModelVariants"], parameters["ShadowModeConfig"])
    tags = check_tags(parameters.get("Tags", ()), {})

    experiment = ExperimentState(
        name=name,
        region=region.name,
        creation_time=now,
        settings={**settings_of(parameters), "Schedule": {"StartTime": start, "EndTime": end}},
        endpoint=Endpoint(parameters["EndpointName"]),
        tags=tags,
    )
    experiment.begin(Event.CREATE if "StartTime" in schedule else Event.CREATE_AT_ONCE, now)
    region.add(experiment)
    region.settle(now, experiment)
    return Outcome({"InferenceExperimentArn": experiment.arn}, experiment)


def describe_inference_experiment(request: Request) -> Outcome:
    """Return the whole experiment."""
    experiment = request.found()
    request.region.settle(request.now, *experiment.endpoint.experiments)
    described = experiment.describe()
    request.region.saw(experiment, request.now)
    return Outcome(described, experiment)


def start_inference_experiment(request: Request) -> Outcome:
    """Start a Created experiment before its StartTime, which becomes now.

    Its EndTime stays, but is at most 30 days from now (source: GUIDE).
    """
    experiment, now = request.found(), max(request.now, request.found().creation_time)
    _refuse_unless_possible("start", Event.START, experiment)
    schedule = {"StartTime": now, "EndTime": min(experiment.settings["Schedule"]["EndTime"], now + MAXIMUM_DURATION)}
    experiment.settings = {**experiment.settings, "Schedule": schedule}
    experiment.begin(Event.START, now)
    request.region.settle(now, experiment)
    return Outcome({"InferenceExperimentArn": experiment.arn}, experiment)


def stop_inference_experiment(request: Request) -> Outcome:
    """Stop a Running experiment, which ends in the DesiredState, or else in Cancelled (assumption)."""
    experiment, parameters, now = request.found(), request.parameters, request.now
    completed = parameters.get("DesiredState") == Status.COMPLETED
    event = Event.STOP_COMPLETED if completed else Event.STOP_CANCELLED
    _refuse_unless_possible("stop", event, experiment)
    desired = parameters.get("DesiredModelVariants", [])
    variants, shadow_mode = experiment.settings["ModelVariants"], experiment.settings["ShadowModeConfig"]
    experiment.dropped_variants = check_stop(variants, shadow_mode, parameters["ModelVariantActions"], desired)
    by_name = {each["VariantName"]: each for each in desired}
    if "Promote" in parameters["ModelVariantActions"].values():
        experiment.deployed_variants = tuple(each["VariantName"] for each in variants)
    elif shadow_mode["SourceModelVariantName"] in by_name:
        experiment.deployed_variants = (shadow_mode["SourceModelVariantName"],)
    variants = [by_name.get(each["VariantName"], each) for each in variants]
    experiment.settings = {**experiment.settings, "ModelVariants": variants}
    experiment.status_reason = parameters.get("Reason", experiment.status_reason)
    experiment.begin(event, now)
    request.region.settle(now, experiment)
    return Outcome({"InferenceExperimentArn": experiment.arn}, experiment)


def delete_inference_experiment(request: Request) -> Outcome:
    """Delete an experiment that is Created or has ended. Its endpoint and its variants stay (source: API)."""
    experiment = request.found()
    _refuse_unless_possible("delete", Event.DELETE, experiment)
    experiment.begin(Event.DELETE, request.now)
    del request.region.experiments[experiment.name]
    return Outcome({"InferenceExperimentArn": experiment.arn}, experiment)


def _refuse_unless_possible(verb: str, event: Event, experiment: ExperimentState) -> None:
    if (experiment.status, event) not in LIFECYCLE:
        statuses = [status for status, each in LIFECYCLE if each is event and status is not None]
        allowed = f"status{'es' if len(statuses) > 1 else ''} {' and '.join(statuses)}"
        raise ConflictException(
            f"Cannot {verb} inference experiment {experiment.name}: its status is {experiment.status}."
            f" This is allowed only in the {allowed}."
        )


def describe_endpoint(request: Request) -> Outcome:
    """Return an endpoint that has or had an experiment. This shows the experiments for which it is Updating."""
    region, name = request.region, request.parameters["EndpointName"]
    arn = region.arn(name, "endpoint")
    if name not in region.endpoints:
        raise ValidationException(f'Could not find endpoint "{arn}".')
    endpoint = region.endpoints[name]
    region.settle(request.now, *endpoint.experiments)
    described = endpoint.describe(arn)
    for each in endpoint.updated_by():
        region.saw(each, request.now)
    return Outcome(described)


def add_tags(request: Request) -> Outcome:
    """Add or replace tags, and return all tags of the experiment."""
    experiment = _found_by_arn(request)
    experiment.tags = check_tags(request.parameters["Tags"], experiment.tags)
    return Outcome({"Tags": _tag_list(experiment.tags)}, experiment)


def list_tags(request: Request) -> Outcome:
    """Return the tags on one page: a page has at least 50 (source: MODEL), and an experiment has at most 50."""
    experiment = _found_by_arn(request)
    if "NextToken" in request.parameters:
        issued({}, request.parameters["NextToken"])
    return Outcome({"Tags": _tag_list(experiment.tags)}, experiment)


def delete_tags(request: Request) -> Outcome:
    """Remove tags. It ignores a key that the experiment does not have (assumption)."""
    experiment = _found_by_arn(request)
    for key in request.parameters["TagKeys"]:
        check_tag_key(key)
    experiment.tags = {key: experiment.tags[key] for key in experiment.tags if key not in request.parameters["TagKeys"]}
    return Outcome({}, experiment)


def _found_by_arn(request: Request) -> ExperimentState:
    """Return the experiment of the ResourceArn. If there is none, it is a ValidationException (source: SEEN)."""
    if request.experiment is not None:
        return request.experiment
    arn = request.parameters["ResourceArn"]
    if name_in(arn) is None:
        raise ValidationException(f"ResourceArn {arn} is not the ARN of an inference experiment.")
    raise ValidationException("Resource does not exist.")


def _tag_list(tags: Mapping[str, str]) -> list[Wire]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


OPERATIONS: Final[Mapping[str, Operation]] = {
    "CreateInferenceExperiment": create_inference_experiment,
    "DescribeInferenceExperiment": describe_inference_experiment,
    "ListInferenceExperiments": list_inference_experiments,
    "UpdateInferenceExperiment": update_inference_experiment,
    "StartInferenceExperiment": start_inference_experiment,
    "StopInferenceExperiment": stop_inference_experiment,
    "DeleteInferenceExperiment": delete_inference_experiment,
    "DescribeEndpoint": describe_endpoint,
    "AddTags": add_tags,
    "ListTags": list_tags,
    "DeleteTags": delete_tags,
}

TAG_OPERATIONS: Final = frozenset({"AddTags", "ListTags", "DeleteTags"})
"""The operations that the account answers only for ARNs of experiments."""
SHARED_OPERATIONS: Final = TAG_OPERATIONS | {"DescribeEndpoint"}
"""The operations that the account answers for experiments and their endpoints, but not for other resources."""

WHAT_IS_ANSWERED: Final = f"It answers {', '.join(OPERATIONS)}, the last four for experiments and their endpoints."
"""A part of the message about a call of another operation."""


def known_operation(operation: object, mistake: type[ValueError] = ValueError) -> str:
    """Return the name of an operation that the account answers; raise a `mistake` with the valid names for others."""
    __tracebackhide__ = True
    for each in OPERATIONS:
        if each == operation:
            return each
    # Without underscores, the name of a client's method is close to the operation's name.
    word = operation.replace("_", "") if isinstance(operation, str) else operation
    raise mistake(f"{operation!r} is not an operation that is answered.{valid_names(word, OPERATIONS)}")


def short_name(operation: str) -> str:
    """Return the name of an operation in reports and tables: ``"Update"`` for ``"UpdateInferenceExperiment"``."""
    return operation.partition("InferenceExperiment")[0]
