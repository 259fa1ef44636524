import type { ListDurableExecutionsByFunctionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { getVersion } from '../../function-store.ts';
import { decodeMarker } from '../../paging.ts';

/** The executions of a function; none while no durable function can run. */
export async function listDurableExecutionsByFunction(
  control: ControlContext,
  input: ListDurableExecutionsByFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  await getVersion(control.store, context, functionName, qualifier);
  decodeMarker(input.Marker);
  return { output: { DurableExecutions: [] } };
}
