import type { Locality } from '../model/arn.ts';
import type { SetAside } from '../ports/function-directory.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { concurrencySetAside } from './concurrency-budget.ts';

/** Kinds of documents whose writes change the sum. */
const KINDS_SUMMED: ReadonlySet<string> = new Set(['function', 'provisioned-concurrency']);

interface Entry {
  readonly locality: Locality;
  readonly setAside: { concurrency: number };
  /** Resolves when the sum is what it was at some moment after the entry was made. */
  readonly first: Promise<void>;
  isReading: boolean;
  /** Something was written while the sum was read. */
  isOutdated: boolean;
}

/** What each account has set aside of its concurrency, kept in memory and summed up anew after each write. */
export class SetAsideLedger {
  readonly #store: MetadataStore;
  readonly #logger: Logger;
  /** Bounded by the accounts that have functions. */
  readonly #entries = new Map<string, Entry>();
  readonly #unwatch: () => void;

  constructor(store: MetadataStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.#unwatch = store.watch(({ account, region, kind }) => {
      const entry = KINDS_SUMMED.has(kind) ? this.#entries.get(`${account}/${region}`) : undefined;
      if (entry) void this.#renew(entry);
    });
  }

  /** Reads the sum at the first call for an account and region; rejects when the store can't be read. */
  async of({ account, region }: Locality): Promise<SetAside> {
    const place = `${account}/${region}`;
    let entry = this.#entries.get(place);
    if (!entry) {
      entry = this.#open({ account, region });
      this.#entries.set(place, entry);
      entry.first.catch(() => this.#entries.delete(place));
    }
    await entry.first;
    return entry.setAside;
  }

  /** Stops following the store. */
  close(): void {
    this.#unwatch();
  }

  #open(locality: Locality): Entry {
    const setAside = { concurrency: 0 };
    const first = concurrencySetAside(this.#store, locality).then((sum) => {
      setAside.concurrency = sum;
    });
    const entry: Entry = { locality, setAside, first, isReading: true, isOutdated: false };
    void first.then(
      () => this.#read(entry),
      () => {},
    );
    return entry;
  }

  async #renew(entry: Entry): Promise<void> {
    entry.isOutdated = true;
    if (entry.isReading) return;
    entry.isReading = true;
    await this.#read(entry);
  }

  async #read(entry: Entry): Promise<void> {
    try {
      while (entry.isOutdated) {
        entry.isOutdated = false;
        entry.setAside.concurrency = await concurrencySetAside(this.#store, entry.locality);
      }
    } catch (error) {
      this.#logger.error({ ...entry.locality, error: String(error) }, 'the reserved concurrency could not be summed up');
    }
    entry.isReading = false;
  }
}
