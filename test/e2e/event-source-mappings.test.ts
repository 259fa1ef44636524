import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer } from './server.ts';
import { zip } from './zip.ts';

// A server that is killed while mappings are on their way, and started again on the same data.

test('mappings that a crash left in Creating are enabled after the next start', async () => {
  const server = await startServer();
  const lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'fed',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: await zip({ 'index.mjs': 'export const handler = () => 1;' }) },
    }),
  );
  const sqs = new SQSClient(clientOptions(server));
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  await Promise.all(names.map((QueueName) => sqs.send(new CreateQueueCommand({ QueueName }))));
  sqs.destroy();
  const made = await Promise.all(
    names.map((name) =>
      lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'fed',
          EventSourceArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
        }),
      ),
    ),
  );
  lambda.destroy();
  const restarted = await server.restart();
  const again = new LambdaClient({ ...clientOptions(restarted), maxAttempts: 1 });
  for (const { UUID } of made) {
    let state: string | undefined;
    for (let tries = 0; state !== 'Enabled'; tries += 1) {
      assert.ok(tries < 2_000, `the mapping is ${state}`);
      state = (await again.send(new GetEventSourceMappingCommand({ UUID }))).State;
    }
  }
  again.destroy();
  assert.equal(await restarted.close(), 0, restarted.output());
});
