import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { LogRecord } from '../ports/log-sink.ts';
import { ExecutionEnvironment } from './environment.ts';
import { FakeDriver, type FakeRuntime } from './fake-driver.ts';
import { lineFormat } from './line-format.ts';
import { OutputCapture } from './output-capture.ts';
import { platformLines } from './platform-lines.ts';
import { RuntimeProcess } from './runtime-process.ts';
import { RuntimeSession } from './runtime-session.ts';

// Environments that are started before anybody calls their function.

const VERSION = {
  account: '000000000000',
  region: 'us-east-1',
  functionName: 'f',
  version: '1',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  runtime: 'nodejs24.x',
  timeoutMs: 3_000,
  memorySizeMb: 128,
  logFormat: 'Text',
} as ExecutableVersion;

interface Stage {
  readonly clock: FakeClock;
  readonly driver: FakeDriver;
  readonly environment: ExecutionEnvironment;
  readonly lines: string[];
  /** What whoever started it has heard. */
  readonly heard: string[];
}

/** Begins to start an environment whose runtimes do what the test makes them do. */
function start(onStart: (runtime: FakeRuntime) => void, version: ExecutableVersion = VERSION): Stage {
  const clock = new FakeClock();
  const driver = new FakeDriver(onStart);
  const lines: string[] = [];
  const heard: string[] = [];
  const sink = {
    write: (_stream: unknown, records: readonly LogRecord[]) => void lines.push(...records.map((record) => record.message)),
    flush: async () => {},
  };
  const stream = { account: 'a', region: 'r', group: 'g', stream: 's' };
  const capture = new OutputCapture(sink, stream, clock, lineFormat(version));
  const environment = new ExecutionEnvironment({
    id: 'e',
    version,
    clock,
    capture,
    lines: platformLines(version, 'provisioned-concurrency'),
    runtimeIdentity: undefined,
    startTurn: async () => () => {},
    startProcess: (listener) =>
      RuntimeProcess.start({
        driver,
        spec: driver.spec(),
        session: new RuntimeSession(listener),
        framed: true,
        endpoint: { address: '', attach: () => {}, admit: () => {}, close: () => {} },
        capture,
        listener,
        clock,
        ids: systemIds(),
        extensions: [],
        facts: { functionName: 'f', functionVersion: '1', handler: 'h', accountId: 'a' },
        place: { token: 't', region: 'us-east-1' },
      }),
    release: () => void heard.push('released'),
  });
  environment.initialise({
    ready: () => void heard.push('ready'),
    failed: (error) => void heard.push(`failed: ${'errorType' in error ? error.errorType : error.message}`),
    lost: () => void heard.push('lost'),
  });
  return { clock, driver, environment, lines, heard };
}

/** Lets all happen that needs no time. */
async function settle({ clock }: Stage): Promise<void> {
  for (let round = 0; round < 3; round += 1) await clock.advance(0);
}

function run({ environment }: Stage, requestId: string): Promise<string> {
  const invocation = { requestId, payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail: true };
  return new Promise((resolve, reject) => {
    environment.run(invocation, {
      outcome: ({ logTail }) => resolve(Buffer.from(logTail ?? []).toString()),
      failed: reject,
      released: () => {},
    });
  });
}

const echo = (runtime: FakeRuntime): void => {
  runtime.onInvoke = (id) => runtime.respond(`"${id}"`);
  runtime.ready();
};

test('it is ready before its first invocation, which then is no cold start', async () => {
  const stage = start((runtime) => {
    runtime.print('loading\n');
    echo(runtime);
  });
  await settle(stage);
  assert.deepEqual(stage.heard, ['ready']);
  assert.equal(stage.environment.state, 'Idle');
  assert.equal(stage.environment.memoryBytes, 30_000_000);
  assert.deepEqual(stage.lines, ['INIT_START ', 'loading', 'INIT_REPORT Init Duration: 0.00 ms\tPhase: init\tStatus: success\t']);
  const log = await run(stage, '1');
  assert.match(log, /^REPORT RequestId: 1\t/m);
  assert.doesNotMatch(log, /Init Duration/);
  assert.equal(stage.driver.runtimes.length, 1);
});

test('JSON logs tell its kind and the report of a good init', async () => {
  const stage = start(echo, { ...VERSION, logFormat: 'JSON' });
  await settle(stage);
  const records = stage.lines.map((line) => JSON.parse(line) as { type: string; record: Record<string, unknown> });
  assert.deepEqual(
    records.map(({ type }) => type),
    ['platform.initReport'],
  );
  assert.equal(records[0]?.record['initializationType'], 'provisioned-concurrency');
  assert.equal(records[0]?.record['status'], 'success');
});

test('its init has 130 seconds, or the timeout of the function when that is longer', async () => {
  for (const [timeoutMs, limitMs] of [
    [3_000, 130_000],
    [900_000, 900_000],
  ] as const) {
    const stage = start(() => {}, { ...VERSION, timeoutMs });
    await stage.clock.advance(limitMs - 1);
    assert.deepEqual(stage.heard, []);
    await stage.clock.advance(1);
    assert.deepEqual(stage.heard, ['failed: Sandbox.Timedout', 'released']);
    assert.match(stage.lines.at(-1) ?? '', /^INIT_REPORT .*Phase: init\tStatus: timeout/);
    assert.equal(stage.environment.state, 'Gone');
    assert.equal(stage.driver.runtimes[0]?.stopped, true);
  }
});

test('an init that fails ends it, and is not repeated', async () => {
  const broken = start((runtime) => runtime.initError('Runtime.UserCodeSyntaxError', '{}'));
  await settle(broken);
  assert.deepEqual(broken.heard, ['failed: Runtime.UserCodeSyntaxError', 'released']);
  const exiting = start((runtime) => runtime.exit({ code: 1, signal: null, outOfMemory: false }));
  await settle(exiting);
  assert.deepEqual(exiting.heard, ['failed: Runtime.ExitError', 'released']);
  assert.equal(exiting.driver.runtimes.length, 1);
});

test('a fault of ours is told as it is', async () => {
  const stage = start(() => {});
  stage.driver.failStart = new Error('no disk');
  await settle(stage);
  assert.deepEqual(stage.heard, ['released', 'failed: no disk']);
  assert.equal(stage.environment.state, 'Gone');
});

test('the end of its process is heard when it is idle, and not told twice when an invocation hears of it', async () => {
  const idle = start(echo);
  await settle(idle);
  idle.driver.runtimes[0]?.exit({ code: 0, signal: null, outOfMemory: false });
  await settle(idle);
  assert.deepEqual(idle.heard, ['ready', 'lost']);
  const busy = start((runtime) => {
    runtime.onInvoke = () => runtime.exit({ code: 1, signal: null, outOfMemory: false });
    runtime.ready();
  });
  await settle(busy);
  await run(busy, '1');
  assert.deepEqual(busy.heard, ['ready']);
});
