import type { Clock } from '../../ports/clock.ts';
import type { Change, DocumentKey, MetadataStore } from '../../ports/metadata-store.ts';
import { meantOf, type NotificationConfiguration } from '../../sources/s3/notification-configuration.ts';
import { type NotifierDependencies, notify } from '../../sources/s3/notifier.ts';
import type { ObjectEvent } from '../../sources/s3/object-event.ts';
import { OWED_KIND, owedKey, S3_PLACE } from './records.ts';

/** What notifications that are owed are kept and sent by. */
export interface OwedDependencies extends NotifierDependencies {
  readonly store: MetadataStore;
  readonly clock: Clock;
}

/** Somebody is to be told of an event. */
export interface OwedNotification {
  readonly key: DocumentKey;
  readonly event: ObjectEvent;
  /** Nobody else is meant. */
  readonly meant: NotificationConfiguration;
}

type Note = Omit<OwedNotification, 'key'> & { readonly run: string };

const DOCUMENTS_AT_ONCE = 100;
/** Bits of a sequencer below the millisecond: events of one millisecond are numbered. */
const COUNT_BITS = 20n;

/**
 * Notifications that are written down in the same commit as what they tell of, and crossed out once they are on their way: a
 * crash between the two repeats them and never loses them.
 */
export class OwedNotifications {
  readonly #dependencies: OwedDependencies;
  readonly #crossing = new Set<Promise<void>>();
  /** Tells what is being sent now from what an earlier run left. */
  readonly #run: string;
  #sequence = 0n;

  constructor(dependencies: OwedDependencies) {
    this.#dependencies = dependencies;
    this.#run = dependencies.ids.uuid();
  }

  /**
   * What is owed for an event, undefined when nobody is meant; {@link OwedNotifications.change} belongs into the commit of the
   * event. Call it after the object was read that the commit expects: its sequencer is then greater than those of the
   * object's earlier events, unless the clock is set back while the server is stopped.
   */
  owe(
    configuration: NotificationConfiguration | undefined,
    told: Omit<ObjectEvent, 'sequencer' | 'atMs'>,
  ): OwedNotification | undefined {
    const meant = configuration && meantOf(configuration, told);
    if (!meant) return undefined;
    const { clock, ids } = this.#dependencies;
    const atMs = clock.now();
    const earliest = BigInt(atMs) << COUNT_BITS;
    this.#sequence = this.#sequence < earliest ? earliest : this.#sequence + 1n;
    const event = { ...told, atMs, sequencer: this.#sequence.toString(16).toUpperCase().padStart(18, '0') };
    return { key: owedKey(told.bucket, ids.uuid()), event, meant };
  }

  /** Writes down what is owed. */
  change({ key, event, meant }: OwedNotification): Change {
    const note: Note = { event, meant, run: this.#run };
    return { put: key, body: note };
  }

  /** Sends what is owed; resolves when it is on disk. Crossing it out is not waited for. */
  async pay({ key, event, meant }: OwedNotification): Promise<void> {
    const { store, logger } = this.#dependencies;
    await notify(this.#dependencies, meant, event);
    const crossing = store
      .commit([{ remove: key }])
      .then(() => {})
      // It is sent once more after the next start.
      .catch((error: unknown) => logger.warn({ error: String(error) }, 'a notification that was sent could not be crossed out'))
      .finally(() => this.#crossing.delete(crossing));
    this.#crossing.add(crossing);
  }

  /** Sends what an earlier run left; requests may be served meanwhile. */
  async start(): Promise<void> {
    const { store } = this.#dependencies;
    for (let after: string | undefined; ;) {
      const page = await store.list<Note>({
        ...S3_PLACE,
        kind: OWED_KIND,
        limit: DOCUMENTS_AT_ONCE,
        ...(after === undefined ? {} : { after }),
      });
      const left = page.filter(({ body }) => body.run !== this.#run);
      await Promise.all(left.map(({ key, body }) => this.pay({ ...body, key })));
      if (page.length < DOCUMENTS_AT_ONCE) return;
      after = page.at(-1)?.key.id;
    }
  }

  /** Waits for what is being crossed out. */
  async close(): Promise<void> {
    await Promise.all(this.#crossing);
  }
}
