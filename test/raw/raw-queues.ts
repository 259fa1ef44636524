import assert from 'node:assert/strict';
import type { RawLambda } from './raw-lambda.ts';

/** Makes a queue in the account of a client, if it is not there: mappings are of queues that exist. Returns its ARN. */
export async function createQueue(lambda: RawLambda, QueueName: string): Promise<string> {
  const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.CreateQueue' };
  const body = Buffer.from(JSON.stringify({ QueueName }));
  const answer = await lambda.send({ method: 'POST', target: '/', headers, body });
  assert.equal(answer.status, 200, answer.body.toString());
  return `arn:aws:sqs:us-east-1:${lambda.account}:${QueueName}`;
}
