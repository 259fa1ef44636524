import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { FunctionPlace, ProvisionedTarget } from '../ports/provisioning.ts';
import type { ProvisionedEnvironment, ProvisionedListener } from '../sandbox/pooled-environment.ts';
import { Provisioner } from './provisioner.ts';

const PLACE: FunctionPlace = { account: 'a', region: 'r', functionName: 'f' };
const INIT_ERROR = { errorType: 'Runtime.ExitError', payload: Buffer.alloc(0) };

function version(number: string): ExecutableVersion {
  return { ...PLACE, functionArn: 'arn:f', version: number, configurationId: number } as ExecutableVersion;
}

interface Started {
  readonly version: string;
  readonly listener: ProvisionedListener;
  isGivenUp: boolean;
}

/** A provisioner over a pool and a plan that the test plays. */
class Stage {
  readonly clock = new FakeClock();
  readonly started: Started[] = [];
  roomFor = 100;
  targets: ProvisionedTarget[] = [];
  readonly provisioner: Provisioner;
  #changed: (place: FunctionPlace) => void = () => {};

  constructor(startsMax = 100) {
    this.provisioner = new Provisioner({
      plan: { targets: async () => this.targets, functions: async () => (this.targets.length > 0 ? [PLACE] : []) },
      directory: {
        onChange: (listener) => {
          this.#changed = listener;
          return () => {
            this.#changed = () => {};
          };
        },
      },
      pool: { provision: (wanted, listener) => this.#provision(wanted, listener) },
      clock: this.clock,
      logger: new QuietLogger(),
      startsMax,
    });
  }

  /** Wants so many of each version from now on. */
  async want(counts: Readonly<Record<string, number>>): Promise<void> {
    const askedAtMs = this.clock.now();
    this.targets = Object.entries(counts).map(([number, count]) => ({ version: version(number), count, askedAtMs }));
    this.#changed(PLACE);
    await this.settle();
  }

  /** Environments that were started and not given up, of each version. */
  get alive(): string[] {
    return this.started.filter(({ isGivenUp }) => !isGivenUp).map((started) => started.version);
  }

  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  #provision(wanted: ExecutableVersion, listener: ProvisionedListener): ProvisionedEnvironment | undefined {
    if (this.alive.length >= this.roomFor) return undefined;
    const started: Started = { version: wanted.version, listener, isGivenUp: false };
    this.started.push(started);
    return {
      giveUp: () => {
        started.isGivenUp = true;
      },
    };
  }
}

test('at start it takes up what there is to provision', async () => {
  const stage = new Stage();
  stage.targets = [{ version: version('1'), count: 2, askedAtMs: 0 }];
  await stage.provisioner.start();
  await stage.settle();
  assert.deepEqual(stage.alive, ['1', '1']);
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 0 });
  for (const { listener } of stage.started) listener.ready();
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 2 });
});

test('only so many start at a time', async () => {
  const stage = new Stage(2);
  await stage.provisioner.start();
  await stage.want({ 1: 4 });
  assert.equal(stage.started.length, 2);
  stage.started[0]?.listener.ready();
  await stage.settle();
  assert.equal(stage.started.length, 3);
  stage.started[1]?.listener.lost(INIT_ERROR);
  await stage.settle();
  assert.equal(stage.started.length, 3, 'what has failed waits, though there is a turn');
});

test('more is added to what is there, and what is too much is given up', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 1 });
  stage.started[0]?.listener.ready();
  await stage.want({ 1: 3 });
  assert.deepEqual(stage.alive, ['1', '1', '1']);
  await stage.want({ 1: 1 });
  assert.deepEqual(
    stage.started.map(({ isGivenUp }) => isGivenUp),
    [false, true, true],
    'what is still starting goes first',
  );
  await stage.want({});
  assert.deepEqual(stage.alive, []);
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 0 });
});

test('when an alias moves, what is provisioned moves with it', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 2 });
  for (const { listener } of stage.started) listener.ready();
  await stage.want({ 1: 1, 2: 1 });
  assert.deepEqual(stage.alive.toSorted(), ['1', '2']);
  await stage.want({ 2: 2 });
  assert.deepEqual(stage.alive, ['2', '2']);
});

test('what crashes after use is replaced at once', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 1 });
  stage.started[0]?.listener.ready();
  stage.started[0]?.listener.lost(undefined);
  assert.equal(stage.provisioner.stateOf(version('1')).ready, 0);
  await stage.settle();
  assert.equal(stage.started.length, 2);
});

test('an init that fails is told, and tried again after a minute', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 2 });
  const failedAtMs = stage.clock.now();
  for (const { listener } of stage.started.slice(0)) listener.lost(INIT_ERROR);
  await stage.clock.advance(59_999);
  assert.equal(stage.started.length, 2);
  const failure = { reason: 'FUNCTION_ERROR_INIT_FAILURE', atMs: failedAtMs };
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 0, failure });
  await stage.clock.advance(1);
  assert.equal(stage.started.length, 4);
  stage.started[2]?.listener.ready();
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 1, failure });
  stage.started[3]?.listener.ready();
  assert.deepEqual(stage.provisioner.stateOf(version('1')), { ready: 2 });
});

test('what was asked for anew is tried anew at once; other changes of the function change nothing', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 1 });
  stage.started[0]?.listener.lost(INIT_ERROR);
  const asked = stage.targets;
  await stage.clock.advance(10);
  await stage.want({ 1: 1 });
  assert.equal(stage.started.length, 2);
  stage.started[1]?.listener.lost(INIT_ERROR);
  stage.targets = asked;
  await stage.settle();
  assert.equal(stage.started.length, 2);
});

test('when there is no room that is told, and tried again later', async () => {
  const stage = new Stage();
  stage.roomFor = 1;
  await stage.provisioner.start();
  await stage.want({ 1: 3 });
  assert.equal(stage.started.length, 1);
  assert.equal(stage.provisioner.stateOf(version('1')).failure?.reason, 'The server has no room for more environments.');
  stage.roomFor = 3;
  await stage.clock.advance(60_000);
  assert.equal(stage.started.length, 3);
});

test('a fault of the server is not told as one of the function', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 1 });
  stage.started[0]?.listener.lost(new Error('no disk'));
  assert.equal(stage.provisioner.stateOf(version('1')).failure?.reason, 'The server could not start the environment.');
});

test('when it is closed it starts nothing more and leaves no timer', async () => {
  const stage = new Stage();
  await stage.provisioner.start();
  await stage.want({ 1: 2 });
  stage.started[0]?.listener.lost(INIT_ERROR);
  stage.provisioner.close();
  stage.started[1]?.listener.lost(undefined);
  await stage.want({ 1: 5 });
  await stage.clock.advance(120_000);
  assert.equal(stage.started.length, 2);
  assert.equal(stage.clock.pending, 0);
});
