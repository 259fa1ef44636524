import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateCapacityProviderCommand,
  CreateFunctionCommand,
  InvokeWithResponseStreamCommand,
  type CreateFunctionCommandInput,
  type LambdaClient,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { type Answer, clientOf, Gate, invoke, until } from './concurrency-fixture.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

// Functions on capacity providers: several invocations at a time in one environment.

const SOURCE = `
let running = 0;
let waiting = [];
const arrived = async (count) => {
  running += 1;
  if (running < count) await new Promise((resolve) => waiting.push(resolve));
  else for (const resolve of waiting.splice(0)) resolve();
};
export const handler = async ({ meet, gate, never, crash, fails }, context) => {
  if (meet) await arrived(meet);
  console.log('from', context.awsRequestId);
  if (gate) await fetch(gate);
  if (never) await new Promise((resolve) => setTimeout(resolve, 3600_000));
  if (crash) process.exit(7);
  if (fails) throw new RangeError('too far');
  const { AWS_LAMBDA_MAX_CONCURRENCY: max, AWS_LAMBDA_INITIALIZATION_TYPE: startedAs } = process.env;
  return { id: context.awsRequestId, stream: context.logStreamName, max, startedAs, trace: process.env._X_AMZN_TRACE_ID };
};`;

interface Value {
  readonly id: string;
  readonly stream: string;
  readonly max: string;
  readonly startedAs: string;
  readonly trace?: string;
}

/** A Python that may run on capacity providers: on the PATH, or where pyenv keeps its own. */
const PYTHON_FOLDERS = [...(process.env['PATH'] ?? '').split(':'), ...globSync(`${homedir()}/.pyenv/versions/3.13*/bin`)];
const PYTHON = PYTHON_FOLDERS.find(
  (folder) => spawnSync(`${folder}/python3.13`, ['--version'], { stdio: 'ignore' }).status === 0,
);

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let gate: Gate;
let providerArn: string;

before(async () => {
  server = await startServer(PYTHON === undefined ? {} : { PATH: `${PYTHON}:${process.env['PATH']}` });
  lambda = clientOf(server);
  logs = new CloudWatchLogsClient(clientOptions(server));
  gate = await new Gate().start();
  const { CapacityProvider } = await lambda.send(
    new CreateCapacityProviderCommand({
      CapacityProviderName: 'instances',
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      PermissionsConfig: { CapacityProviderOperatorRoleArn: 'arn:aws:iam::000000000000:role/operator' },
    }),
  );
  providerArn = CapacityProvider?.CapacityProviderArn ?? '';
});

after(async () => {
  gate.close();
  lambda.destroy();
  logs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

/** A published function on the provider that takes so many invocations in an environment. */
async function managed(
  FunctionName: string,
  concurrency: number,
  files: string | Readonly<Record<string, ZipEntry>> = SOURCE,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 30,
      CapacityProviderConfig: {
        LambdaManagedInstancesCapacityProviderConfig: {
          CapacityProviderArn: providerArn,
          PerExecutionEnvironmentMaxConcurrency: concurrency,
        },
      },
      PublishTo: 'LATEST_PUBLISHED',
      ...more,
      Code: { ZipFile: await zip(typeof files === 'string' ? { 'index.mjs': files } : files) },
    }),
  );
  const wait = { client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 };
  await waitUntilPublishedVersionActive(wait, { FunctionName, Qualifier: '$LATEST.PUBLISHED' });
}

function many(count: number, FunctionName: string, event: unknown): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => invoke(lambda, FunctionName, event)));
}

const valueOf = ({ value }: Answer): Value => value as Value;

