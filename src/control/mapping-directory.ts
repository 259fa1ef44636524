import { parseFunctionName } from '../model/arn.ts';
import type { MappingDirectory, MappingPlace, QueueMapping } from '../ports/mapping-directory.ts';
import type { Document, MetadataStore } from '../ports/metadata-store.ts';
import {
  type EventSourceMappingDocument,
  MAPPING_KIND,
  mappingKey,
  type MappingState,
} from './operations/event-source-mappings/mapping-document.ts';

/** States in which a source is read: what is on its way to being enabled is not, what is being changed is. */
const POLLED: ReadonlySet<MappingState> = new Set(['Enabled', 'Updating']);
const MAPPINGS_PER_PAGE = 500;

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
  for (const { account, region } of await store.scopes(MAPPING_KIND)) {
    let after: string | undefined;
    do {
      const page: Document<EventSourceMappingDocument>[] = await store.list<EventSourceMappingDocument>({
        account,
        region,
        kind: MAPPING_KIND,
        limit: MAPPINGS_PER_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const { body } of page) {
        const mapping = polled({ account, region, uuid: body.uuid }, body);
        if (mapping) mappings.push(mapping);
      }
      after = page.length === MAPPINGS_PER_PAGE ? page.at(-1)?.key.id : undefined;
    } while (after !== undefined);
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
