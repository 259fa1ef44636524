import { ServiceError } from '../../model/service-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import { type BusName, busOfArn } from './event-buses.ts';
import { envelopeOf } from './event-envelope.ts';
import type { ArrivedEvent } from './event-router.ts';

/** What putting events on buses needs. */
export interface BusTargetDependencies {
  readonly busExists: (bus: BusName) => Promise<boolean>;
  /** Resolves when every delivery of these events is on disk. */
  readonly route: (events: readonly ArrivedEvent[]) => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Buses as targets of what happens elsewhere in the server: the body becomes the event's detail. Rejects with
 * ResourceNotFoundException for a bus that does not exist, and with InvalidArgument for a delivery that is no event.
 */
export function busTargets({ busExists, route, clock, ids }: BusTargetDependencies): EventTargets {
  return {
    async deliver({ targetArn, account, region, body, event, traceHeader }) {
      const bus = busOfArn(targetArn);
      if (bus === undefined || !(await busExists(bus)))
        throw refusal('ResourceNotFoundException', `Event bus ${targetArn} does not exist.`);
      if (event === undefined) throw refusal('InvalidArgument', 'what is to be delivered is no event');
      const id = ids.uuid();
      const envelope = envelopeOf({ id, account, region, ...event, detail: body, atMs: clock.now() });
      await route([{ bus, id, envelope, hops: 0, ...(traceHeader === undefined ? {} : { traceHeader }) }]);
    },
  };
}

function refusal(code: string, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message });
}
