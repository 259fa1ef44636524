import type { Locality } from '../../../model/arn.ts';
import type { Timer } from '../../../ports/clock.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { everyDocument } from '../../every-document.ts';
import { commitOptimistically } from '../../function-store.ts';
import { type EventSourceMappingDocument, MAPPING_KIND, mappingKey, type MappingState } from './mapping-document.ts';
import { indexChanges } from './mapping-indexes.ts';

/** How long a mapping stays in a state that passes: long enough to be seen, for clients wait for what follows it. */
const SETTLE_MS = 100;
/** How long until what could not be written is tried again. */
const RETRY_MS = 5_000;

/** What follows a state that passes by itself. */
const NEXT: Readonly<Partial<Record<MappingState, MappingState | 'gone'>>> = {
  Creating: 'Enabled',
  Enabling: 'Enabled',
  Updating: 'Enabled',
  Disabling: 'Disabled',
  Deleting: 'gone',
};

interface Waiting {
  readonly locality: Locality;
  readonly uuid: string;
}

/** True while nothing may be asked of a mapping. */
export function isBusy(state: MappingState): boolean {
  return NEXT[state] !== undefined;
}

/**
 * Brings mappings from the states that pass to the ones that stay, in the background. What a crash left on the way is
 * taken up at start.
 */
export class MappingKeeper {
  readonly #control: Pick<ControlContext, 'store' | 'logger' | 'clock'>;
  /** Each mapping once, so it is bounded by their number. */
  #waiting = new Map<string, Waiting>();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(control: Pick<ControlContext, 'store' | 'logger' | 'clock'>) {
    this.#control = control;
  }

  /** A mapping was written in a state that passes. Saying so twice is harmless. */
  changed({ account, region }: Locality, uuid: string): void {
    if (this.#closed) return;
    this.#waiting.set(`${account}/${region}/${uuid}`, { locality: { account, region }, uuid });
    this.#schedule(SETTLE_MS);
  }

  /** Takes up every mapping in a state that passes. */
  async resume(): Promise<void> {
    for await (const { key, body } of everyDocument<EventSourceMappingDocument>(this.#control.store, MAPPING_KIND))
      if (isBusy(body.state)) this.changed(key, body.uuid);
  }

  /** Finishes what runs and begins nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#closed || this.#timer || this.#running || this.#waiting.size === 0) return;
    this.#timer = this.#control.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#settleAll().then((delayUntilNextMs) => {
        this.#running = undefined;
        this.#schedule(delayUntilNextMs);
      });
    }, delayMs);
  }

  /** Resolves with how long to wait for those that wait then. */
  async #settleAll(): Promise<number> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    let delayMs = SETTLE_MS;
    for (const [place, waiting] of batch) {
      if (this.#closed) break;
      try {
        await this.#settle(waiting);
      } catch (error) {
        this.#control.logger.error({ uuid: waiting.uuid, error: String(error) }, 'an event source mapping could not be settled');
        this.#waiting.set(place, waiting);
        delayMs = RETRY_MS;
      }
    }
    return delayMs;
  }

  async #settle({ locality, uuid }: Waiting): Promise<void> {
    const { store, clock } = this.#control;
    await commitOptimistically(store, async () => {
      const found = await store.get<EventSourceMappingDocument>(mappingKey(locality, uuid));
      const next = found && NEXT[found.body.state];
      if (!found || next === undefined) return { changes: [], result: undefined };
      const { key, body, revision } = found;
      const changes =
        next === 'gone'
          ? [{ remove: key, expect: revision }, ...(await indexChanges(store, locality, body, undefined))]
          : [write(key, { ...body, state: next, lastModifiedMs: clock.now() }, revision)];
      return { changes, result: undefined };
    });
  }
}
