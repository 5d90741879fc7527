"""The operations: for each its rule, its effect and its response, to be read from top to bottom.

An operation is given the account, the region, the request's parameters in wire form and the time. It either returns
its response in wire form, or raises a `ServiceError` with everything as it was. `OPERATIONS` names those answered.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from pytest_sagemaker_ie.core import rules
from pytest_sagemaker_ie.core.errors import ConflictException, ValidationException
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Event
from pytest_sagemaker_ie.core.rules import Permission
from pytest_sagemaker_ie.core.values import check_not_past, check_schedule, check_variants
from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["OPERATIONS", "Account", "Operation"]


class Account(Protocol):
    """What an operation may ask of the account."""

    def find(self, region: str, name: str) -> ExperimentState:
        """Return the experiment; raise `ResourceNotFound` if there is none of this name in this region."""
        ...


Operation = Callable[[Account, str, Wire, float], Wire]


def describe_inference_experiment(account: Account, region: str, parameters: Wire, now: float) -> Wire:
    """Return the whole experiment."""
    return account.find(region, parameters["Name"]).describe()


def update_inference_experiment(account: Account, region: str, parameters: Wire, now: float) -> Wire:
    """Change what the status allows (`rules.MAY_CHANGE`); an update that changes nothing is accepted (assumption)."""
    experiment = account.find(region, parameters["Name"])
    requested = _requested(parameters)
    _refuse_what_the_status_forbids(experiment, requested)

    changed = {field: value for field, value in requested.items() if not _repeats(experiment, field, value)}
    start = changed.get(rules.START_TIME, experiment.start_time)
    end = changed.get(rules.END_TIME, experiment.end_time)
    variants = _merged_variants(experiment.model_variants, changed.get("ModelVariants", ()))
    shadow_mode = parameters.get("ShadowModeConfig", experiment.shadow_mode_config)
    for field in (rules.START_TIME, rules.END_TIME):
        if field in changed:
            check_not_past(field, changed[field], now)
    check_schedule(start, end)
    check_variants(variants, shadow_mode)

    if changed:
        experiment.begin(Event.UPDATE, now)
        experiment.description = changed.get("Description", experiment.description)
        experiment.start_time, experiment.end_time = start, end
        experiment.model_variants = variants
        experiment.data_storage_config = changed.get("DataStorageConfig", experiment.data_storage_config)
        experiment.shadow_mode_config = shadow_mode
        experiment.finish(now)
    return {"InferenceExperimentArn": experiment.arn}


def _requested(parameters: Wire) -> dict[str, Any]:
    """Return what an update asks for, by the fields of `rules.UPDATABLE`."""
    whole = ("Description", "ModelVariants", "DataStorageConfig")
    requested: dict[str, Any] = {field: parameters[field] for field in whole if field in parameters}
    for member, when in parameters.get("Schedule", {}).items():
        requested[f"Schedule.{member}"] = when
    if "ShadowModeConfig" in parameters:
        requested.update(_shadow_mode_fields(parameters["ShadowModeConfig"]))
    return requested


def _shadow_mode_fields(shadow_mode: Wire) -> dict[str, Any]:
    shadows = shadow_mode["ShadowModelVariants"]
    return {
        rules.SOURCE_NAME: shadow_mode["SourceModelVariantName"],
        rules.SHADOW_NAME: [each["ShadowModelVariantName"] for each in shadows],
        rules.SAMPLING_PERCENTAGE: [each["SamplingPercentage"] for each in shadows],
    }


def _repeats(experiment: ExperimentState, field: str, value: Any) -> bool:
    """Whether `value` is what the experiment's `field` is already."""
    if field in (rules.START_TIME, rules.END_TIME):
        current = experiment.start_time if field == rules.START_TIME else experiment.end_time
        # Some versions of botocore send a time as whole seconds, so one read from Describe may come back truncated.
        return current is not None and int(value) == int(current)
    if field == "Description":
        return bool(value == experiment.description)
    if field == "ModelVariants":
        return all(each in experiment.model_variants for each in value)
    if field == "DataStorageConfig":
        return bool(value == experiment.data_storage_config)
    shadow_mode = experiment.shadow_mode_config
    return shadow_mode is not None and bool(_shadow_mode_fields(shadow_mode)[field] == value)


def _refuse_what_the_status_forbids(experiment: ExperimentState, requested: Mapping[str, Any]) -> None:
    assert experiment.status is not None
    permissions = rules.MAY_CHANGE.get(experiment.status)
    if permissions is None:
        fields = f"{', '.join(requested)} of " if requested else ""
        raise ConflictException(
            f"Cannot update {fields}inference experiment {experiment.name}: its status is {experiment.status}."
            f" An update is allowed only in the statuses {' and '.join(rules.MAY_CHANGE)}."
        )
    refused = [
        field
        for field, value in requested.items()
        if permissions[field] is Permission.NO
        or (permissions[field] is Permission.REPEAT and not _repeats(experiment, field, value))
    ]
    if refused:
        raise ConflictException(
            f"Cannot update {', '.join(refused)} of inference experiment {experiment.name}:"
            f" its status is {experiment.status}. What may change now:"
            f" {', '.join(rules.changeable(experiment.status))}."
        )


def _merged_variants(current: list[Wire], requested: "list[Wire] | tuple[()]") -> list[Wire]:
    """Put the requested variants in place of those of the same names; two make a whole new list (assumption).

    The API reference: "There is one for each variant, whose infrastructure configuration you want to update."
    """
    if not requested:
        return current
    if len(requested) == 2:
        return list(requested)
    by_name = {each["VariantName"]: each for each in requested}
    names = [each["VariantName"] for each in current]
    for name in by_name:
        if name not in names:
            raise ValidationException(
                f"ModelVariants name {name}, which is not a variant of the experiment: {', '.join(names)}."
                " Give both variants to replace them."
            )
    return [by_name.get(each["VariantName"], each) for each in current]


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "DescribeInferenceExperiment": describe_inference_experiment,
        "UpdateInferenceExperiment": update_inference_experiment,
    }
)
"""The operations that are answered, by their name in the API."""
