import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { AheadCallbacks, ExecutionEnvironment, InvocationCallbacks } from './environment.ts';
import { EnvironmentPool, type PoolSettings } from './environment-pool.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import type { ProvisionedListener } from './pooled-environment.ts';

const SETTINGS: PoolSettings = {
  environmentsMax: 100,
  environmentsPerFunctionMax: 100,
  newEnvironmentsPerTenSeconds: 0,
  tenantEnvironmentsMax: 100,
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
  /** How it was started ahead, if it was. */
  ahead: AheadCallbacks | undefined;
  /** Stays in use after its answers, until the test releases it. */
  lingers = false;
  crashes = false;
  #end: (() => void) | undefined;
  #release: (() => void) | undefined;

  run(invocation: Invocation, callbacks: InvocationCallbacks): void {
    this.state = 'Busy';
    this.served.push(invocation.requestId);
    this.#end = () => {
      this.#end = undefined;
      callbacks.outcome({ payload: Buffer.from(invocation.requestId) });
      this.#release = () => {
        this.state = this.crashes ? 'Reset' : 'Idle';
        callbacks.released();
      };
      if (!this.lingers) this.release();
    };
  }

  initialise(callbacks: AheadCallbacks): void {
    this.state = 'Initialising';
    this.ahead = callbacks;
  }

  /** Ends an init that was begun ahead. */
  ready(): void {
    this.state = 'Idle';
    this.ahead?.ready();
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
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
  const place = { account: 'a', region: 'r', functionName: name };
  return { ...place, functionArn: `arn:${name}`, version: '$LATEST', configurationId } as ExecutableVersion;
}

function invocation(requestId: string, tenantId?: string): Invocation {
  return { requestId, payload: Buffer.alloc(0), invokedFunctionArn: '', logTail: false, ...(tenantId ? { tenantId } : {}) };
}

/** A place that counts how often it was left. */
function place(): { left: number; leave: () => void } {
  const self = { left: 0, leave: () => void (self.left += 1) };
  return self;
}

