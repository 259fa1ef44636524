import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import type { SandboxDriver } from '../../src/ports/sandbox-driver.ts';
import { chooseDriver } from '../../src/sandbox/drivers/choose.ts';
import { hostReaches, isForwarding, openWorld, type World } from './network-world.ts';
import { hostState } from './sandbox-host-state.ts';
import { hostService, reachedBy } from './sandbox-network.ts';
import { runOf, script, shell, startOf } from './sandbox-run.ts';

// What leads out of networks of their own, against namespaces that play the internet and a network of the host's. Run by
// `sandbox-egress.test.ts` in a namespace that plays the host.

const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const given = { clock: systemClock(), ids: systemIds(), logger: new QuietLogger() };
const PUBLIC_ADDRESS = '203.0.113.7';
const LINK_LOCAL_ADDRESS = '169.254.77.7';
const SERVICE_PORT = 8_080;

/** Prints the address of the sandbox. */
const ADDRESS = "console.log(require('node:os').networkInterfaces().eth0[0].address)";
/** Prints it when somebody, here itself, has reached a service of it there. */
const SERVING = `
  const { address } = require('node:os').networkInterfaces().eth0[0];
  require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.end('victim'); })
    .listen(4243, '0.0.0.0', () => require('node:net').connect(4243, address).once('data', () => console.log(address)));`;