async function messages(FunctionName: string): Promise<string[]> {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}` }));
  return events.map(({ message = '' }) => message);
}

test('sixteen invocations meet in one environment, and each has its own log', async () => {
  await managed('meeting', 16);
  const answers = await many(16, 'meeting', { meet: 16 });
  const values = answers.map(valueOf);
  assert.equal(new Set(values.map(({ stream }) => stream)).size, 1);
  assert.equal(new Set(values.map(({ id }) => id)).size, 16);
  const { max, startedAs, trace } = values[0] ?? {};
  assert.deepEqual([max, startedAs, trace], ['16', 'lambda-managed-instances', undefined]);
  for (const [index, { log }] of answers.entries()) {
    const id = values[index]?.id ?? '';
    const records = log.trimEnd().split('\n');
    assert.equal(records.length, 3, log);
    const [start, line, report] = records.map((record) => JSON.parse(record));
    assert.equal(start.type, 'platform.start');
    assert.equal(start.record.requestId, id);
    assert.equal(line.requestId, id);
    assert.equal(line.message, `from ${id}`);
    assert.equal(report.type, 'platform.report');
    assert.deepEqual(Object.keys(report.record.metrics), ['durationMs']);
    assert.deepEqual(
      report.record.spans.map(({ name }: { name: string }) => name),
      ['responseLatency', 'responseDuration'],
    );
  }
  const all = await until(
    () => messages('meeting'),
    (lines) => lines.length >= 16 * 3 + 2,
    'lines of the log',
  );
  assert.equal(all.filter((line) => line.includes('platform.initReport')).length, 1);
});

test('beyond its bound another environment is started, and one with room is used before', async () => {
  await managed('bounded', 4);
  const held = many(6, 'bounded', { gate: gate.url });
  await gate.holds(6);
  gate.open();
  const streams = (await held).map((answer) => valueOf(answer).stream);
  const counts = new Map<string, number>();
  for (const stream of streams) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  assert.deepEqual([...counts.values()].toSorted(), [2, 4]);
});

test('the timeout of one disturbs no other, and ends nothing', async () => {
  await managed('patient', 4, SOURCE, { Timeout: 1 });
  const first = valueOf(await invoke(lambda, 'patient'));
  const late = invoke(lambda, 'patient', { never: true });
  const others = await many(3, 'patient', {});
  const timedOut = await late;
  assert.equal(timedOut.error, 'Unhandled');
  assert.match(JSON.stringify(timedOut.value), /Sandbox\.Timedout.*Task timed out after 1\.00 seconds/);
  const report = JSON.parse(timedOut.log.trimEnd().split('\n').at(-1) ?? '');
  assert.equal(report.record.status, 'timeout');
  const after = await many(3, 'patient', {});
  for (const answer of [...others, ...after]) assert.equal(valueOf(answer).stream, first.stream);
});

test('an error of one is its own', async () => {
  await managed('failing', 4);
  const [failed, fine] = await Promise.all([
    invoke(lambda, 'failing', { meet: 2, fails: true }),
    invoke(lambda, 'failing', { meet: 2 }),
  ]);
  assert.equal(failed.error, 'Unhandled');
  assert.equal((failed.value as { errorType: string }).errorType, 'RangeError');
  assert.match(failed.log, /"errorMessage":"too far"/);
  assert.equal(fine.error, undefined);
  assert.doesNotMatch(fine.log, /too far/);
});

test('a crash fails all that run in the environment, and the next one is new', async () => {
  await managed('crashing', 4);
  const before = valueOf(await invoke(lambda, 'crashing'));
  const held = many(3, 'crashing', { gate: gate.url });
  await gate.holds(3);
  const crashed = await invoke(lambda, 'crashing', { crash: true });
  for (const answer of [crashed, ...(await held)]) {
    assert.equal(answer.error, 'Unhandled');
    assert.match(JSON.stringify(answer.value), /Runtime\.ExitError.*exit status 7/);
  }
  gate.open();
  const next = valueOf(await invoke(lambda, 'crashing'));
  assert.notEqual(next.stream, before.stream);
});

test('init that fails is every waiting caller’s error', async () => {
  await managed('broken', 4, 'throw new TypeError("not today");');
  for (const answer of await many(3, 'broken', {})) {
    assert.equal(answer.error, 'Unhandled');
    assert.equal((answer.value as { errorType: string }).errorType, 'TypeError');
  }
});

test('streams run side by side', async () => {
  const source = `
    let running = 0;
    let go;
    const both = new Promise((resolve) => { go = resolve; });
    export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
      stream.write('first ');
      running += 1;
      if (running === 2) go();
      await both;
      stream.write(awslambda.InvokeStore.getRequestId() === context.awsRequestId ? event.word : 'another');
      stream.end();
    });`;
  await managed('streaming', 2, source);
  const read = async (word: string): Promise<string> => {
    const Payload = Buffer.from(JSON.stringify({ word }));
    const { EventStream = [] } = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'streaming', Payload }));
    let text = '';
    for await (const event of EventStream) text += Buffer.from(event.PayloadChunk?.Payload ?? []).toString();
    return text;
  };
  assert.deepEqual(await Promise.all([read('one'), read('two')]), ['first one', 'first two']);
});

const PYTHON_SOURCE = `
import os, sys, urllib.request, logging

