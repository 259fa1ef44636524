import type { Clock } from '../../ports/clock.ts';
import type { TelemetryCategory, TelemetrySubscription } from './subscription.ts';
import { type Connect, connectToLoopback, TelemetryDelivery } from './telemetry-delivery.ts';

/** Events of init that are kept for whoever subscribes before it is over. */
const KEPT_EVENTS_MAX = 2_000;
const KEPT_BYTES_MAX = 1_048_576;
/** Schema from which on lines that are JSON objects are delivered as such. */
const STRUCTURED_SCHEMA = '2022-12-13';

interface Kept {
  readonly category: TelemetryCategory;
  readonly event: TelemetryEvent;
}

interface Subscriber {
  readonly subscription: TelemetrySubscription;
  readonly delivery: TelemetryDelivery;
}

/** One event: what happened when. */
export interface TelemetryEvent {
  readonly timeMs: number;
  readonly type: string;
  readonly record: unknown;
}

/** What one runtime process's environment tells its subscribers: platform events and the lines that are logged. */
export class TelemetryHub {
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #subscribers = new Map<string, Subscriber>();
  /** What has happened since the start, until nobody can subscribe any more. */
  #kept: Kept[] | undefined = [];
  #keptBytes = 0;

  /** `connect` reaches a port of the environment; without it that is one of the host's loopback. */
  constructor(clock: Clock, connect: Connect = connectToLoopback) {
    this.#clock = clock;
    this.#connect = connect;
  }

  /** Whether anybody would hear of an event; the warm path asks before it makes one. */
  get isWanted(): boolean {
    return this.#kept !== undefined || this.#subscribers.size > 0;
  }

  /** Whether new subscriptions are taken. */
  get isOpen(): boolean {
    return this.#kept !== undefined;
  }

  /** Subscribes, or replaces the subscription of the same extension. What has happened so far is delivered first. */
  subscribe(extensionId: string, subscription: TelemetrySubscription): void {
    this.#subscribers.get(extensionId)?.delivery.close();
    const delivery = new TelemetryDelivery(subscription.destination, subscription.buffering, this.#clock, this.#connect);
    const subscriber = { subscription, delivery };
    this.#subscribers.set(extensionId, subscriber);
    for (const { category, event } of this.#kept ?? []) deliver(subscriber, category, event);
  }

  /** Tells everybody who asked for the category. */
  publish(category: TelemetryCategory, event: TelemetryEvent): void {
    for (const subscriber of this.#subscribers.values()) deliver(subscriber, category, event);
    if (!this.#kept || this.#kept.length >= KEPT_EVENTS_MAX || this.#keptBytes >= KEPT_BYTES_MAX) return;
    this.#kept.push({ category, event });
    this.#keptBytes += typeof event.record === 'string' ? event.record.length : 256;
  }

  /** Init is over: nobody can subscribe any more. */
  closeSubscriptions(): void {
    this.#kept = undefined;
  }

  /** Sends what has gathered; the environment may be frozen soon. */
  flush(): void {
    for (const { delivery } of this.#subscribers.values()) delivery.flush();
  }

  /** Resolves when everything is delivered or given up. */
  async drain(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map(({ delivery }) => delivery.drain()));
  }

  /** Nothing more is delivered. */
  close(): void {
    for (const { delivery } of this.#subscribers.values()) delivery.close();
    this.#subscribers.clear();
    this.#kept = undefined;
  }
}

function deliver({ subscription, delivery }: Subscriber, category: TelemetryCategory, event: TelemetryEvent): void {
  if (!subscription.types.includes(category)) return;
  const { timeMs, type } = event;
  const record = category === 'platform' ? event.record : lineRecord(String(event.record), subscription.schemaVersion);
  delivery.push(JSON.stringify({ time: new Date(timeMs).toISOString(), type, record }));
}

/** A line that is a JSON object is delivered as one where the schema knows that. */
function lineRecord(line: string, schemaVersion: string): unknown {
  if (schemaVersion < STRUCTURED_SCHEMA || !line.startsWith('{')) return line;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : line;
  } catch {
    return line;
  }
}
