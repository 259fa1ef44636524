import type { CapacityProvider, CreateCapacityProviderRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { capacityProviderArn, type CapacityProviderDocument } from '../../capacity-providers.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { keyOf, write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkTags } from '../tags/tags.ts';
import { parseProviderName } from './capacity-provider-name.ts';
import { instanceRequirements, propagatedTags, scalingConfig, telemetryConfig } from './provider-settings.ts';

const NAME_LENGTH_MAX = 64;

/** Makes a capacity provider; it is `Pending` in this answer, and `Active` from then on. */
export async function createCapacityProvider(
  control: ControlContext,
  input: CreateCapacityProviderRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const name = parseProviderName(input.CapacityProviderName ?? '', context);
  const key = keyOf(context, 'capacity-provider', name);
  const guardKey = keyOf(context, 'guard', 'capacity-providers');
  const provider = await commitOptimistically(control.store, async () => {
    const guard = await control.store.get(guardKey);
    if (await control.store.get(key)) throw exists(capacityProviderArn(context, name));
    const body: CapacityProviderDocument = {
      provider: newProvider(control, input, context, name),
      ...(input.Tags ? { tags: input.Tags } : {}),
    };
    await checkLimit(control, context);
    return {
      // Two that see room for one more at the same moment must not both have it.
      changes: [write(key, body, 'absent'), write(guardKey, {}, guard?.revision ?? 'absent')],
      result: body.provider,
    };
  });
  return { output: { CapacityProvider: { ...provider, State: 'Pending' } } };
}

function newProvider(
  control: ControlContext,
  input: CreateCapacityProviderRequest,
  context: RequestContext,
  name: string,
): CapacityProvider {
  if (name.length > NAME_LENGTH_MAX)
    throw invalid(`The name of a capacity provider can have ${NAME_LENGTH_MAX} characters at most.`);
  checkTags(input.Tags);
  const PropagateTags = propagatedTags(input.PropagateTags);
  return {
    CapacityProviderArn: capacityProviderArn(context, name),
    State: 'Active',
    VpcConfig: input.VpcConfig,
    PermissionsConfig: input.PermissionsConfig,
    InstanceRequirements: instanceRequirements(input.InstanceRequirements),
    CapacityProviderScalingConfig: scalingConfig(input.CapacityProviderScalingConfig),
    ...(input.KmsKeyArn ? { KmsKeyArn: input.KmsKeyArn } : {}),
    LastModified: lastModified(control.clock.now()),
    ...(PropagateTags ? { PropagateTags } : {}),
    TelemetryConfig: telemetryConfig(name, input.TelemetryConfig),
  };
}

async function checkLimit(control: ControlContext, { account, region }: RequestContext): Promise<void> {
  const { documents } = await control.store.totals({ account, region, kind: 'capacity-provider' });
  if (documents < control.limits.capacityProviders) return;
  throw lambdaError(
    'CapacityProviderLimitExceededException',
    `The maximum number of capacity providers (${control.limits.capacityProviders}) is reached.`,
  );
}

function exists(arn: string): Error {
  return lambdaError('ResourceConflictException', `Capacity provider already exists: ${arn}`);
}
