// A shadow test from its creation to the promotion of the shadow, with the AWS SDK for JavaScript.
import * as sagemaker from "@aws-sdk/client-sagemaker";

const Name = process.argv[2];
const client = new sagemaker.SageMakerClient();
const describe = () => client.send(new sagemaker.DescribeInferenceExperimentCommand({ Name }));

const variant = (VariantName, ModelName) => ({
  VariantName,
  ModelName,
  InfrastructureConfig: {
    InfrastructureType: "RealTimeInference",
    RealTimeInferenceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
  },
});
const sampling = (SamplingPercentage) => ({
  SourceModelVariantName: "production",
  ShadowModelVariants: [{ ShadowModelVariantName: "shadow", SamplingPercentage }],
});

const { InferenceExperimentArn: ResourceArn } = await client.send(
  new sagemaker.CreateInferenceExperimentCommand({
    Name,
    Type: "ShadowMode",
    RoleArn: "arn:aws:iam::123456789012:role/shadow-tests",
    EndpointName: "churn",
    Schedule: { StartTime: new Date("2030-03-04T00:00:00Z"), EndTime: new Date("2030-03-11T00:00:00Z") },
    ModelVariants: [variant("production", "churn-1"), variant("shadow", "churn-2")],
    ShadowModeConfig: sampling(25),
  }),
);
console.log((await describe()).Status);

await client.send(new sagemaker.AddTagsCommand({ ResourceArn, Tags: [{ Key: "team", Value: "growth" }] }));
console.log((await client.send(new sagemaker.ListTagsCommand({ ResourceArn }))).Tags[0].Value);

await client.send(new sagemaker.StartInferenceExperimentCommand({ Name }));
await client.send(
  new sagemaker.UpdateInferenceExperimentCommand({
    Name,
    Description: "half of the traffic",
    ShadowModeConfig: sampling(50),
  }),
);
for await (const page of sagemaker.paginateListInferenceExperiments({ client }, { StatusEquals: "Running" })) {
  for (const each of page.InferenceExperiments) {
    console.log(`${each.Name}\t${each.Description}`);
  }
}

await client.send(
  new sagemaker.StopInferenceExperimentCommand({
    Name,
    DesiredState: "Completed",
    ModelVariantActions: { production: "Remove", shadow: "Promote" },
  }),
);
console.log((await describe()).Status);

try {
  await client.send(new sagemaker.UpdateInferenceExperimentCommand({ Name, Description: "too late" }));
} catch (error) {
  if (!(error instanceof sagemaker.ConflictException)) throw error;
  console.log(error.name);
}

await client.send(new sagemaker.DeleteInferenceExperimentCommand({ Name }));
try {
  await describe();
} catch (error) {
  if (!(error instanceof sagemaker.ResourceNotFound)) throw error;
  console.log(error.name);
}
