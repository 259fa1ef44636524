import type { TestContext } from 'node:test';
import { DocumentCheckpoints } from '../../adapters/documents/document-checkpoints.ts';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import { compileRecordFilter } from '../../model/event-filter/record-filter.ts';
import type { Checkpoints, ShardCheckpoint } from '../../ports/checkpoints.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { MappingPlace, StreamMapping } from '../../ports/mapping-directory.ts';
import { FakeStream } from './fake-stream.ts';
import { StreamPollers, type StreamPollersDependencies } from './stream-pollers.ts';

/** A mapping with everything off. */
export const MAPPING: StreamMapping = {
  account: '000000000000',
  region: 'us-east-1',
  uuid: '11111111-2222-4333-8444-555555555555',
  service: 'kinesis',
  sourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  function: { account: '000000000000', region: 'us-east-1', functionName: 'f' },
  start: { at: 'TRIM_HORIZON' },
  batchSize: 100,
  batchingWindowSeconds: 0,
  reportsItemFailures: false,
  filterPatterns: [],
  countsEvents: true,
  parallelizationFactor: 1,
  bisectsOnError: false,
  tumblingWindowSeconds: 0,
};

/** An event as the function gets it. */
export interface StreamEvent {
  readonly Records: readonly { readonly kinesis: { readonly sequenceNumber: string; readonly data: string } }[];
  readonly state?: Readonly<Record<string, unknown>>;
  readonly window?: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

/** What the function does with a batch: returns a value, `fail` for an error of its own, or throws what the invoker throws. */
export type Answer = (data: readonly string[], event: StreamEvent, request: InvokeRequest) => unknown;

/** One invoke that was made. */
export interface Run {
  readonly data: readonly string[];
  readonly event: StreamEvent;
  /** Since the world began. */
  readonly atMs: number;
}

/** A failure that a destination is to be told of. */
export interface ToldFailure {
  readonly condition: string;
  readonly attempts: number;
  readonly batchSize: number;
  readonly record: Record<string, unknown>;
  readonly attributes: Record<string, unknown>;
}

/** The pollers of one mapping and what is around them. */
export interface StreamTestWorld {
  readonly clock: FakeClock;
  readonly stream: FakeStream;
  readonly store: MemoryMetadataStore;
  readonly checkpoints: DocumentCheckpoints;
  readonly queue: FakeQueue;
  readonly logger: QuietLogger;
  readonly metrics: MetricCounts;
  readonly pollers: StreamPollers;
  readonly runs: Run[];
  /** Most invokes at a time. */
  readonly peak: () => number;
  /** The data of each invoke. */
  batches(): (readonly string[])[];
  /** Moves time on in steps, so that what one awaits another may do. */
  pass(ms: number): Promise<void>;
  /** Changes the mapping; undefined disables it. */
  set(mapping: Partial<StreamMapping> | undefined): Promise<void>;
  /** Deletes the mapping. */
  remove(): Promise<void>;
  told(): Promise<ToldFailure[]>;
  checkpointOf(shardId?: string): Promise<ShardCheckpoint | undefined>;
  counts(): Record<string, number>;
  lastResult(): string | undefined;
  /** Another server on the same store and stream. */
  another(given?: Partial<StreamPollersDependencies>): StreamPollers;
}

/** What a test may have another way. */
export interface WorldOptions {
  readonly shards?: number;
  readonly seeksTime?: boolean;
  /** Before the pollers start. */
  readonly prepare?: (stream: FakeStream, clock: FakeClock) => void | Promise<void>;
  readonly checkpoints?: (checkpoints: Checkpoints) => Checkpoints;
  readonly given?: Partial<StreamPollersDependencies>;
}

/** The same checkpoints, written in another way. */
export function withSave(checkpoints: Checkpoints, save: Checkpoints['save']): Checkpoints {
  return {
    known: (mapping) => checkpoints.known(mapping),
    add: (mapping, shards, isFirst) => checkpoints.add(mapping, shards, isFirst),
    acquire: (place, terms) => checkpoints.acquire(place, terms),
    save,
    forget: (mapping, shardIds) => checkpoints.forget(mapping, shardIds),
    mappings: () => checkpoints.mappings(),
  };
}

/** Pollers of one mapping on a stream in memory; `answer` is the function. */
export async function openStreams(
  t: TestContext,
  first: Partial<StreamMapping>,
  answer: Answer = () => null,
  options: WorldOptions = {},
): Promise<StreamTestWorld> {
  const { shards = 1, seeksTime = true, prepare, checkpoints: wrap = (checkpoints) => checkpoints, given = {} } = options;
  const clock = new FakeClock();
  const stream = new FakeStream(clock, shards, seeksTime);
  await prepare?.(stream, clock);
  const store = new MemoryMetadataStore();
  const checkpoints = new DocumentCheckpoints(store);
  const queue = new FakeQueue(clock);
  const logger = new QuietLogger();
  const metrics = new MetricCounts();
  const runs: Run[] = [];
  let mapping: StreamMapping | undefined = { ...MAPPING, ...first };
  let isThere = true;
  const listeners = new Set<(place: MappingPlace) => void>();
  let running = 0;
  let peak = 0;
  let uuids = 0;
  const startMs = clock.now();
  const invoke = async (request: InvokeRequest): Promise<InvokeResult> => {
    const event = JSON.parse(Buffer.from(request.payload).toString()) as StreamEvent;
    const data = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
    running += 1;
    peak = Math.max(peak, running);
    try {
      runs.push({ data, event, atMs: clock.now() - startMs });
      const value = await answer(data, event, request);
      const payload = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value ?? null));
      return { executedVersion: '$LATEST', payload, ...(value === 'fail' ? { functionError: 'Unhandled' } : {}) };
    } finally {
      running -= 1;
    }
  };
  const another = (over: Partial<StreamPollersDependencies> = {}): StreamPollers =>
    new StreamPollers({
      sources: { kinesis: stream },
      mappings: {
        streams: {
          enabled: async () => (mapping ? [mapping] : []),
          find: async () => mapping,
          onChange: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
        },
        isThere: async () => isThere,
      },
      checkpoints: wrap(checkpoints),
      owner: 'test',
      directory: { resolve: async () => ({ version: { roleArn: 'arn:aws:iam::0:role/r' } }) } as unknown as FunctionDirectory,
      invoke,
      queue,
      filterOf: compileRecordFilter,
      metrics,
      clock,
      ids: { uuid: () => `uuid-${(uuids += 1)}`, hex: () => 'f', random: () => 1 },
      logger,
      ...given,
      ...over,
    });
  const pollers = another();
  const tell = async (): Promise<void> => {
    for (const listener of listeners) listener(MAPPING);
    await clock.advance(0);
  };
  await pollers.start();
  await clock.advance(0);
  t.after(async () => {
    const closed = pollers.close(1_000);
    await clock.advance(2_000);
    await closed;
  });
  return {
    clock,
    stream,
    store,
    checkpoints,
    queue,
    logger,
    metrics,
    pollers,
    runs,
    another,
    peak: () => peak,
    batches: () => runs.map(({ data }) => data),
    pass: (ms) => clock.advance(ms),
    set: async (next) => {
      mapping = next && { ...MAPPING, ...first, ...next };
      await tell();
    },
    remove: async () => {
      mapping = undefined;
      isThere = false;
      await tell();
    },
    told: async () =>
      (await queue.lease('destinations', 100, 1)).map(({ payload, attributes }) => {
        const record = JSON.parse(Buffer.from(payload).toString()) as Record<string, Record<string, unknown>>;
        const info = record['KinesisBatchInfo'] ?? record['DDBStreamBatchInfo'];
        return {
          condition: String(record['requestContext']?.['condition']),
          attempts: Number(record['requestContext']?.['approximateInvokeCount']),
          batchSize: Number(info?.['batchSize']),
          record,
          attributes: attributes as Record<string, unknown>,
        };
      }),
    checkpointOf: async (shardId = 'shardId-000000000000') =>
      (await checkpoints.known(MAPPING)).find((known) => known.shardId === shardId)?.checkpoint,
    counts: () => Object.fromEntries(metrics.readings().map(({ metric, sum }) => [metric, sum])),
    lastResult: () => pollers.lastResult(MAPPING),
  };
}
