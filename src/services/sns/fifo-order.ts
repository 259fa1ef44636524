import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../ports/clock.ts';
import { type Document, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import { DEDUPLICATION_KIND, deduplicationKey, type DeduplicationRecord, topicArn, type TopicName } from './records.ts';

/** How long a second message of the same deduplication id is taken and not delivered. Source: SNS developer guide. */
const DEDUPLICATION_MS = 300_000;
/** Sequence numbers have 20 digits. */
const SEQUENCE_BASE = 10_000_000_000_000_000_000n;
const NUMBERS_PER_MS = 1_000n;
const DOCUMENTS_AT_ONCE = 500;

/** What makes a message the same as another. */
export interface DeduplicationScope {
  readonly deduplicationId: string;
  /** Only where the topic tells messages of different groups apart. */
  readonly groupId?: string;
}

/** What FIFO topics need: one publish at a time for each topic, growing numbers, and memory of what was taken. */
export class FifoOrder {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #last = new Map<string, Promise<unknown>>();
  #number = 0n;
  #timer: Timer | undefined;
  #sweeping: Promise<void> | undefined;
  #closed = false;

  constructor(store: MetadataStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Forgets what is no longer needed, now and from time to time. */
  async start(): Promise<void> {
    await this.#sweep();
    this.#sweepLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  /** Runs the work when all work of the topic that came before is done, whatever came of it. */
  inTurn<Result>(topic: TopicName, work: () => Promise<Result>): Promise<Result> {
    const key = topicArn(topic);
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#last.set(key, result);
    const forget = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  /** Greater than every number before, over restarts too as long as the clock does not go back. */
  nextSequenceNumber(): string {
    const now = BigInt(Math.floor(this.#clock.now())) * NUMBERS_PER_MS;
    this.#number = now > this.#number ? now : this.#number + 1n;
    return String(SEQUENCE_BASE + this.#number);
  }

  /** The message that was taken already; undefined when this would be the first of its kind. */
  async taken(topic: TopicName, scope: DeduplicationScope): Promise<DeduplicationRecord | undefined> {
    const found = await this.#store.get<DeduplicationRecord>(deduplicationKey(topic, digest(scope)));
    return found && found.body.expiresAtMs > this.#clock.now() ? found.body : undefined;
  }

  /** Remembers a message, durably. */
  async remember(topic: TopicName, scope: DeduplicationScope, messageId: string, sequenceNumber: string): Promise<void> {
    const body: DeduplicationRecord = { messageId, sequenceNumber, expiresAtMs: this.#clock.now() + DEDUPLICATION_MS };
    await this.#store.commit([{ put: deduplicationKey(topic, digest(scope)), body }]);
  }

  #sweepLater(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      const next = (): void => this.#sweepLater();
      this.#sweeping = this.#sweep().then(next, next);
    }, DEDUPLICATION_MS);
  }

  async #sweep(): Promise<void> {
    for (const scope of await this.#store.scopes(DEDUPLICATION_KIND)) {
      let page: Document<DeduplicationRecord>[];
      let after: string | undefined;
      do {
        page = await this.#store.list<DeduplicationRecord>({
          ...scope,
          kind: DEDUPLICATION_KIND,
          limit: DOCUMENTS_AT_ONCE,
          ...(after === undefined ? {} : { after }),
        });
        after = page.at(-1)?.key.id;
        const old = page.filter(({ body }) => body.expiresAtMs <= this.#clock.now());
        await this.#forget(old);
      } while (page.length === DOCUMENTS_AT_ONCE);
    }
  }

  /** What was written anew at the same moment stays until the next time. */
  async #forget(old: readonly Document[]): Promise<void> {
    try {
      if (old.length > 0) await this.#store.commit(old.map(({ key, revision }) => ({ remove: key, expect: revision })));
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
}

function digest({ deduplicationId, groupId = '' }: DeduplicationScope): string {
  return createHash('sha256')
    .update(JSON.stringify([groupId, deduplicationId]))
    .digest('hex');
}
