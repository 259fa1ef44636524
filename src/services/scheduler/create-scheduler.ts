import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import type { RunTargets } from '../../sources/scheduler/deliver-run.ts';
import { createRunDeliveries } from '../../sources/scheduler/run-deliveries.ts';
import { RunNotes } from '../../sources/scheduler/run-notes.ts';
import { ScheduleClock } from '../../sources/scheduler/schedule-clock.ts';
import { scheduleArn } from '../../sources/scheduler/schedule-records.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { SCHEDULER } from '../../wire/generated/scheduler.ts';
import { type OperationHandler, restJsonService } from '../../wire/rest-json/rest-json-service.ts';
import type { Service } from '../../wire/service.ts';
import { ClientTokens } from './client-tokens.ts';
import { GroupRemoval } from './group-removal.ts';
import { ScheduleRoom } from './schedule-room.ts';
import type { Scheduler, SchedulerQuotas } from './scheduler-context.ts';
import { invalid, schedulerSpelling } from './scheduler-errors.ts';
import { SCHEDULER_FIDELITY } from './scheduler-fidelity.ts';
import { SCHEDULER_BUILT } from './scheduler-operations.ts';

/** What EventBridge Scheduler is made of. */
export interface SchedulerDependencies extends RunTargets {
  readonly store: MetadataStore;
  /** Runs wait in it. */
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** AWS's where undefined. */
  readonly quotas?: SchedulerQuotas;
}

/** The embedded EventBridge Scheduler. */
export interface EventBridgeScheduler {
  readonly service: Service;
  /** Begins to run schedules, what earlier runs of the server left included. */
  start(): Promise<void>;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Source: EventBridge Scheduler's quotas. */
const QUOTAS: SchedulerQuotas = { schedules: 10_000_000, groups: 500 };
/** Room for an input of 256 KiB with every character escaped. */
const BODY_BYTES_MAX = 2_097_152;

/** Puts EventBridge Scheduler together; nothing is run before {@link EventBridgeScheduler.start}. */
export function createScheduler(dependencies: SchedulerDependencies): EventBridgeScheduler {
  const { store, queue, clock, ids, logger, quotas = QUOTAS } = dependencies;
  const notes = new RunNotes();
  const scheduleClock = new ScheduleClock({ store, queue, notes, clock, logger });
  const deliveries = createRunDeliveries({ ...dependencies, noted: (arn, id) => notes.noted(arn, id) });
  const tokens = new ClientTokens();
  const removal = new GroupRemoval({
    store,
    clock,
    logger,
    scheduleChanged: (name) => {
      tokens.forget(['CreateSchedule', 'UpdateSchedule'], scheduleArn(name));
      scheduleClock.scheduleChanged(name);
    },
  });
  const scheduler: Scheduler = {
    store,
    clock,
    ids,
    quotas,
    room: new ScheduleRoom(store, quotas.schedules),
    tokens,
    scheduleChanged: (name) => scheduleClock.scheduleChanged(name),
    groupChanged: () => removal.wake(),
  };
  const service = restJsonService({
    name: 'scheduler',
    table: SCHEDULER,
    handlers: handlersOf(scheduler, logger),
    bodyBytesMax: () => BODY_BYTES_MAX,
    spell: schedulerSpelling,
    logger,
  });
  return {
    service,
    start: async () => {
      await removal.start();
      // First, so that what a stop left queued and not noted is seen before any of it is run.
      await scheduleClock.start();
      deliveries.start();
    },
    close: async (graceMs) => {
      await Promise.all([scheduleClock.close(), removal.close()]);
      await deliveries.close(graceMs);
    },
  };
}

/** The operations; their answers name what was stored only. */
function handlersOf(scheduler: Scheduler, logger: Logger): Readonly<Record<string, OperationHandler>> {
  const fidelity = fidelityCheck(SCHEDULER_FIDELITY, invalid, logger);
  const handlers = Object.entries(SCHEDULER_BUILT).map(([name, run]): [string, OperationHandler] => [
    name,
    async (input: Readonly<Record<string, unknown>>, context) => {
      const storedOnly = fidelity.storedOnly(name, input);
      const output = await run(scheduler, input, context);
      fidelity.told(name, storedOnly);
      return { output, ...(storedOnly.length === 0 ? {} : { headers: { [STORED_ONLY_HEADER]: storedOnly.join(', ') } }) };
    },
  ]);
  return Object.fromEntries(handlers);
}
