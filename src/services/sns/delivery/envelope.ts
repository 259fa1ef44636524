import type { SnsAttributes } from '../message-attributes.ts';
import { subscriptionArn, type SubscriptionName, topicArn } from '../records.ts';
import type { Delivery, PublishedMessage } from './delivery-queue.ts';
import type { MessageSigner } from './message-signer.ts';

/** What envelopes need of the server. */
export interface EnvelopeDependencies {
  readonly signer: MessageSigner;
  /** `http://127.0.0.1:4566`; what links begin with. */
  readonly endpoint: () => string;
}

/** AWS's links name no API version; without a host of its own the service is found by it. */
const VERSION = 'Version=2010-03-31';

/**
 * The JSON text that queues and HTTP endpoints get, spaced as AWS does. Messages of FIFO topics are not signed.
 * Source: SNS developer guide, "Parsing message formats".
 */
export async function notificationEnvelope(
  dependencies: EnvelopeDependencies,
  subscription: SubscriptionName,
  message: PublishedMessage,
): Promise<string> {
  const { sequenceNumber, subject } = message;
  const attributes = Object.entries(shownAttributes(message.attributes));
  const fields: [string, string][] = [
    ['Type', 'Notification'],
    ['MessageId', message.messageId],
    ...(sequenceNumber === undefined ? [] : [['SequenceNumber', sequenceNumber] as [string, string]]),
    ['TopicArn', message.topicArn],
    ...(subject === undefined ? [] : [['Subject', subject] as [string, string]]),
    ['Message', message.message],
    ['Timestamp', isoTime(message.timestampMs)],
    ...(sequenceNumber === undefined ? await signatureFields(dependencies, message) : []),
    ['UnsubscribeURL', unsubscribeUrl(dependencies, subscription)],
  ];
  const lines = fields.map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`);
  if (attributes.length > 0) {
    const entries = attributes.map(([name, value]) => `    ${JSON.stringify(name)} : ${JSON.stringify(value)}`);
    lines.push(`  "MessageAttributes" : {\n${entries.join(',\n')}\n  }`);
  }
  return `{\n${lines.join(',\n')}\n}`;
}

/** The JSON text that asks an HTTP endpoint to confirm its subscription. */
export async function confirmationEnvelope(
  dependencies: EnvelopeDependencies,
  { subscription, token, messageId, timestampMs }: Extract<Delivery, { kind: 'confirmation' }>,
  signatureVersion: '1' | '2',
): Promise<string> {
  const { signer, endpoint } = dependencies;
  const topic = topicArn(subscription);
  const signed = {
    Message: `You have chosen to subscribe to the topic ${topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    MessageId: messageId,
    SubscribeURL: `${endpoint()}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}&${VERSION}`,
    Timestamp: isoTime(timestampMs),
    Token: token,
    TopicArn: topic,
    Type: 'SubscriptionConfirmation',
  };
  const { Message, MessageId, SubscribeURL, Timestamp, Token, TopicArn, Type } = signed;
  const fields = {
    Type,
    MessageId,
    Token,
    TopicArn,
    Message,
    SubscribeURL,
    Timestamp,
    SignatureVersion: signatureVersion,
    Signature: await signer.sign(signed, signatureVersion),
    SigningCertURL: signer.certificateUrl(endpoint()),
  };
  const lines = Object.entries(fields).map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** The event that functions get; names differ from the envelope's in case, and nothing is left out. */
export async function lambdaEvent(
  dependencies: EnvelopeDependencies,
  subscription: SubscriptionName,
  message: PublishedMessage,
): Promise<object> {
  const { signer, endpoint } = dependencies;
  const Sns = {
    Type: 'Notification',
    MessageId: message.messageId,
    TopicArn: message.topicArn,
    Subject: message.subject ?? null,
    Message: message.message,
    Timestamp: isoTime(message.timestampMs),
    SignatureVersion: message.signatureVersion,
    Signature: await signer.sign(signedFields(message), message.signatureVersion),
    SigningCertUrl: signer.certificateUrl(endpoint()),
    UnsubscribeUrl: unsubscribeUrl(dependencies, subscription),
    MessageAttributes: shownAttributes(message.attributes),
  };
  const record = { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn(subscription), Sns };
  return { Records: [record] };
}

async function signatureFields(
  { signer, endpoint }: EnvelopeDependencies,
  message: PublishedMessage,
): Promise<[string, string][]> {
  return [
    ['SignatureVersion', message.signatureVersion],
    ['Signature', await signer.sign(signedFields(message), message.signatureVersion)],
    ['SigningCertURL', signer.certificateUrl(endpoint())],
  ];
}

/** In the order in which they are signed. */
function signedFields(message: PublishedMessage): Readonly<Record<string, string>> {
  return {
    Message: message.message,
    MessageId: message.messageId,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Timestamp: isoTime(message.timestampMs),
    TopicArn: message.topicArn,
    Type: 'Notification',
  };
}

function shownAttributes(attributes: SnsAttributes): Readonly<Record<string, { Type: string; Value: string }>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      { Type: dataType, Value: stringValue ?? binaryValue ?? '' },
    ]),
  );
}

function unsubscribeUrl({ endpoint }: EnvelopeDependencies, subscription: SubscriptionName): string {
  return `${endpoint()}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn(subscription)}&${VERSION}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
