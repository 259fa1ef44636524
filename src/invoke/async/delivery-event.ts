import type { LeasedEvent } from '../../ports/event-queue.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';

/** The queue of what is on its way to destinations and dead-letter queues. */
export const DELIVERY_QUEUE = 'destinations';

/** What is kept of a delivery besides its body. A JSON value. */
export interface DeliveryAttributes extends Omit<TargetDelivery, 'body'> {
  readonly kind: 'destination' | 'dead-letter';
  /** Whose event it was. */
  readonly functionName: string;
  readonly requestId: string;
  /** When the event ended; the delivery's age counts from here. Epoch ms. */
  readonly madeAtMs: number;
  /** Whose records it tells of, where these are counted. */
  readonly mapping?: { readonly uuid: string; readonly records: number };
  /** How often in a row the target could not be reached. */
  readonly deferrals: number;
}

/** The delivery that a leased event stands for. */
export function deliveryOf(event: LeasedEvent): TargetDelivery {
  const {
    targetArn,
    account,
    region,
    attributes,
    event: detail,
    objectKey,
    traceHeader,
  } = event.attributes as DeliveryAttributes;
  return {
    targetArn,
    account,
    region,
    body: Buffer.from(event.payload).toString('utf8'),
    ...(attributes ? { attributes } : {}),
    ...(detail ? { event: detail } : {}),
    ...(objectKey === undefined ? {} : { objectKey }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}
