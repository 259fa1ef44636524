import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { ExecutionEnvironment, InvocationCallbacks } from './environment.ts';
import { EnvironmentPool, type PoolSettings } from './environment-pool.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';

const SETTINGS: PoolSettings = {
  environmentsMax: 100,
  environmentsPerFunctionMax: 100,
  waitingMax: 10,
  memoryBudgetBytes: 1e12,
  freezeAfterMs: 10,
  idleTimeoutMs: 60_000,
};

/** Stands in for an environment: holds its invocation until the test ends it. */
class HeldEnvironment {
  state = 'New';
  startCostMs = 40;
  memoryBytes = 50e6;
  frozen = 0;
  stopped = false;
  readonly served: string[] = [];
  #end: (() => void) | undefined;

  run(invocation: Invocation, callbacks: InvocationCallbacks): void {
    this.state = 'Busy';
    this.served.push(invocation.requestId);
    this.#end = () => {
      this.#end = undefined;
      callbacks.outcome({ payload: Buffer.from(invocation.requestId) });
      this.state = 'Idle';
      callbacks.released();
    };
  }

  end(): void {
    this.#end?.();
  }

  freeze(): void {
    this.frozen += 1;
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

function version(name: string, configurationId = '1'): ExecutableVersion {
  return { functionArn: `arn:${name}`, version: '$LATEST', configurationId } as ExecutableVersion;
}

function invocation(requestId: string): Invocation {
  return { requestId, payload: Buffer.alloc(0), invokedFunctionArn: '', logTail: false };
}

function open(settings: Partial<PoolSettings> = {}): { pool: EnvironmentPool; made: HeldEnvironment[]; clock: FakeClock } {
  const made: HeldEnvironment[] = [];
  const clock = new FakeClock();
  const create = (): ExecutionEnvironment => {
    const environment = new HeldEnvironment();
    made.push(environment);
    return environment as unknown as ExecutionEnvironment;
  };
  return { pool: new EnvironmentPool(create, clock, { ...SETTINGS, ...settings }), made, clock };
}

async function text(outcome: Promise<InvocationOutcome>): Promise<string> {
  return Buffer.from((await outcome).payload).toString();
}

test('each concurrent invocation has an environment of its own; the last one used is used first', async () => {
  const { pool, made } = open();
  const first = pool.run(version('f'), invocation('1'));
  const second = pool.run(version('f'), invocation('2'));
  assert.equal(made.length, 2);
  made[0]?.end();
  made[1]?.end();
  assert.deepEqual(await Promise.all([text(first), text(second)]), ['1', '2']);
  void pool.run(version('f'), invocation('3'));
  assert.deepEqual(
    made.map((environment) => environment.served),
    [['1'], ['2', '3']],
  );
});

test('functions, versions and configurations never share an environment', () => {
  const { pool, made } = open();
  for (const target of [version('f'), version('g'), version('f', '2'), { ...version('f'), version: '1' }]) {
    void pool.run(target, invocation('x'));
    made.at(-1)?.end();
  }
  assert.equal(made.length, 4);
});

test("beyond the function's bound invocations wait, in order, for the next free environment", async () => {
  const { pool, made } = open({ environmentsPerFunctionMax: 1 });
  const outcomes = ['1', '2', '3'].map((id) => text(pool.run(version('f'), invocation(id))));
  assert.equal(made.length, 1);
  assert.equal(pool.counts.waiting, 2);
  for (let i = 0; i < 3; i += 1) made[0]?.end();
  assert.deepEqual(await Promise.all(outcomes), ['1', '2', '3']);
  assert.deepEqual(made[0]?.served, ['1', '2', '3']);
});

test('a full waiting line throttles, and so does a wait that takes too long', async () => {
  const { pool, clock } = open({ environmentsPerFunctionMax: 1, waitingMax: 1 });
  void pool.run(version('f'), invocation('1'));
  const waiting = pool.run(version('f'), invocation('2'));
  await assert.rejects(pool.run(version('f'), invocation('3')), { code: 'TooManyRequestsException', status: 429 });
  const refused = assert.rejects(waiting, { code: 'TooManyRequestsException' });
  await clock.advance(60_000);
  await refused;
  assert.equal(pool.counts.waiting, 0);
});

test('room is made by giving up the idle environment that is worth least', async () => {
  const { pool, made, clock } = open({ environmentsMax: 2 });
  void pool.run(version('cheap'), invocation('1'));
  void pool.run(version('dear'), invocation('2'));
  const [cheap, dear] = made;
  if (dear) dear.startCostMs = 5_000;
  cheap?.end();
  dear?.end();
  await clock.advance(5);
  void pool.run(version('new'), invocation('3'));
  assert.equal(cheap?.stopped, true);
  assert.equal(dear?.stopped, false);
  assert.equal(pool.counts.environments, 2);
});

test('when every environment is busy the invocation waits for room, of whichever function', async () => {
  const { pool, made } = open({ environmentsMax: 1 });
  const first = text(pool.run(version('f'), invocation('1')));
  const second = text(pool.run(version('g'), invocation('2')));
  made[0]?.end();
  assert.equal(await first, '1');
  assert.equal(made[0]?.stopped, true);
  made[1]?.end();
  assert.equal(await second, '2');
});

test('the memory budget bounds the environments, but one is always allowed', () => {
  const { pool, made } = open({ memoryBudgetBytes: 1 });
  void pool.run(version('f'), invocation('1'));
  void pool.run(version('f'), invocation('2'));
  assert.equal(made.length, 1);
  assert.equal(pool.counts.waiting, 1);
});

test('idle environments are frozen, and given up after the idle timeout', async () => {
  const { pool, made, clock } = open({ idleTimeoutMs: 5_000 });
  void pool.run(version('f'), invocation('1'));
  made[0]?.end();
  await clock.advance(9);
  assert.equal(made[0]?.frozen, 0);
  await clock.advance(2);
  assert.equal(made[0]?.frozen, 1);
  await clock.advance(6_000);
  assert.equal(made[0]?.stopped, true);
  assert.equal(pool.counts.environments, 0);
  assert.equal(clock.pending, 0);
});

test('a retired version stops when idle, and a busy environment after its invocation', async () => {
  const { pool, made } = open();
  void pool.run(version('f'), invocation('1'));
  const running = text(pool.run(version('f'), invocation('2')));
  made[0]?.end();
  pool.retire(version('f'));
  assert.deepEqual(
    made.map((environment) => environment.stopped),
    [true, false],
  );
  made[1]?.end();
  assert.equal(await running, '2');
  assert.equal(made[1]?.stopped, true);
});

test('closing waits for what runs, refuses what comes, and stops everything', async () => {
  const { pool, made } = open();
  const running = text(pool.run(version('f'), invocation('1')));
  const closed = pool.close(10_000);
  await assert.rejects(pool.run(version('f'), invocation('2')), { code: 'ServiceException' });
  assert.equal(made[0]?.stopped, false);
  made[0]?.end();
  assert.equal(await running, '1');
  await closed;
  assert.equal(made[0]?.stopped, true);
});

test('closing does not wait longer than its grace', async () => {
  const { pool, made, clock } = open();
  void pool.run(version('f'), invocation('1'));
  const closed = pool.close(1_000);
  await clock.advance(1_000);
  await closed;
  assert.equal(made[0]?.stopped, true);
});
