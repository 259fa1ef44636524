import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { LogRecord } from '../ports/log-sink.ts';
import { ConcurrentEnvironment } from './concurrent-environment.ts';
import type { ConcurrentSession } from './concurrent-session.ts';
import { FakeDriver, type FakeRuntime } from './fake-driver.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import { lineFormat } from './line-format.ts';
import { OutputCapture } from './output-capture.ts';
import { platformLines } from './platform-lines.ts';
import { RequestTails } from './request-tails.ts';
import { RuntimeProcess } from './runtime-process.ts';

const VERSION = {
  account: '000000000000',
  region: 'us-east-1',
  functionName: 'f',
  version: '1',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  runtime: 'nodejs24.x',
  timeoutMs: 3_000,
  memorySizeMb: 2_048,
  maxConcurrency: 3,
  cpuCores: 1,
  logFormat: 'JSON',
} as ExecutableVersion;

interface Run {
  outcome?: InvocationOutcome;
  failure?: unknown;
  released: number;
}

interface Stage {
  readonly clock: FakeClock;
  readonly driver: FakeDriver;
  readonly environment: ConcurrentEnvironment;
  readonly lines: string[];
  /** Ids of what the runtime has been given. */
  readonly taken: string[];
  released: number;
  run(id: string, logTail?: boolean): Run;
  /** The runtime asks for so many events. */
  ask(count: number): void;
  answer(id: string): unknown;
}

/** An environment whose runtime speaks as the test says, past any transport. */
function stage(onStart: (runtime: FakeRuntime) => void = () => {}): Stage {
  const clock = new FakeClock();
  const driver = new FakeDriver(onStart);
  const lines: string[] = [];
  const taken: string[] = [];
  const tails = new RequestTails({
    write: (_stream, records: readonly LogRecord[]) => void lines.push(...records.map(({ message }) => message)),
    flush: async () => {},
  });
  const capture = new OutputCapture(tails, { account: 'a', region: 'r', group: 'g', stream: 's' }, clock, lineFormat(VERSION));
  let session: ConcurrentSession | undefined;
  const environment = new ConcurrentEnvironment({
    id: 'e',
    version: VERSION,
    maxConcurrency: VERSION.maxConcurrency ?? 1,
    clock,
    capture,
    tails,
    lines: platformLines(VERSION, 'lambda-managed-instances'),
    initializationType: 'lambda-managed-instances',
    runtimeIdentity: undefined,
    startTurn: async () => () => {},
    startProcess: (listener, started) => {
      session = started;
      return RuntimeProcess.start({
        driver,
        spec: driver.spec(),
        session: started,
        framed: false,
        endpoint: { address: '', attach: () => {}, admit: () => {}, close: () => {} },
        capture,
        listener,
        clock,
        ids: systemIds(),
        extensions: [],
        facts: { functionName: 'f', functionVersion: '1', handler: 'h', accountId: 'a' },
        place: { token: 't', region: 'us-east-1' },
      });
    },
    release: () => {
      self.released += 1;
    },
  });
  const self: Stage = {
    clock,
    driver,
    environment,
    lines,
    taken,
    released: 0,
    run: (requestId, logTail = false) => {
      const run: Run = { released: 0 };
      const invocation: Invocation = { requestId, payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail };
      environment.run(invocation, {
        outcome: (outcome) => void (run.outcome = outcome),
        failed: (error) => void (run.failure = error),
        released: () => void (run.released += 1),
      });
      return run;
    },
    ask: (count) => {
      const take = ({ requestId }: Invocation): void => void taken.push(requestId);
      for (let call = 0; call < count; call += 1) session?.next(take, () => true);
    },
    answer: (id) => session?.answer(id, { kind: 'response', payload: Buffer.from(`"${id}"`) }),
  };
  return self;
}

async function turns(count = 12): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The same with a runtime that waits for so many events. */
async function ready(waiting: number): Promise<Stage> {
  const made = stage();
  made.run('first');
  await turns();
  made.ask(waiting);
  await turns();
  made.answer('first');
  await turns();
  made.ask(1);
  made.taken.length = 0;
  return made;
}

const text = ({ outcome }: Run): string => Buffer.from(outcome?.payload ?? []).toString();

test('what comes while it starts is run side by side, and ends in any order', async () => {
  const { environment, run, ask, answer, taken, driver } = stage();
  const runs = ['1', '2', '3'].map((id) => run(id));
  await turns();
  assert.equal(environment.state, 'Initialising');
  assert.equal(environment.hasRoom, false);
  ask(3);
  await turns();
  assert.deepEqual(taken, ['1', '2', '3']);
  for (const id of ['3', '1', '2']) assert.equal(answer(id), undefined);
  await turns();
  assert.deepEqual(runs.map(text), ['"1"', '"2"', '"3"']);
  assert.deepEqual(
    runs.map(({ released }) => released),
    [1, 1, 1],
  );
  assert.equal(environment.state, 'Idle');
  assert.equal(driver.runtimes.length, 1);
  assert.ok(!driver.runtimes[0]?.calls.includes('freeze'));
});