describe('egress of networks of their own', () => {
  const home = mkdtempSync(join(tmpdir(), 'lambkin-egress-'));
  let world: World;
  let lan: World;
  let driver: SandboxDriver;
  const open = (runDirectory: string, interfaces = [world.uplink]): Promise<SandboxDriver> =>
    chooseDriver({ setting: 'bubblewrap', runDirectory, network: { egress: 'internet', interfaces }, ...given });

  before(async () => {
    // The namespace of these tests may have it from the host.
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '0');
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    world = await openWorld('w', '198.18.5', [PUBLIC_ADDRESS, LINK_LOCAL_ADDRESS]);
    lan = await openWorld('l', '198.19.5');
    driver = await open(join(home, 'run'));
  });
  after(async () => {
    await driver.close();
    await Promise.all([world.close(), lan.close()]);
    rmSync(home, { recursive: true, force: true });
  });

  test('reaches the world by the address of the host, and has its resolvers', async () => {
    assert.deepEqual(await reachedBy(driver, [world.service, [PUBLIC_ADDRESS, SERVICE_PORT]]), [
      `w sees ${world.hostAddress}`,
      `w sees ${world.hostAddress}`,
    ]);
    const { stdout } = await runOf(driver, shell('cat /etc/resolv.conf'));
    assert.match(stdout, /^nameserver \d/m);
    assert.doesNotMatch(stdout, /^nameserver 127\./m);
  });

  test('reaches neither the host, nor its other networks, nor link-local addresses', async (t) => {
    const port = await hostService(t, { host: '0.0.0.0' });
    const addresses = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
    );
    assert.ok(addresses.includes(world.hostAddress) && addresses.includes(lan.hostAddress));
    const targets = [
      ...addresses.map((address) => [address, port] as const),
      lan.service,
      [LINK_LOCAL_ADDRESS, SERVICE_PORT] as const,
    ];
    for (const [host, at] of targets) assert.match(await hostReaches(host, at), /^host|^[wl] sees /);
    assert.deepEqual(
      await reachedBy(driver, targets),
      targets.map(() => 'silence'),
    );
  });

  test('is reached by nobody: not by a neighbour, not from the world', async () => {
    const victim = await startOf(driver, script(driver, SERVING));
    await victim.stdout.until('\n');
    const address = victim.stdout.text.trim();
    assert.deepEqual(await reachedBy(driver, [[address, 4_243]]), ['silence']);
    assert.equal(world.reaches(address, 4_243), 'silence');
    await victim.sandbox.stop();
  });

  test('does not make a router of the host for others', () => {
    assert.ok(isForwarding(world.uplink) && !isForwarding(lan.uplink));
    assert.equal(world.reaches(...lan.service), 'silence');
  });

  test('gives everything back, and leaves to another server what that needs', async () => {
    const directory = join(home, 'second');
    const second = await open(directory);
    await reachedBy(second, [world.service]);
    assert.ok(hostState(directory).network.length > 1);
    await driver.close();
    assert.deepEqual(hostState(join(home, 'run')).network, []);
    assert.ok(isForwarding(world.uplink));
    assert.deepEqual(await reachedBy(second, [world.service]), [`w sees ${world.hostAddress}`]);
    await second.close();
    assert.deepEqual(hostState(directory).network, []);
    assert.equal(isForwarding(world.uplink), false);
    driver = await open(join(home, 'run'));
  });

  test('a server that was killed leaves rules, which the next start on its directory removes', async () => {
    const directory = join(home, 'killed');
    const program = `
      import { QuietLogger } from ${source('../../src/adapters/memory/quiet-logger.ts')};
      import { systemClock } from ${source('../../src/adapters/system/clock.ts')};
      import { systemIds } from ${source('../../src/adapters/system/ids.ts')};
      import { chooseDriver } from ${source('../../src/sandbox/drivers/choose.ts')};
      import { shell, startOf } from ${source('./sandbox-run.ts')};
      setInterval(() => {}, 1000);
      const driver = await chooseDriver({ setting: 'bubblewrap', runDirectory: ${JSON.stringify(directory)},
        network: { egress: 'internet', interfaces: [${JSON.stringify(world.uplink)}] }, clock: systemClock(), ids: systemIds(), logger: new QuietLogger() });
      const { stdout } = await startOf(driver, shell('echo up; sleep 1000'));
      await stdout.until('up');
      process.stdout.write('running');`;
    const server = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    server.kill('SIGKILL');
    await once(server, 'exit');
    assert.ok(
      hostState(directory).network.some((name) => name.includes('table')),
      'there is something to remove',
    );
    const next = await chooseDriver({ setting: 'bubblewrap', runDirectory: directory, ...given });
    assert.deepEqual(hostState(directory).network, []);
    await next.close();
    assert.deepEqual(await reachedBy(driver, [world.service]), [`w sees ${world.hostAddress}`]);
  });

  test('is refused by name where it can not be had', async () => {
    await assert.rejects(open(join(home, 'refused'), ['nowhere0']), {
      message:
        "sandbox.network isolated can't be had: nothing leads to the internet: the host has no interface nowhere0. " +
        'Set sandbox.egress to none to do without',
    });
    assert.deepEqual(hostState(join(home, 'refused')).network, []);
  });

  test('warns of a firewall that drops what is forwarded', async () => {
    const rules = (text: string): void => void execFileSync('nft', ['-f', '-'], { input: text });
    rules('table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }');
    const logger = new QuietLogger();
    const network = { egress: 'internet', interfaces: [world.uplink] } as const;
    const filtered = await chooseDriver({
      setting: 'bubblewrap',
      runDirectory: join(home, 'filtered'),
      network,
      ...given,
      logger,
    });
    assert.deepEqual(
      logger.lines.map(({ level, fields }) => ({ level, ...fields })),
      [{ level: 'warn', chain: 'ip filter FORWARD' }],
    );
    assert.deepEqual(await reachedBy(filtered, [world.service]), ['silence']);
    rules('add rule ip filter FORWARD iifname "lkb*" accept; add rule ip filter FORWARD oifname "lkb*" accept');
    assert.deepEqual(await reachedBy(filtered, [world.service]), [`w sees ${world.hostAddress}`]);
    await filtered.close();
    rules('delete table ip filter');
  });

  test('has an address of its own, which no other has', async () => {
    const started = await Promise.all(Array.from({ length: 6 }, () => startOf(driver, script(driver, ADDRESS))));
    await Promise.all(started.map(({ stdout }) => stdout.until('\n')));
    const found = started.map(({ stdout }) => stdout.text);
    for (const address of found) assert.match(address, /^1\d+\.\d+\.\d+\.\d+\n$/);
    assert.deepEqual([...new Set(found)], found);
    await Promise.all(started.map(({ sandbox }) => sandbox.stop()));
  });
});
