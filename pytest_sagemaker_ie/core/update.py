"""UpdateInferenceExperiment: what it changes, whether `rules.MAY_CHANGE` allows it, the checks, the effect."""

from typing import Any

from pytest_sagemaker_ie.core import rules
from pytest_sagemaker_ie.core.errors import ConflictException, ValidationException
from pytest_sagemaker_ie.core.experiment import ExperimentState
from pytest_sagemaker_ie.core.lifecycle import Event
from pytest_sagemaker_ie.core.request import Outcome, Request
from pytest_sagemaker_ie.core.rules import NO, REPEAT, YES
from pytest_sagemaker_ie.core.values import check_not_past, check_schedule, check_variants
from pytest_sagemaker_ie.core.wire import Wire

_EDGES = {rules.START_TIME: "StartTime", rules.END_TIME: "EndTime"}


def update_inference_experiment(request: Request) -> Outcome:
    """Change what the status allows. An update that changes nothing succeeds (assumption)."""
    experiment, now = request.found(), request.now
    settings, parameters = experiment.settings, request.parameters
    response = {"InferenceExperimentArn": experiment.arn}
    current, asked = _fields(settings), _fields(parameters)
    if "ModelVariants" in asked:
        asked["ModelVariants"] = _merged_variants(current["ModelVariants"], asked["ModelVariants"])
    changes = {
        field: (current.get(field), value)
        for field, value in asked.items()
        if not _is_so_already(field, value, current.get(field))
    }
    _refuse_what_the_status_forbids(experiment, asked, changes)
    if not changes:
        return Outcome(response, experiment)

    new = {**settings, **{member: value for member, value in parameters.items() if member in changes}}
    if "ShadowModeConfig" in parameters:
        new["ShadowModeConfig"] = parameters["ShadowModeConfig"]
    if "ModelVariants" in changes:
        new["ModelVariants"] = asked["ModelVariants"]
    edges = [field for field in _EDGES if field in changes]
    new["Schedule"] = {**settings["Schedule"], **{_EDGES[field]: asked[field] for field in edges}}

    for field in edges:
        check_not_past(field, asked[field], now)
    if edges:
        check_schedule(new["Schedule"]["StartTime"], new["Schedule"]["EndTime"])
    if "ModelVariants" in parameters or "ShadowModeConfig" in parameters:
        if len(new["ModelVariants"]) < len(current["ModelVariants"]):
            names = ", ".join(each["VariantName"] for each in current["ModelVariants"])
            raise ValidationException(
                f"ModelVariants name {new['ModelVariants'][0]['VariantName']}, which is not a variant of the"
                f" experiment: {names}. Give both variants to replace them."
            )
        check_variants(new["ModelVariants"], new["ShadowModeConfig"])

    experiment.begin(Event.UPDATE, now)
    experiment.settings = new
    request.region.settle(now, experiment)
    return Outcome(response, experiment, changes)


def _fields(settings: Wire) -> dict[str, Any]:
    """Return the fields of `rules.UPDATABLE` in an experiment's settings or in an update's parameters."""
    schedule, shadow_mode = settings.get("Schedule", {}), settings.get("ShadowModeConfig", {})
    (shadow,) = shadow_mode.get("ShadowModelVariants", [{}])  # there is one (source: MODEL)
    said = {
        "Description": settings.get("Description"),
        rules.START_TIME: schedule.get("StartTime"),
        rules.END_TIME: schedule.get("EndTime"),
        "ModelVariants": settings.get("ModelVariants"),
        "DataStorageConfig": settings.get("DataStorageConfig"),
        rules.SOURCE_NAME: shadow_mode.get("SourceModelVariantName"),
        rules.SHADOW_NAME: shadow.get("ShadowModelVariantName"),
        rules.SAMPLING_PERCENTAGE: shadow.get("SamplingPercentage"),
    }
    return {field: value for field, value in said.items() if value is not None}


def _merged_variants(current: list[Wire], asked: list[Wire]) -> list[Wire]:
    """Return the new ModelVariants: one variant replaces the one of its name, two replace the list (assumption).

    The API reference: "There is one for each variant, whose infrastructure configuration you want to update."
    """
    if len(asked) > 1 or asked[0]["VariantName"] not in [each["VariantName"] for each in current]:
        return asked
    return [asked[0] if each["VariantName"] == asked[0]["VariantName"] else each for each in current]


def _is_so_already(field: str, asked: Any, current: Any) -> bool:
    # Some versions of botocore send whole seconds, so a time from Describe can come back truncated.
    return asked == current or (field in _EDGES and asked == current // 1000 * 1000)


def _refuse_what_the_status_forbids(experiment: ExperimentState, asked: Wire, changes: Wire) -> None:
    assert experiment.status is not None
    permissions = rules.MAY_CHANGE.get(experiment.status)
    if permissions is None:
        fields = f"{', '.join(asked)} of " if asked else ""
        raise ConflictException(
            f"Cannot update {fields}inference experiment {experiment.name}: its status is {experiment.status}."
            f" An update is allowed only in the statuses {' and '.join(rules.MAY_CHANGE)}."
        )
    refused = [
        field for field in asked if permissions[field] is NO or (permissions[field] is REPEAT and field in changes)
    ]
    if refused:
        changeable = ", ".join(field for field, permission in permissions.items() if permission is YES)
        raise ConflictException(
            f"Cannot update {', '.join(refused)} of inference experiment {experiment.name}:"
            f" its status is {experiment.status}. What may change now: {changeable}."
        )
