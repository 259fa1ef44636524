import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MappingFinder, MappingPlace } from '../../ports/mapping-directory.ts';

/** What reads the source of one mapping with the settings that it was made with. */
export interface MappingPoller {
  /** Begins to read. Harmless after {@link MappingPoller.stop}. */
  start(): Promise<void>;
  /** Reads nothing more; resolves when what was read is through or given back. Never rejects. */
  stop(): Promise<void>;
}

/** What following mappings needs. */
export interface FollowerDependencies<Mapping extends MappingPlace> {
  readonly mappings: MappingFinder<Mapping>;
  /** Undefined for mappings whose source can't be read. */
  readonly pollerOf: (mapping: Mapping) => MappingPoller | undefined;
  /** Whether a mapping that was changed may be read while a batch from before the change is still running. */
  readonly mayOverlap: boolean;
  /** Called after a mapping was found not to be read any more. */
  readonly onLeft?: (place: MappingPlace) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Running {
  /** The mapping as text: another text is another poller. */
  readonly settings: string;
  readonly poller: MappingPoller;
}

/** Keeps one poller for every mapping that is enabled, and another one when the mapping changes. */
export class MappingFollower<Mapping extends MappingPlace> {
  readonly #given: FollowerDependencies<Mapping>;
  readonly #running = new Map<string, Running>();
  /** The last change of each mapping, so that one is through before the next begins. */
  readonly #changes = new Map<string, Promise<void>>();
  /** Pollers that were replaced and have a batch to finish. */
  readonly #ending = new Set<Promise<void>>();
  #unwatch: (() => void) | undefined;
  #closed = false;

  constructor(given: FollowerDependencies<Mapping>) {
    this.#given = given;
  }

  /** Mappings that are read now. */
  get followed(): number {
    return this.#running.size;
  }

  async start(): Promise<void> {
    this.#unwatch = this.#given.mappings.onChange((place) => this.#follow(place));
    for (const mapping of await this.#given.mappings.enabled()) this.#follow(mapping);
  }

  /** Stops reading; resolves when every batch is through, or the time is over. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    for (const [id, { poller }] of this.#running) void this.#end(id, poller);
    const through = Promise.all([...this.#ending, ...this.#changes.values()]);
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
    const { mappings, pollerOf, mayOverlap, onLeft } = this.#given;
    const mapping = await mappings.find(place);
    const settings = mapping && JSON.stringify(mapping);
    const running = this.#running.get(id);
    if (this.#closed || (running && running.settings === settings)) return;
    if (running) {
      const ended = this.#end(id, running.poller);
      if (!mayOverlap) await ended;
    }
    if (!mapping || settings === undefined) return onLeft?.(place);
    const poller = this.#closed ? undefined : pollerOf(mapping);
    if (!poller) return;
    this.#running.set(id, { settings, poller });
    await poller.start();
  }

  #end(id: string, poller: MappingPoller): Promise<void> {
    this.#running.delete(id);
    const ending: Promise<void> = poller.stop().then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
    return ending;
  }
}
