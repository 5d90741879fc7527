"""Requests that the service accepts, for tests to start from and to change. It knows the API, not the package."""

from typing import Any

__all__ = ["creation", "shadow_mode", "variant"]


def variant(
    name: str, *, model: str = "churn-model", instance_type: str = "ml.m5.xlarge", count: int = 1
) -> dict[str, Any]:
    """Return one of a request's ModelVariants."""
    return {
        "ModelName": model,
        "VariantName": name,
        "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": instance_type, "InstanceCount": count},
        },
    }


def shadow_mode(source: str = "production", shadow: str = "shadow", sampling: int = 50) -> dict[str, Any]:
    """Return a request's ShadowModeConfig."""
    return {
        "SourceModelVariantName": source,
        "ShadowModelVariants": [{"ShadowModelVariantName": shadow, "SamplingPercentage": sampling}],
    }


def creation(name: str = "churn", **members: Any) -> dict[str, Any]:
    """Return the parameters that CreateInferenceExperiment requires, with `members` added or put in their place."""
    return {
        "Name": name,
        "Type": "ShadowMode",
        "RoleArn": "arn:aws:iam::123456789012:role/shadow-tests",
        "EndpointName": "churn-endpoint",
        "ModelVariants": [variant("production"), variant("shadow", model="churn-model-v2")],
        "ShadowModeConfig": shadow_mode(),
        **members,
    }
