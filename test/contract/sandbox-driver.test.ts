import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { chooseDriver } from '../../src/sandbox/drivers/choose.ts';
import { testSandboxDriver } from './sandbox-driver.ts';

const given = { clock: systemClock(), ids: systemIds(), logger: new QuietLogger() };

if (process.platform !== 'win32')
  testSandboxDriver('process', (runDirectory) => chooseDriver({ setting: 'process', runDirectory, ...given }));

const noBubblewrap = existsSync('/usr/bin/bwrap') ? false : 'bubblewrap is not installed here';
if (noBubblewrap) test('sandbox driver bubblewrap', { skip: noBubblewrap }, () => {});
else testSandboxDriver('bubblewrap', (runDirectory) => chooseDriver({ setting: 'bubblewrap', runDirectory, ...given }));

const noNetworks = noBubblewrap || (process.getuid?.() === 0 ? false : 'networks of their own are made by root alone');
if (noNetworks) test('sandbox driver bubblewrap with networks of their own', { skip: noNetworks }, () => {});
else {
  testSandboxDriver('bubblewrap with networks of their own', (runDirectory) =>
    chooseDriver({ setting: 'bubblewrap', runDirectory, network: { egress: 'none', interfaces: [] }, ...given }),
  );
}
