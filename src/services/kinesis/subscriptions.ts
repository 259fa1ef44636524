import type { ConsumerRecord } from './stream-record.ts';

interface Subscription {
  readonly startedMs: number;
  readonly end: AbortController;
}

/** Within this time a subscription can't be taken over. Source: SubscribeToShard in the Kinesis API reference. */
const OWNED_MS = 5_000;
const SUBSCRIPTIONS_MAX = 10_000;

/** Who is subscribed to which shard: one subscriber for each consumer and shard. */
export class Subscriptions {
  readonly #subscriptions = new Map<string, Subscription>();

  /**
   * Begins one, and ends the one before it. Gives the signal that ends it and the way to give it back; undefined when the one before
   * is too young, or when there are too many.
   */
  begin(consumer: ConsumerRecord, shard: number, nowMs: number): { readonly signal: AbortSignal; release(): void } | undefined {
    const key = `${keyOf(consumer)}${shard}`;
    const present = this.#subscriptions.get(key);
    if (present ? nowMs - present.startedMs < OWNED_MS : this.#subscriptions.size >= SUBSCRIPTIONS_MAX) return undefined;
    present?.end.abort();
    const subscription: Subscription = { startedMs: nowMs, end: new AbortController() };
    this.#subscriptions.set(key, subscription);
    return {
      signal: subscription.end.signal,
      release: () => {
        if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      },
    };
  }

  /** Ends those of a consumer, or all. */
  endAll(consumer?: ConsumerRecord): void {
    const prefix = consumer ? keyOf(consumer) : '';
    for (const [key, { end }] of this.#subscriptions) if (key.startsWith(prefix)) end.abort();
  }
}

function keyOf({ incarnation, name, createdAtMs }: ConsumerRecord): string {
  return `${incarnation}/${name}/${createdAtMs}/`;
}
