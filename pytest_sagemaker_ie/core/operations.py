"""The operations: for each its rule, its effect and its response, to be read from top to bottom.

An operation is given the account, the region, the request's parameters in wire form and the time. It either returns
its response in wire form, or raises a `ServiceError` with everything as it was. `OPERATIONS` names those answered.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from pytest_sagemaker_ie.core import rules
from pytest_sagemaker_ie.core.errors import ConflictException, ValidationException
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Event
from pytest_sagemaker_ie.core.rules import NO, REPEAT
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
    changed = _allowed_changes(experiment, parameters)
    if not changed:
        return {"InferenceExperimentArn": experiment.arn}

    start, end = experiment.start_time, experiment.end_time
    if "Schedule" in parameters:
        for field in (rules.START_TIME, rules.END_TIME):
            if field in changed:
                check_not_past(field, changed[field], now)
        start, end = changed.get(rules.START_TIME, start), changed.get(rules.END_TIME, end)
        check_schedule(start, end)
    variants = _merged_variants(experiment.model_variants, changed.get("ModelVariants"))
    shadow_mode = parameters.get("ShadowModeConfig", experiment.shadow_mode_config)
    if "ModelVariants" in parameters or "ShadowModeConfig" in parameters:
        check_variants(variants, shadow_mode)

    experiment.begin(Event.UPDATE, now)
    experiment.description = changed.get("Description", experiment.description)
    experiment.start_time, experiment.end_time = start, end
    experiment.model_variants = variants
    experiment.data_storage_config = changed.get("DataStorageConfig", experiment.data_storage_config)
    experiment.shadow_mode_config = shadow_mode
    experiment.finish(now)
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


def _requested(experiment: ExperimentState, parameters: Wire) -> Iterator[tuple[str, Any, bool]]:
    """Give each field of `rules.UPDATABLE` that an update names, its value, and whether that is so already."""
    for member, value in parameters.items():
        if member == "Schedule":
            current = {"StartTime": experiment.start_time, "EndTime": experiment.end_time}
            for edge, when in value.items():
                # Some versions of botocore send whole seconds, so a time read from Describe may come back truncated.
                yield f"Schedule.{edge}", when, int(when) == int(current[edge])
        elif member == "ShadowModeConfig":
            fields = _shadow_mode_fields(value)
            before = (
                fields if value == experiment.shadow_mode_config else _shadow_mode_fields(experiment.shadow_mode_config)
            )
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


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "DescribeInferenceExperiment": describe_inference_experiment,
        "UpdateInferenceExperiment": update_inference_experiment,
    }
)
"""The operations that are answered, by their name in the API."""
