import type { DeleteCodeSigningConfigRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { CODE_SIGNING_USE } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import { commitOptimistically } from '../../function-store.ts';
import { getConfig } from './signing-config.ts';

/** Deletes a code signing configuration that no function has. */
export async function deleteCodeSigningConfig(
  control: ControlContext,
  input: DeleteCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const arn = input.CodeSigningConfigArn ?? '';
  await commitOptimistically(control.store, async () => {
    const { key, revision } = await getConfig(control, context, arn);
    const { account, region } = context;
    const [used] = await control.store.list({ account, region, kind: CODE_SIGNING_USE, prefix: `${key.id}/`, limit: 1 });
    if (used) {
      throw lambdaError(
        'ResourceConflictException',
        `The code signing configuration ${arn} can not be deleted while functions use it.`,
      );
    }
    return { changes: [{ remove: key, expect: revision }], result: undefined };
  });
  return { output: {} };
}
