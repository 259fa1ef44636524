import type { Clock } from '../../../ports/clock.ts';
import { type ItemStore, sequenceAt, timeOfSequence } from '../../../ports/item-store.ts';
import { STREAM_RETENTION_MS } from '../../../sources/dynamodb/table-streams.ts';
import type { TableCatalogue } from '../tables/table-catalogue.ts';

const SLICE_RECORDS = 1_000;

/** Removes records of streams that are too old, and streams that were turned off and have none any more. */
export class TrimWork {
  readonly #tables: TableCatalogue;
  readonly #items: ItemStore;
  readonly #clock: Clock;

  constructor(tables: TableCatalogue, items: ItemStore, clock: Clock) {
    this.#tables = tables;
    this.#items = items;
    this.#clock = clock;
  }

  async run(isClosed: () => boolean): Promise<void> {
    const untilMs = this.#clock.now() - STREAM_RETENTION_MS;
    while (!isClosed()) if ((await this.#items.trim(sequenceAt(untilMs), SLICE_RECORDS)) < SLICE_RECORDS) break;
    for (const stream of this.#tables.streams()) {
      const { endSequence } = stream;
      if (endSequence !== undefined && timeOfSequence(endSequence) < untilMs) await this.#tables.forgetStream(stream);
    }
  }
}
