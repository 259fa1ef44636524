import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, test } from 'node:test';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

const INVOKES = 200;
let server: TestServer;
let lambda: LambdaClient;

before(async () => {
  server = await startServer();
  const requestHandler = new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true, maxSockets: INVOKES }) });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1, requestHandler });
});

after(async () => {
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('two hundred invocations at once run in two hundred environments', { timeout: 60_000 }, async (t) => {
  const source =
    'import os, time\nNAME = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]\ndef handler(event, context):\n    time.sleep(1)\n    return NAME\n';
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'sleeper',
      Runtime: 'python3.11',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 30,
      Code: { ZipFile: await zip({ 'index.py': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'sleeper' });
  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: INVOKES }, () => lambda.send(new InvokeCommand({ FunctionName: 'sleeper' }))),
  );
  t.diagnostic(`${INVOKES} invocations of one second took ${Math.round(performance.now() - startedMs)} ms`);
  assert.ok(answers.every((answer) => answer.FunctionError === undefined));
  assert.equal(new Set(answers.map((answer) => answer.Payload?.transformToString())).size, INVOKES);
});
