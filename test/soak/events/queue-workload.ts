import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createTellingFunction, map } from './telling-function.ts';
import { inTime, type Workload } from './workload.ts';

const BUCKET = 'events-objects';
const GROUPS = 8;
const SENDERS = 24;
/** Six times the timeout, as Lambda advises; what the pollers of a killed server held comes back after so long. */
const VISIBILITY_SECONDS = 30;

/** S3 -> SQS -> function, a FIFO queue, and asynchronous invocations: two fifths, one fifth and two fifths. */
export const QUEUES: Workload = {
  async deploy(options, recorderUrl) {
    const lambda = new LambdaClient(options);
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    const sqs = new SQSClient(options);
    for (const name of ['events-async', 'events-s3', 'events-fifo']) await createTellingFunction(lambda, name, recorderUrl);
    const objects = await createQueue(sqs, 'events-objects', {});
    const fifo = await createQueue(sqs, 'events.fifo', { FifoQueue: 'true' });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: BUCKET,
        NotificationConfiguration: { QueueConfigurations: [{ QueueArn: objects.arn, Events: ['s3:ObjectCreated:*'] }] },
      }),
    );
    await map(lambda, { FunctionName: 'events-s3', EventSourceArn: objects.arn, BatchSize: 10 });
    await map(lambda, { FunctionName: 'events-fifo', EventSourceArn: fifo.arn, BatchSize: 10 });
    return {
      send: (name) => {
        const [kind, group = ''] = name.split('/');
        const body = JSON.stringify({ name });
        if (kind === 's3') return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: name.slice(3), Body: body }));
        if (kind === 'fifo') {
          const ids = { MessageGroupId: group, MessageDeduplicationId: name.replaceAll('/', '-') };
          return sqs.send(new SendMessageCommand({ QueueUrl: fifo.url, MessageBody: body, ...ids }));
        }
        const Payload = Buffer.from(body);
        return lambda.send(new InvokeCommand({ FunctionName: 'events-async', InvocationType: 'Event', Payload }));
      },
      close: () => [lambda, s3, sqs].forEach((client) => client.destroy()),
    };
  },

  /** Events of a FIFO group go one after the other, the rest as they come. */
  work(events, send, isLate) {
    const inGroups = Math.floor(events / 5);
    const rest = events - inGroups;
    const group = async (index: number): Promise<void> => {
      const count = Math.floor(inGroups / GROUPS) + (index < inGroups % GROUPS ? 1 : 0);
      for (let number = 0; number < count; number += 1) {
        await inTime(number, count, isLate);
        await send(`fifo/g${index}/${number}`);
      }
    };
    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < rest) {
        const number = next;
        next += 1;
        await inTime(number, rest, isLate);
        await send(number % 2 === 0 ? `s3/${number}` : `async/${number}`);
      }
    };
    return Promise.all([
      ...Array.from({ length: GROUPS }, (_, index) => group(index)),
      ...Array.from({ length: SENDERS }, sender),
    ]);
  },
};

async function createQueue(
  sqs: SQSClient,
  QueueName: string,
  more: Readonly<Record<string, string>>,
): Promise<{ url: string; arn: string }> {
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS), ...more };
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const { Attributes: found } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: found?.['QueueArn'] ?? '' };
}
