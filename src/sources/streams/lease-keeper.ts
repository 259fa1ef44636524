import type { Checkpoints, LeaseSave, ShardCheckpoint, ShardLease, ShardPlace } from '../../ports/checkpoints.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/** What keeping leases needs. */
export interface LeaseKeeperDependencies {
  readonly checkpoints: Checkpoints;
  /** Who holds them: another process has another name, unless this one's end is certain. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a lease holds; for as long a shard stands still when its holder is gone without a word. */
const LEASE_MS = 30_000;
/** Leases are prolonged when they have less than this left. */
const PROLONGED_BELOW_MS = 20_000;
/** How long before its end a lease counts as over, for clocks differ and invokes take a moment to begin. */
const MARGIN_MS = 5_000;
/** How often what has changed is written, all shards of all mappings together. */
const WRITE_MS = 1_000;
/** Shards written in one transaction. */
const SAVED_MAX = 200;

/** A shard that is ours until the lease is given back or lost. */
export interface HeldLease {
  readonly place: ShardPlace;
  readonly epoch: number;
  readonly checkpoint: ShardCheckpoint;
  /** Aborted when another has taken the shard over. */
  readonly lost: AbortSignal;
  /** True while nobody else can have it. */
  isOurs(): boolean;
  /** Sets the checkpoint; it is on disk within a second or so, and when the lease was given back. */
  note(checkpoint: ShardCheckpoint): void;
  /** Resolves when the checkpoint is on disk and the lease given back, or when that could not be done. */
  giveBack(): Promise<void>;
}

interface Entry {
  lease: ShardLease;
  checkpoint: ShardCheckpoint;
  isChanged: boolean;
  readonly lost: AbortController;
}

/**
 * Holds leases of shards: prolongs them and writes checkpoints, at most one transaction a second for all of them. What was
 * done in the last second before a crash is therefore done again.
 */
export class LeaseKeeper {
  readonly #given: LeaseKeeperDependencies;
  readonly #entries = new Set<Entry>();
  /** Writes follow each other. */
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(given: LeaseKeeperDependencies) {
    this.#given = given;
  }

  /** Undefined while another holds the shard. */
  async acquire(place: ShardPlace): Promise<HeldLease | undefined> {
    const { checkpoints, owner, clock } = this.#given;
    const nowMs = clock.now();
    const lease = await checkpoints.acquire(place, { owner, nowMs, untilMs: nowMs + LEASE_MS });
    if (!lease) return undefined;
    const entry: Entry = { lease, checkpoint: lease.checkpoint, isChanged: false, lost: new AbortController() };
    this.#entries.add(entry);
    this.#schedule();
    return this.#handleOf(entry);
  }

  #handleOf(entry: Entry): HeldLease {
    const { clock } = this.#given;
    return {
      place: entry.lease.place,
      epoch: entry.lease.epoch,
      get checkpoint() {
        return entry.checkpoint;
      },
      lost: entry.lost.signal,
      isOurs: () => !entry.lost.signal.aborted && clock.now() < entry.lease.untilMs - MARGIN_MS,
      note: (checkpoint) => {
        entry.checkpoint = checkpoint;
        entry.isChanged = true;
      },
      giveBack: () => this.#giveBack(entry),
    };
  }

  async #giveBack(entry: Entry): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.#entries.delete(entry)) await this.#write([entry], 0);
    });
    await this.#writing;
  }

  #schedule(): void {
    if (this.#timer || this.#entries.size === 0) return;
    this.#timer = this.#given.clock.setTimeout(() => {
      this.#writing = this.#writing.then(() => this.#writeDue());
      void this.#writing.then(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    }, WRITE_MS);
  }

  async #writeDue(): Promise<void> {
    const nowMs = this.#given.clock.now();
    const due = [...this.#entries].filter(({ isChanged, lease }) => isChanged || lease.untilMs - nowMs < PROLONGED_BELOW_MS);
    for (let start = 0; start < due.length; start += SAVED_MAX)
      await this.#write(due.slice(start, start + SAVED_MAX), nowMs + LEASE_MS);
  }

  async #write(entries: readonly Entry[], untilMs: number): Promise<void> {
    const saves = entries.map(({ lease, checkpoint }): LeaseSave => ({ lease, checkpoint, untilMs }));
    for (const entry of entries) entry.isChanged = false;
    try {
      const saved = await this.#given.checkpoints.save(saves);
      for (const [index, entry] of entries.entries()) {
        const lease = saved[index];
        if (lease) entry.lease = lease;
        else this.#lose(entry);
      }
    } catch (error) {
      for (const entry of entries) entry.isChanged = true;
      this.#given.logger.error({ error: String(error) }, 'checkpoints of streams could not be written; they are tried again');
    }
  }

  #lose(entry: Entry): void {
    this.#entries.delete(entry);
    const { uuid, shardId } = entry.lease.place;
    this.#given.logger.warn({ uuid, shardId }, 'a shard was taken over by another server');
    entry.lost.abort();
  }
}
