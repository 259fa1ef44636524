import type { Timer } from '../../ports/clock.ts';
import type { Change } from '../../ports/metadata-store.ts';
import { eachDocument } from '../events/paging.ts';
import type { KinesisGround } from './kinesis-ground.ts';
import { sealClosed } from './seal-closed.ts';
import type { StreamDirectory } from './stream-directory.ts';
import {
  CONSUMER_KIND,
  type ConsumerRecord,
  listedShards,
  logName,
  PASSING_MS,
  retentionMs,
  type ShardRecord,
  STREAM_KIND,
  type StreamRecord,
} from './stream-record.ts';

/** How often records that are too old are looked for. */
const TRIM_EVERY_MS = 60_000;
/** Removed in one go, so that others are not kept waiting. */
const REMOVED_AT_ONCE_MAX = 2_000;

/** Removes what is to go: streams that were deleted, records that are too old, shards that have none left. */
export class StreamKeeper {
  readonly #ground: KinesisGround;
  readonly #streams: StreamDirectory;
  readonly #removals = new Map<string, Promise<void>>();
  #timer: Timer | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(ground: KinesisGround, streams: StreamDirectory) {
    this.#ground = ground;
    this.#streams = streams;
  }

  /** Completes what a crash left half done, and begins to look. */
  async start(): Promise<void> {
    await this.#eachStream(async (stream) => {
      if (stream.deletedAtMs === undefined) await sealClosed({ ...this.#ground, streams: this.#streams }, stream);
      else this.deleted(stream);
    });
    this.#later();
  }

  /** Removes a stream that was deleted, in a moment. */
  deleted(stream: StreamRecord): void {
    const { clock, logger } = this.#ground;
    if (this.#removals.has(stream.incarnation)) return;
    const removal = new Promise<void>((resolve) => clock.setTimeout(resolve, PASSING_MS))
      .then(() => this.#remove(stream))
      .catch((error: unknown) => logger.error({ stream: stream.name, error: String(error) }, 'a stream could not be removed'))
      .finally(() => this.#removals.delete(stream.incarnation));
    this.#removals.set(stream.incarnation, removal);
  }

  /** Looks once. */
  async trim(): Promise<void> {
    await this.#eachStream((stream) => this.#trim(stream));
  }

  /** Looks no more; what is being removed goes on at the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#work;
  }

  #later(): void {
    const { clock, logger } = this.#ground;
    this.#timer = clock.setTimeout(() => {
      this.#work = this.trim()
        .catch((error: unknown) => logger.error({ error: String(error) }, 'records that are too old could not be removed'))
        .then(() => {
          if (!this.#isClosed) this.#later();
        });
    }, TRIM_EVERY_MS);
  }

  async #eachStream(visit: (stream: StreamRecord) => Promise<void>): Promise<void> {
    const { store } = this.#ground;
    for (const scope of await store.scopes(STREAM_KIND)) {
      for await (const { body } of eachDocument<StreamRecord>(store, { ...scope, kind: STREAM_KIND })) {
        if (this.#isClosed) return;
        await visit(body);
      }
    }
  }

  async #remove(stream: StreamRecord): Promise<void> {
    const { store } = this.#ground;
    for (const shard of stream.shards) if (!(await this.#drop(stream, shard))) return;
    const { account, region } = stream;
    const changes: Change[] = [];
    const request = { account, region, kind: CONSUMER_KIND, prefix: `${stream.name}/` };
    for await (const { key } of eachDocument<ConsumerRecord>(store, request)) changes.push({ remove: key });
    if (!this.#isClosed) await this.#streams.remove(stream, changes);
  }

  async #trim(stream: StreamRecord): Promise<void> {
    const { log, clock } = this.#ground;
    if (stream.deletedAtMs !== undefined) return;
    const nowMs = clock.now();
    const listed = new Set(listedShards(stream, nowMs).map(({ number }) => number));
    const gone = stream.shards.filter(({ number }) => !listed.has(number));
    for (const shard of stream.shards.filter(({ number }) => listed.has(number))) {
      const beforeMs = nowMs - retentionMs(stream);
      while (!this.#isClosed && (await log.trim(logName(stream, shard), beforeMs, REMOVED_AT_ONCE_MAX)) === REMOVED_AT_ONCE_MAX);
    }
    if (gone.length === 0) return;
    for (const shard of gone) if (!(await this.#drop(stream, shard))) return;
    const numbers = new Set(gone.map(({ number }) => number));
    await this.#streams.change(stream, stream.name, (record) =>
      record.incarnation === stream.incarnation
        ? { ...record, shards: record.shards.filter(({ number }) => !numbers.has(number)) }
        : undefined,
    );
  }

  /** False where it was broken off. */
  async #drop(stream: StreamRecord, shard: ShardRecord): Promise<boolean> {
    while (!this.#isClosed) if (await this.#ground.log.drop(logName(stream, shard), REMOVED_AT_ONCE_MAX)) return true;
    return false;
  }
}
