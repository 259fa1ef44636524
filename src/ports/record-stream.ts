import type { FilteredSource } from '../model/event-filter/record-filter.ts';

/** A part of a stream with an order of its own. */
export interface StreamShard {
  readonly shardId: string;
  /** What it came out of: one when a shard was split, two when shards were merged. Those may be gone already. */
  readonly parentIds: readonly string[];
}

/** Where reading of a shard begins. */
export type StreamPosition =
  /** The oldest record that there is. */
  | { readonly at: 'TRIM_HORIZON' }
  /** Records that come from now on. */
  | { readonly at: 'LATEST' }
  /** The first record that arrived then or later, Unix time. Only where {@link RecordStream.seeksTime}. */
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }
  /** The record that follows this one. */
  | { readonly at: 'AFTER'; readonly sequenceNumber: string };

/** One record of a shard. */
export interface StreamRecord {
  /** Decimal digits; grows along the shard. */
  readonly sequenceNumber: string;
  /** Records with the same key are to be handled in their order. */
  readonly partitionKey: string;
  /** Unix time. */
  readonly arrivalMs: number;
  /** The JSON value that functions get in `Records`, and that filters look at. */
  readonly record: object;
}

/** What was read. */
export interface StreamPage {
  /** In the order of the shard. */
  readonly records: readonly StreamRecord[];
  /** Where to go on; undefined when the shard is closed and this was its end. */
  readonly next?: string;
  /** How far this page is behind the newest record, 0 when nothing was waiting behind it. */
  readonly behindMs: number;
}

/** How much may be read at once. */
export interface PageLimits {
  /** 1 to 10,000. */
  readonly recordsMax: number;
  /** A page may be larger by its last record, and has one record at least if there is one. */
  readonly bytesMax: number;
  /** The role of the function that is fed, where records name who reads them. */
  readonly roleArn?: string;
}

/** Why a stream could not be read, as far as a reader can do something about it. */
export type StreamFault =
  /** There is no such stream. */
  | 'stream-gone'
  /** The shard has no records any more and is not listed. */
  | 'shard-gone'
  /** What follows the position was removed, for it was too old: go on at TRIM_HORIZON. */
  | 'trimmed'
  /** The iterator was not used for too long: ask for a new one. */
  | 'expired'
  /** Come back later. */
  | 'throttled';

/** A stream could not be read. Any other error is one of the connection: come back later. */
export class StreamError extends Error {
  readonly fault: StreamFault;
  constructor(fault: StreamFault, message: string) {
    super(message);
    this.name = 'StreamError';
    this.fault = fault;
  }
}

/**
 * A stream of records in shards, wherever it is. Reading changes nothing, so any number of readers may read the same. Every
 * call rejects with {@link StreamError}, or with an ordinary error when the stream can't be reached.
 */
export interface RecordStream {
  /** Whether reading can begin at a time. */
  readonly seeksTime: boolean;
  /** Every shard that still has records or may get some; parents before children. */
  shards(): Promise<readonly StreamShard[]>;
  /** For how long records are kept. */
  retentionMs(): Promise<number>;
  /** A place in a shard, as {@link RecordStream.read} takes it. It stays good for a few minutes at least. */
  iterator(shardId: string, position: StreamPosition): Promise<string>;
  /** What follows the iterator; an empty page when there is nothing now. The same iterator may be read again. */
  read(iterator: string, limits: PageLimits): Promise<StreamPage>;
}

/** All streams of one service, and what distinguishes it from the others. */
export interface StreamSource {
  /** How filters look into its records. */
  readonly filters: FilteredSource;
  /** The member of a failure's record that tells of the batch. */
  readonly batchInfo: 'KinesisBatchInfo' | 'DDBStreamBatchInfo';
  /** How long to wait between two reads of a shard in which nothing waits. */
  readonly pollMs: number;
  /** The same while records wait. */
  readonly pollBusyMs: number;
  /** The stream, or consumer of one, that an ARN names; whether it exists is found when it is asked something. */
  open(sourceArn: string): RecordStream;
}
