import type { EventQueue } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import { busEventOf } from './bus-event.ts';
import type { NotificationConfiguration, NotificationRule } from './notification-configuration.ts';
import { notificationEvent } from './notification-delivery.ts';
import { notificationOf, type ObjectEvent } from './object-event.ts';

/** What notifying needs. */
export interface NotifierDependencies {
  readonly accept: Invoker['accept'];
  /** Notifications to queues and topics wait in it. */
  readonly queue: EventQueue;
  /** Event buses; undefined where there are none. */
  readonly buses?: EventTargets;
  readonly ids: Ids;
  readonly logger: Logger;
}

/**
 * Tells everybody of an event who is said to be meant; resolves when all of it is on disk, to be delivered at least once. A function
 * that takes no events any more is logged: the write that caused the event has happened all the same.
 */
export async function notify(
  dependencies: NotifierDependencies,
  { rules, eventBridge }: NotificationConfiguration,
  event: ObjectEvent,
): Promise<void> {
  const messages = rules.filter(({ target }) => target !== 'function');
  await Promise.all([
    ...rules.filter(({ target }) => target === 'function').map((rule) => notifyFunction(dependencies, rule, event)),
    ...(messages.length > 0 ? [queueMessages(dependencies, messages, event)] : []),
    ...(eventBridge === true ? [notifyBus(dependencies, event)] : []),
  ]);
}

async function notifyFunction(
  { accept, ids, logger }: NotifierDependencies,
  { id, targetArn }: NotificationRule,
  event: ObjectEvent,
): Promise<void> {
  const [, , , region = '', account = '', , functionName = '', qualifier] = targetArn.split(':');
  try {
    await accept({
      account,
      region,
      functionName,
      ...(qualifier === undefined ? {} : { qualifier }),
      requestId: ids.uuid(),
      ...traceOf(event),
      payload: Buffer.from(JSON.stringify(notificationOf(event, id))),
    });
  } catch (error) {
    logger.warn(
      { functionArn: targetArn, bucket: event.bucket, error: String(error) },
      'a notification was not taken by its function',
    );
  }
}

async function queueMessages(
  { queue, ids }: NotifierDependencies,
  rules: readonly NotificationRule[],
  event: ObjectEvent,
): Promise<void> {
  const { bucket, bucketOwner: account, region, atMs: madeAtMs } = event;
  const from = { bucket, account, region, madeAtMs, ...traceOf(event) };
  await queue.enqueue(
    rules.map(({ id, targetArn }) => notificationEvent(ids.uuid(), notificationOf(event, id), { ...from, targetArn })),
  );
}

async function notifyBus({ buses, logger }: NotifierDependencies, event: ObjectEvent): Promise<void> {
  if (buses === undefined) return;
  const { bucketOwner: account, region, bucket } = event;
  const { detailType, detail } = busEventOf(event);
  try {
    await buses.deliver({
      targetArn: `arn:aws:events:${region}:${account}:event-bus/default`,
      account,
      region,
      body: JSON.stringify(detail),
      event: { source: 'aws.s3', detailType, resources: [`arn:aws:s3:::${bucket}`] },
      ...traceOf(event),
    });
  } catch (error) {
    logger.warn({ bucket, error: String(error) }, 'a notification was not taken by EventBridge');
  }
}

function traceOf({ traceHeader }: ObjectEvent): { readonly traceHeader?: string } {
  return traceHeader === undefined ? {} : { traceHeader };
}
