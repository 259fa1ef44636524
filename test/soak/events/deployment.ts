import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { zip } from '../../e2e/zip.ts';

/** Names of what is deployed. */
export const NAMES = {
  asyncFunction: 'events-async',
  bucket: 'events-objects',
  objectQueue: 'events-objects',
  fifoQueue: 'events.fifo',
};

/** Tells the recorder what it was given, and fails when that was not heard. */
const SOURCE = `
  const nameOf = (record) => {
    const body = JSON.parse(record.body);
    if (body.Event === 's3:TestEvent') return [];
    return body.Records ? body.Records.map(({ s3 }) => 's3/' + s3.object.key) : [body.name];
  };
  export const handler = async (event) => {
    const lines = event.Records ? event.Records.flatMap(nameOf) : [event.name];
    if (lines.length === 0) return;
    const { ok } = await fetch(process.env.RECORDER, { method: 'POST', body: lines.join('\\n') });
    if (!ok) throw new Error('not heard');
  };`;
const TIMEOUT_SECONDS = 5;
/** Six times the timeout, as Lambda advises; what the pollers of a killed server held comes back after so long. */
const VISIBILITY_SECONDS = 30;

/** Deploys a function for asynchronous events, one behind S3 -> SQS, and one behind a FIFO queue. Resolves to the FIFO queue's URL. */
export async function deploy(
  clients: { readonly lambda: LambdaClient; readonly s3: S3Client; readonly sqs: SQSClient },
  recorderUrl: string,
): Promise<string> {
  const { lambda, s3, sqs } = clients;
  for (const name of [NAMES.asyncFunction, 'events-s3', 'events-fifo']) await createFunction(lambda, name, recorderUrl);
  const objects = await createQueue(sqs, NAMES.objectQueue, {});
  const fifo = await createQueue(sqs, NAMES.fifoQueue, { FifoQueue: 'true' });
  await s3.send(new CreateBucketCommand({ Bucket: NAMES.bucket }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: NAMES.bucket,
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: objects.arn, Events: ['s3:ObjectCreated:*'] }] },
    }),
  );
  await map(lambda, 'events-s3', objects.arn);
  await map(lambda, 'events-fifo', fifo.arn);
  return fifo.url;
}

async function createFunction(lambda: LambdaClient, FunctionName: string, RECORDER: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      MemorySize: 1_769,
      Timeout: TIMEOUT_SECONDS,
      Environment: { Variables: { RECORDER } },
      Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 1 }, { FunctionName });
}

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

async function map(lambda: LambdaClient, FunctionName: string, EventSourceArn: string): Promise<void> {
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, BatchSize: 10 }));
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== 'Enabled');
}
