import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
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

/** Answers nobody until as many as there are invocations have come: nobody gets the environment of another. */
async function startBarrier(): Promise<Server> {
  const waiting: Socket[] = [];
  const barrier = createServer((socket) => {
    waiting.push(socket);
    if (waiting.length === INVOKES) for (const each of waiting) each.end();
  }).listen(0, '127.0.0.1');
  await once(barrier, 'listening');
  return barrier;
}

test('two hundred invocations at once run in two hundred environments', { timeout: 120_000 }, async (t) => {
  const barrier = await startBarrier();
  t.after(() => barrier.close());
  const source =
    'import os, socket\nNAME = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]\ndef handler(event, context):\n    socket.create_connection(("127.0.0.1", int(os.environ["BARRIER"]))).recv(1)\n    return NAME\n';
  const BARRIER = String((barrier.address() as AddressInfo).port);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'waiter',
      Runtime: 'python3.11',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 100,
      Environment: { Variables: { BARRIER } },
      Code: { ZipFile: await zip({ 'index.py': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'waiter' });
  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: INVOKES }, () => lambda.send(new InvokeCommand({ FunctionName: 'waiter' }))),
  );
  t.diagnostic(`${INVOKES} invocations that wait for each other took ${Math.round(performance.now() - startedMs)} ms`);
  assert.ok(answers.every((answer) => answer.FunctionError === undefined));
  assert.equal(new Set(answers.map((answer) => answer.Payload?.transformToString())).size, INVOKES);
});
