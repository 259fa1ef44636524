import type { LeasedEvent, NewEvent } from '../../ports/event-queue.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';

/** The queue of what is on its way from buckets to queues and topics. */
export const NOTIFICATION_QUEUE = 's3';
/** What topics tell their subscribers of every notification. Source: S3's messages of topics as subscribers see them. */
const SUBJECT = 'Amazon S3 Notification';

/** What is kept of a delivery besides its body. A JSON value. */
export interface NotificationAttributes {
  readonly bucket: string;
  readonly targetArn: string;
  /** Of the bucket. */
  readonly account: string;
  readonly region: string;
  /** When it happened; the delivery's age counts from here. Epoch ms. */
  readonly madeAtMs: number;
  /** How often in a row the target could not be reached. */
  readonly failures: number;
  readonly traceHeader?: string;
}

/** What is enqueued for a queue or a topic. */
export function notificationEvent(id: string, body: object, attributes: Omit<NotificationAttributes, 'failures'>): NewEvent {
  const kept: NotificationAttributes = { ...attributes, failures: 0 };
  return {
    id,
    queue: NOTIFICATION_QUEUE,
    lane: attributes.targetArn,
    visibleAtMs: attributes.madeAtMs,
    attributes: kept,
    payload: Buffer.from(JSON.stringify(body)),
  };
}

/** The delivery that a leased event stands for. */
export function deliveryOf({ attributes, payload }: LeasedEvent): TargetDelivery {
  const { targetArn, account, region, traceHeader } = attributes as NotificationAttributes;
  return {
    targetArn,
    account,
    region,
    body: Buffer.from(payload).toString('utf8'),
    ...(targetArn.split(':')[2] === 'sns' ? { subject: SUBJECT } : {}),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}
