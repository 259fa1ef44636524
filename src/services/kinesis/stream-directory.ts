import type { Locality } from '../../model/arn.ts';
import { type Change, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import { kinesisError } from './kinesis-errors.ts';
import { openShards, type ShardRecord, streamKey, type StreamRecord } from './stream-record.ts';

/** A stream as it is now, ready for records. */
export interface Stream {
  readonly record: StreamRecord;
  readonly revision: number;
  /** Shards that take records, in the order of their hash keys. */
  readonly open: readonly ShardRecord[];
}

const CACHED_MAX = 1_000;
const TRIES_MAX = 100;

/** The streams, kept in memory once they were asked for: every put and every read asks. All writes of streams go through here. */
export class StreamDirectory {
  readonly #store: MetadataStore;
  readonly #cache = new Map<string, Stream>();
  #writes = 0;

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  async find(locality: Locality, name: string): Promise<Stream | undefined> {
    const id = idOf(locality, name);
    const cached = this.#cache.get(id);
    if (cached) return cached;
    const writes = this.#writes;
    const found = await this.#store.get<StreamRecord>(streamKey(locality, name));
    if (!found) return undefined;
    const stream = streamOf(found.body, found.revision);
    // What was read while another was writing may be what was there before.
    if (writes === this.#writes) this.#remember(id, stream);
    return stream;
  }

  /** Writes a new stream; false when there is one of that name. */
  async create(record: StreamRecord): Promise<boolean> {
    return this.#commit(record, record, 'absent');
  }

  /**
   * Reads a stream, decides and writes; decides anew when another writer was faster. `change` may throw, and gives undefined for
   * nothing to be written. Resolves with the stream as it is then; undefined when there is none.
   */
  async change(
    locality: Locality,
    name: string,
    change: (record: StreamRecord) => StreamRecord | undefined,
  ): Promise<StreamRecord | undefined> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const stream = await this.find(locality, name);
      if (!stream) return undefined;
      const changed = change(stream.record);
      if (!changed) return stream.record;
      if (await this.#commit(stream.record, changed, stream.revision)) return changed;
    }
    throw kinesisError('LimitExceededException', `Stream ${name} is being changed by too many others.`);
  }

  /** Removes a stream, and other documents with it. */
  async remove(record: StreamRecord, changes: readonly Change[]): Promise<void> {
    this.#writes += 1;
    await this.#store.commit([{ remove: streamKey(record, record.name) }, ...changes]);
    this.#writes += 1;
    this.#cache.delete(idOf(record, record.name));
  }

  async #commit(locality: Locality, record: StreamRecord, expect: number | 'absent'): Promise<boolean> {
    const id = idOf(locality, record.name);
    this.#writes += 1;
    try {
      const [document] = await this.#store.commit([{ put: streamKey(locality, record.name), body: record, expect }]);
      this.#remember(id, streamOf(record, document?.revision ?? 1));
      return true;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      this.#cache.delete(id);
      return false;
    } finally {
      this.#writes += 1;
    }
  }

  #remember(id: string, stream: Stream): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= CACHED_MAX && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(id, stream);
  }
}

/** The open shard that takes a hash key. */
export function shardFor(open: readonly ShardRecord[], hash: string): ShardRecord {
  let [low, high] = [0, open.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((open[middle] as ShardRecord).from <= hash) low = middle;
    else high = middle - 1;
  }
  return open[low] as ShardRecord;
}

function streamOf(record: StreamRecord, revision: number): Stream {
  const open = openShards(record).toSorted((a, b) => (a.from < b.from ? -1 : 1));
  return { record, revision, open };
}

function idOf({ account, region }: Locality, name: string): string {
  return `${account}/${region}/${name}`;
}
