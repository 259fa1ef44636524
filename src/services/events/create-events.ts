import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { InvokePermission } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import { ArchiveKeeper } from '../../sources/events/archive-keeper.ts';
import { busTargets } from '../../sources/events/bus-targets.ts';
import { busKey, type BusName, DEFAULT_BUS } from '../../sources/events/event-buses.ts';
import { type ArrivedEvent, routeEvents } from '../../sources/events/event-router.ts';
import { RuleBook } from '../../sources/events/rule-book.ts';
import { createRuleDeliveries } from '../../sources/events/rule-deliveries.ts';
import { RuleTimer } from '../../sources/events/rule-timer.ts';
import { awsJsonService } from '../../wire/aws-json/aws-json-service.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { EVENTS_OPERATIONS } from '../../wire/generated/events.ts';
import type { Service } from '../../wire/service.ts';
import type { Events } from './events-context.ts';
import { eventsError } from './events-errors.ts';
import { EVENTS_FIDELITY } from './events-fidelity.ts';
import { EVENTS_BUILT } from './events-operations.ts';

/** What EventBridge is made of. */
export interface EventsDependencies {
  readonly store: MetadataStore;
  /** Deliveries wait in it. */
  readonly queue: EventQueue;
  readonly targets: EventTargets;
  /** May EventBridge invoke a function? */
  readonly permission: InvokePermission;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The embedded EventBridge. */
export interface EventBridge {
  readonly service: Service;
  /** How the rest of the server puts events on buses; rejects with ResourceNotFoundException for one that does not exist. */
  readonly buses: EventTargets;
  /** Begins to deliver, what earlier runs left included, and to run schedules. */
  start(): Promise<void>;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts EventBridge together; nothing is delivered before {@link EventBridge.start}. */
export function createEvents(dependencies: EventsDependencies): EventBridge {
  const { store, queue, targets, permission, clock, ids, logger } = dependencies;
  const rules = new RuleBook(store, logger);
  const route = (events: readonly ArrivedEvent[]): Promise<void> => routeEvents({ rules, store, queue, clock, logger }, events);
  const busExists = async (name: BusName): Promise<boolean> =>
    name.bus === DEFAULT_BUS || (await store.get(busKey(name))) !== undefined;
  const deliveries = createRuleDeliveries({
    queue,
    targets,
    permission,
    busExists,
    route: (event) => route([event]),
    clock,
    ids,
    logger,
  });
  const timer = new RuleTimer({ store, queue, clock, logger });
  const archives = new ArchiveKeeper({ store, route, clock, logger });
  const events: Events = {
    store,
    clock,
    ids,
    logger,
    route,
    ruleChanged: (rule) => timer.ruleChanged(rule),
    archivesChanged: () => archives.wake(),
  };
  const service = awsJsonService({
    name: 'events',
    targetPrefix: 'AWSEvents.',
    operations: EVENTS_OPERATIONS,
    handlers: Object.fromEntries(
      Object.entries(EVENTS_BUILT).map(([name, run]) => [
        name,
        async (input, context) => ({ output: await run(events, input, context) }),
      ]),
    ),
    fidelity: fidelityCheck(EVENTS_FIDELITY, (message) => eventsError('ValidationException', message), logger),
    contentType: 'application/x-amz-json-1.1',
    logger,
  });
  return {
    service,
    buses: busTargets({ busExists, route, clock, ids }),
    start: async () => {
      // First, so that what a stop left half written is seen before anything of it is delivered.
      await timer.start();
      deliveries.start();
      archives.start();
    },
    close: async (graceMs) => {
      await Promise.all([timer.close(), archives.close()]);
      await deliveries.close(graceMs);
    },
  };
}
