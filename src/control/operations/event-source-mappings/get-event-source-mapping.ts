import type { GetEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { answerOf, type EventSourceMappingDocument, mappingKey } from './mapping-document.ts';
import { isBusy } from './mapping-keeper.ts';

/** One mapping. */
export async function getEventSourceMapping(
  control: ControlContext,
  input: GetEventSourceMappingRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { body } = await getMapping(control, context, input.UUID ?? '');
  return { output: answerOf(control, context, body) };
}

/** Reads a mapping. Throws ResourceNotFoundException. */
export async function getMapping(
  control: ControlContext,
  context: RequestContext,
  uuid: string,
): Promise<Document<EventSourceMappingDocument>> {
  const found = await control.store.get<EventSourceMappingDocument>(mappingKey(context, uuid));
  if (!found) throw lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
  return found;
}

/** Throws ResourceInUseException while a mapping is on its way to another state. */
export function checkIdle({ state }: EventSourceMappingDocument, verb: 'update' | 'delete'): void {
  if (isBusy(state)) throw lambdaError('ResourceInUseException', `Cannot ${verb} the event source mapping because it is in use.`);
}
