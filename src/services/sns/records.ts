import type { DocumentKey } from '../../ports/metadata-store.ts';

/** A topic by where it is. */
export interface TopicName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** A subscription by its topic and its own id. */
export interface SubscriptionName extends TopicName {
  /** UUID. */
  readonly id: string;
}

/** A tag of a topic. */
export interface TopicTag {
  readonly Key: string;
  readonly Value: string;
}

/** A topic with what was set of it. */
export interface TopicRecord {
  /** By AWS's names, as they were given; what was not given is not there. */
  readonly attributes: Readonly<Record<string, string>>;
  /** In the order of their keys. */
  readonly tags: readonly TopicTag[];
}

/** How a subscription gets its messages. */
export type Protocol = 'http' | 'https' | 'lambda' | 'sqs';

/** A subscription. */
export interface SubscriptionRecord {
  readonly protocol: Protocol;
  readonly endpoint: string;
  /** Account of who subscribed. */
  readonly owner: string;
  /** By AWS's names, as they were given. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Set while the subscription waits for its confirmation. */
  readonly token?: string;
  /** The token that it was confirmed by. */
  readonly confirmedToken?: string;
  readonly confirmationWasAuthenticated: boolean;
  /** Only signed requests may end it. */
  readonly authenticateOnUnsubscribe?: true;
}

/** Which subscription an endpoint of a topic has; there is one at most. */
export interface EndpointRecord {
  readonly id: string;
}

/** A message that a FIFO topic has taken, so that it takes no second one of its kind. */
export interface DeduplicationRecord {
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly expiresAtMs: number;
}

/** Kind of {@link DeduplicationRecord}s. */
export const DEDUPLICATION_KIND = 'sns-deduplication';
/** Kind of {@link SubscriptionRecord}s. */
export const SUBSCRIPTION_KIND = 'sns-subscription';
/** Kind of {@link TopicRecord}s. */
export const TOPIC_KIND = 'sns-topic';

/** Where a topic is kept. */
export function topicKey({ account, region, name }: TopicName): DocumentKey {
  return { account, region, kind: TOPIC_KIND, id: name };
}

/** Where a subscription is kept: beside the others of its topic. */
export function subscriptionKey({ account, region, name, id }: SubscriptionName): DocumentKey {
  return { account, region, kind: SUBSCRIPTION_KIND, id: `${name}/${id}` };
}

/** Where it is kept that an endpoint has a subscription; `digest` is of protocol and endpoint. */
export function endpointKey({ account, region, name }: TopicName, digest: string): DocumentKey {
  return { account, region, kind: 'sns-endpoint', id: `${name}/${digest}` };
}

/** Where it is kept that a FIFO topic has taken a message; `digest` is of what makes it the same as another. */
export function deduplicationKey({ account, region, name }: TopicName, digest: string): DocumentKey {
  return { account, region, kind: DEDUPLICATION_KIND, id: `${name}/${digest}` };
}

/** `arn:aws:sns:REGION:ACCOUNT:NAME` */
export function topicArn({ account, region, name }: TopicName): string {
  return `arn:aws:sns:${region}:${account}:${name}`;
}

/** A topic's ARN and the subscription's id behind it. */
export function subscriptionArn(name: SubscriptionName): string {
  return `${topicArn(name)}:${name.id}`;
}

/** Whether a topic or a queue is FIFO: by its name, as AWS demands. */
export function isFifo(name: string): boolean {
  return name.endsWith('.fifo');
}
