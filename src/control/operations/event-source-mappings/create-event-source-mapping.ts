import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { checkTags } from '../tags/tags.ts';
import { checkMapping, checkPosition } from './check-mapping.ts';
import { checkQueue } from './check-queue.ts';
import { checkStream } from './check-stream.ts';
import { mappedFunction } from './mapped-function.ts';
import {
  answerOf,
  type EventSourceMappingDocument,
  mappingKey,
  type MappingSettings,
  type SourceKindName,
} from './mapping-document.ts';
import { indexChanges } from './mapping-indexes.ts';
import { withGiven } from './mapping-settings.ts';
import { checkKnown, checkRequired, sourceKindOf } from './source-kind-of.ts';
import { SOURCE_KINDS } from './source-kinds.ts';

/** Lets a source feed a function; the mapping answers `Creating` and is `Enabled` soon after. */
export async function createEventSourceMapping(
  control: ControlContext,
  input: CreateEventSourceMappingRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const source = sourceKindOf(input, context);
  const kind = SOURCE_KINDS[source];
  checkKnown(kind, input);
  checkRequired(kind, input);
  checkPosition(kind, input, control.clock.now());
  const uuid = control.ids.uuid();
  const settings = withGiven(kind, { ...kind.defaults, ...consumerGroup(source, uuid) }, input);
  checkMapping(kind, settings);
  checkTags(input.Tags);
  const fed = await mappedFunction(control, context, input.FunctionName ?? '');
  await checkQueue(control, { source, settings }, fed);
  await checkStream(control, { source, settings });
  const { StartingPositionTimestamp: position, Enabled = true } = input;
  const mapping: EventSourceMappingDocument = {
    uuid,
    source,
    functionArn: fed.arn,
    settings,
    state: Enabled ? 'Creating' : 'Disabled',
    stateTransitionReason: kind.reason,
    ...(kind.nothingRead ? { lastProcessingResult: kind.nothingRead } : {}),
    ...(position ? { startingPositionMs: position.getTime() } : {}),
    lastModifiedMs: control.clock.now(),
    ...(input.Tags ? { tags: input.Tags } : {}),
  };
  await commitOptimistically(control.store, async () => {
    const indexes = await indexChanges(control.store, context, undefined, mapping);
    return { changes: [write(mappingKey(context, uuid), mapping, 'absent'), ...indexes], result: undefined };
  });
  if (Enabled) control.mappingChanged(context, uuid);
  return { output: answerOf(control, context, mapping) };
}

/** Readers of Kafka are a group that is named after the mapping when nobody names it. */
function consumerGroup(source: SourceKindName, uuid: string): MappingSettings {
  if (source === 'msk') return { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid } };
  return source === 'self-managed-kafka' ? { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid } } : {};
}
