import { functionArn } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import { ServiceError } from '../../../model/service-error.ts';
import type { Change, Document, DocumentKey } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type EventInvokeConfigDocument, LATEST, scopedKey, write } from '../../documents.ts';
import { getFunction, getVersion } from '../../function-store.ts';

/** Where the configuration of a function, a version or an alias is kept; `qualifier` is `$LATEST` when none was given. */
export function eventInvokeKey(context: RequestContext, functionName: string, qualifier: string): DocumentKey {
  return scopedKey(context, 'event-invoke-config', functionName, qualifier);
}

/**
 * Changes that make a write fail when the function or the alias goes away at the same moment. Throws
 * ResourceNotFoundException where they are not there.
 */
export async function guardsOfScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string,
): Promise<Change[]> {
  try {
    const { shared } = await getFunction(control.store, context, functionName);
    const { alias } = await getVersion(control.store, context, functionName, qualifier);
    return [write(shared.key, shared.body, shared.revision), ...(alias ? [write(alias.key, alias.body, alias.revision)] : [])];
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') throw noSuchFunction();
    throw error;
  }
}

/** Reads a configuration that must be there, whether its function is or not. Throws ResourceNotFoundException. */
export async function getConfig(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string,
): Promise<Document<EventInvokeConfigDocument>> {
  const found = await control.store.get<EventInvokeConfigDocument>(eventInvokeKey(context, functionName, qualifier));
  if (found) return found;
  const arn = functionArn(context, functionName, qualifier);
  throw lambdaError('ResourceNotFoundException', `The function ${arn} doesn't have an EventInvokeConfig`);
}

/** A configuration as it is answered; both sides of its destinations are always there. */
export function answerOf(
  context: RequestContext,
  { key, body }: Pick<Document<EventInvokeConfigDocument>, 'key' | 'body'>,
): object {
  const [functionName = '', qualifier = LATEST] = key.id.split('/');
  const { lastModifiedMs, DestinationConfig, ...settings } = body;
  const { OnSuccess = {}, OnFailure = {} } = DestinationConfig ?? {};
  return {
    ...settings,
    FunctionArn: functionArn(context, functionName, qualifier),
    LastModified: new Date(lastModifiedMs),
    DestinationConfig: { OnSuccess, OnFailure },
  };
}

/** The error of these operations for a function, a version or an alias that is not there. */
export function noSuchFunction(): ServiceError {
  return lambdaError('ResourceNotFoundException', "The function doesn't exist.");
}
