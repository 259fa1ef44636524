import type { DeleteFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { getConfig } from './event-invoke-scope.ts';

/** Forgets a configuration; from then on asynchronous events are handled by the defaults. */
export async function deleteFunctionEventInvokeConfig(
  control: ControlContext,
  input: DeleteFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier = LATEST } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  await commitOptimistically(control.store, async () => {
    const { key, revision } = await getConfig(control, context, functionName, qualifier);
    return { changes: [{ remove: key, expect: revision }], result: undefined };
  });
  control.changed(context, functionName);
  return { output: {} };
}
