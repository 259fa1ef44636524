import type { DeleteEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { checkIdle, getMapping } from './get-event-source-mapping.ts';
import { answerOf, type EventSourceMappingDocument } from './mapping-document.ts';

/** Ends a mapping; it answers `Deleting` and is gone soon after. */
export async function deleteEventSourceMapping(
  control: ControlContext,
  input: DeleteEventSourceMappingRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const uuid = input.UUID ?? '';
  const mapping = await commitOptimistically(control.store, async () => {
    const { key, body, revision } = await getMapping(control, context, uuid);
    checkIdle(body, 'delete');
    const after: EventSourceMappingDocument = { ...body, state: 'Deleting', lastModifiedMs: control.clock.now() };
    return { changes: [write(key, after, revision)], result: after };
  });
  control.mappingChanged(context, uuid);
  return { output: answerOf(control, context, mapping) };
}
