/** What a shard may have in a second. Source: Kinesis developer guide, "Quotas and limits". */
const SECOND = {
  write: { calls: 1_000, bytes: 1_048_576 },
  read: { calls: 5, bytes: 2_097_152 },
} as const;
const SHARDS_MAX = 20_000;

interface Allowance {
  calls: number;
  bytes: number;
  atMs: number;
}

/**
 * Holds shards to their throughput. What is left of a second is used up and comes again evenly; a record or a page that is larger than
 * what is left is let through and waited for afterwards.
 */
export class ShardThroughput {
  readonly #allowances = new Map<string, Allowance>();

  /** Whether a shard may take one more record, or answer one more call; counts it. Bytes that are not known yet are {@link used} later. */
  allows(shard: string, kind: keyof typeof SECOND, bytes: number, nowMs: number): boolean {
    const allowance = this.#allowance(shard, kind, nowMs);
    if (allowance.calls < 1 || allowance.bytes <= 0) return false;
    allowance.calls -= 1;
    allowance.bytes -= bytes;
    return true;
  }

  /** Counts what was read. */
  used(shard: string, bytes: number, nowMs: number): void {
    this.#allowance(shard, 'read', nowMs).bytes -= bytes;
  }

  #allowance(shard: string, kind: keyof typeof SECOND, nowMs: number): Allowance {
    const key = `${kind}/${shard}`;
    const second = SECOND[kind];
    const allowance = this.#allowances.get(key) ?? { ...second, atMs: nowMs };
    const share = Math.max(0, nowMs - allowance.atMs) / 1_000;
    allowance.calls = Math.min(second.calls, allowance.calls + second.calls * share);
    allowance.bytes = Math.min(second.bytes, allowance.bytes + second.bytes * share);
    allowance.atMs = nowMs;
    const [oldest] = this.#allowances.keys();
    if (this.#allowances.size >= SHARDS_MAX && oldest !== undefined) this.#allowances.delete(oldest);
    this.#allowances.set(key, allowance);
    return allowance;
  }
}

/** How a call beyond the throughput of a shard is refused. */
export function rateExceeded(shardId: string, stream: string, account: string): string {
  return `Rate exceeded for shard ${shardId} in stream ${stream} under account ${account}.`;
}
