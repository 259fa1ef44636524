import type { Clock } from '../../ports/clock.ts';
import {
  type PageLimits,
  type RecordStream,
  StreamError,
  type StreamPage,
  type StreamPosition,
  type StreamRecord,
  type StreamShard,
  type StreamSource,
} from '../../ports/record-stream.ts';

interface Shard extends StreamShard {
  readonly records: StreamRecord[];
  /** Of the hashes of keys, from 0 to 255; the end is excluded. */
  readonly from: number;
  readonly to: number;
  isClosed: boolean;
  /** Records before this number were removed. */
  trimmedTo: number;
}

interface Iterator {
  readonly shardId: string;
  /** The next record has this sequence number at least. */
  readonly from: number;
  readonly generation: number;
}

const HASHES = 256;

/** For tests: a stream in memory, in Kinesis's form. Shards split and merge, records are removed, reads fail when told to. */
export class FakeStream implements RecordStream, StreamSource {
  readonly filters = 'kinesis';
  readonly batchInfo: StreamSource['batchInfo'] = 'KinesisBatchInfo';
  readonly pollMs = 1_000;
  readonly pollBusyMs = 200;
  readonly seeksTime: boolean;
  /** Thrown by the next calls, one each. */
  readonly faults: Error[] = [];
  /** Moments of all reads. */
  readonly reads: number[] = [];
  /** The limits that the last read was given. */
  lastLimits: PageLimits | undefined;
  keptMs = 86_400_000;
  readonly #clock: Clock;
  readonly #shards: Shard[] = [];
  readonly #sizes = new WeakMap<object, number>();
  #sequence = 0;
  #generation = 0;

  constructor(clock: Clock, shards = 1, seeksTime = true) {
    this.#clock = clock;
    this.seeksTime = seeksTime;
    for (let index = 0; index < shards; index += 1)
      this.#add([], Math.floor((index * HASHES) / shards), Math.floor(((index + 1) * HASHES) / shards));
  }

  open(): RecordStream {
    return this;
  }

  /** Shards that take records. */
  get openShards(): string[] {
    return this.#shards.filter(({ isClosed }) => !isClosed).map(({ shardId }) => shardId);
  }

  /** Two open shards that can be merged. */
  neighbours(): string[] {
    const open = this.#shards.filter(({ isClosed }) => !isClosed);
    const one = open.find(({ to }) => open.some(({ from }) => from === to));
    const other = open.find(({ from }) => from === one?.to);
    return one && other ? [one.shardId, other.shardId] : [];
  }

  /** Every record that was ever put and not removed, with its shard. */
  get records(): { shardId: string; record: StreamRecord }[] {
    return this.#shards.flatMap(({ shardId, records }) => records.map((record) => ({ shardId, record })));
  }

