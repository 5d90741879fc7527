"""A shadow test from its creation to the promotion of the shadow, with boto3."""

import sys
from datetime import datetime, timezone

import boto3

name = sys.argv[1]
client = boto3.client("sagemaker")


def variant(variant_name, model):
    return {
        "VariantName": variant_name,
        "ModelName": model,
        "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        },
    }


def sampling(percentage):
    return {
        "SourceModelVariantName": "production",
        "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": percentage}],
    }


def status():
    return client.describe_inference_experiment(Name=name)["Status"]


arn = client.create_inference_experiment(
    Name=name,
    Type="ShadowMode",
    RoleArn="arn:aws:iam::123456789012:role/shadow-tests",
    EndpointName="churn",
    Schedule={
        "StartTime": datetime(2030, 3, 4, tzinfo=timezone.utc),
        "EndTime": datetime(2030, 3, 11, tzinfo=timezone.utc),
    },
    ModelVariants=[variant("production", "churn-1"), variant("shadow", "churn-2")],
    ShadowModeConfig=sampling(25),
)["InferenceExperimentArn"]
print(status())

client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "growth"}])
print(client.list_tags(ResourceArn=arn)["Tags"][0]["Value"])

client.start_inference_experiment(Name=name)
client.update_inference_experiment(Name=name, Description="half of the traffic", ShadowModeConfig=sampling(50))
for page in client.get_paginator("list_inference_experiments").paginate(StatusEquals="Running"):
    for each in page["InferenceExperiments"]:
        print(each["Name"], each["Description"], sep="\t")

client.stop_inference_experiment(
    Name=name,
    DesiredState="Completed",
    ModelVariantActions={"production": "Remove", "shadow": "Promote"},
)
print(status())

try:
    client.update_inference_experiment(Name=name, Description="too late")
except client.exceptions.ConflictException as refusal:
    print(refusal.response["Error"]["Code"])

client.delete_inference_experiment(Name=name)
try:
    status()
except client.exceptions.ResourceNotFound as refusal:
    print(refusal.response["Error"]["Code"])
