import type { Locality } from '../../model/arn.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import { SCHEDULE_KIND } from '../../sources/scheduler/schedule-records.ts';
import { schedulerError } from './scheduler-errors.ts';

const PLACES_MAX = 1_000;

/**
 * How many more schedules each account may have in each region. They are counted only when as many were made as there was
 * room for at the last count: counting takes longer the more there are, and hardly anybody has ten million.
 */
export class ScheduleRoom {
  readonly #store: MetadataStore;
  readonly #schedulesMax: number;
  readonly #left = new Map<string, number>();

  constructor(store: MetadataStore, schedulesMax: number) {
    this.#store = store;
    this.#schedulesMax = schedulesMax;
  }

  /** Takes the room of one schedule. Throws ServiceQuotaExceededException. */
  async take({ account, region }: Locality): Promise<void> {
    const place = `${account} ${region}`;
    const left = this.#left.get(place) ?? 0;
    if (left > 0) {
      this.#left.set(place, left - 1);
      return;
    }
    const { documents } = await this.#store.totals({ account, region, kind: SCHEDULE_KIND });
    if (documents >= this.#schedulesMax)
      throw schedulerError(
        'ServiceQuotaExceededException',
        `The account has reached its quota of ${this.#schedulesMax} schedules in this region.`,
      );
    if (this.#left.size >= PLACES_MAX) this.#left.clear();
    this.#left.set(place, this.#schedulesMax - documents - 1);
  }
}
