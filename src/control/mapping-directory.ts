import { parseFunctionName } from '../model/arn.ts';
import type { MappingDirectory, MappingFinder, MappingPlace, QueueMapping, StreamMapping } from '../ports/mapping-directory.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { everyDocument } from './every-document.ts';
import {
  type EventSourceMappingDocument,
  MAPPING_KIND,
  mappingKey,
  type MappingState,
  type SourceKindName,
} from './operations/event-source-mappings/mapping-document.ts';

/** States in which a source is read: what is on its way to being enabled is not, what is being changed is. */
const READ: ReadonlySet<MappingState> = new Set(['Enabled', 'Updating']);

/** The mappings of the store, for those who read their sources. */
export function createMappingDirectory(store: MetadataStore): MappingDirectory {
  return {
    queues: finderOf(store, ['sqs', 'sqs-fifo'], queueMappingOf),
    streams: finderOf(store, ['kinesis', 'dynamodb'], streamMappingOf),
    isThere: async (place) => (await store.get(mappingKey(place, place.uuid))) !== undefined,
  };
}

/** Mappings of some kinds of sources that are enabled. */
function finderOf<Mapping extends MappingPlace>(
  store: MetadataStore,
  sources: readonly SourceKindName[],
  mappingOf: (place: MappingPlace, mapping: EventSourceMappingDocument) => Mapping,
): MappingFinder<Mapping> {
  const isRead = ({ state, source }: EventSourceMappingDocument): boolean => READ.has(state) && sources.includes(source);
  return {
    enabled: async () => {
      const mappings: Mapping[] = [];
      for await (const { key, body } of everyDocument<EventSourceMappingDocument>(store, MAPPING_KIND)) {
        const place = { account: key.account, region: key.region, uuid: body.uuid };
        if (isRead(body)) mappings.push(mappingOf(place, body));
      }
      return mappings;
    },
    find: async ({ account, region, uuid }) => {
      const found = await store.get<EventSourceMappingDocument>(mappingKey({ account, region }, uuid));
      return found && isRead(found.body) ? mappingOf({ account, region, uuid }, found.body) : undefined;
    },
    onChange: (listener) =>
      store.watch(({ kind, account, region, id }) => {
        if (kind === MAPPING_KIND) listener({ account, region, uuid: id });
      }),
  };
}

function queueMappingOf(place: MappingPlace, mapping: EventSourceMappingDocument): QueueMapping {
  const { settings, source } = mapping;
  const { MinimumPollers: minimum, MaximumPollers: maximum } = settings.ProvisionedPollerConfig ?? {};
  const maximumConcurrency = settings.ScalingConfig?.MaximumConcurrency;
  return {
    ...sharedOf(place, mapping),
    queueArn: settings.EventSourceArn ?? '',
    fifo: source === 'sqs-fifo',
    batchSize: settings.BatchSize ?? 10,
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    ...(minimum === undefined || maximum === undefined ? {} : { pollers: { minimum, maximum } }),
  };
}

function streamMappingOf(place: MappingPlace, mapping: EventSourceMappingDocument): StreamMapping {
  const { settings, source, functionArn } = mapping;
  const { MaximumRecordAgeInSeconds: age = -1, MaximumRetryAttempts: attempts = -1 } = settings;
  const onFailureArn = settings.DestinationConfig?.OnFailure?.Destination;
  return {
    ...sharedOf(place, mapping),
    service: source === 'kinesis' ? 'kinesis' : 'dynamodb',
    sourceArn: settings.EventSourceArn ?? '',
    functionArn,
    start: startOf(mapping),
    batchSize: settings.BatchSize ?? 100,
    parallelizationFactor: settings.ParallelizationFactor ?? 1,
    bisectsOnError: settings.BisectBatchOnFunctionError ?? false,
    tumblingWindowSeconds: settings.TumblingWindowInSeconds ?? 0,
    ...(age === -1 ? {} : { maximumRecordAgeSeconds: age }),
    ...(attempts === -1 ? {} : { maximumRetryAttempts: attempts }),
    ...(onFailureArn ? { onFailureArn } : {}),
  };
}

function startOf({ settings: { StartingPosition }, startingPositionMs }: EventSourceMappingDocument): StreamMapping['start'] {
  if (StartingPosition === 'LATEST') return { at: 'LATEST' };
  if (StartingPosition !== 'AT_TIMESTAMP' || startingPositionMs === undefined) return { at: 'TRIM_HORIZON' };
  return { at: 'AT_TIMESTAMP', timestampMs: startingPositionMs };
}

/** What is read the same from every source; the batch size is each one's own. */
function sharedOf(
  place: MappingPlace,
  { settings, functionArn }: EventSourceMappingDocument,
): Omit<QueueMapping, 'queueArn' | 'fifo' | 'batchSize'> {
  const { account, region } = place;
  const { functionName, qualifier } = parseFunctionName(functionArn, undefined, place);
  return {
    ...place,
    function: { account, region, functionName, ...(qualifier === undefined ? {} : { qualifier }) },
    batchingWindowSeconds: settings.MaximumBatchingWindowInSeconds ?? 0,
    reportsItemFailures: settings.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filterPatterns: (settings.FilterCriteria?.Filters ?? []).map(({ Pattern = '{}' }) => Pattern),
    countsEvents: settings.MetricsConfig?.Metrics?.includes('EventCount') ?? false,
  };
}