test('the log of each is its own', async () => {
  const { run, answer, driver, lines } = await ready(3);
  const runs = [run('aaaa', true), run('bbbb', true)];
  driver.runtimes[0]?.print('{"level":"INFO","requestId":"bbbb","message":"from b"}\n');
  await turns();
  for (const id of ['aaaa', 'bbbb']) answer(id);
  await turns();
  const [a = '', b = ''] = runs.map(({ outcome }) => Buffer.from(outcome?.logTail ?? []).toString());
  assert.deepEqual([a.split('\n').length, b.split('\n').length], [3, 4]);
  assert.doesNotMatch(a, /from b/);
  assert.match(b, /from b/);
  assert.equal(lines.filter((line) => line.includes('platform.report')).length, 3);
});

test('one whose time is over is answered and let finish; others go on', async () => {
  const { environment, clock, run, answer, driver } = await ready(3);
  const late = run('late');
  await clock.advance(2_000);
  const other = run('other');
  await clock.advance(1_000);
  await turns();
  assert.equal(late.outcome?.errorType, 'Sandbox.Timedout');
  assert.equal(late.released, 1);
  assert.equal(other.outcome, undefined);
  assert.equal(environment.hasRoom, true);
  run('third');
  assert.equal(environment.hasRoom, false, 'what is late takes up room');
  assert.deepEqual(answer('late'), { status: 410, errorType: 'InvokeTimeout', errorMessage: 'Invoke timeout' });
  assert.equal(environment.hasRoom, true);
  answer('other');
  await turns();
  assert.equal(text(other), '"other"');
  assert.deepEqual([late.released, other.released, driver.runtimes.length], [1, 1, 1]);
});

test('a process with something that never comes to its end is replaced when nothing else runs', async () => {
  const { environment, clock, run, ask, answer, driver, taken } = await ready(3);
  run('stuck');
  await clock.advance(3_000);
  await clock.advance(59_000);
  const other = run('other');
  await clock.advance(1_000);
  assert.equal(environment.hasRoom, false);
  assert.equal(driver.runtimes[0]?.stopped, false);
  answer('other');
  await turns();
  assert.equal(text(other), '"other"');
  assert.equal(driver.runtimes[0]?.stopped, true);
  assert.equal(environment.hasRoom, true);
  taken.length = 0;
  const next = run('next');
  await turns();
  ask(1);
  await turns();
  answer('next');
  await turns();
  assert.equal(text(next), '"next"');
  assert.equal(driver.runtimes.length, 2);
});

test('the end of its process fails all that it runs', async () => {
  const { environment, run, driver, released } = await ready(2);
  assert.equal(released, 0);
  const runs = ['1', '2', 'queued'].map((id) => run(id));
  driver.runtimes[0]?.exit({ code: 7, signal: null, outOfMemory: false });
  await turns();
  for (const [index, each] of runs.entries()) {
    assert.equal(each.outcome?.errorType, 'Runtime.ExitError');
    assert.match(text(each), new RegExp(`RequestId: ${['1', '2', 'queued'][index]} Error: .*exit status 7`));
    assert.equal(each.released, 1);
  }
  assert.equal(environment.state, 'Gone');
  assert.equal(environment.hasRoom, false);
});

test('a process that ends while nothing runs is started anew', async () => {
  const { environment, run, ask, answer, driver } = await ready(1);
  driver.runtimes[0]?.exit({ code: 0, signal: null, outOfMemory: false });
  await turns();
  assert.equal(environment.state, 'New');
  const next = run('next');
  await turns();
  ask(1);
  await turns();
  answer('next');
  await turns();
  assert.equal(text(next), '"next"');
});

test('an init that fails is the error of all that wait, and has more time than one on demand', async () => {
  const { environment, clock, run, lines } = stage();
  const runs = ['1', '2'].map((id) => run(id));
  await turns();
  await clock.advance(129_000);
  await turns();
  assert.equal(environment.state, 'Initialising');
  await clock.advance(1_000);
  await turns();
  for (const each of runs) assert.deepEqual([each.outcome?.errorType, each.released], ['Sandbox.Timedout', 1]);
  assert.equal(environment.state, 'Gone');
  assert.equal(lines.filter((line) => line.includes('platform.initReport')).length, 1);
});

test('a runtime that leaves an invocation waiting gets no more, and it is throttled in the end', async () => {
  const { environment, clock, run } = await ready(1);
  run('taken');
  const waiting = run('waiting');
  assert.equal(environment.hasRoom, true);
  await clock.advance(1_000);
  assert.equal(environment.hasRoom, false);
  await clock.advance(59_000);
  assert.equal((waiting.failure as { code?: string } | undefined)?.code, 'TooManyRequestsException');
  assert.equal(waiting.released, 1);
});

test('stopping it answers what it runs and gives everything back once', async () => {
  const made = await ready(2);
  const running = made.run('1');
  await made.environment.stop();
  await turns();
  assert.equal(running.outcome?.errorType, 'Sandbox.Failure');
  assert.equal(running.released, 1);
  assert.deepEqual([made.released, made.driver.runtimes[0]?.stopped], [1, true]);
});
