import type { DeleteLayerVersionRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { commitOptimistically } from '../../function-store.ts';
import { layerPolicyKey, layerVersionKey } from '../../layers.ts';
import { checkVersionNumber, parseOwnLayerName } from './layer-name.ts';

/** Deletes a version and its policy; functions that use it keep it, and its number is not given again. */
export async function deleteLayerVersion(
  control: ControlContext,
  input: DeleteLayerVersionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const layerName = parseOwnLayerName(input.LayerName ?? '', context, 'DeleteLayerVersion');
  const version = input.VersionNumber ?? 0;
  checkVersionNumber(version);
  await commitOptimistically(control.store, async () => {
    const found = await control.store.get(layerVersionKey(context, layerName, version));
    if (!found) return { changes: [], result: undefined };
    return {
      // With its revision, so that a permission that is added at the same moment does not stay behind.
      changes: [{ remove: found.key, expect: found.revision }, { remove: layerPolicyKey(context, layerName, version) }],
      result: undefined,
    };
  });
  return { output: {} };
}
