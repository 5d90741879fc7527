#!/bin/sh
# A shadow test from its creation to the promotion of the shadow, with the AWS CLI.
set -eu
name=$1

status() {
    aws sagemaker describe-inference-experiment --name "$name" --query Status --output text
}

arn=$(aws sagemaker create-inference-experiment \
    --name "$name" \
    --type ShadowMode \
    --role-arn arn:aws:iam::123456789012:role/shadow-tests \
    --endpoint-name churn \
    --schedule StartTime=2030-03-04T00:00:00Z,EndTime=2030-03-11T00:00:00Z \
    --model-variants '[
        {"VariantName": "production", "ModelName": "churn-1", "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}}},
        {"VariantName": "shadow", "ModelName": "churn-2", "InfrastructureConfig": {
            "InfrastructureType": "RealTimeInference",
            "RealTimeInferenceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}}}]' \
    --shadow-mode-config '{
        "SourceModelVariantName": "production",
        "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 25}]}' \
    --query InferenceExperimentArn --output text)
status

aws sagemaker add-tags --resource-arn "$arn" --tags Key=team,Value=growth > /dev/null
aws sagemaker list-tags --resource-arn "$arn" --query 'Tags[0].Value' --output text

aws sagemaker start-inference-experiment --name "$name" > /dev/null
aws sagemaker update-inference-experiment --name "$name" --description "half of the traffic" \
    --shadow-mode-config '{
        "SourceModelVariantName": "production",
        "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 50}]}' > /dev/null
aws sagemaker list-inference-experiments --status-equals Running \
    --query 'InferenceExperiments[].[Name, Description]' --output text

aws sagemaker stop-inference-experiment --name "$name" --desired-state Completed \
    --model-variant-actions production=Remove,shadow=Promote > /dev/null
status

aws sagemaker update-inference-experiment --name "$name" --description "too late" > /dev/null 2> refusal.txt ||
    grep -o ConflictException refusal.txt

aws sagemaker delete-inference-experiment --name "$name" > /dev/null
status 2> refusal.txt || grep -o ResourceNotFound refusal.txt
