import { createHash } from 'node:crypto';
import { type FunctionName, type Locality, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { ServiceError } from '../../../model/service-error.ts';
import type { Change, DocumentKey, ListRequest, MetadataStore } from '../../../ports/metadata-store.ts';
import { keyOf, write } from '../../documents.ts';
import type { EventSourceMappingDocument, MappingSettings } from './mapping-document.ts';
import { SOURCE_KINDS } from './source-kinds.ts';

/** What a mapping is found by: a document that names it. */
export interface MappingIndexDocument {
  readonly uuid: string;
}

/** Which of the documents of an index to list. */
export type IndexRange = Pick<ListRequest, 'kind' | 'prefix'>;

/** One for each source and function, so that two mappings made at the same moment can't both be the first. */
const BY_SOURCE = 'event-source-use';
const BY_FUNCTION = 'event-source-mapping-of-function';
const BY_GROUP = 'kafka-consumer-group';

/** The mappings of exactly this function, version or alias. */
export function rangeOfFunction({ functionName, qualifier }: FunctionName): IndexRange {
  return { kind: BY_FUNCTION, prefix: `${functionName}/${qualifier ?? ''}/` };
}

/** The mappings of a source. */
export function rangeOfSource(eventSourceArn: string): IndexRange {
  return { kind: BY_SOURCE, prefix: `${hashOf(eventSourceArn)}/` };
}

/**
 * The changes that let a mapping be found by what it is now and no more by what it was `before`. Throws
 * ResourceConflictException where another one has the same source and function, or the same consumer group.
 */
export async function indexChanges(
  store: MetadataStore,
  locality: Locality,
  before: EventSourceMappingDocument | undefined,
  after: EventSourceMappingDocument | undefined,
): Promise<Change[]> {
  const old = new Map((before ? keysOf(locality, before) : []).map((key) => [pathOf(key), key]));
  const added: Change[] = [];
  for (const key of after ? keysOf(locality, after) : []) {
    if (old.delete(pathOf(key))) continue;
    const other = await store.get<MappingIndexDocument>(key);
    if (other && after) throw conflict(locality, key, after, other.body.uuid);
    added.push(write(key, { uuid: after?.uuid } satisfies Partial<MappingIndexDocument>, 'absent'));
  }
  return [...added, ...[...old.values()].map((key) => ({ remove: key }))];
}

function keysOf(locality: Locality, mapping: EventSourceMappingDocument): DocumentKey[] {
  const { uuid, functionArn, settings } = mapping;
  const { functionName, qualifier } = parseFunctionName(functionArn, undefined, locality);
  const use = hashOf(JSON.stringify([functionArn, ...partOf(settings)]));
  const group = groupOf(settings);
  return [
    keyOf(locality, BY_SOURCE, `${hashOf(sourceOf(settings))}/${use}`),
    keyOf(locality, BY_FUNCTION, `${functionName}/${qualifier ?? ''}/${uuid}`),
    ...(group === undefined ? [] : [keyOf(locality, BY_GROUP, group)]),
  ];
}

/** The source as one text, whatever the order of its servers. */
function sourceOf({ EventSourceArn, SelfManagedEventSource }: MappingSettings): string {
  return EventSourceArn ?? (SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS ?? []).toSorted().join(',');
}

/** What of a source is read; other mappings may read other parts of it into the same function. */
function partOf({ Topics = [], Queues = [], DocumentDBEventSourceConfig: collection }: MappingSettings): string[] {
  return [...Topics, ...Queues, ...(collection ? [collection.DatabaseName ?? '', collection.CollectionName ?? ''] : [])];
}

function groupOf(settings: MappingSettings): string | undefined {
  return (settings.AmazonManagedKafkaEventSourceConfig ?? settings.SelfManagedKafkaEventSourceConfig)?.ConsumerGroupId;
}

function conflict(
  locality: Locality,
  { kind }: DocumentKey,
  { settings, functionArn, source }: EventSourceMappingDocument,
  uuid: string,
): ServiceError {
  const advice = `Please update or delete the existing mapping with UUID ${uuid}`;
  const { EventSourceArn: arn, SelfManagedEventSource, Topics = [] } = settings;
  const { functionName } = parseFunctionName(functionArn, undefined, locality);
  if (kind === BY_GROUP)
    return duplicate(`An event source mapping with consumer group ("${groupOf(settings)}") already exists. ${advice}`);
  if (SOURCE_KINDS[source].duplicate === 'queue') {
    return duplicate(
      `An event source mapping with SQS arn (" ${arn} ") and function (" ${functionName} ") already exists. ${advice}`,
    );
  }
  if (SOURCE_KINDS[source].duplicate === 'stream') {
    return duplicate(
      `The event source arn (" ${arn} ") and function (" ${functionName} ") provided mapping already exists. ${advice}`,
    );
  }
  const servers = arn ?? SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS?.join(',');
  return duplicate(
    `An event source mapping with event source ("${servers}"), function ("${functionArn}"), topics ("${Topics.join(',')}") already exists. ${advice}`,
  );
}

function duplicate(message: string): ServiceError {
  return lambdaError('ResourceConflictException', message);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function pathOf({ kind, id }: DocumentKey): string {
  return `${kind} ${id}`;
}
