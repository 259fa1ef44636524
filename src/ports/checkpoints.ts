import type { MappingPlace } from './mapping-directory.ts';

/** One shard as a mapping reads it. */
export interface ShardPlace extends MappingPlace {
  readonly shardId: string;
}

/** What a tumbling window has come to. */
export interface WindowCheckpoint {
  /** Unix time; a record that arrived at its end is in the next one. */
  readonly startMs: number;
  readonly endMs: number;
  /** JSON text of what the function returned last. */
  readonly state: string;
  /** What of the window was handled, for the record of a failure. */
  readonly extent?: BatchExtent;
  /** It is over, because its state was too large; its final invoke is still to come. */
  readonly isTerminatedEarly?: true;
}

/** What a run of records covers. */
export interface BatchExtent {
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  readonly records: number;
}

/** How far a shard was handled. A JSON value. */
export interface ShardCheckpoint {
  readonly position:
    | { readonly at: 'TRIM_HORIZON' }
    /** `sinceMs`: when that was said, for readers who come later and must not begin later. */
    | { readonly at: 'LATEST'; readonly sinceMs: number }
    | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }
    /** This record and all before it are done. */
    | { readonly at: 'AFTER'; readonly sequenceNumber: string };
  /** The shard is closed and everything in it is done, so its children may be read. */
  readonly ended?: true;
  readonly window?: WindowCheckpoint;
}

/** The right to handle a shard until a time, and to write its checkpoint. */
export interface ShardLease {
  readonly place: ShardPlace;
  readonly owner: string;
  /** Greater with every lease of the shard: the fence. */
  readonly epoch: number;
  /** Unix time. */
  readonly untilMs: number;
  readonly checkpoint: ShardCheckpoint;
}

/** What becomes of a lease. */
export interface LeaseSave {
  readonly lease: ShardLease;
  readonly checkpoint: ShardCheckpoint;
  /** A time that has passed gives the lease back. */
  readonly untilMs: number;
}

/**
 * Positions of mappings in streams, with leases. A shard has one holder at a time, by whoever's clock: what a holder that was
 * replaced still writes is refused, for its epoch is older. Writes are durable when they resolve.
 */
export interface Checkpoints {
  /** Every shard of the mapping that has a checkpoint. */
  known(mapping: MappingPlace): Promise<{ readonly shardId: string; readonly checkpoint: ShardCheckpoint }[]>;
  /**
   * Gives shards their first checkpoint in one transaction, those that have one left out; resolves with those that got it.
   * With `isFirst` none gets one when any shard of the mapping has one already: others were first.
   */
  add(
    mapping: MappingPlace,
    shards: readonly { readonly shardId: string; readonly checkpoint: ShardCheckpoint }[],
    isFirst: boolean,
  ): Promise<readonly string[]>;
  /**
   * A new lease, which ends the one before: when that was given back, has run out by `nowMs`, or was the same owner's.
   * Undefined while another owner holds it, or when the shard has no checkpoint.
   */
  acquire(
    place: ShardPlace,
    terms: { readonly owner: string; readonly nowMs: number; readonly untilMs: number },
  ): Promise<ShardLease | undefined>;
  /** Writes what still holds in one transaction. Resolves with the leases in their place; undefined for those that were lost. */
  save(saves: readonly LeaseSave[]): Promise<(ShardLease | undefined)[]>;
  /** Removes the checkpoints of shards, or of the whole mapping. */
  forget(mapping: MappingPlace, shardIds?: readonly string[]): Promise<void>;
  /** Every mapping that has a checkpoint. */
  mappings(): Promise<MappingPlace[]>;
}
