/** A record to be kept at the end of a shard. */
export interface NewLogRecord {
  /** A shard's name, never given to a second shard, not even to one of a stream of the same name. */
  readonly shard: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Unix time. A shard's times never go back: a record gets the time of the one before it where that is later. */
  readonly arrivalMs: number;
}

/** Where a record was put. */
export interface LogPlace {
  /** 1 for the first record of a shard, then one more for each. */
  readonly position: number;
  readonly arrivalMs: number;
}

/** A record as it is kept. */
export interface LogRecord extends LogPlace {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** What of a shard is asked for. */
export interface LogReadRequest {
  readonly shard: string;
  /** The first position that counts; where records before it were removed, the oldest that there is. */
  readonly from: number;
  readonly recordsMax: number;
  /** Of data and keys. What is read may be larger by its last record, and has one record at least if there is one. */
  readonly bytesMax: number;
}

/** What was read. */
export interface LogPage {
  readonly records: readonly LogRecord[];
  /** Where to go on. */
  readonly next: number;
  /** The shard is sealed, and nothing follows. */
  readonly isEnd: boolean;
  /** Records wait behind these. */
  readonly isMore: boolean;
  /** The oldest position that was not removed; that of the next record where there is none. */
  readonly first: number;
}

/** Nothing was written, for this shard takes no more records. */
export class ShardSealed extends Error {
  readonly shard: string;
  constructor(shard: string) {
    super(`the shard ${shard} is sealed`);
    this.name = 'ShardSealed';
    this.shard = shard;
  }
}

/** Too much waits for the disk; nothing was written. */
export class LogBusy extends Error {
  constructor() {
    super('too many records wait for the disk');
    this.name = 'LogBusy';
  }
}

/**
 * Records in shards, each a sequence that grows at its end and is removed from its beginning. A shard begins to be when it is
 * first used, empty.
 */
export interface RecordLog {
  /**
   * Resolves when all records are on disk, with their places; those of one shard keep their order. Calls made at the same time share
   * one sync (group commit). All are written or none: rejects with {@link ShardSealed} and {@link LogBusy}.
   */
  append(records: readonly NewLogRecord[]): Promise<readonly LogPlace[]>;
  read(request: LogReadRequest): Promise<LogPage>;
  /** The position of the first record that arrived then or later; that of the next record where there is none. */
  seek(shard: string, timestampMs: number): Promise<number>;
  /** The position that the next record will have. */
  end(shard: string): Promise<number>;
  /** Lets a shard take no more records, for good; resolves with the position of the last one, 0 where there is none. */
  seal(shard: string): Promise<number>;
  /** Removes at most `countMax` records that arrived before a time; resolves with how many. */
  trim(shard: string, beforeMs: number, countMax: number): Promise<number>;
  /** Removes at most `countMax` records of a shard, then the shard; resolves with whether it is gone. */
  drop(shard: string, countMax: number): Promise<boolean>;
  /** Called after records were written to a shard, and after it was sealed. Returns the way to stop. */
  onChange(shard: string, listener: () => void): () => void;
  close(): Promise<void>;
}
