import type { Clock } from '../../../ports/clock.ts';
import type { LeasedEvent } from '../../../ports/event-queue.ts';
import type { InvokePermission } from '../../../ports/function-directory.ts';
import type { Ids } from '../../../ports/ids.ts';
import type { Invoker } from '../../../ports/invoker.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { MessageQueues } from '../../../ports/message-queue.ts';
import type { MetadataStore } from '../../../ports/metadata-store.ts';
import { type EffectivePolicy, effectivePolicy } from '../delivery-policy.ts';
import { subscriptionArn, subscriptionKey, type SubscriptionRecord, topicKey, type TopicRecord } from '../records.ts';
import { deadLetterArnOf, isHttp, isRaw } from '../subscription-attributes.ts';
import { type Delivery, type DeliveryProgress, readDelivery } from './delivery-queue.ts';
import type { EnvelopeDependencies } from './envelope.ts';
import { confirmOverHttp, deliverOverHttp } from './over-http.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { httpDelayMs, managedDelayMs } from './retry-phases.ts';
import { sendToQueue } from './to-queue.ts';
import { invokeFunction } from './to-function.ts';

/** What attempts need. */
export interface AttemptDependencies extends EnvelopeDependencies {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** May SNS invoke a function? */
  readonly permission: InvokePermission;
  readonly accept: Invoker['accept'];
  readonly queues: Pick<MessageQueues, 'send'>;
}

/** What becomes of a delivery after an attempt. */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly visibleAtMs: number; readonly progress: DeliveryProgress };

const DONE: Settlement = { kind: 'done' };

/**
 * Makes one attempt at a delivery, and at the dead-letter queue when it was the last. What a subscription is set to is
 * looked at now; one that is gone gets nothing more.
 */
export async function attemptDelivery(dependencies: AttemptDependencies, event: LeasedEvent): Promise<Settlement> {
  const { store } = dependencies;
  const delivery = readDelivery(event.payload);
  const { subscription: name } = delivery;
  const subscription = (await store.get<SubscriptionRecord>(subscriptionKey(name)))?.body;
  if (!subscription) return DONE;
  const progress = event.attributes as DeliveryProgress;
  if (progress.isDead) return bury(dependencies, delivery, subscription, progress);
  const topic = isHttp(subscription.protocol) ? await store.get<TopicRecord>(topicKey(name)) : undefined;
  const policy = effectivePolicy(
    topic?.body.attributes['DeliveryPolicy'] || undefined,
    subscription.attributes['DeliveryPolicy'],
  );
  const outcome = await attempt(dependencies, event, delivery, subscription, policy).catch(outcomeOf);
  if (outcome.kind === 'delivered') return DONE;
  const failures = progress.failures + 1;
  const delayMs = outcome.kind === 'refused' ? undefined : delayOf(dependencies, subscription, policy, failures);
  if (delayMs !== undefined) return { kind: 'again', visibleAtMs: dependencies.clock.now() + delayMs, progress: { failures } };
  tell(dependencies, delivery, subscription, failures, outcome.reason);
  return bury(dependencies, delivery, subscription, { failures: 0, isDead: true });
}

async function attempt(
  dependencies: AttemptDependencies,
  event: LeasedEvent,
  delivery: Delivery,
  subscription: SubscriptionRecord,
  policy: EffectivePolicy,
): Promise<Outcome> {
  if (delivery.kind === 'confirmation') {
    // Who has confirmed already need not be asked again.
    return subscription.token === delivery.token ? confirmOverHttp(dependencies, delivery, subscription) : { kind: 'delivered' };
  }
  const { message, subscription: name } = delivery;
  switch (subscription.protocol) {
    case 'lambda':
      return invokeFunction(dependencies, event.id, name, subscription.endpoint, message);
    case 'sqs':
      return sendToQueue(dependencies, name, subscription.endpoint, message, isRaw(subscription));
    case 'http':
    case 'https':
      return deliverOverHttp(dependencies, name, subscription, message, policy.contentType);
  }
}

function delayOf(
  { ids }: AttemptDependencies,
  { protocol }: SubscriptionRecord,
  policy: EffectivePolicy,
  failures: number,
): number | undefined {
  return isHttp(protocol) ? httpDelayMs(policy.retry, failures, ids.random()) : managedDelayMs(failures, ids.random());
}

/** Sends what is given up to the dead-letter queue, if there is one; tries that as long as any queue is tried. */
async function bury(
  dependencies: AttemptDependencies,
  delivery: Delivery,
  subscription: SubscriptionRecord,
  progress: DeliveryProgress,
): Promise<Settlement> {
  const queueArn = deadLetterArnOf(subscription);
  if (queueArn === undefined || delivery.kind === 'confirmation') return DONE;
  const { clock, ids } = dependencies;
  const outcome = await sendToQueue(dependencies, delivery.subscription, queueArn, delivery.message, isRaw(subscription)).catch(
    outcomeOf,
  );
  if (outcome.kind === 'delivered') return DONE;
  const failures = progress.failures + 1;
  const delayMs = outcome.kind === 'refused' ? undefined : managedDelayMs(failures, ids.random());
  if (delayMs !== undefined) return { kind: 'again', visibleAtMs: clock.now() + delayMs, progress: { failures, isDead: true } };
  tell(dependencies, delivery, { ...subscription, endpoint: queueArn }, failures, outcome.reason);
  return DONE;
}

function tell(
  { logger }: AttemptDependencies,
  delivery: Delivery,
  { endpoint }: SubscriptionRecord,
  attempts: number,
  reason: string,
): void {
  const messageId = delivery.kind === 'notification' ? delivery.message.messageId : delivery.messageId;
  logger.warn(
    { subscriptionArn: subscriptionArn(delivery.subscription), endpoint, messageId, attempts, reason },
    'a message was given up',
  );
}
