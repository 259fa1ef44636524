import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DeleteFunctionConcurrencyCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { clientOf, Gate, invoke, make, type RawInvoke, rawInvoke, until } from './concurrency-fixture.ts';
import { startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Reservations and throttles under load, in an account that is small enough to be filled: reservations must leave 100.

const RESERVED = 2;
const UNRESERVED = 100;
/** Runs until its gate is opened. */
const HELD = 'export const handler = async ({ gate }) => { if (gate) await fetch(gate); return "done"; };';
const RESERVED_REASON = 'ReservedFunctionConcurrentInvocationLimitExceeded';

let server: TestServer;
let lambda: LambdaClient;
let gate: Gate;

before(async () => {
  server = await startServer({
    LAMBKIN_INVOKE_ACCOUNT_CONCURRENCY: String(RESERVED + UNRESERVED),
    // What waits for an environment is in progress, too, so that few environments fill the account.
    LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: '2',
  });
  lambda = clientOf(server);
  gate = await new Gate().start();
});

after(async () => {
  gate.close();
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

function reserve(FunctionName: string, count: number): Promise<unknown> {
  return lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: count }));
}

function release(FunctionName: string): Promise<unknown> {
  return lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
}

function assertThrottled({ status, headers, body }: RawInvoke, reason: string): void {
  assert.equal(status, 429, body);
  assert.equal(headers['x-amzn-errortype'], 'TooManyRequestsException');
  assert.equal(headers['retry-after'], '1');
  assert.equal(body, `{"Reason":"${reason}","Type":"User","message":"Rate Exceeded."}`);
}

test('a reservation of 0 throttles everything, and taken back it is forgotten at once', { timeout: 60_000 }, async () => {
  await make(lambda, 'closed', HELD);
  await reserve('closed', 0);
  assertThrottled(await rawInvoke(server, 'closed'), RESERVED_REASON);
  await release('closed');
  assert.equal((await invoke(lambda, 'closed')).value, 'done');
});

test('a reservation is there while others fill the account, and is a cap', { timeout: 60_000 }, async () => {
  await make(lambda, 'reserving', HELD);
  await make(lambda, 'greedy', HELD);
  await reserve('reserving', RESERVED);
  const greedy = Array.from({ length: UNRESERVED }, () => rawInvoke(server, 'greedy', { gate: gate.url }));
  await gate.holds(2);
  await until(
    () => rawInvoke(server, 'closed'),
    ({ status }) => status === 429,
    'the account should be full',
  );
  assertThrottled(await rawInvoke(server, 'closed'), 'ConcurrentInvocationLimitExceeded');
  assert.equal((await rawInvoke(server, 'reserving')).status, 200);
  const own = Array.from({ length: RESERVED }, () => rawInvoke(server, 'reserving', { gate: gate.url }));
  await gate.holds(4);
  assertThrottled(await rawInvoke(server, 'reserving'), RESERVED_REASON);
  // What ends makes room for what waits, which is held in its turn.
  for (let open = false; !open;) {
    gate.open();
    open = await Promise.race([
      Promise.all([...greedy, ...own]).then(() => true),
      new Promise<boolean>((resolve) => setImmediate(resolve, false)),
    ]);
  }
  for (const answer of [...greedy, ...own]) assert.equal((await answer).status, 200);
  await release('reserving');
  assert.equal((await rawInvoke(server, 'closed')).status, 200);
});

const LINGERER = `#!/usr/bin/env python3
import json, os, urllib.request
API = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2020-01-01/extension/'
headers = {'Lambda-Extension-Name': os.path.basename(__file__)}
body = json.dumps({'events': ['INVOKE']}).encode()
with urllib.request.urlopen(urllib.request.Request(API + 'register', body, headers)) as response:
    own = {'Lambda-Extension-Identifier': response.headers['Lambda-Extension-Identifier']}
while True:
    urllib.request.urlopen(urllib.request.Request(API + 'event/next', None, own)).read()
    urllib.request.urlopen(os.environ['GATE']).read()
`;

test('an environment whose extension still works after the answer is in use', { timeout: 60_000 }, async () => {
  const Content = { ZipFile: await zip({ 'extensions/lingerer': { content: LINGERER, mode: 0o755 } }) };
  const layer = await lambda.send(new PublishLayerVersionCommand({ LayerName: 'lingerer', Content }));
  const Layers = [layer.LayerVersionArn ?? ''];
  await make(lambda, 'lingering', HELD, { Layers, Environment: { Variables: { GATE: gate.url } } });
  await reserve('lingering', 1);
  assert.equal((await rawInvoke(server, 'lingering')).status, 200);
  await gate.holds(1);
  assertThrottled(await rawInvoke(server, 'lingering'), RESERVED_REASON);
  gate.open();
  await until(
    () => rawInvoke(server, 'lingering'),
    ({ status }) => status === 200,
    'the environment should be free again',
  );
  await gate.holds(1);
  gate.open();
  await release('lingering');
});

test('rates are as Lambda has them where they are set', { timeout: 60_000 }, async () => {
  const strict = await startServer({
    LAMBKIN_INVOKE_ACCOUNT_CONCURRENCY: '102',
    LAMBKIN_INVOKE_REQUESTS_PER_CONCURRENCY: '1',
    LAMBKIN_INVOKE_NEW_ENVIRONMENTS_PER_TEN_SECONDS: '1',
  });
  const client = clientOf(strict);
  await make(client, 'f', HELD);
  const held = rawInvoke(strict, 'f', { gate: gate.url });
  await gate.holds(1);
  assertThrottled(await rawInvoke(strict, 'f'), 'ConcurrentInvocationLimitExceeded');
  gate.open();
  assert.equal((await held).status, 200);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 1 }));
  const answers: RawInvoke[] = [];
  while (answers.every(({ status }) => status === 200)) answers.push(await rawInvoke(strict, 'f'));
  const last = answers.at(-1);
  if (last) assertThrottled(last, 'ReservedFunctionInvocationRateLimitExceeded');
  client.destroy();
  assert.equal(await strict.close(), 0, strict.output());
});
