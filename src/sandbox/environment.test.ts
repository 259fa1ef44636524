import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { LogRecord } from '../ports/log-sink.ts';
import { ExecutionEnvironment } from './environment.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import { lineFormat } from './line-format.ts';
import { OutputCapture } from './output-capture.ts';
import { platformLines } from './platform-lines.ts';
import { RuntimeProcess } from './runtime-process.ts';
import { RuntimeSession } from './runtime-session.ts';
import { FakeDriver, type FakeRuntime } from './fake-driver.ts';

const VERSION = {
  account: '000000000000',
  region: 'us-east-1',
  functionName: 'f',
  version: '$LATEST',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  runtime: 'nodejs24.x',
  timeoutMs: 3_000,
  memorySizeMb: 128,
  logFormat: 'Text',
} as ExecutableVersion;

interface Run {
  outcome?: InvocationOutcome;
  failure?: unknown;
  released: boolean;
}

interface Stage {
  readonly clock: FakeClock;
  readonly driver: FakeDriver;
  readonly environment: ExecutionEnvironment;
  readonly lines: string[];
  released: number;
  run(id: string, logTail?: boolean): Run;
}

/** An environment over a driver whose runtimes do what the test makes them do. */
function stage(onStart: (runtime: FakeRuntime) => void): Stage {
  const clock = new FakeClock();
  const driver = new FakeDriver(onStart);
  const lines: string[] = [];
  const sink = {
    write: (_stream: unknown, records: readonly LogRecord[]) => void lines.push(...records.map((record) => record.message)),
    flush: async () => {},
  };
  const stream = { account: 'a', region: 'r', group: 'g', stream: 's' };
  const capture = new OutputCapture(sink, stream, clock, lineFormat(VERSION));
  const endpoint = { address: '', attach: () => {}, admit: () => {}, close: () => {} };
  const self: Stage = {
    clock,
    driver,
    lines,
    released: 0,
    environment: new ExecutionEnvironment({
      id: 'e',
      version: VERSION,
      clock,
      capture,
      lines: platformLines(VERSION),
      runtimeIdentity: undefined,
      startTurn: async () => () => {},
      startProcess: (listener) =>
        RuntimeProcess.start({
          driver,
          spec: driver.spec(),
          session: new RuntimeSession(listener),
          framed: true,
          endpoint,
          capture,
          listener,
          clock,
          ids: systemIds(),
          extensions: [],
          facts: { functionName: 'f', functionVersion: '$LATEST', handler: 'h', accountId: 'a' },
          place: { token: 't', region: 'us-east-1' },
        }),
      release: () => {
        self.released += 1;
      },
    }),
    run: (requestId, logTail = false) => {
      const run: Run = { released: false };
      const invocation: Invocation = { requestId, payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail };
      self.environment.run(invocation, {
        outcome: (outcome) => {
          run.outcome = outcome;
        },
        failed: (error) => {
          run.failure = error;
        },
        released: () => {
          run.released = true;
        },
      });
      return run;
    },
  };
  return self;
}

async function turns(count = 12): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

function text(run: Run): string {
  return Buffer.from(run.outcome?.payload ?? []).toString();
}

const echo = (runtime: FakeRuntime): void => {
  runtime.onInvoke = (id) => runtime.respond(`"${id}"`);
  runtime.ready();
};

test('the first invocation starts the process, the next one finds it warm', async () => {
  const { environment, run, driver, lines } = stage(echo);
  const first = run('1');
  await turns();
  const second = run('2');
  await turns();
  assert.equal(text(first), '"1"');
  assert.equal(text(second), '"2"');
  assert.ok(first.released && second.released);
  assert.equal(environment.state, 'Idle');
  assert.equal(driver.runtimes.length, 1);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['INIT_START', 'START', 'END', 'REPORT', 'START', 'END', 'REPORT'],
  );
  assert.match(lines[3] ?? '', /Init Duration/);
  assert.doesNotMatch(lines[6] ?? '', /Init Duration/);
});

test('a function error leaves the process alive', async () => {
  const { run, driver } = stage((runtime) => {
    runtime.onInvoke = () => runtime.fail('{"errorType":"Error","errorMessage":"no"}');
    runtime.ready();
  });
  const failed = run('1');
  await turns();
  assert.equal(failed.outcome?.functionError, 'Unhandled');
  assert.equal(text(failed), '{"errorType":"Error","errorMessage":"no"}');
  run('2');
  await turns();
  assert.equal(driver.runtimes.length, 1);
});

test('a timeout answers the caller, resets the process, and the next invocation starts another', async () => {
  const { environment, run, driver, lines, clock } = stage((runtime) => {
    if (driver.runtimes.length > 1) return echo(runtime);
    runtime.ready();
  });
  const slow = run('slow');
  await turns();
  await clock.advance(2_999);
  assert.equal(slow.outcome, undefined);
  await clock.advance(1);
  await turns();
  assert.deepEqual(JSON.parse(text(slow)), {
    errorType: 'Sandbox.Timedout',
    errorMessage: 'RequestId: slow Error: Task timed out after 3.00 seconds',
  });
  assert.equal(environment.state, 'Reset');
  assert.ok(driver.runtimes[0]?.stopped);
  assert.match(lines.at(-1) ?? '', /Status: timeout$/);
  const next = run('next');
  await turns();
  assert.equal(text(next), '"next"');
  assert.doesNotMatch(lines.at(-1) ?? '', /Init Duration/);
});