/** What a test hears of an environment that it provisioned. */
function listener(): ProvisionedListener & { readonly heard: string[] } {
  const heard: string[] = [];
  const lost = (cause: { errorType?: string; message?: string } | undefined): void =>
    void heard.push(`lost: ${cause ? (cause.errorType ?? cause.message) : 'after use'}`);
  return { heard, ready: () => void heard.push('ready'), lost };
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

test('a place is left when the environment is free again, not when it answers', async () => {
  const { pool, made } = open();
  const own = place();
  const running = text(pool.run(version('f'), invocation('1'), own));
  if (made[0]) made[0].lingers = true;
  made[0]?.end();
  assert.equal(await running, '1');
  assert.equal(own.left, 0);
  made[0]?.release();
  assert.equal(own.left, 1);
});

test('a place is left when the invocation is refused', async () => {
  const { pool, clock } = open({ environmentsPerFunctionMax: 1, waitingMax: 1 });
  const places = [place(), place(), place()];
  const [, waiting, refused] = places.map((own, index) => pool.run(version('f'), invocation(`${index}`), own));
  await assert.rejects(refused ?? Promise.resolve(), { code: 'TooManyRequestsException' });
  const late = assert.rejects(waiting ?? Promise.resolve(), { code: 'TooManyRequestsException' });
  await clock.advance(60_000);
  await late;
  assert.deepEqual(
    places.map(({ left }) => left),
    [0, 1, 1],
  );
});

test('invocations use what is provisioned before anything else, and on demand environments beyond it', async () => {
  const { pool, made } = open();
  const heard = listener();
  pool.provision(version('f'), heard);
  void pool.run(version('f'), invocation('before'));
  assert.equal(made.length, 2, 'what is not ready yet serves nobody');
  made[1]?.end();
  made[0]?.ready();
  assert.deepEqual(heard.heard, ['ready']);
  void pool.run(version('f'), invocation('provisioned'));
  void pool.run(version('f'), invocation('spilled'));
  assert.deepEqual(
    made.map(({ served }) => served),
    [['provisioned'], ['before', 'spilled']],
  );
});

test('what is provisioned is frozen when idle, but neither evicted nor given up for its age', async () => {
  const { pool, made, clock } = open({ environmentsMax: 1, idleTimeoutMs: 5_000 });
  pool.provision(version('f'), listener());
  made[0]?.ready();
  await clock.advance(3_600_000);
  assert.equal(made[0]?.frozen, 1);
  void pool.run(version('other'), invocation('1')).catch(() => {});
  assert.equal(made[0]?.stopped, false);
  assert.equal(pool.counts.waiting, 1);
  assert.equal(pool.provision(version('f'), listener()), undefined, 'there is no room for another');
  void pool.close(0);
});

test('who provisioned an environment hears when it is lost, and why', async () => {
  const { pool, made } = open();
  const listeners = [listener(), listener(), listener(), listener()];
  for (const heard of listeners) pool.provision(version('f'), heard);
  made[0]?.ahead?.failed({ errorType: 'Runtime.ExitError', payload: Buffer.alloc(0) });
  made[1]?.ready();
  made[1]?.ahead?.lost();
  made[2]?.ready();
  void pool.run(version('f'), invocation('1'));
  if (made[2]) made[2].crashes = true;
  made[2]?.end();
  made[3]?.ahead?.failed(new Error('no disk'));
  assert.deepEqual(
    listeners.map(({ heard }) => heard),
    [['lost: Runtime.ExitError'], ['ready', 'lost: Sandbox.Failure'], ['ready', 'lost: after use'], ['lost: no disk']],
  );
  assert.equal(pool.counts.environments, 0);
});

test('an environment that is given up stops at once, or after the invocation that it runs', async () => {
  const { pool, made } = open();
  const heard = listener();
  const [starting, idle, busy] = [1, 2, 3].map(() => pool.provision(version('f'), heard));
  made[2]?.ready();
  const running = text(pool.run(version('f'), invocation('1')));
  made[1]?.ready();
  for (const environment of [starting, idle, busy]) environment?.giveUp();
  assert.deepEqual(
    made.map(({ stopped }) => stopped),
    [true, true, false],
  );
  made[2]?.end();
  assert.equal(await running, '1');
  assert.equal(made[2]?.stopped, true);
  assert.deepEqual(heard.heard, ['ready', 'ready']);
});

test('an invocation that waits is run by what is provisioned in the meantime', async () => {
  const { pool, made } = open({ environmentsPerFunctionMax: 2 });
  pool.provision(version('f'), listener());
  void pool.run(version('f'), invocation('1'));
  const waiting = text(pool.run(version('f'), invocation('2')));
  made[0]?.ready();
  made[0]?.end();
  assert.equal(await waiting, '2');
});

test('a version that is retired keeps what is provisioned until it is given up', () => {
  const { pool, made } = open();
  const environment = pool.provision(version('f'), listener());
  made[0]?.ready();
  pool.retire(version('f'));
  assert.equal(made[0]?.stopped, false);
  environment?.giveUp();
  assert.equal(made[0]?.stopped, true);
  assert.deepEqual(pool.versionsOf('arn:f'), []);
});

test('tenants never share an environment, and retire together', () => {
  const { pool, made } = open();
  for (const tenant of ['blue', 'red', 'blue']) {
    void pool.run(version('f'), invocation('x', tenant));
    made.at(-1)?.end();
    made[0]?.end();
  }
  assert.deepEqual(
    made.map(({ served }) => served.length),
    [2, 1],
  );
  assert.equal(pool.versionsOf('arn:f').length, 1);
  pool.retire(version('f'));
  assert.ok(made.every(({ stopped }) => stopped));
});

test('tenants have so many environments and no more, idle ones included', async () => {
  const { pool, made } = open({ tenantEnvironmentsMax: 2 });
  for (const tenant of ['a', 'b']) void pool.run(version('f'), invocation('x', tenant));
  made[0]?.end();
  await assert.rejects(pool.run(version('g'), invocation('x', 'c')), {
    code: 'TooManyRequestsException',
    message: 'Rate exceeded',
  });
  void pool.run(version('g'), invocation('of nobody'));
  assert.equal(made.length, 3);
  pool.retire(version('f'));
  void pool.run(version('g'), invocation('x', 'c'));
  assert.equal(made.length, 4);
});

test('a function grows only so fast, and is throttled beyond', async () => {
  const { pool, made, clock } = open({ newEnvironmentsPerTenSeconds: 10 });
  for (let count = 0; count < 10; count += 1) void pool.run(version('f'), invocation('x'));
  const refused = { code: 'TooManyRequestsException', members: { Reason: 'ConcurrentInvocationLimitExceeded' } };
  await assert.rejects(pool.run(version('f'), invocation('x')), refused);
  void pool.run(version('g'), invocation('another function'));
  pool.provision(version('f'), listener());
  await clock.advance(1_000);
  void pool.run(version('f'), invocation('refilled'));
  await assert.rejects(pool.run(version('f'), invocation('x')), refused);
  assert.equal(made.length, 13);
});

/** Stands in for an environment that takes several: each invocation ends when the test says so. */
class SharedEnvironment {
  state = 'New';
  startCostMs = 40;
  memoryBytes = 50e6;
  stopped = false;
  /** Room that is taken by what its callers wait for no more. */
  late = 0;
  readonly served: string[] = [];
  readonly #running = new Map<string, InvocationCallbacks>();

  get hasRoom(): boolean {
    return this.state !== 'Gone' && this.#running.size + this.late < 2;
  }

  run(invocation: Invocation, callbacks: InvocationCallbacks): void {
    assert.ok(this.hasRoom, 'it was given more than it takes');
    this.state = 'Busy';
    this.served.push(invocation.requestId);
    this.#running.set(invocation.requestId, callbacks);
  }

  end(requestId: string): void {
    const callbacks = this.#running.get(requestId);
    this.#running.delete(requestId);
    if (this.#running.size === 0 && this.state !== 'Gone') this.state = 'Idle';
    callbacks?.outcome({ payload: Buffer.from(requestId) });
    callbacks?.released();
  }

  initialise(): void {}

  freeze(): void {}

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

function sharing(settings: Partial<PoolSettings> = {}): {
  readonly pool: EnvironmentPool;
  readonly made: SharedEnvironment[];
  run(requestId: string): Promise<InvocationOutcome>;
} {
  const made: SharedEnvironment[] = [];
  const create = (): never => {
    const environment = new SharedEnvironment();
    made.push(environment);
    return environment as never;
  };
  const pool = new EnvironmentPool(create, new FakeClock(), { ...SETTINGS, ...settings });
  const shared = { ...version('s'), maxConcurrency: 2 };
  return { pool, made, run: (requestId) => pool.run(shared, invocation(requestId)) };
}

test('an environment with room takes more before another is made, and one in use before an idle one', async () => {
  const { pool, made, run } = sharing();
  void ['1', '2', '3'].map(run);
  assert.deepEqual(
    made.map(({ served }) => served),
    [['1', '2'], ['3']],
  );
  assert.deepEqual(pool.counts, { environments: 2, busy: 2, waiting: 0 });
  made[1]?.end('3');
  made[0]?.end('1');
  assert.deepEqual(pool.counts, { environments: 2, busy: 1, waiting: 0 });
  void run('4');
  void run('5');
  assert.deepEqual(
    made.map(({ served }) => served),
    [
      ['1', '2', '4'],
      ['3', '5'],
    ],
  );
});

test('what waits takes the room that comes free, and all of a new environment', async () => {
  const { pool, made, run } = sharing({ environmentsMax: 1 });
  void ['1', '2', '3', '4'].map(run);
  assert.equal(pool.counts.waiting, 2);
  made[0]?.end('2');
  assert.deepEqual(made[0]?.served, ['1', '2', '3']);
  const [environment] = made;
  assert.ok(environment);
  environment.state = 'Gone';
  void run('5');
  environment.end('1');
  environment.end('3');
  assert.deepEqual(made[1]?.served, ['4', '5']);
  assert.equal(environment.stopped, true);
});

test('an environment whose room is taken by what is late is not used, and may be evicted', async () => {
  const { pool, made, run } = sharing({ environmentsMax: 1 });
  void run('1');
  const [environment] = made;
  assert.ok(environment);
  environment.late = 2;
  environment.end('1');
  assert.equal(pool.counts.busy, 0);
  void run('2');
  assert.deepEqual([environment.stopped, made[1]?.served], [true, ['2']]);
});

test('a retired environment lets all it runs come to its end', async () => {
  const { pool, made, run } = sharing();
  void ['1', '2'].map(run);
  pool.retire({ ...version('s'), maxConcurrency: 2 });
  made[0]?.end('1');
  assert.equal(made[0]?.stopped, false);
  made[0]?.end('2');
  assert.equal(made[0]?.stopped, true);
  assert.equal(pool.counts.environments, 0);
});
