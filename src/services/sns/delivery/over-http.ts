import type { Clock } from '../../../ports/clock.ts';
import { subscriptionArn, type SubscriptionName, type SubscriptionRecord, topicArn } from '../records.ts';
import { isRaw } from '../subscription-attributes.ts';
import type { Delivery, PublishedMessage } from './delivery-queue.ts';
import { confirmationEnvelope, type EnvelopeDependencies, notificationEnvelope } from './envelope.ts';
import { postMessage } from './http-post.ts';
import { DELIVERED, type Outcome } from './outcome.ts';

/** What delivering over HTTP needs. */
export interface HttpDependencies extends EnvelopeDependencies {
  readonly clock: Clock;
}

const CONTENT_TYPE = 'text/plain; charset=UTF-8';

/** Posts a message, in an envelope or as it is. */
export async function deliverOverHttp(
  dependencies: HttpDependencies,
  name: SubscriptionName,
  subscription: SubscriptionRecord,
  message: PublishedMessage,
  contentType: string,
): Promise<Outcome> {
  const isBare = isRaw(subscription);
  return post(dependencies, subscription.endpoint, {
    headers: {
      ...headersOf('Notification', message.messageId, name),
      'x-amz-sns-subscription-arn': subscriptionArn(name),
      ...(isBare ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
      'Content-Type': contentType,
    },
    body: isBare ? message.message : await notificationEnvelope(dependencies, name, message),
  });
}

/** Asks an endpoint to confirm its subscription. */
export async function confirmOverHttp(
  dependencies: HttpDependencies,
  delivery: Extract<Delivery, { kind: 'confirmation' }>,
  { endpoint }: SubscriptionRecord,
): Promise<Outcome> {
  return post(dependencies, endpoint, {
    headers: {
      ...headersOf('SubscriptionConfirmation', delivery.messageId, delivery.subscription),
      'Content-Type': CONTENT_TYPE,
    },
    body: await confirmationEnvelope(dependencies, delivery, '1'),
  });
}

function headersOf(type: string, messageId: string, subscription: SubscriptionName): Readonly<Record<string, string>> {
  return {
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topicArn(subscription),
    'User-Agent': 'Amazon Simple Notification Service Agent',
    'Accept-Encoding': 'gzip,deflate',
  };
}

/** Answers of 5xx and 429 may pass; others that are no success would be given again. */
async function post(
  { clock }: HttpDependencies,
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Outcome> {
  const status = await postMessage(clock, { url, headers, body });
  if (status >= 200 && status < 300) return DELIVERED;
  return { kind: status === 429 || status >= 500 ? 'failed' : 'refused', reason: `the endpoint answered ${status}` };
}
