import {
  type CapacityProvider,
  CreateCapacityProviderCommand,
  type CreateCapacityProviderCommandInput,
  type CreateFunctionCommandInput,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { whenReady } from './function-answers.ts';
import { ROLE, type World } from './world.ts';

/** What every capacity provider must have. */
export const PROVIDER_MEMBERS = {
  VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
  PermissionsConfig: { CapacityProviderOperatorRoleArn: ROLE },
} as const;

/** Makes a capacity provider of a name that no other case uses, or of the given one. */
export async function makeProvider(
  { lambda, unique }: World,
  members: Partial<CreateCapacityProviderCommandInput> = {},
): Promise<CapacityProvider> {
  const { CapacityProvider: provider } = await lambda.send(
    new CreateCapacityProviderCommand({
      CapacityProviderName: unique('provider'),
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      PermissionsConfig: PROVIDER_MEMBERS.PermissionsConfig,
      ...members,
    }),
  );
  return provider as CapacityProvider;
}

/** The name in a provider's ARN. */
export function nameOf({ CapacityProviderArn = '' }: CapacityProvider): string {
  return CapacityProviderArn.split(':').at(-1) ?? '';
}

/** A configuration that puts a function on a provider. */
export function on({ CapacityProviderArn }: CapacityProvider): Pick<CreateFunctionCommandInput, 'CapacityProviderConfig'> {
  return { CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn } } };
}

/** Makes a function on a provider and waits until it can be changed. Returns its name. */
export async function managed(
  world: World,
  provider: CapacityProvider,
  input: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const FunctionName = await world.function({ ...on(provider), ...input });
  await whenReady(world, FunctionName);
  return FunctionName;
}

/** Changes a function's settings, publishes them and waits until what is published is ready. Returns its version. */
export async function publish(world: World, FunctionName: string, to?: 'LATEST_PUBLISHED'): Promise<string> {
  const Description = world.unique('description');
  await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));
  await whenReady(world, FunctionName);
  const { Version = '' } = await world.lambda.send(new PublishVersionCommand({ FunctionName, ...(to ? { PublishTo: to } : {}) }));
  await whenReady(world, FunctionName, Version);
  return Version;
}
