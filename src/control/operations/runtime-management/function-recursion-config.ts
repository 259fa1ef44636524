import type { GetFunctionRecursionConfigRequest, PutFunctionRecursionConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type FunctionDocument, write } from '../../documents.ts';
import { commitOptimistically, getFunction } from '../../function-store.ts';

/** Says what is to become of events that a function sends, by way of other services, to itself again and again. */
export async function putFunctionRecursionConfig(
  control: ControlContext,
  input: PutFunctionRecursionConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const recursiveLoop = input.RecursiveLoop ?? 'Terminate';
  await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    const body: FunctionDocument = { ...shared.body, recursiveLoop };
    return { changes: [write(shared.key, body, shared.revision)], result: undefined };
  });
  control.changed(context, functionName);
  return { output: { RecursiveLoop: recursiveLoop } };
}

/** The same, read. */
export async function getFunctionRecursionConfig(
  control: ControlContext,
  input: GetFunctionRecursionConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const { shared } = await getFunction(control.store, context, functionName);
  return { output: { RecursiveLoop: shared.body.recursiveLoop ?? 'Terminate' } };
}
