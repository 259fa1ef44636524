import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { chooseDriver } from '../../src/sandbox/drivers/choose.ts';
import { hostState, processesNaming } from './sandbox-host-state.ts';

const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A server's worth of sandboxes: one that waits, one that is frozen, one that forks. */
function serverWith(runDirectory: string, mark: string): string {
  return `
    import { QuietLogger } from ${source('../../src/adapters/memory/quiet-logger.ts')};
    import { systemClock } from ${source('../../src/adapters/system/clock.ts')};
    import { systemIds } from ${source('../../src/adapters/system/ids.ts')};
    import { chooseDriver } from ${source('../../src/sandbox/drivers/choose.ts')};
    import { shell, startOf } from ${source('./sandbox-run.ts')};
    const alive = setInterval(() => {}, 1000);
    const driver = await chooseDriver({ setting: 'auto', runDirectory: ${JSON.stringify(runDirectory)}, clock: systemClock(), ids: systemIds(), logger: new QuietLogger() });
    for (const name of ['waiting', 'frozen', 'forking']) {
      const forks = name === 'forking' ? 'while :; do sleep ${mark} & sleep 0.01; done' : 'sleep ${mark}';
      const { sandbox, stdout } = await startOf(driver, shell('echo up; ' + forks, { id: name }));
      await stdout.until('up');
      if (name === 'frozen') sandbox.freeze();
    }
    process.stdout.write('running');
  `;
}

const skip =
  process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'what a killed server leaves can be found by root on Linux only';

test('a server that was killed leaves sandboxes that the next start on its directory removes', { skip }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'lambkin-sandbox-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const runDirectory = join(home, 'run');
  const mark = `86398.${process.pid}`;
  const server = spawn(process.execPath, ['--input-type=module', '-e', serverWith(runDirectory, mark)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  assert.ok(processesNaming(mark).length > 0);
  server.kill('SIGKILL');
  await new Promise((resolve) => server.once('exit', resolve));
  const left = hostState(runDirectory);
  assert.ok(left.mounts.length + left.controlGroups.length > 0, 'there is something to remove');

  const driver = await chooseDriver({
    setting: 'auto',
    runDirectory,
    clock: systemClock(),
    ids: systemIds(),
    logger: new QuietLogger(),
  });
  assert.deepEqual(processesNaming(mark), []);
  const { controlGroups, mounts } = hostState(runDirectory);
  assert.deepEqual(controlGroups, []);
  assert.deepEqual(
    mounts.filter((line) => left.mounts.includes(line)),
    [],
  );
  await driver.close();
  for (let round = 0; round < 200 && hostState(runDirectory).loopDevices.length > 0; round += 1) spawnSync('/bin/true');
  assert.deepEqual(
    { ...hostState(runDirectory), descriptors: [], processes: [] },
    { processes: [], controlGroups: [], mounts: [], loopDevices: [], network: [], files: [], descriptors: [] },
  );
});
