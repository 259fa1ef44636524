import type { MetadataStore } from '../../ports/metadata-store.ts';
import { isFifo, queueArn, queueOfArn, type QueueRecord } from './queue-records.ts';
import { invalidValue } from './sqs-errors.ts';

/** Where messages go that were received too often. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

const RECEIVE_COUNT_MAX = 1_000;
const SOURCES_MAX = 10;
const PERMISSIONS = ['allowAll', 'denyAll', 'byQueue'];

/** A queue's redrive policy; undefined when it has none. What is stored was checked. */
export function redrivePolicyOf(record: Pick<QueueRecord, 'attributes'>): RedrivePolicy | undefined {
  const stored = record.attributes['RedrivePolicy'];
  if (stored === undefined) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(stored) as {
    deadLetterTargetArn: string;
    maxReceiveCount: unknown;
  };
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}

/** Checks both policies that a queue is to have. Throws InvalidParameterValue. */
export async function checkRedrive(
  store: MetadataStore,
  source: Pick<QueueRecord, 'account' | 'region' | 'name'>,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const { RedrivePolicy: policy, RedriveAllowPolicy: allowance } = attributes;
  if (policy) await checkPolicy(store, source, policy);
  if (allowance) checkAllowance(allowance);
}

async function checkPolicy(
  store: MetadataStore,
  source: Pick<QueueRecord, 'account' | 'region' | 'name'>,
  text: string,
): Promise<void> {
  const refuse = (reason: string): Error =>
    invalidValue(`Value ${text.slice(0, 1_024)} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  const policy = parsed(text);
  if (!policy) throw refuse('Redrive policy is not a valid JSON map.');
  for (const name of ['deadLetterTargetArn', 'maxReceiveCount']) {
    if (policy[name] === undefined) throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const { deadLetterTargetArn: arn, maxReceiveCount } = policy;
  const count = Number(maxReceiveCount);
  if (!/^\d{1,4}$/.test(String(maxReceiveCount)) || count < 1 || count > RECEIVE_COUNT_MAX) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount).slice(0, 100)}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  const target = typeof arn === 'string' ? await queueOfArn(store, arn) : undefined;
  if (!target) throw refuse('Dead letter target does not exist.');
  if (isFifo(target) !== isFifo(source)) throw refuse('Dead-letter queue must be same type of queue as the source.');
  if (target.account !== source.account || target.region !== source.region) {
    throw refuse('Dead-letter target owner should be same as the source.');
  }
  if (!allows(target, queueArn(source))) throw refuse('The dead letter queue does not allow this source queue.');
}

function checkAllowance(text: string): void {
  const refuse = (reason: string): Error =>
    invalidValue(`Value ${text.slice(0, 1_024)} for parameter RedriveAllowPolicy is invalid. Reason: ${reason}`);
  const policy = parsed(text);
  const { redrivePermission: permission, sourceQueueArns: arns } = policy ?? {};
  if (!policy || !PERMISSIONS.includes(String(permission)))
    throw refuse("Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.");
  if (permission !== 'byQueue') {
    if (arns !== undefined) throw refuse('sourceQueueArns can only be given with redrivePermission byQueue.');
    return;
  }
  if (!Array.isArray(arns) || arns.length === 0 || arns.length > SOURCES_MAX || arns.some((arn) => typeof arn !== 'string')) {
    throw refuse(`sourceQueueArns must name 1 to ${SOURCES_MAX} queues.`);
  }
}

function allows(target: QueueRecord, sourceArn: string): boolean {
  const policy = parsed(target.attributes['RedriveAllowPolicy'] ?? '{}') ?? {};
  if (policy['redrivePermission'] === 'denyAll') return false;
  return policy['redrivePermission'] !== 'byQueue' || (policy['sourceQueueArns'] as readonly string[]).includes(sourceArn);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
