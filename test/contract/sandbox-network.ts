import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, test, type TestContext } from 'node:test';
import type { SandboxDriver } from '../../src/ports/sandbox-driver.ts';
import { ENDPOINT_PORT, RUNTIME_API_PORT, type SandboxNetworks } from '../../src/ports/sandbox-network.ts';
import { script, type Started, startOf, unenforced } from './sandbox-run.ts';

/** Long enough for whoever answers, and short where packets are dropped. */
const TRY_MS = 500;

/** A program that tries to connect to each target and prints what came of it, and what was said first, as JSON. */
function connecting(driver: SandboxDriver, targets: readonly (readonly [host: string, port: number])[], changes = {}) {
  return script(
    driver,
    `const { connect } = require('node:net');
     const attempt = ([host, port]) => new Promise((resolve) => {
       const socket = port ? connect({ host, port, timeout: ${TRY_MS} }) : connect(host);
       socket.on('data', (data) => { resolve(String(data)); socket.destroy(); });
       socket.on('timeout', () => { resolve('silence'); socket.destroy(); });
       socket.on('error', (error) => resolve(error.code));
       socket.on('close', () => resolve('closed'));
     });
     Promise.all(JSON.parse(process.env.TARGETS).map(attempt)).then((found) => console.log(JSON.stringify(found)));`,
    { env: { TARGETS: JSON.stringify(targets) }, ...changes },
  );
}

/** What a sandbox finds at each target. */
export async function reachedBy(
  driver: SandboxDriver,
  targets: readonly (readonly [host: string, port: number])[],
  changes = {},
): Promise<string[]> {
  const { sandbox, stdout } = await startOf(driver, connecting(driver, targets, changes));
  await stdout.until('\n');
  await sandbox.stop();
  return JSON.parse(stdout.text) as string[];
}

/** A program that listens on a port of every address it has, says who it is, and prints that it is up. */
function listening(driver: SandboxDriver, port: number, says: string) {
  return script(
    driver,
    `require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.write(${JSON.stringify(says)}); })
       .on('error', (error) => { console.log(error.code); process.exit(1); }).listen(${port}, '0.0.0.0', () => console.log('up'));`,
  );
}

/** Something on the host that says so; `path` is that of an abstract Unix socket. */
export async function hostService(t: TestContext, where: { host?: string; path?: string }): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('host');
  });
  server.listen(where.path === undefined ? { port: 0, host: where.host } : { path: where.path });
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'string' ? 0 : ((address as AddressInfo | null)?.port ?? 0);
}

/** Networks of their own, where the driver has them. */
export function testSandboxNetwork({ driver }: { readonly driver: () => SandboxDriver }): void {
  const networksFor = (t: TestContext): SandboxNetworks | undefined => {
    const reason = unenforced(driver(), 'network');
    if (reason) t.skip(reason);
    return reason ? undefined : driver().networks;
  };
  describe('has a network of its own', () => {
    testIsolation(driver, networksFor);
    testDoors(driver, networksFor);
    testConnecting(driver, networksFor);
  });
}

type NetworksFor = (t: TestContext) => SandboxNetworks | undefined;

function testIsolation(driver: () => SandboxDriver, networksFor: NetworksFor): void {
  test('reaches nothing that listens on the host, on any of its addresses', async (t) => {
    const path = `\0lambkin-host-${process.pid}`;
    await hostService(t, { path });
    const everywhere = await hostService(t, { host: '::' });
    const loopback = await hostService(t, { host: '127.0.0.1' });
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ scopeid }) => !scopeid));
    const targets = [['127.0.0.1', loopback], ...own.map(({ address }) => [address, everywhere] as const), [path, 0]] as const;
    const found = await reachedBy(driver(), targets);
    assert.equal(found.length, targets.length);
    const reason = unenforced(driver(), 'network');
    if (reason) {
      assert.deepEqual([found[0], found.at(-1)], ['host', 'host'], 'else the test could not fail');
      return t.skip(reason);
    }
    assert.deepEqual(
      found.filter((what) => !['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'silence'].includes(what)),
      [],
    );
  });

  test('listens on the same port as its neighbour, and neither reaches the other', async (t) => {
    if (!networksFor(t)) return;
    const started = await Promise.all(['one', 'two'].map((says) => startOf(driver(), listening(driver(), 4_243, says))));
    for (const { stdout } of started) await stdout.until('up');
    assert.deepEqual(
      started.map(({ stdout }) => stdout.text),
      ['up\n', 'up\n'],
    );
    assert.deepEqual(await reachedBy(driver(), [['127.0.0.1', 4_243]]), ['ECONNREFUSED']);
    await stopAll(started);
  });
}

function testDoors(driver: () => SandboxDriver, networksFor: NetworksFor): void {
  test('finds two doors of this server on its loopback, and only its own', async (t) => {
    const networks = networksFor(t);
    if (!networks) return;
    const [mine, other] = await Promise.all([networks.acquire(), networks.acquire()]);
    mine.serve('runtimeApi', (socket) => socket.end('api'));
    mine.serve('endpoint', (socket) => socket.end('endpoint'));
    const doors = [
      ['127.0.0.1', RUNTIME_API_PORT],
      ['127.0.0.1', ENDPOINT_PORT],
    ] as const;
    assert.deepEqual(await reachedBy(driver(), doors, { network: mine }), ['api', 'endpoint']);
    const cut = await reachedBy(driver(), doors, { network: other });
    for (const what of cut) assert.match(what, /^(closed|ECONNRESET)$/);
    mine.close();
    other.close();
  });

  test('is given to no process once it is closed, and closes what is open', async (t) => {
    const networks = networksFor(t);
    if (!networks) return;
    const network = await networks.acquire();
    const opened = new Promise<Socket>((resolve) => network.serve('runtimeApi', resolve));
    const { sandbox } = await startOf(
      driver(),
      script(driver(), `require('node:net').connect(${RUNTIME_API_PORT}).on('error', () => {})`, { network }),
    );
    const socket = await opened;
    network.close();
    network.close();
    if (!socket.destroyed) await once(socket, 'close');
    await assert.rejects(startOf(driver(), script(driver(), '0', { network })), /was given back/);
    await assert.rejects(network.connect(1), /was given back/);
    await sandbox.stop();
  });
}

function testConnecting(driver: () => SandboxDriver, networksFor: NetworksFor): void {
  test('is connected to by this server, again and again, as long as somebody listens there', async (t) => {
    const networks = networksFor(t);
    if (!networks) return;
    const network = await networks.acquire();
    const { sandbox, stdout } = await startOf(driver(), { ...listening(driver(), 4_244, 'inside'), network });
    await stdout.until('up');
    for (let round = 0; round < 20; round += 1) {
      const socket = await network.connect(4_244);
      const [data] = (await once(socket, 'data')) as [Buffer];
      assert.equal(String(data), 'inside');
      socket.destroy();
    }
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = await network.connect(4_244);
        await once(socket, 'data');
        socket.destroy();
      }),
    );
    await assert.rejects(network.connect(4_245));
    await sandbox.stop();
    await assert.rejects(network.connect(4_244));
    network.close();
  });
}

async function stopAll(started: readonly Started[]): Promise<void> {
  await Promise.all(started.map(({ sandbox }) => sandbox.stop()));
}
