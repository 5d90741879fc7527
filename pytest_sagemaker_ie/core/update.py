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


def update_inference_experiment(request: Request) -> Outcome:
    """Change what the status allows. An update that changes nothing succeeds (assumption)."""
    experiment, now = request.found(), request.now
    settings, parameters = experiment.settings, request.parameters
    response = {"InferenceExperimentArn": experiment.arn}
    current, asked = _fields(settings), _fields(parameters)
    variants = asked.get("ModelVariants", [])
    # The API reference: "There is one for each variant, whose infrastructure configuration you want to update."
    if len(variants) == 1:  # it replaces the variant of its name; two replace the list (assumption)
        merged = {each["VariantName"]: each for each in (*current["ModelVariants"], *variants)}
        if len(merged) == len(current["ModelVariants"]):
            asked["ModelVariants"] = [*merged.values()]
    for field in {rules.START_TIME, rules.END_TIME} & asked.keys():
        # Some versions of botocore send whole seconds, so a time from Describe can come back truncated.
        if asked[field] == current[field] // 1000 * 1000:
            asked[field] = current[field]
    changes = {field: (current.get(field), value) for field, value in asked.items() if value != current.get(field)}
    _refuse_what_the_status_forbids(experiment, asked, changes)
    if not changes:
        return Outcome(response, experiment)

    new = {**settings, **{field: asked[field] for field in changes if "." not in field}}
    if "ShadowModeConfig" in parameters:
        new["ShadowModeConfig"] = parameters["ShadowModeConfig"]
    edges = {field.removeprefix("Schedule."): asked[field] for field in changes if field.startswith("Schedule.")}
    new["Schedule"] = {**settings["Schedule"], **edges}

    for edge, when in edges.items():
        check_not_past(f"Schedule.{edge}", when, now)
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
