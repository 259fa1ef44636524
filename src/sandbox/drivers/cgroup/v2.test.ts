import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../adapters/system/clock.ts';
import { endGroup } from './control-group.ts';
import { ControlGroupsV2 } from './v2.ts';

// Where both kinds are mounted the driver takes the first, so that the contract suite never comes here; freezing and
// killing belong to the second hierarchy itself and work without its controllers.

function mountPoint(): string | undefined {
  if (!existsSync('/proc/self/mounts')) return undefined;
  return /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];
}

const base = mountPoint();
const skip =
  base === undefined
    ? 'no cgroup2 is mounted here'
    : process.getuid?.() === 0
      ? false
      : 'only root may make a control group at the top';

test('freezes, kills and removes a group of the second kind', { skip }, async () => {
  const groups = new ControlGroupsV2(base ?? '', `lambkin-test-${process.pid}`);
  const group = groups.create('one', { memoryBytesMax: 64 << 20, cpuCores: 1, processesMax: 16 });
  const [joinFile = ''] = group.joinFiles;
  const child = spawn('/bin/sh', ['-c', `echo 0 > ${joinFile}; sleep 86397 & echo up; wait`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const events = (): string => readFileSync(join(joinFile, '../cgroup.events'), 'utf8');
  group.freeze();
  // The kernel tells of it once every process has come to a stop.
  for (let read = 0; read < 10_000 && !events().includes('frozen 1'); read += 1);
  assert.match(events(), /frozen 1/);
  group.thaw();
  for (let read = 0; read < 10_000 && !events().includes('frozen 0'); read += 1);
  assert.match(events(), /frozen 0/);
  assert.equal(group.outOfMemory(), false);
  assert.equal(typeof group.usage(), 'object');
  group.freeze();
  assert.equal(groups.existing().length, 1);
  const exited = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  assert.equal(await endGroup(group, systemClock()), true);
  assert.equal(await exited, 'SIGKILL');
  group.freeze();
  group.thaw();
  assert.deepEqual(groups.existing(), []);
  groups.close();
  assert.equal(existsSync(join(joinFile, '../..')), false);
});
