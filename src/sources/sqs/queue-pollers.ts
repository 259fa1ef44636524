import type { MappingDirectory, MappingPlace, QueueMapping } from '../../ports/mapping-directory.ts';
import type { QueueRecord } from './queue-event.ts';
import { type PollerDependencies, QueuePoller } from './queue-poller.ts';

/** What polling queues needs. */
export interface QueuePollersDependencies extends Omit<PollerDependencies, 'mapping' | 'matches'> {
  readonly mappings: MappingDirectory;
  /** Compiles the patterns of a mapping into one question; true: the function gets the record. */
  readonly filterOf: (patterns: readonly string[]) => (record: QueueRecord) => boolean;
}

interface Running {
  /** The mapping as text: another text is another poller. */
  readonly settings: string;
  readonly poller: QueuePoller;
}

/** Polls the queue of every mapping that is enabled, and follows their changes. */
export class QueuePollers {
  readonly #given: QueuePollersDependencies;
  readonly #running = new Map<string, Running>();
  /** The last change of each mapping, so that one is through before the next begins. */
  readonly #changes = new Map<string, Promise<void>>();
  /** Pollers that were replaced and have a batch to finish. */
  readonly #ending = new Set<Promise<void>>();
  #unwatch: (() => void) | undefined;

  constructor(given: QueuePollersDependencies) {
    this.#given = given;
  }

  /** Mappings that are polled now. */
  get polled(): number {
    return this.#running.size;
  }

  async start(): Promise<void> {
    this.#unwatch = this.#given.mappings.onChange((place) => this.#follow(place));
    for (const mapping of await this.#given.mappings.enabled()) this.#follow(mapping);
  }

  /** Stops receiving; resolves when every batch is through, or the time is over. */
  async close(graceMs: number): Promise<void> {
    this.#unwatch?.();
    await Promise.all(this.#changes.values());
    for (const [id, { poller }] of this.#running) this.#end(id, poller);
    const through = Promise.all(this.#ending);
    await new Promise<void>((resolve) => {
      const timer = this.#given.clock.setTimeout(resolve, graceMs);
      void through.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #follow({ account, region, uuid }: MappingPlace): void {
    const id = `${account}/${region}/${uuid}`;
    const before = this.#changes.get(id) ?? Promise.resolve();
    const change = before
      .then(() => this.#apply(id, { account, region, uuid }))
      .catch((error: unknown) => {
        this.#given.logger.error({ uuid, error: String(error) }, 'a change of an event source mapping could not be followed');
      })
      .then(() => {
        if (this.#changes.get(id) === change) this.#changes.delete(id);
      });
    this.#changes.set(id, change);
  }

  async #apply(id: string, place: MappingPlace): Promise<void> {
    const mapping = await this.#given.mappings.find(place);
    const settings = mapping && JSON.stringify(mapping);
    const running = this.#running.get(id);
    if (running?.settings === settings) return;
    if (running) this.#end(id, running.poller);
    if (!mapping || settings === undefined) return;
    const poller = this.#pollerOf(mapping);
    this.#running.set(id, { settings, poller });
    await poller.start();
  }

  #pollerOf(mapping: QueueMapping): QueuePoller {
    return new QueuePoller({ ...this.#given, mapping, matches: this.#given.filterOf(mapping.filterPatterns) });
  }

  #end(id: string, poller: QueuePoller): void {
    this.#running.delete(id);
    const ending: Promise<void> = poller.stop().then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
