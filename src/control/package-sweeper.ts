import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type StoredCode, sweepCode } from './package-sweep.ts';

/** What sweeping needs. */
export interface PackageSweeperDependencies {
  readonly store: MetadataStore;
  readonly code: Pick<StoredCode, 'blobs' | 'cache'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long after a change packages are looked through; one look serves all changes until then. */
const SWEEP_AFTER_MS = 300_000;
/** Until the next try while requests are under way that may refer to packages. */
const BUSY_MS = 1_000;
/** Documents that refer to packages. */
const REFERRING: ReadonlySet<string> = new Set(['function-version', 'layer-version']);

/** Removes packages that deletions and updates have left unused, while the server runs. Unpacked images wait for the next start. */
export class PackageSweeper {
  readonly #given: PackageSweeperDependencies;
  #referrers = 0;
  #sweeping: Promise<void> | undefined;
  #timer: Timer | undefined;
  #unwatch: (() => void) | undefined;

  constructor(given: PackageSweeperDependencies) {
    this.#given = given;
  }

  start(): void {
    this.#unwatch = this.#given.store.watch(({ kind }) => {
      if (REFERRING.has(kind)) this.#schedule(SWEEP_AFTER_MS);
    });
  }

  /** Runs work that may take in packages or refer to stored ones: none is removed from its begin to its end. */
  async referring<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#sweeping;
    this.#referrers += 1;
    try {
      return await work();
    } finally {
      this.#referrers -= 1;
    }
  }

  /** Removes nothing any more. */
  async close(): Promise<void> {
    this.#unwatch?.();
    this.#timer?.cancel();
    await this.#sweeping;
  }

  #schedule(delayMs: number): void {
    this.#timer ??= this.#given.clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#referrers > 0) return this.#schedule(BUSY_MS);
      // Work that comes now waits: what it would refer to may be going.
      this.#sweeping = this.#sweep().finally(() => {
        this.#sweeping = undefined;
      });
    }, delayMs);
  }

  async #sweep(): Promise<void> {
    const { store, code, logger } = this.#given;
    try {
      const { removed, inUse } = await sweepCode(store, code);
      if (inUse > 0) this.#schedule(SWEEP_AFTER_MS);
      if (removed > 0) logger.info({ removed }, 'packages that nothing refers to any more were removed');
    } catch (error) {
      logger.warn({ error: String(error) }, 'unused packages could not be removed');
    }
  }
}
