"""Rules on values that the service model cannot express: they hold between fields, or against the clock.

Each check raises `ValidationException` with what to change, or returns. Statuses are no concern of this module.
"""

from collections.abc import Sequence
from typing import Final

from pytest_sagemaker_ie.core.errors import ValidationException
from pytest_sagemaker_ie.core.wire import Wire, moment

__all__ = ["MAXIMUM_DURATION", "check_not_past", "check_schedule", "check_variants"]

MAXIMUM_DURATION: Final = 30 * 86_400
"""The longest experiment, in seconds: 30 days from StartTime to EndTime (source: API)."""


def check_schedule(start: float, end: float) -> None:
    """StartTime comes before EndTime, and at most 30 days before (source: API)."""
    if start >= end:
        raise ValidationException(f"Schedule.StartTime {_shown(start)} is not before Schedule.EndTime {_shown(end)}.")
    if end - start > MAXIMUM_DURATION:
        raise ValidationException(
            f"Schedule lasts from {_shown(start)} to {_shown(end)}, but an inference experiment lasts at most 30 days:"
            f" the latest EndTime is {_shown(start + MAXIMUM_DURATION)}."
        )


def check_not_past(field: str, when: float, now: float) -> None:
    """A time that is set lies in the future (assumption)."""
    if when <= now:
        raise ValidationException(f"{field} {_shown(when)} is in the past: it is now {_shown(now)}.")


def check_variants(variants: Sequence[Wire], shadow_mode: Wire) -> None:
    """The source and the shadow name two different ModelVariants (source: MODEL, GUIDE)."""
    names = [each["VariantName"] for each in variants]
    listed = ", ".join(names)
    if len(set(names)) != len(names):
        raise ValidationException(f"ModelVariants name a variant twice: {listed}.")
    source = shadow_mode["SourceModelVariantName"]
    if source not in names:
        raise ValidationException(
            f"ShadowModeConfig.SourceModelVariantName {source} is not one of the ModelVariants: {listed}."
        )
    for each in shadow_mode["ShadowModelVariants"]:
        shadow = each["ShadowModelVariantName"]
        if shadow not in names:
            raise ValidationException(
                f"ShadowModeConfig.ShadowModelVariants names {shadow}, which is not one of the ModelVariants: {listed}."
            )
        if shadow == source:
            raise ValidationException(
                f"ShadowModeConfig names {source} both as the source and as the shadow variant:"
                " they are two different ModelVariants."
            )


def _shown(when: float) -> str:
    return moment(when).isoformat()
