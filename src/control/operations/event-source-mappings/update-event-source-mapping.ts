import type { UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { checkMapping } from './check-mapping.ts';
import { checkQueue } from './check-queue.ts';
import { checkIdle, getMapping } from './get-event-source-mapping.ts';
import { mappedFunction } from './mapped-function.ts';
import { answerOf, type EventSourceMappingDocument, type MappingState } from './mapping-document.ts';
import { indexChanges } from './mapping-indexes.ts';
import { isBusy } from './mapping-keeper.ts';
import { checkChangeable, withGiven } from './mapping-settings.ts';
import { checkKnown } from './source-kind-of.ts';
import { SOURCE_KINDS } from './source-kinds.ts';

/** Changes a mapping; what is not given stays. The answer has the new settings and a state that passes. */
export async function updateEventSourceMapping(
  control: ControlContext,
  input: UpdateEventSourceMappingRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { UUID: uuid = '', FunctionName, ...given } = input;
  const mapping = await commitOptimistically(control.store, async () => {
    const found = await getMapping(control, context, uuid);
    const before = found.body;
    checkIdle(before, 'update');
    const kind = SOURCE_KINDS[before.source];
    checkKnown(kind, given);
    checkChangeable(given);
    const settings = withGiven(kind, before.settings, given);
    checkMapping(kind, settings);
    const state = stateAfter(before.state, input.Enabled);
    // What is to rest may have lost its queue or its function, or rest for that very reason.
    const isToRun = state === 'Enabling' || state === 'Updating';
    const named = FunctionName ?? (isToRun ? before.functionArn : undefined);
    const fed = named === undefined ? undefined : await mappedFunction(control, context, named);
    if (isToRun && fed) await checkQueue(control, { ...before, settings }, fed);
    const after: EventSourceMappingDocument = {
      ...before,
      settings,
      functionArn: fed?.arn ?? before.functionArn,
      state,
      stateTransitionReason: kind.reason,
      lastModifiedMs: control.clock.now(),
    };
    const indexes = await indexChanges(control.store, context, before, after);
    return { changes: [write(found.key, after, found.revision), ...indexes], result: after };
  });
  if (isBusy(mapping.state)) control.mappingChanged(context, uuid);
  return { output: answerOf(control, context, mapping) };
}

function stateAfter(before: MappingState, enabled: boolean | undefined): MappingState {
  if (before === 'Disabled') return enabled ? 'Enabling' : 'Disabled';
  return enabled === false ? 'Disabling' : 'Updating';
}
