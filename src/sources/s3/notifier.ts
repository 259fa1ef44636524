import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import { busEventOf } from './bus-event.ts';
import { isMeant, type NotificationConfiguration } from './notification-configuration.ts';
import { notificationOf, type ObjectEvent } from './object-event.ts';

/** What notifying needs. */
export interface NotifierDependencies {
  readonly accept: Invoker['accept'];
  /** Event buses; undefined where there are none. */
  readonly buses?: EventTargets;
  readonly ids: Ids;
  readonly logger: Logger;
}

/**
 * Queues one asynchronous invoke for each rule that an event is meant for; resolves when they are durable. A function
 * that takes no events any more is logged: the write that caused the event has happened all the same.
 */
export async function notifyFunctions(
  dependencies: NotifierDependencies,
  configuration: NotificationConfiguration | undefined,
  event: ObjectEvent,
): Promise<void> {
  const rules = (configuration?.functions ?? []).filter((rule) => isMeant(rule, event.name, event.key));
  await Promise.all(
    rules.map(async (rule) => {
      const [, , , region = '', account = '', , functionName = '', qualifier] = rule.functionArn.split(':');
      try {
        await dependencies.accept({
          account,
          region,
          functionName,
          ...(qualifier === undefined ? {} : { qualifier }),
          requestId: dependencies.ids.uuid(),
          ...(event.traceHeader === undefined ? {} : { traceHeader: event.traceHeader }),
          payload: Buffer.from(JSON.stringify(notificationOf(event, rule.id))),
        });
      } catch (error) {
        dependencies.logger.warn(
          { functionArn: rule.functionArn, bucket: event.bucket, error: String(error) },
          'a notification was not taken by its function',
        );
      }
    }),
  );
}

/** Puts an event on the default bus where the bucket says so; resolves when its deliveries are durable. */
export async function notifyBus(
  { buses, logger }: NotifierDependencies,
  configuration: NotificationConfiguration | undefined,
  event: ObjectEvent,
): Promise<void> {
  if (configuration?.eventBridge !== true || buses === undefined) return;
  const { bucketOwner: account, region, bucket, traceHeader } = event;
  const { detailType, detail } = busEventOf(event);
  try {
    await buses.deliver({
      targetArn: `arn:aws:events:${region}:${account}:event-bus/default`,
      account,
      region,
      body: JSON.stringify(detail),
      event: { source: 'aws.s3', detailType, resources: [`arn:aws:s3:::${bucket}`] },
      ...(traceHeader === undefined ? {} : { traceHeader }),
    });
  } catch (error) {
    logger.warn({ bucket, error: String(error) }, 'a notification was not taken by EventBridge');
  }
}
