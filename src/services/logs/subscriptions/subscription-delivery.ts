import { ASYNC_PAYLOAD_BYTES_MAX } from '../../../model/limits.ts';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { LogRecord } from '../../../ports/log-sink.ts';
import type { Logger } from '../../../ports/logger.ts';
import { eventId } from '../event-id.ts';
import { Losses } from './losses.ts';
import { subscriptionMatches, type SubscriptionFilter } from './subscription-filter.ts';
import {
  destinationFunction,
  subscriptionObstacle,
  type SubscribedGroup,
  type SubscriptionFunctions,
} from './subscription-functions.ts';
import { subscriptionPayload, type SubscriptionEvent } from './subscription-message.ts';

/** Longest time an event waits for others of its stream. */
const BATCH_DELAY_MS = 250;
/** A batch's characters, before they are compressed. */
const BATCH_SIZE_MAX = 524_288;
/** What waits, in characters: of one filter, and of all. Past that events are dropped. */
const FILTER_SIZE_MAX = 8_388_608;
const TOTAL_SIZE_MAX = 33_554_432;
/** What an event counts besides its characters. */
const EVENT_COST = 128;
/** Batches that are compressed and queued at the same time. */
const SENDS_MAX = 4;

/** What a batch is of: one stream, for one filter. */
interface Course {
  readonly group: SubscribedGroup;
  readonly stream: string;
  readonly filter: SubscriptionFilter;
  /** The same for all streams. */
  readonly filterKey: string;
  readonly key: string;
}

interface Batch extends Course {
  readonly events: readonly SubscriptionEvent[];
  readonly size: number;
}

interface OpenBatch extends Batch {
  readonly events: SubscriptionEvent[];
  size: number;
}

/**
 * Brings log events to the functions that are subscribed to their group: one asynchronous invoke a batch. Waiting
 * events are bounded; what comes beyond that, and what a function may not or can not take, is counted and warned of.
 */
export class SubscriptionDelivery {
  readonly #functions: SubscriptionFunctions;
  readonly #clock: Clock;
  readonly #losses: Losses;
  readonly #open = new Map<string, OpenBatch>();
  readonly #ready: Batch[] = [];
  /** Characters that wait, by filter. */
  readonly #sizes = new Map<string, number>();
  #totalSize = 0;
  #sending = 0;
  #timer: Timer | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(functions: SubscriptionFunctions, clock: Clock, logger: Logger) {
    this.#functions = functions;
    this.#clock = clock;
    this.#losses = new Losses(clock, logger);
  }

  /** Takes records that a stream was just given, with consecutive sequence numbers. Returns at once and never throws. */
  take(
    group: SubscribedGroup,
    filters: readonly SubscriptionFilter[],
    stream: string,
    records: readonly LogRecord[],
    firstSequence: number,
  ): void {
    for (const filter of filters) {
      try {
        const course = courseOf(group, filter, stream);
        for (const [index, record] of records.entries()) {
          if (subscriptionMatches(filter, record.message)) this.#add(course, record, firstSequence + index);
        }
      } catch (error) {
        this.#losses.add(records.length, { group: group.name, filter: filter.filterName, error: String(error) });
      }
    }
  }

  /** Sends what waits; resolves when it is queued. Nothing may be taken afterwards. */
  async close(): Promise<void> {
    this.#closeBatches();
    if (this.#sending > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.#losses.close();
  }

  #add(course: Course, record: LogRecord, sequence: number): void {
    const { group, filter, filterKey, key } = course;
    const cost = record.message.length + EVENT_COST;
    const waiting = this.#sizes.get(filterKey) ?? 0;
    if (waiting + cost > FILTER_SIZE_MAX || this.#totalSize + cost > TOTAL_SIZE_MAX) {
      this.#losses.add(1, { group: group.name, filter: filter.filterName, error: 'they came faster than they could be queued' });
      return;
    }
    let batch = this.#open.get(key);
    if (batch !== undefined && batch.size + cost > BATCH_SIZE_MAX) {
      this.#closeBatch(batch);
      batch = undefined;
    }
    if (batch === undefined) {
      batch = { ...course, events: [], size: 0 };
      this.#open.set(key, batch);
      this.#timer ??= this.#clock.setTimeout(() => this.#closeBatches(), BATCH_DELAY_MS);
    }
    batch.events.push({ id: eventId(sequence), timestamp: record.timestampMs, message: record.message });
    batch.size += cost;
    this.#sizes.set(filterKey, waiting + cost);
    this.#totalSize += cost;
  }

  #closeBatches(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const batch of this.#open.values()) this.#closeBatch(batch);
  }

  #closeBatch(batch: Batch): void {
    this.#open.delete(batch.key);
    this.#ready.push(batch);
    this.#sendSome();
  }

  #sendSome(): void {
    while (this.#sending < SENDS_MAX) {
      const batch = this.#ready.shift();
      if (batch === undefined) break;
      this.#sending += 1;
      void this.#send(batch).finally(() => {
        this.#sending -= 1;
        this.#release(batch);
        this.#sendSome();
      });
    }
    if (this.#sending > 0) return;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }

  #release({ filterKey, size }: Batch): void {
    this.#totalSize -= size;
    const waiting = (this.#sizes.get(filterKey) ?? 0) - size;
    if (waiting > 0) this.#sizes.set(filterKey, waiting);
    else this.#sizes.delete(filterKey);
  }

  /** Never rejects. */
  async #send(batch: Batch): Promise<void> {
    const { group, filter } = batch;
    try {
      // Policies and where a function logs may have changed since it was subscribed.
      const obstacle = await subscriptionObstacle(this.#functions, group, filter.destinationArn);
      if (obstacle === undefined) await this.#invoke(batch, batch.events);
      else this.#lose(batch, batch.events, OBSTACLES[obstacle]);
    } catch (error) {
      this.#lose(batch, batch.events, String(error));
    }
  }

  /** Rejects when nothing of the events was queued. */
  async #invoke(batch: Batch, events: readonly SubscriptionEvent[]): Promise<void> {
    const { group, stream, filter } = batch;
    const payload = await subscriptionPayload({
      messageType: 'DATA_MESSAGE',
      owner: group.account,
      logGroup: group.name,
      logStream: stream,
      subscriptionFilters: [filter.filterName],
      logEvents: events,
    });
    if (payload.length <= ASYNC_PAYLOAD_BYTES_MAX) {
      const requestId = this.#functions.ids.uuid();
      return this.#functions.accept({ ...destinationFunction(filter.destinationArn), requestId, payload });
    }
    if (events.length === 1) throw new Error(`${payload.length} bytes are too many for one event`);
    const middle = Math.ceil(events.length / 2);
    for (const half of [events.slice(0, middle), events.slice(middle)]) {
      await this.#invoke(batch, half).catch((error: unknown) => this.#lose(batch, half, String(error)));
    }
  }

  #lose({ group, filter }: Batch, events: readonly SubscriptionEvent[], error: string): void {
    const { filterName, destinationArn } = filter;
    this.#losses.add(events.length, { group: group.name, filter: filterName, destinationArn, error });
  }
}

function courseOf({ account, region, name }: SubscribedGroup, filter: SubscriptionFilter, stream: string): Course {
  const filterKey = JSON.stringify([account, region, name, filter.filterName, filter.destinationArn]);
  return { group: { account, region, name }, stream, filter, filterKey, key: `${filterKey}${stream}` };
}

const OBSTACLES = {
  'logs there': 'the function logs to the same group, so that its own log would come back to it for ever',
  'not allowed': "the function's policy does not allow it",
};
