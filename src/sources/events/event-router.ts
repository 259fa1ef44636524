import type { Clock } from '../../ports/clock.ts';
import type { EventQueue, NewEvent } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import type { BusName } from './event-buses.ts';
import type { RuleBook } from './rule-book.ts';
import { deliveryEvent } from './rule-delivery.ts';

/** An event that has come to a bus. */
export interface ArrivedEvent {
  readonly bus: BusName;
  readonly id: string;
  /** JSON text; see `envelopeOf`. */
  readonly envelope: string;
  /** Buses that it came through before this one. */
  readonly hops: number;
  readonly traceHeader?: string;
}

/** What routing needs. */
export interface RouterDependencies {
  readonly rules: RuleBook;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Buses that one event may come through; an event that goes round in a ring of buses ends here. */
const HOPS_MAX = 16;

/**
 * Holds each event against the rules of its bus and queues a delivery for each target of those that it fits. Resolves
 * when all of them are on disk, in one go.
 */
export async function routeEvents(
  { rules, queue, clock, logger }: RouterDependencies,
  events: readonly ArrivedEvent[],
): Promise<void> {
  const nowMs = clock.now();
  const deliveries: NewEvent[] = [];
  for (const { bus, id, envelope, hops, traceHeader } of events) {
    if (hops >= HOPS_MAX) {
      logger.warn({ eventId: id, bus: bus.bus, hops }, 'an event came through too many buses; dropped');
      continue;
    }
    const ready = await rules.rulesOf(bus);
    const event: unknown = ready.length === 0 ? undefined : JSON.parse(envelope);
    for (const { name: rule, record, matches } of ready) {
      if (!matches(event)) continue;
      for (const target of record.targets) {
        const trace = traceHeader === undefined ? {} : { traceHeader };
        const times = { acceptedAtMs: nowMs, visibleAtMs: nowMs };
        deliveries.push(deliveryEvent({ rule, target, eventKey: id, envelope, hops, ...times, ...trace }));
      }
    }
  }
  if (deliveries.length > 0) await queue.enqueue(deliveries);
}
