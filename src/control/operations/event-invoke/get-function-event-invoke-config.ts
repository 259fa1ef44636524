import type { GetFunctionEventInvokeConfigRequest, ListFunctionEventInvokeConfigsRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type EventInvokeConfigDocument, LATEST } from '../../documents.ts';
import { findFunction } from '../../function-store.ts';
import { listPage } from '../../paging.ts';
import { answerOf, getConfig, noSuchFunction } from './event-invoke-scope.ts';

const PAGE_MAX = 50;

/** How asynchronous events of a function, a version or an alias are handled. */
export async function getFunctionEventInvokeConfig(
  control: ControlContext,
  input: GetFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier = LATEST } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  return { output: answerOf(context, await getConfig(control, context, functionName, qualifier)) };
}

/** The configurations of a function, its versions and its aliases. */
export async function listFunctionEventInvokeConfigs(
  control: ControlContext,
  input: ListFunctionEventInvokeConfigsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  if (!(await findFunction(control.store, context, functionName))) throw noSuchFunction();
  const { items, NextMarker } = await listPage<EventInvokeConfigDocument>(
    control.store,
    context,
    { kind: 'event-invoke-config', prefix: `${functionName}/` },
    input,
    PAGE_MAX,
  );
  return { output: { FunctionEventInvokeConfigs: items.map((item) => answerOf(context, item)), NextMarker } };
}
