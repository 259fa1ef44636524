import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  ResourceAlreadyExistsException,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { ServiceError } from '../../model/service-error.ts';
import { LOGS_OPERATIONS } from '../generated/logs.ts';
import { startListener } from '../wire-fixture.ts';
import { type AwsJsonHandler, awsJsonService } from './aws-json-service.ts';

const TARGET = 'Logs_20140328.';

async function play(
  t: TestContext,
  handlers: Record<string, AwsJsonHandler>,
): Promise<{ port: number; client: CloudWatchLogsClient; logger: QuietLogger }> {
  const logger = new QuietLogger();
  const service = awsJsonService({
    name: 'logs',
    targetPrefix: TARGET,
    operations: LOGS_OPERATIONS,
    handlers,
    contentType: 'application/x-amz-json-1.1',
    logger,
  });
  const { port } = await startListener(t, [service], { logger });
  const client = new CloudWatchLogsClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  return { port, client, logger };
}

async function post(
  port: number,
  target: string,
  body: string | Buffer,
): Promise<[number, string | null, Record<string, unknown>]> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'x-amz-target': target }, body });
  return [response.status, response.headers.get('x-amzn-errortype'), (await response.json()) as Record<string, unknown>];
}

test('the official client gets answers and its own exceptions', async (t) => {
  const { client } = await play(t, {
    DescribeLogGroups: async (input) => ({ output: { logGroups: [{ logGroupName: input['logGroupNamePrefix'] }] } }),
    CreateLogGroup: async () => {
      throw new ServiceError({
        code: 'ResourceAlreadyExistsException',
        status: 400,
        message: 'The specified log group already exists',
      });
    },
  });
  assert.deepEqual((await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws' }))).logGroups, [
    { logGroupName: '/aws' },
  ]);
  const error = await client.send(new CreateLogGroupCommand({ logGroupName: 'g' })).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ResourceAlreadyExistsException);
  assert.equal(error.message, 'The specified log group already exists');
});

test('an operation that is not built is named; one that does not exist is unknown', async (t) => {
  const { client, port } = await play(t, {});
  await assert.rejects(client.send(new StartQueryCommand({ startTime: 0, endTime: 1, queryString: 'x' })), {
    name: 'NotImplementedException',
    message: /StartQuery/,
  });
  for (const operation of ['Nothing', 'constructor', '__proto__', '']) {
    assert.deepEqual(
      (await post(port, `${TARGET}${operation}`, '{}')).slice(0, 2),
      [400, 'UnknownOperationException'],
      operation,
    );
  }
});

test('a body that is no JSON object is refused; an empty one is an empty object', async (t) => {
  const { port } = await play(t, { DescribeLogGroups: async () => ({ output: {} }) });
  for (const body of ['{', '[]', 'null', '1', Buffer.from([0x7b, 0xff, 0x7d])]) {
    assert.deepEqual(
      (await post(port, `${TARGET}DescribeLogGroups`, body)).slice(0, 2),
      [400, 'SerializationException'],
      String(body),
    );
  }
  assert.equal((await post(port, `${TARGET}DescribeLogGroups`, ''))[0], 200);
  assert.deepEqual((await post(port, `${TARGET}DescribeLogGroups`, ' '.repeat(6_300_000))).slice(0, 2), [
    413,
    'RequestEntityTooLargeException',
  ]);
});

test('a fault of ours is told neutrally and logged', async (t) => {
  const { port, logger } = await play(t, {
    DescribeLogGroups: async () => {
      throw new Error('secret detail');
    },
  });
  const [status, , body] = await post(port, `${TARGET}DescribeLogGroups`, '{}');
  assert.equal(status, 500);
  assert.ok(!JSON.stringify(body).includes('secret'));
  assert.match(String(logger.lines[0]?.fields['error']), /secret detail/);
});
