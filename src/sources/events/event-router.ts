import type { Clock } from '../../ports/clock.ts';
import type { EventQueue, NewEvent } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Change, MetadataStore } from '../../ports/metadata-store.ts';
import { archiving } from './event-archives.ts';
import { type BusName, ruleArn } from './event-buses.ts';
import type { ReadyArchive, ReadyRule, RuleBook } from './rule-book.ts';
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
  /** Set for events out of an archive: they are not archived again, and go to some rules only if it names any. */
  readonly replay?: { readonly name: string; readonly salt: string; readonly filterArns: readonly string[] };
}

/** What routing needs. */
export interface RouterDependencies {
  readonly rules: RuleBook;
  readonly store: MetadataStore;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Buses that one event may come through; an event that goes round in a ring of buses ends here. */
const HOPS_MAX = 16;

/**
 * Holds each event against the rules of its bus and queues a delivery for each target of those that it fits; archives of the
 * bus keep it. Resolves when all of them are on disk, the deliveries in one go.
 */
export async function routeEvents(dependencies: RouterDependencies, events: readonly ArrivedEvent[]): Promise<void> {
  const { rules, store, queue, logger } = dependencies;
  const deliveries: NewEvent[] = [];
  const archived: Change[] = [];
  for (const event of events) {
    const { bus, id, hops } = event;
    if (hops >= HOPS_MAX) {
      logger.warn({ eventId: id, bus: bus.bus, hops }, 'an event came through too many buses; dropped');
      continue;
    }
    const page = await rules.rulesOf(bus);
    if (page.rules.length + page.archives.length === 0) continue;
    const value = JSON.parse(event.envelope) as Readonly<Record<string, unknown>>;
    deliveries.push(...deliveriesOf(dependencies, event, value, page.rules));
    if (event.replay === undefined) archived.push(...archivingOf(event, value, page.archives));
  }
  await Promise.all([
    deliveries.length > 0 ? queue.enqueue(deliveries) : undefined,
    archived.length > 0 ? store.commit(archived) : undefined,
  ]);
}

function deliveriesOf(
  { clock }: RouterDependencies,
  event: ArrivedEvent,
  value: unknown,
  rules: readonly ReadyRule[],
): NewEvent[] {
  const { id, envelope, hops, traceHeader, replay } = event;
  const nowMs = clock.now();
  const common = {
    eventKey: id,
    envelope: Buffer.from(envelope),
    hops,
    acceptedAtMs: nowMs,
    visibleAtMs: nowMs,
    ...(replay === undefined ? {} : { salt: replay.salt }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
  const isMeant = (rule: ReadyRule): boolean =>
    replay === undefined || replay.filterArns.length === 0 || replay.filterArns.includes(ruleArn(rule.name));
  return rules
    .filter((rule) => isMeant(rule) && rule.matches(value))
    .flatMap(({ name, record }) => record.targets.map((target) => deliveryEvent({ ...common, rule: name, target })));
}

function archivingOf(
  { bus, id, envelope }: ArrivedEvent,
  value: Readonly<Record<string, unknown>>,
  archives: readonly ReadyArchive[],
): Change[] {
  return archives
    .filter(({ matches }) => matches(value))
    .map(({ uid }) => archiving(bus, uid, Date.parse(String(value['time'])) || 0, { id, envelope }));
}
