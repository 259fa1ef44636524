import { RevisionConflict } from '../../../ports/metadata-store.ts';
import { requiredText, textMap } from '../members.ts';
import { checkAttributes, checkQueueName, effectiveAttributes, mergedAttributes } from '../queue-attributes.ts';
import { queueKey, queueUrl, type QueueRecord } from '../queue-records.ts';
import { checkRedrive } from '../redrive-policy.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { sqsError } from '../sqs-errors.ts';
import { checkTags } from './tags.ts';

/** CreateQueue. The same again is harmless; other attributes than the queue has are refused. */
export const createQueue: SqsOperation = async (sqs, input, context) => {
  const name = requiredText(input, 'QueueName');
  const attributes = textMap(input, 'Attributes') ?? {};
  const fifo = attributes['FifoQueue'] === 'true';
  checkQueueName(name, fifo);
  checkAttributes(attributes, fifo);
  const tags = textMap(input, 'tags') ?? {};
  checkTags(tags);
  const { account, region } = context;
  await checkRedrive(sqs.store, { account, region, name }, attributes);
  const key = queueKey(context, name);
  const nowMs = sqs.clock.now();
  const record: QueueRecord = {
    name,
    account,
    region,
    incarnation: sqs.ids.uuid(),
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    attributes: mergedAttributes({}, attributes),
    tags,
  };
  try {
    await sqs.store.commit([{ put: key, body: record, expect: 'absent' }]);
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
    const present = await sqs.store.get<QueueRecord>(key);
    if (present) refuseDifference(present.body, attributes);
  }
  return { QueueUrl: queueUrl(context, record) };
};

function refuseDifference(present: QueueRecord, attributes: Readonly<Record<string, string>>): void {
  const effective = effectiveAttributes(present);
  for (const [name, value] of Object.entries(attributes)) {
    if ((effective[name] ?? '') === value) continue;
    throw sqsError('QueueNameExists', `A queue already exists with the same name and a different value for attribute ${name}`);
  }
}
