import type { RequestContext } from '../../wire/service.ts';
import type { SubscriptionName, TopicName } from './records.ts';
import { invalidParameter } from './sns-errors.ts';

const ELEMENTS_MIN = 6;
const NAME = /^[\w-]{1,256}(?:\.fifo)?$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Reads the ARN of a topic. A signed request reaches topics of its own region alone; the region of an unsigned one is not
 * known. Throws InvalidParameter in AWS's words.
 */
export function readTopicArn(text: string, context: RequestContext, member = 'TopicArn'): TopicName {
  const parts = elements(text, member);
  const name = parts.length === ELEMENTS_MIN ? topicOf(parts) : undefined;
  if (name === undefined || (context.accessKeyId !== undefined && name.region !== context.region)) throw invalidParameter(member);
  return name;
}

/** Reads the ARN of a subscription. Throws InvalidParameter in AWS's words. */
export function readSubscriptionArn(text: string): SubscriptionName {
  const parts = elements(text, 'SubscriptionArn');
  const id = parts[ELEMENTS_MIN] ?? '';
  const topic = parts.length === ELEMENTS_MIN + 1 && UUID.test(id) ? topicOf(parts) : undefined;
  if (topic === undefined) throw invalidParameter('SubscriptionArn');
  return { ...topic, id };
}

function elements(text: string, member: string): readonly string[] {
  const parts = text.split(':', 10);
  if (parts.length >= ELEMENTS_MIN) return parts;
  throw invalidParameter(`${member} Reason: An ARN must have at least ${ELEMENTS_MIN} elements, not ${parts.length}`);
}

function topicOf([arn, , service, region = '', account = '', name = '']: readonly string[]): TopicName | undefined {
  const isTopic =
    arn === 'arn' && service === 'sns' && /^[a-z0-9-]+$/.test(region) && /^\d{12}$/.test(account) && NAME.test(name);
  return isTopic ? { account, region, name } : undefined;
}
