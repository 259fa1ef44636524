import type { DeleteCapacityProviderRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { CapacityVersionDocument } from '../../capacity-providers.ts';
import type { ControlContext } from '../../control-context.ts';
import { commitOptimistically } from '../../function-store.ts';
import { getProvider } from './capacity-provider-name.ts';

/** More versions than any provider can have. */
const VERSIONS_MAX = 10_000;

/**
 * Deletes a provider that no published version runs on; it is `Deleting` in this answer, and gone from then on. Throws
 * ResourceConflictException for one that is in use.
 */
export async function deleteCapacityProvider(
  control: ControlContext,
  input: DeleteCapacityProviderRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const provider = await commitOptimistically(control.store, async () => {
    const found = await getProvider(control, context, input.CapacityProviderName ?? '');
    const { account, region } = context;
    const versions = await control.store.list<CapacityVersionDocument>({
      account,
      region,
      kind: 'capacity-version',
      prefix: `${found.key.id}/`,
      limit: VERSIONS_MAX,
    });
    const functions = new Set(versions.map(({ body }) => body.functionName));
    const arn = found.body.provider.CapacityProviderArn;
    if (functions.size > 0) {
      throw lambdaError(
        'ResourceConflictException',
        `The capacity provider is currently in use by ${functions.size} functions. To delete this capacity provider, first remove its association with ${arn}.`,
      );
    }
    // Publishing on the provider writes it too, so its revision tells whether that happened meanwhile.
    return { changes: [{ remove: found.key, expect: found.revision }], result: found.body.provider };
  });
  return { output: { CapacityProvider: { ...provider, State: 'Deleting' } } };
}
