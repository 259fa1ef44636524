import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';

// Networks beside the host, for tests without one: namespaces with a service each, and routes that lead there.

const PORT = 8_080;
const TRY_MS = 500;
const SERVICE = `require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.end(process.argv[1] + ' sees ' + socket.remoteAddress); })
  .listen(${PORT}, '0.0.0.0', () => console.log('up'));`;
const ATTEMPT = `const [host, port] = process.argv.slice(1); const socket = require('node:net').connect({ host, port, timeout: ${TRY_MS} });
  const say = (what) => { console.log(what); process.exit(0); };
  socket.on('data', (data) => say(String(data))).on('timeout', () => say('silence')).on('error', (error) => say(error.code)).on('close', () => say('closed'));`;

/** A network that is one hop from the host. */
export interface World {
  /** The host's interface that leads there. */
  readonly uplink: string;
  /** The host's address on it. */
  readonly hostAddress: string;
  /** Address and port of its service, which answers with its name and who it thinks has called. */
  readonly service: readonly [string, number];
  /** What comes of a connection from there. */
  reaches(host: string, port: number): string;
  close(): Promise<void>;
}

/** `network` are the first three numbers of the addresses between the host and it; `more` are addresses of its own that the host has a route to. */
export async function openWorld(name: string, network: string, more: readonly string[] = []): Promise<World> {
  const own = `lbw${process.pid}${name}`;
  const uplink = own.slice(-15);
  const ip = (commands: readonly string[]): void =>
    void execFileSync('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` });
  ip([
    `netns add ${own}`,
    `link add ${uplink} type veth peer name eth0 netns ${own}`,
    `addr add ${network}.1/30 dev ${uplink}`,
    `link set ${uplink} up`,
  ]);
  const inside = (args: readonly string[]): readonly [string, readonly string[]] => [
    'nsenter',
    [`--net=/run/netns/${own}`, ...args],
  ];
  const [program, args] = inside(['ip', '-batch', '-']);
  const commands = [
    'link set lo up',
    `addr add ${network}.2/30 dev eth0`,
    ...more.map((address) => `addr add ${address}/32 dev lo`),
  ];
  execFileSync(program, args, { input: [...commands, 'link set eth0 up', `route add default via ${network}.1`, ''].join('\n') });
  ip(more.map((address) => `route add ${address}/32 via ${network}.2`));
  const service: ChildProcess = spawn(...inside([process.execPath, '-e', SERVICE, name]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(service.stdout ?? service, 'data');
  return {
    uplink,
    hostAddress: `${network}.1`,
    service: [`${network}.2`, PORT],
    reaches: (host, port) => {
      const [attempt, attemptArgs] = inside([process.execPath, '-e', ATTEMPT, host, String(port)]);
      return execFileSync(attempt, attemptArgs, { encoding: 'utf8' }).trim();
    },
    close: async () => {
      service.kill('SIGKILL');
      await once(service, 'exit');
      // Its end of the link goes with it, and the host's with that.
      execFileSync('ip', ['netns', 'del', own]);
    },
  };
}

/** What the host itself hears there: what a test says is out of reach has to be within reach of somebody. */
export async function hostReaches(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return String(data);
}

export function isForwarding(name: string): boolean {
  return readFileSync(`/proc/sys/net/ipv4/conf/${name}/forwarding`, 'latin1').trim() === '1';
}
