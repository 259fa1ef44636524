import type { PutFunctionEventInvokeConfigRequest, UpdateFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type EventInvokeConfigDocument, LATEST, write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkDestinations, kept } from './event-invoke-destinations.ts';
import { answerOf, eventInvokeKey, getConfig, guardsOfScope } from './event-invoke-scope.ts';

/** Says how asynchronous events are handled; what was said before is forgotten. */
export function putFunctionEventInvokeConfig(
  control: ControlContext,
  input: PutFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  return change(control, input, context, async (functionName, qualifier) => {
    const before = await control.store.get<EventInvokeConfigDocument>(eventInvokeKey(context, functionName, qualifier));
    return { before, base: {} };
  });
}

/** Changes how asynchronous events are handled; what is not given stays. */
export function updateFunctionEventInvokeConfig(
  control: ControlContext,
  input: UpdateFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  return change(control, input, context, async (functionName, qualifier) => {
    const before = await getConfig(control, context, functionName, qualifier);
    return { before, base: before.body };
  });
}

type Start = (
  functionName: string,
  qualifier: string,
) => Promise<{
  readonly before: Document<EventInvokeConfigDocument> | undefined;
  readonly base: Partial<EventInvokeConfigDocument>;
}>;

async function change(
  control: ControlContext,
  input: PutFunctionEventInvokeConfigRequest,
  context: RequestContext,
  start: Start,
): Promise<OperationResult> {
  const { functionName, qualifier = LATEST } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && !DestinationConfig)
    throw invalid('You must specify at least one of error handling or destination setting.');
  const key = eventInvokeKey(context, functionName, qualifier);
  const output = await commitOptimistically(control.store, async () => {
    const guards = await guardsOfScope(control, context, functionName, qualifier);
    const { before, base } = await start(functionName, qualifier);
    if (DestinationConfig) await checkDestinations(control, context, functionName, DestinationConfig);
    const body: EventInvokeConfigDocument = {
      ...base,
      ...(MaximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts }),
      ...(MaximumEventAgeInSeconds === undefined ? {} : { MaximumEventAgeInSeconds }),
      DestinationConfig: { ...base.DestinationConfig, ...kept(DestinationConfig) },
      lastModifiedMs: control.clock.now(),
    };
    return { changes: [write(key, body, before?.revision ?? 'absent'), ...guards], result: answerOf(context, { key, body }) };
  });
  control.changed(context, functionName);
  return { output };
}