test('a crash is told as an exit, out of memory as such', async () => {
  const exits = [
    {
      exit: { code: 1, signal: null, outOfMemory: false },
      type: 'Runtime.ExitError',
      message: 'Runtime exited with error: exit status 1',
    },
    {
      exit: { code: 0, signal: null, outOfMemory: false },
      type: 'Runtime.ExitError',
      message: 'Runtime exited without providing a reason',
    },
    {
      exit: { code: null, signal: 'SIGSEGV', outOfMemory: false },
      type: 'Runtime.ExitError',
      message: 'Runtime exited with error: signal: segmentation fault',
    },
    {
      exit: { code: null, signal: 'SIGKILL', outOfMemory: true },
      type: 'Runtime.OutOfMemory',
      message: 'Runtime exited with error: signal: killed',
    },
  ];
  for (const { exit, type, message } of exits) {
    const { run, lines } = stage((runtime) => {
      runtime.onInvoke = () => runtime.exit(exit);
      runtime.ready();
    });
    const crashed = run('1');
    await turns();
    assert.deepEqual(JSON.parse(text(crashed)), { errorType: type, errorMessage: `RequestId: 1 Error: ${message}` });
    assert.match(lines.at(-1) ?? '', new RegExp(`Status: error\\tError Type: ${type}$`));
  }
});

test('a failed init is repeated within the invocation, whose answer is the init error', async () => {
  const { run, driver, lines, environment } = stage((runtime) =>
    runtime.initError('Runtime.ImportModuleError', '{"errorType":"Runtime.ImportModuleError"}'),
  );
  const failed = run('1');
  await turns(30);
  assert.equal(text(failed), '{"errorType":"Runtime.ImportModuleError"}');
  assert.equal(failed.outcome?.functionError, 'Unhandled');
  assert.equal(driver.runtimes.length, 2);
  assert.deepEqual(
    lines.map((line) =>
      line
        .replace(/Duration: [\d.]+ ms/, '')
        .split('\t')
        .slice(0, 3)
        .join('|'),
    ),
    [
      'INIT_START ',
      'INIT_REPORT Init |Phase: init|Status: error',
      'START RequestId: 1 Version: $LATEST',
      'INIT_REPORT Init |Phase: invoke|Status: error',
      'END RequestId: 1',
      lines
        .at(-1)
        ?.replace(/Duration: [\d.]+ ms/, '')
        .split('\t')
        .slice(0, 3)
        .join('|'),
    ],
  );
  assert.equal(environment.state, 'Reset');
});

test('an init that takes more than ten seconds is given up and repeated', async () => {
  const { run, driver, clock, lines } = stage((runtime) => {
    if (driver.runtimes.length > 1) echo(runtime);
  });
  const late = run('1');
  await turns();
  await clock.advance(10_000);
  await turns(30);
  assert.equal(text(late), '"1"');
  assert.match(lines[1] ?? '', /^INIT_REPORT Init Duration: 10000\.00 ms\tPhase: init\tStatus: timeout\t$/);
});

test('the log tail holds the whole invocation, output that came just before the answer included', async () => {
  const { run } = stage((runtime) => {
    runtime.onInvoke = () => {
      runtime.print('hello\nunfinished');
      runtime.respond('1', 16);
    };
    runtime.ready();
  });
  const tailed = run('1', true);
  await turns();
  const tail = Buffer.from(tailed.outcome?.logTail ?? []).toString();
  assert.match(tail, /^START RequestId: 1 Version: \$LATEST\nhello\nunfinished\nEND RequestId: 1\nREPORT RequestId: 1\t/);
});

test('an idle environment freezes, thaws for its next invocation, and stop gives everything back', async () => {
  const subject = stage(echo);
  const { environment, run, driver } = subject;
  run('1');
  await turns();
  environment.freeze();
  assert.deepEqual(driver.runtimes[0]?.calls, ['limitCpu', 'freeze']);
  run('2');
  await turns();
  assert.deepEqual(driver.runtimes[0]?.calls, ['limitCpu', 'freeze', 'thaw']);
  await environment.stop();
  await environment.stop();
  assert.equal(environment.state, 'Gone');
  assert.ok(driver.runtimes[0]?.stopped);
  assert.equal(subject.released, 1);
});

test('a runtime that breaks the protocol is given up and the caller told', async () => {
  const { run, driver } = stage((runtime) => {
    runtime.onInvoke = () => runtime.frame(0x77, Buffer.alloc(0));
    runtime.ready();
  });
  const broken = run('1');
  await turns();
  assert.equal(JSON.parse(text(broken)).errorType, 'Sandbox.Failure');
  assert.ok(driver.runtimes[0]?.stopped);
});

test("a sandbox that cannot be started is our fault, not the function's", async () => {
  const subject = stage(echo);
  subject.driver.failStart = new Error('no more processes');
  const failed = subject.run('1');
  await turns();
  assert.equal(failed.outcome, undefined);
  assert.match(String(failed.failure), /no more processes/);
  assert.ok(failed.released);
  assert.equal(subject.environment.state, 'Gone');
  assert.equal(subject.released, 1);
});

test('stopping while an invocation runs answers its caller', async () => {
  const { run, environment } = stage((runtime) => runtime.ready());
  const running = run('1');
  await turns();
  await environment.stop();
  await turns();
  assert.equal(running.outcome?.functionError, 'Unhandled');
  assert.ok(running.released);
  assert.equal(environment.state, 'Gone');
});
