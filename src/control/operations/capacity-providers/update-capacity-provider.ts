import type { UpdateCapacityProviderRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { CapacityProviderDocument } from '../../capacity-providers.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { getProvider } from './capacity-provider-name.ts';
import { propagatedTags, scalingConfig, telemetryConfig } from './provider-settings.ts';

/** Changes how far a provider grows, which tags it hands on and where it logs; the rest stays as it was made. */
export async function updateCapacityProvider(
  control: ControlContext,
  input: UpdateCapacityProviderRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const CapacityProvider = await commitOptimistically(control.store, async () => {
    const found = await getProvider(control, context, input.CapacityProviderName ?? '');
    const { provider } = found.body;
    const PropagateTags = propagatedTags(input.PropagateTags) ?? provider.PropagateTags;
    const body: CapacityProviderDocument = {
      ...found.body,
      provider: {
        ...provider,
        CapacityProviderScalingConfig: scalingConfig(input.CapacityProviderScalingConfig, provider.CapacityProviderScalingConfig),
        ...(PropagateTags ? { PropagateTags } : {}),
        TelemetryConfig: telemetryConfig(found.key.id, input.TelemetryConfig, provider.TelemetryConfig),
        LastModified: lastModified(control.clock.now()),
      },
    };
    return { changes: [write(found.key, body, found.revision)], result: body.provider };
  });
  return { output: { CapacityProvider } };
}
