import { parseFunctionName } from '../model/arn.ts';
import type { MappingDirectory, MappingPlace, QueueMapping } from '../ports/mapping-directory.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { everyDocument } from './every-document.ts';
import {
  type EventSourceMappingDocument,
  MAPPING_KIND,
  mappingKey,
  type MappingState,
} from './operations/event-source-mappings/mapping-document.ts';

/** States in which a source is read: what is on its way to being enabled is not, what is being changed is. */
const POLLED: ReadonlySet<MappingState> = new Set(['Enabled', 'Updating']);

/** The mappings of the store, for those who poll. */
export function createMappingDirectory(store: MetadataStore): MappingDirectory {
  return {
    enabled: () => readEnabled(store),
    find: async (place) => {
      const found = await store.get<EventSourceMappingDocument>(mappingKey(place, place.uuid));
      return found && polled(place, found.body);
    },
    onChange: (listener) =>
      store.watch(({ kind, account, region, id }) => {
        if (kind === MAPPING_KIND) listener({ account, region, uuid: id });
      }),
  };
}

async function readEnabled(store: MetadataStore): Promise<QueueMapping[]> {
  const mappings: QueueMapping[] = [];
  for await (const { key, body } of everyDocument<EventSourceMappingDocument>(store, MAPPING_KIND)) {
    const mapping = polled({ account: key.account, region: key.region, uuid: body.uuid }, body);
    if (mapping) mappings.push(mapping);
  }
  return mappings;
}

/** Undefined for a mapping that is not enabled, and for sources that are no queues. */
function polled({ account, region, uuid }: MappingPlace, mapping: EventSourceMappingDocument): QueueMapping | undefined {
  const { source, settings, state, functionArn } = mapping;
  if (!POLLED.has(state) || (source !== 'sqs' && source !== 'sqs-fifo')) return undefined;
  const { MinimumPollers: minimum, MaximumPollers: maximum } = settings.ProvisionedPollerConfig ?? {};
  const { functionName, qualifier } = parseFunctionName(functionArn, undefined, { account, region });
  const maximumConcurrency = settings.ScalingConfig?.MaximumConcurrency;
  return {
    account,
    region,
    uuid,
    queueArn: settings.EventSourceArn ?? '',
    fifo: source === 'sqs-fifo',
    function: { account, region, functionName, ...(qualifier === undefined ? {} : { qualifier }) },
    batchSize: settings.BatchSize ?? 10,
    batchingWindowSeconds: settings.MaximumBatchingWindowInSeconds ?? 0,
    reportsItemFailures: settings.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    filterPatterns: (settings.FilterCriteria?.Filters ?? []).map(({ Pattern = '{}' }) => Pattern),
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    ...(minimum === undefined || maximum === undefined ? {} : { pollers: { minimum, maximum } }),
  };
}
