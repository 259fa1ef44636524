import { invalidValue, sqsError } from './sqs-errors.ts';
import { isFifo, type QueueRecord } from './queue-records.ts';

/** Whole-number attributes: lowest, highest, default. */
const NUMBERS: Readonly<Record<string, readonly [number, number, number]>> = {
  VisibilityTimeout: [0, 43_200, 30],
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1_024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
};
const KMS_REUSE_SECONDS = [60, 86_400] as const;
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  SqsManagedSseEnabled: ['true', 'false'],
  FifoQueue: ['true'],
  ContentBasedDeduplication: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};
const FIFO_ONLY: ReadonlySet<string> = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);
const TEXTS: ReadonlySet<string> = new Set(['Policy', 'KmsMasterKeyId', 'RedrivePolicy', 'RedriveAllowPolicy']);
/** Attributes that are told and never set. */
const READ_ONLY = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
];
const TEXT_CHARACTERS_MAX = 65_536;

/** Checks attributes that a caller sets, apart from what they say of other queues. Throws InvalidAttributeName or InvalidAttributeValue. */
export function checkAttributes(attributes: Readonly<Record<string, string>>, fifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!isSettable(name) || (FIFO_ONLY.has(name) && !fifo)) throw unknownAttribute(name);
    // An empty text takes an attribute away.
    if (!(value === '' && TEXTS.has(name)) && !isValid(name, value)) throw invalidAttribute(name);
  }
  const { FifoThroughputLimit: limit, DeduplicationScope: scope } = attributes;
  if (limit === 'perMessageGroupId' && scope === 'queue') throw invalidAttribute('DeduplicationScope');
}

/** The error for a name that is no attribute's. */
export function unknownAttribute(name: string): Error {
  return sqsError('InvalidAttributeName', `Unknown Attribute ${name.slice(0, 256)}.`);
}

function invalidAttribute(name: string): Error {
  return sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}

function isSettable(name: string): boolean {
  return (
    Object.hasOwn(NUMBERS, name) || Object.hasOwn(CHOICES, name) || TEXTS.has(name) || name === 'KmsDataKeyReusePeriodSeconds'
  );
}

function isValid(name: string, value: string): boolean {
  const [lowest, highest] = NUMBERS[name] ?? KMS_REUSE_SECONDS;
  if (Object.hasOwn(CHOICES, name)) return CHOICES[name]?.includes(value) ?? false;
  if (!TEXTS.has(name)) return /^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest;
  return value.length <= TEXT_CHARACTERS_MAX && (name !== 'Policy' || isJsonObject(value));
}

function isJsonObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/** What is stored after a change: what is set to nothing is gone. */
export function mergedAttributes(
  present: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries({ ...present, ...changes }).filter(([, value]) => value !== ''));
}

/** A whole-number attribute's value, its default where it was not set. */
export function numberOf(record: Pick<QueueRecord, 'attributes'>, name: string): number {
  return Number(record.attributes[name] ?? NUMBERS[name]?.[2] ?? 0);
}

/** Settings as they are in force, defaults included. */
export function effectiveAttributes(record: Pick<QueueRecord, 'name' | 'attributes'>): Readonly<Record<string, string>> {
  const numbers = Object.entries(NUMBERS).map(([name, [, , standard]]): [string, string] => [name, String(standard)]);
  const fifo: Readonly<Record<string, string>> = isFifo(record)
    ? {
        FifoQueue: 'true',
        ContentBasedDeduplication: 'false',
        DeduplicationScope: 'queue',
        FifoThroughputLimit: 'perQueue',
      }
    : {};
  const encryption = record.attributes['KmsMasterKeyId'] === undefined ? 'true' : 'false';
  const key: Readonly<Record<string, string>> =
    record.attributes['KmsMasterKeyId'] === undefined ? {} : { KmsDataKeyReusePeriodSeconds: '300' };
  return { ...Object.fromEntries(numbers), SqsManagedSseEnabled: encryption, ...key, ...fifo, ...record.attributes };
}

/** Which attributes a caller asked for: all, or these. Throws InvalidAttributeName. */
export function askedAttributes(names: readonly string[]): (name: string) => boolean {
  for (const name of names) if (name !== 'All' && !isSettable(name) && !READ_ONLY.includes(name)) throw unknownAttribute(name);
  return (name) => names.includes('All') || names.includes(name);
}

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Checks the name of a new queue. Throws InvalidParameterValue. */
export function checkQueueName(name: string, fifo: boolean): void {
  const stem = name.endsWith('.fifo') ? name.slice(0, -'.fifo'.length) : name;
  const isGood = NAME.test(stem) && name.length <= 80;
  if (fifo && !(isGood && name.endsWith('.fifo'))) {
    throw invalidValue(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  if (!fifo && !(isGood && stem === name)) {
    throw invalidValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
}
