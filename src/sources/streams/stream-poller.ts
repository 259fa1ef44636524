import type { Checkpoints, ShardCheckpoint } from '../../ports/checkpoints.ts';
import type { Timer } from '../../ports/clock.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { RecordStream, StreamShard } from '../../ports/record-stream.ts';
import type { MappingPoller } from '../mappings/mapping-follower.ts';
import { BufferBudget } from './buffer-budget.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { NOT_READABLE } from './processing-result.ts';
import { type ShardDependencies, ShardRun } from './shard-run.ts';

/** What reading the stream of a mapping needs. */
export interface StreamPollerDependencies extends Omit<
  ShardDependencies,
  'stream' | 'lease' | 'budget' | 'roleArn' | 'retentionMs' | 'isFirst'
> {
  readonly checkpoints: Checkpoints;
  readonly leases: LeaseKeeper;
  readonly directory: FunctionDirectory;
}

interface Running {
  readonly run: ShardRun;
  readonly ended: Promise<void>;
}

/** How often shards are looked for; at once when one has ended. */
const LOOK_MS = 10_000;
const LOOK_RETRY_MS = 2_000;
/** Shards of one mapping that are read at a time; others wait until one has ended. */
const SHARDS_MAX = 1_000;
/** What all shards of a mapping may have read ahead. */
const BUFFERED_BYTES_MAX = 67_108_864;
/** Until the stream was asked. */
const RETENTION_UNKNOWN_MS = Infinity;

/** The shards of one mapping: finds them, keeps children waiting for their parents, and runs those that are ours. */
export class StreamPoller implements MappingPoller {
  readonly #given: StreamPollerDependencies;
  readonly #stream: RecordStream;
  readonly #budget = new BufferBudget(BUFFERED_BYTES_MAX);
  readonly #running = new Map<string, Running>();
  /** Shards that got their first checkpoint from this one and were not read before. */
  readonly #fresh = new Set<string>();
  /** Shards that are listed and done. */
  #ended: ReadonlySet<string> = new Set();
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #isAsked = false;
  #isStopped = false;
  #retentionMs = RETENTION_UNKNOWN_MS;
  #roleArn: string | undefined;

  constructor(given: StreamPollerDependencies) {
    this.#given = given;
    this.#stream = given.source.open(given.mapping.sourceArn);
  }

  async start(): Promise<void> {
    this.#look();
    await this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const { run } of this.#running.values()) run.stop();
    await this.#looking;
    for (const { run } of this.#running.values()) run.stop();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Looks at the shards now, or once more when that is being done. */
  #look(): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    if (this.#looking) {
      this.#isAsked = true;
      return;
    }
    this.#looking = this.#lookOnce().then((delayMs) => {
      this.#looking = undefined;
      if (this.#isStopped) return;
      this.#timer = this.#given.clock.setTimeout(() => this.#look(), this.#isAsked ? 0 : delayMs);
      this.#isAsked = false;
    });
  }

  /** Resolves with how long to wait until the next time. */
  async #lookOnce(): Promise<number> {
    const { mapping, onResult, logger, checkpoints } = this.#given;
    try {
      await this.#askAround();
      if (await this.#isSettled()) return LOOK_MS;
      // Read before the shards are, so that one which is known and not listed then is gone for good.
      const known = await checkpoints.known(mapping);
      const shards = await this.#stream.shards();
      const current = await this.#checkpointsOf(shards, known);
      for (const shard of shards) await this.#startWhenReady(shard, current);
      return LOOK_MS;
    } catch (error) {
      onResult(NOT_READABLE);
      logger.warn({ uuid: mapping.uuid, error: String(error) }, 'the shards of a stream could not be found');
      return LOOK_RETRY_MS;
    }
  }

  /** What may change while a stream is read: for how long it keeps records, and who reads it. */
  async #askAround(): Promise<void> {
    const { directory, mapping } = this.#given;
    const role = directory.resolve(mapping.function).then(
      ({ version }) => version.roleArn,
      () => undefined,
    );
    this.#retentionMs = await this.#stream.retentionMs();
    this.#roleArn = (await role) ?? this.#roleArn;
  }

  /** Whether every shard is being read or done; then nothing has to be read of their checkpoints. */
  async #isSettled(): Promise<boolean> {
    if (this.#running.size === 0) return false;
    const shards = await this.#stream.shards();
    return shards.every(({ shardId }) => this.#running.has(shardId) || this.#ended.has(shardId));
  }

  /**
   * The checkpoints of the shards. Those that were there when the mapping first looked begin at its starting position; what
   * came later is the continuation of these and begins with its oldest record. What the stream has forgotten is forgotten.
   */
  async #checkpointsOf(
    shards: readonly StreamShard[],
    before: readonly { readonly shardId: string; readonly checkpoint: ShardCheckpoint }[],
  ): Promise<ReadonlyMap<string, ShardCheckpoint>> {
    const { checkpoints, mapping } = this.#given;
    const known = new Map(before.map(({ shardId, checkpoint }) => [shardId, checkpoint]));
    const isFirst = known.size === 0;
    const position: ShardCheckpoint['position'] = isFirst ? this.#start() : { at: 'TRIM_HORIZON' };
    const unknown = shards.filter(({ shardId }) => !known.has(shardId));
    const given = unknown.map(({ shardId }) => ({ shardId, checkpoint: { position } }));
    const added = new Set(given.length > 0 ? await checkpoints.add(mapping, given, isFirst) : []);
    for (const { shardId, checkpoint } of given) {
      known.set(shardId, checkpoint);
      if (added.has(shardId)) this.#fresh.add(shardId);
    }
    const listed = new Set(shards.map(({ shardId }) => shardId));
    this.#ended = new Set([...listed].filter((shardId) => known.get(shardId)?.ended));
    const gone = [...known.keys()].filter((shardId) => !listed.has(shardId) && !this.#running.has(shardId));
    // The last ones tell that the mapping has begun.
    if (gone.length > 0 && listed.size > 0) await checkpoints.forget(mapping, gone);
    return known;
  }

  #start(): ShardCheckpoint['position'] {
    const { mapping, clock } = this.#given;
    return mapping.start.at === 'LATEST' ? { at: 'LATEST', sinceMs: clock.now() } : mapping.start;
  }

  async #startWhenReady({ shardId, parentIds }: StreamShard, known: ReadonlyMap<string, ShardCheckpoint>): Promise<void> {
    if (this.#isStopped || this.#running.has(shardId) || known.get(shardId)?.ended) return;
    // A parent that the stream does not list any more has nothing left.
    if (parentIds.some((id) => this.#running.has(id) || (known.has(id) && !known.get(id)?.ended))) return;
    const { leases, mapping, logger } = this.#given;
    const { account, region, uuid } = mapping;
    if (this.#running.size >= SHARDS_MAX) return logger.warn({ uuid, shardId }, 'a shard waits, for too many others are read');
    const lease = await leases.acquire({ account, region, uuid, shardId });
    if (!lease) return;
    // Another reader may have ended it since the checkpoints were read.
    if (this.#isStopped || lease.checkpoint.ended) return lease.giveBack();
    const run = new ShardRun({
      ...this.#given,
      stream: this.#stream,
      lease,
      budget: this.#budget,
      isFirst: this.#fresh.delete(shardId),
      roleArn: () => this.#roleArn,
      retentionMs: () => this.#retentionMs,
    });
    const ended = run.run().then(async (isEnded) => {
      await lease.giveBack();
      this.#running.delete(shardId);
      if (isEnded) this.#look();
    });
    this.#running.set(shardId, { run, ended });
  }
}
