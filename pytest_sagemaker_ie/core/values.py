"""Rules on values that the service model cannot express: between fields, or against the present time.

Each check raises a `ValidationException` that says what to change. Nothing here knows a status.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pytest_sagemaker_ie.core.errors import ValidationException
from pytest_sagemaker_ie.core.rules import END_TIME
from pytest_sagemaker_ie.core.wire import TIMES, Wire, iso

# Milliseconds from StartTime to EndTime: 30 days (source: API) and 1 hour (source: GUIDE).
MAXIMUM_DURATION: Final = 30 * 86_400_000
MINIMUM_DURATION: Final = 3_600_000


def check_schedule(start: int, end: int, *, starts_now: bool = False) -> None:
    """Check that an experiment lasts at most 30 days (source: API) and at least 1 hour.

    The source of the hour is GUIDE, for the console. That the API enforces it is an assumption. An experiment that
    starts now can last a minute less, because the request takes time.
    """
    if start >= end:
        raise ValidationException(f"Schedule.StartTime {iso(start)} is not before Schedule.EndTime {iso(end)}.")
    if end > TIMES[1] * 1000:
        raise ValidationException("Schedule ends after the year 9999.")
    if end - start < MINIMUM_DURATION - (60_000 if starts_now else 0):
        limit = f"at least 1 hour: the earliest EndTime is {iso(start + MINIMUM_DURATION)}."
    elif end - start > MAXIMUM_DURATION:
        limit = f"at most 30 days: the latest EndTime is {iso(start + MAXIMUM_DURATION)}."
    else:
        return
    raise ValidationException(
        f"Schedule lasts from {iso(start)} to {iso(end)}, but an inference experiment lasts {limit}"
    )


def check_not_past(field: str, when: int, now: int) -> None:
    """Check that a StartTime is not in the past, and that an EndTime is in the future (assumption).

    The whole present second counts as now, because a request takes time and some clients send whole seconds.
    """
    if when < now // 1000 * 1000 or (when <= now and field == END_TIME):
        raise ValidationException(f"{field} {iso(when)} is in the past: it is now {iso(now)}.")


def _names(member: str, variants: Sequence[Wire]) -> list[str]:
    """Return the names of variants; refuse a repeated name, and Inf1 instances (source: GUIDE, "Exclusions")."""
    for each in variants:
        instance_type = each["InfrastructureConfig"]["RealTimeInferenceConfig"]["InstanceType"]
        if instance_type.startswith("ml.inf1."):
            raise ValidationException(
                f"The variant {each['VariantName']} uses {instance_type}, but Inf1 instances cannot take part in an"
                " inference experiment: choose another InstanceType."
            )
    names = [each["VariantName"] for each in variants]
    if len(set(names)) != len(names):
        raise ValidationException(f"{member} name a variant twice: {', '.join(names)}.")
    return names


def roles(shadow_mode: Wire) -> tuple[str, str, int]:
    """Return the names of the production and the shadow variant, and the shadow's SamplingPercentage."""
    (shadow,) = shadow_mode["ShadowModelVariants"]  # there is one (source: MODEL)
    return shadow_mode["SourceModelVariantName"], shadow["ShadowModelVariantName"], shadow["SamplingPercentage"]


def check_variants(variants: Sequence[Wire], shadow_mode: Wire) -> None:
    """Check that the source and the shadow are two different ModelVariants (source: MODEL, GUIDE), neither on Inf1.

    A SamplingPercentage is not below 0 (assumption: the service model has only the upper bound).
    """
    names = _names("ModelVariants", variants)
    source, shadow, percentage = roles(shadow_mode)
    _check_named("ShadowModeConfig.SourceModelVariantName is", source, names)
    _check_named("ShadowModeConfig.ShadowModelVariants names", shadow, names)
    if shadow == source:
        raise ValidationException(
            f"ShadowModeConfig names {source} both as the source and as the shadow variant:"
            " they are two different ModelVariants."
        )
    if percentage < 0:
        raise ValidationException(f"SamplingPercentage of {shadow} is {percentage}; it is a percentage, from 0 to 100.")


def check_stop(
    variants: Sequence[Wire], shadow_mode: Wire, actions: Mapping[str, str], desired: Sequence[Wire]
) -> tuple[str, ...]:
    """Check the actions of a Stop, and return the names of the variants that they drop.

    The actions name variants of the experiment, and only the shadow can be promoted (source: API). Without an action,
    the production variant stays and the shadow goes, as when the EndTime comes. At least one variant stays in
    production, and DesiredModelVariants name variants that stay (assumptions).
    """
    names = [each["VariantName"] for each in variants]
    production = shadow_mode["SourceModelVariantName"]
    for name, action in actions.items():
        _check_named("ModelVariantActions name", name, names)
        if action == "Promote" and name == production:
            raise ValidationException(
                f"ModelVariantActions promote {name}, which is the production variant already: only the shadow variant"
                " can be promoted."
            )
    desired_names = _names("DesiredModelVariants", desired)
    dropped = tuple(
        name for name in names if actions.get(name, "Retain" if name == production else "Remove") == "Remove"
    )
    if production in dropped and "Promote" not in actions.values():
        raise ValidationException(
            f"ModelVariantActions remove the production variant {production} and promote no other in its place."
        )
    staying = [name for name in names if name not in dropped]
    for name in desired_names:
        _check_named("DesiredModelVariants name", name, staying, "a variant that stays")
    return dropped


def _check_named(member: str, name: str, names: Sequence[str], known: str = "one of the ModelVariants") -> None:
    if name not in names:
        raise ValidationException(f"{member} {name}, which is not {known}: {', '.join(names)}.")


def check_tag_key(key: str) -> None:
    """Check that a key does not begin with ``aws:``, also in DeleteTags (source: SEEN for an endpoint's tags)."""
    if key.lower().startswith("aws:"):
        raise ValidationException(f"System prefix 'aws:' reserved for AWS usage in tag key: {key}")


def check_tags(tags: Sequence[Wire], present: Mapping[str, str]) -> dict[str, str]:
    """Check the tags that a request adds to the `present` ones, and return all of them.

    A request has a key once, and a resource has at most 50 tags (source: AWS's tagging rules).
    """
    added: dict[str, str] = {}
    for tag in tags:
        if tag["Key"] in added:
            raise ValidationException(f"Tags hold the key {tag['Key']} twice.")
        check_tag_key(tag["Key"])
        added[tag["Key"]] = tag["Value"]
    merged = {**present, **added}
    if len(merged) > 50:
        raise ValidationException(f"The experiment would have {len(merged)} tags; it can have at most 50.")
    return merged