  /** Puts a record; returns its sequence number. */
  put(partitionKey: string, data: string, arrivalMs = this.#clock.now()): string {
    const hash = [...partitionKey].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0) * 59) % HASHES, 7);
    const shard = this.#shards.find(({ isClosed, from, to }) => !isClosed && hash >= from && hash < to);
    if (!shard) throw new Error('no shard takes this key');
    this.#sequence += 1;
    const sequenceNumber = String(1_000 + this.#sequence);
    const record = {
      kinesis: { partitionKey, sequenceNumber, data: Buffer.from(data).toString('base64') },
      eventSource: 'aws:kinesis',
      eventID: `${shard.shardId}:${sequenceNumber}`,
    };
    this.#sizes.set(record, record.kinesis.data.length);
    shard.records.push({ sequenceNumber, partitionKey, arrivalMs, record });
    return sequenceNumber;
  }

  /** Closes a shard; two others go on in its place. */
  split(shardId: string): void {
    const shard = this.#find(shardId);
    shard.isClosed = true;
    const middle = Math.floor((shard.from + shard.to) / 2);
    this.#add([shardId], shard.from, middle);
    this.#add([shardId], middle, shard.to);
  }

  /** Closes two neighbours; another goes on in their place. */
  merge(shardId: string, otherId: string): void {
    const [one, other] = [this.#find(shardId), this.#find(otherId)];
    one.isClosed = true;
    other.isClosed = true;
    this.#add([shardId, otherId], Math.min(one.from, other.from), Math.max(one.to, other.to));
  }

  /** Removes the records that arrived before a time. */
  trim(beforeMs: number): void {
    for (const shard of this.#shards) {
      while (shard.records[0] && shard.records[0].arrivalMs < beforeMs) {
        shard.trimmedTo = Number(shard.records[0].sequenceNumber) + 1;
        shard.records.shift();
      }
    }
  }

  /** Iterators that were given are good no more. */
  expire(): void {
    this.#generation += 1;
  }

  async shards(): Promise<StreamShard[]> {
    this.#fail();
    return this.#shards
      .filter(({ isClosed, records }) => !isClosed || records.length > 0)
      .map(({ shardId, parentIds }) => ({ shardId, parentIds }));
  }

  async retentionMs(): Promise<number> {
    return this.keptMs;
  }

  async iterator(shardId: string, position: StreamPosition): Promise<string> {
    this.#fail();
    const shard = this.#find(shardId);
    const iterator: Iterator = { shardId, from: this.#fromOf(shard, position), generation: this.#generation };
    return JSON.stringify(iterator);
  }

  async read(iterator: string, limits: PageLimits): Promise<StreamPage> {
    this.reads.push(this.#clock.now());
    this.lastLimits = limits;
    this.#fail();
    const { shardId, from, generation } = JSON.parse(iterator) as Iterator;
    if (generation !== this.#generation) throw new StreamError('expired', 'the iterator is too old');
    const shard = this.#find(shardId);
    if (shard.isClosed && shard.records.length === 0 && shard.trimmedTo > 0) throw new StreamError('shard-gone', shardId);
    if (from > 0 && from < shard.trimmedTo) throw new StreamError('trimmed', shardId);
    const waiting = shard.records.filter(({ sequenceNumber }) => Number(sequenceNumber) >= from);
    let bytes = 0;
    const records = waiting.slice(0, limits.recordsMax).filter(({ record }) => {
      const isIn = bytes < limits.bytesMax;
      bytes += this.#sizes.get(record) ?? 0;
      return isIn;
    });
    const isAll = records.length === waiting.length;
    const newest = waiting.at(-1);
    const behindMs = isAll || !newest ? 0 : Math.max(1, newest.arrivalMs - (records.at(-1)?.arrivalMs ?? 0));
    if (isAll && shard.isClosed) return { records, behindMs: 0 };
    const last = records.at(-1);
    const next: Iterator = { shardId, from: last ? Number(last.sequenceNumber) + 1 : from, generation };
    return { records, next: JSON.stringify(next), behindMs };
  }

  #fromOf(shard: Shard, position: StreamPosition): number {
    switch (position.at) {
      case 'TRIM_HORIZON':
        return 0;
      case 'LATEST':
        return 1_000 + this.#sequence + 1;
      case 'AT_TIMESTAMP': {
        const first = shard.records.find(({ arrivalMs }) => arrivalMs >= position.timestampMs);
        return first ? Number(first.sequenceNumber) : 1_000 + this.#sequence + 1;
      }
      default:
        return Number(position.sequenceNumber) + 1;
    }
  }

  #add(parentIds: readonly string[], from: number, to: number): void {
    const shardId = `shardId-${String(this.#shards.length).padStart(12, '0')}`;
    this.#shards.push({ shardId, parentIds, records: [], from, to, isClosed: false, trimmedTo: 0 });
  }

  #find(shardId: string): Shard {
    const shard = this.#shards.find((other) => other.shardId === shardId);
    if (!shard) throw new StreamError('shard-gone', shardId);
    return shard;
  }

  #fail(): void {
    const fault = this.faults.shift();
    if (fault) throw fault;
  }
}
