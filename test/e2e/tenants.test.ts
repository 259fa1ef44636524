import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, type LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { clientOf, Gate, invoke, make, until } from './concurrency-fixture.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Functions that isolate their tenants, with real environments.

const TenancyConfig = { TenantIsolationMode: 'PER_TENANT' } as const;
const REMEMBERS = `
const seen = [];
export const handler = async ({ gate }, context) => {
  seen.push(context.tenantId);
  console.log('for', context.tenantId);
  if (gate) await fetch(gate);
  return { seen, stream: context.logStreamName };
};`;

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let gate: Gate;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ACCOUNT_CONCURRENCY: '101', LAMBKIN_SANDBOX_FREEZE_AFTER_MS: '1' });
  lambda = clientOf(server);
  logs = new CloudWatchLogsClient(clientOptions(server));
  gate = await new Gate().start();
});

after(async () => {
  gate.close();
  lambda.destroy();
  logs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

interface Remembered {
  readonly seen: readonly string[];
  readonly stream: string;
}

async function call(name: string, TenantId: string, event: unknown = {}): Promise<Remembered> {
  return (await invoke(lambda, name, event, { TenantId })).value as Remembered;
}

test('what one tenant leaves in an environment no other sees', { timeout: 60_000 }, async () => {
  await make(lambda, 'isolated', REMEMBERS, { TenancyConfig });
  const [blue, red] = [await call('isolated', 'blue'), await call('isolated', 'red')];
  assert.deepEqual([blue.seen, red.seen], [['blue'], ['red']]);
  assert.notEqual(blue.stream, red.stream);
  const again = [await call('isolated', 'red'), await call('isolated', 'blue')];
  assert.deepEqual(again, [
    { seen: ['red', 'red'], stream: red.stream },
    { seen: ['blue', 'blue'], stream: blue.stream },
  ]);
});

test('tenants at the same moment have environments of their own', { timeout: 60_000 }, async () => {
  await make(lambda, 'crowded', REMEMBERS, { TenancyConfig });
  const names = ['a', 'b', 'a', 'c', 'b'];
  const calls = names.map((tenant) => call('crowded', tenant, { gate: gate.url }));
  await gate.holds(5);
  gate.open();
  const answers = await Promise.all(calls);
  assert.deepEqual(
    answers.map(({ seen }) => seen),
    names.map((name) => [name]),
  );
  assert.equal(new Set(answers.map(({ stream }) => stream)).size, 5);
});

test('a changed configuration reaches every tenant', { timeout: 60_000 }, async () => {
  const before = await call('isolated', 'blue');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'isolated', Description: 'changed' }));
  for (const tenant of ['blue', 'red']) {
    const { seen, stream } = await until(
      () => call('isolated', tenant),
      ({ seen: all }) => all.length === 1,
      'a new environment',
    );
    assert.deepEqual(seen, [tenant]);
    assert.notEqual(stream, before.stream);
  }
});

test('an event keeps its tenant in the queue, and JSON logs tell it', { timeout: 60_000 }, async () => {
  await make(lambda, 'queued', REMEMBERS, { TenancyConfig, LoggingConfig: { LogFormat: 'JSON' } });
  await lambda.send(new InvokeCommand({ FunctionName: 'queued', InvocationType: 'Event', TenantId: 'green@1' }));
  const read = async (): Promise<Record<string, unknown>[]> => {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/queued' })).catch(() => undefined);
    return (found?.events ?? []).map(({ message = '' }) => JSON.parse(message) as Record<string, unknown>);
  };
  const lines = await until(read, (all) => all.some(({ type }) => type === 'platform.report'), 'the report');
  const start = lines.find(({ type }) => type === 'platform.start')?.['record'] as Record<string, unknown>;
  assert.equal(start['tenantId'], 'green@1');
  const said = lines.find(({ message }) => message === 'for green@1');
  assert.equal(said?.['tenantId'], 'green@1');
});

test('runtimes of the HTTP API get the tenant in a header', { timeout: 60_000 }, async () => {
  const bootstrap = `#!/usr/bin/env python3
import json, os, urllib.request
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
while True:
    event = urllib.request.urlopen(api + 'next')
    id = event.headers['Lambda-Runtime-Aws-Request-Id']
    body = json.dumps(event.headers['Lambda-Runtime-Aws-Tenant-Id']).encode()
    urllib.request.urlopen(urllib.request.Request(api + id + '/response', body)).read()
`;
  await make(lambda, 'own', { bootstrap: { content: bootstrap, mode: 0o755 } }, { TenancyConfig, Runtime: 'provided.al2023' });
  assert.equal((await invoke(lambda, 'own', {}, { TenantId: 'over http' })).value, 'over http');
});