def handler(event, context):
    logging.getLogger().warning("from " + context.aws_request_id)
    if event.get("gate"):
        urllib.request.urlopen(event["gate"]).read()
    if event.get("crash"):
        os._exit(3)
    if event.get("fails"):
        raise RuntimeError("too far")
    return {"id": context.aws_request_id, "stream": context.log_stream_name, "pid": os.getpid(),
            "trace": os.environ.get("_X_AMZN_TRACE_ID"), "word": event.get("word")}
`;

interface PythonValue {
  readonly id: string;
  readonly stream: string;
  readonly pid: number;
  readonly trace: string | null;
  readonly word: string | null;
}

const pythonValue = ({ value }: Answer): PythonValue => value as PythonValue;

describe('Python', { skip: PYTHON === undefined && 'no Python that runs on capacity providers is installed' }, () => {
  const python = (name: string, concurrency: number, source = PYTHON_SOURCE): Promise<void> =>
    managed(name, concurrency, { 'index.py': source }, { Runtime: 'python3.13' });

  test('each of sixteen invocations has a process of its own in one environment', async () => {
    await python('processes', 16);
    const held = many(16, 'processes', { gate: gate.url, word: 'größe' });
    await gate.holds(16);
    gate.open();
    const answers = await held;
    const values = answers.map(pythonValue);
    assert.equal(new Set(values.map(({ stream }) => stream)).size, 1);
    assert.equal(new Set(values.map(({ pid }) => pid)).size, 16);
    assert.deepEqual(new Set(values.map(({ trace }) => trace)), new Set([null]));
    assert.deepEqual(new Set(values.map(({ word }) => word)), new Set(['größe']));
    for (const [index, { log }] of answers.entries()) {
      const line = JSON.parse(log.split('\n')[1] ?? '');
      assert.equal(line.requestId, values[index]?.id);
      assert.equal(line.message, `from ${values[index]?.id}`);
    }
  });

  test('a process that ends fails its own invocation and is replaced', async () => {
    await python('ending', 2);
    const held = invoke(lambda, 'ending', { gate: gate.url });
    await gate.holds(1);
    const crashed = await invoke(lambda, 'ending', { crash: true });
    assert.equal(crashed.error, 'Unhandled');
    assert.match(JSON.stringify(crashed.value), /Runtime\.ExitError|exit status 3/);
    const again = pythonValue(await invoke(lambda, 'ending'));
    gate.open();
    const other = pythonValue(await held);
    assert.equal(again.stream, other.stream);
  });

  test('errors of the handler and of init', async () => {
    await python('raising', 4);
    const failed = await invoke(lambda, 'raising', { fails: true });
    assert.equal((failed.value as { errorMessage: string }).errorMessage, 'too far');
    await python('unloadable', 4, 'import nothing_of_the_kind');
    for (const answer of await many(3, 'unloadable', {}))
      assert.equal((answer.value as { errorType: string }).errorType, 'Runtime.ImportModuleError');
  });
});
