import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  type GetProvisionedConcurrencyConfigCommandOutput,
  type LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { type Answer, clientOf, Gate, invoke, make, rawInvoke, until } from './concurrency-fixture.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Provisioned concurrency, with environments that really wait.

const AHEAD = 'provisioned-concurrency';
const SOURCE = `
const startedAs = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
let served = 0;
export const handler = async ({ gate, crash }, context) => {
  served += 1;
  if (gate) await fetch(gate);
  if (crash) process.exit(1);
  return { startedAs, served, stream: context.logStreamName };
};`;

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let gate: Gate;

before(async () => {
  server = await startServer();
  connect();
  gate = await new Gate().start();
});

after(async () => {
  gate.close();
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

function connect(): void {
  lambda = clientOf(server);
  logs = new CloudWatchLogsClient(clientOptions(server));
}

function disconnect(): void {
  lambda.destroy();
  logs.destroy();
}

/** A function with so many versions. */
async function published(FunctionName: string, versions = 1): Promise<void> {
  await make(lambda, FunctionName, SOURCE);
  const wait = { client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 };
  for (let number = 1; number <= versions; number += 1) {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: `version ${number}` }));
    await waitUntilFunctionUpdatedV2(wait, { FunctionName });
    await lambda.send(new PublishVersionCommand({ FunctionName }));
    await waitUntilPublishedVersionActive(wait, { FunctionName, Qualifier: String(number) });
  }
}

function provision(FunctionName: string, Qualifier: string, count: number): Promise<unknown> {
  const ProvisionedConcurrentExecutions = count;
  return lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }));
}

function ready(FunctionName: string, Qualifier: string): Promise<GetProvisionedConcurrencyConfigCommandOutput> {
  return until(
    () => lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier })),
    ({ Status }) => Status === 'READY',
    'it should become ready',
  );
}

interface Served {
  readonly startedAs: string;
  readonly served: number;
  readonly stream: string;
  readonly version: string | undefined;
  readonly hadInit: boolean;
}

function servedBy({ value, error, version, log }: Answer): Served {
  assert.equal(error, undefined, log);
  assert.match(log, /^REPORT /m);
  const { startedAs, served, stream } = value as Served;
  return { startedAs, served, stream, version, hadInit: log.includes('Init Duration') };
}

async function call(name: string, Qualifier: string, event: unknown = {}): Promise<Served> {
  return servedBy(await invoke(lambda, name, event, { Qualifier }));
}

test('once it is ready the first invoke finds an environment that has been initialised', { timeout: 60_000 }, async () => {
  await published('first');
  await provision('first', '1', 2);
  const { AvailableProvisionedConcurrentExecutions, AllocatedProvisionedConcurrentExecutions } = await ready('first', '1');
  assert.deepEqual([AvailableProvisionedConcurrentExecutions, AllocatedProvisionedConcurrentExecutions], [2, 2]);
  const { stream, ...rest } = await call('first', '1');
  assert.deepEqual(rest, { startedAs: AHEAD, served: 1, version: '1', hadInit: false });
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/first', logStreamNames: [stream] }),
  );
  const lines = events.map(({ message = '' }) => message.split(/[ \t]/, 1)[0]);
  assert.deepEqual(lines, ['INIT_START', 'INIT_REPORT', 'START', 'END', 'REPORT']);
  assert.match(events[1]?.message ?? '', /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: success\t$/);
  assert.equal((await call('first', '$LATEST')).startedAs, 'on-demand');
});

test('invocations beyond it run in environments on demand', { timeout: 60_000 }, async () => {
  await published('spilling');
  await provision('spilling', '1', 1);
  await ready('spilling', '1');
  const calls = [1, 2].map(() => call('spilling', '1', { gate: gate.url }));
  await gate.holds(2);
  gate.open();
  const answers = await Promise.all(calls);
  assert.deepEqual(answers.map(({ startedAs, hadInit }) => [startedAs, hadInit]).toSorted(), [
    ['on-demand', true],
    [AHEAD, false],
  ]);
  assert.equal((await call('spilling', '1')).startedAs, AHEAD, 'what is provisioned is used first');
});

test('when its alias moves, it moves to the version that the alias points to', { timeout: 60_000 }, async () => {
  await published('moving', 2);
  await lambda.send(new CreateAliasCommand({ FunctionName: 'moving', Name: 'live', FunctionVersion: '1' }));
  await provision('moving', 'live', 1);
  await ready('moving', 'live');
  assert.deepEqual(pick(await call('moving', 'live')), ['1', AHEAD]);
  await lambda.send(new UpdateAliasCommand({ FunctionName: 'moving', Name: 'live', FunctionVersion: '2' }));
  await ready('moving', 'live');
  assert.deepEqual(pick(await call('moving', 'live')), ['2', AHEAD]);
  assert.deepEqual(pick(await call('moving', '1')), ['1', 'on-demand']);
  const RoutingConfig = { AdditionalVersionWeights: { '1': 0.5 } };
  await lambda.send(new UpdateAliasCommand({ FunctionName: 'moving', Name: 'live', RoutingConfig }));
  await provision('moving', 'live', 4);
  await ready('moving', 'live');
  for (const version of ['1', '2']) {
    const calls = [1, 2, 3].map(() => call('moving', version, { gate: gate.url }));
    await gate.holds(3);
    gate.open();
    const kinds = (await Promise.all(calls)).map(({ startedAs }) => startedAs);
    assert.equal(kinds.filter((kind) => kind === AHEAD).length, 2, `half of it is for version ${version}`);
  }
});

function pick({ version, startedAs }: Served): unknown[] {
  return [version, startedAs];
}

test('what crashes is replaced, and the next invoke is no cold start', { timeout: 60_000 }, async () => {
  await published('crashing');
  await provision('crashing', '1', 1);
  await ready('crashing', '1');
  const before = await call('crashing', '1');
  assert.equal((await invoke(lambda, 'crashing', { crash: true }, { Qualifier: '1' })).error, 'Unhandled');
  await ready('crashing', '1');
  const { stream, ...rest } = await call('crashing', '1');
  assert.deepEqual(rest, { startedAs: AHEAD, served: 1, version: '1', hadInit: false });
  assert.notEqual(stream, before.stream);
});

test('when all of a reservation is provisioned, other versions are throttled', { timeout: 60_000 }, async () => {
  await published('full');
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'full', ReservedConcurrentExecutions: 1 }));
  await provision('full', '1', 1);
  const { status, body } = await rawInvoke(server, 'full');
  assert.deepEqual(
    [status, body],
    [429, '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'],
  );
  await ready('full', '1');
  assert.equal((await call('full', '1')).startedAs, AHEAD);
});

test('after a restart it is there again, and given back it is gone', { timeout: 60_000 }, async () => {
  await published('lasting');
  await provision('lasting', '1', 1);
  await ready('lasting', '1');
  disconnect();
  server = await server.restart();
  connect();
  await ready('lasting', '1');
  assert.equal((await call('lasting', '1')).startedAs, AHEAD);
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'lasting', Qualifier: '1' }));
  await until(
    () => call('lasting', '1'),
    ({ startedAs }) => startedAs === 'on-demand',
    'it should be given back',
  );
});
