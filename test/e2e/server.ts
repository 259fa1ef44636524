import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/lambkin.js', import.meta.url));

/** A server started as a user would start it, on a free port and a data directory of its own. */
export interface TestServer {
  readonly endpoint: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Kills it without warning, as a power cut would. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it anew on the same data directory (and another port). */
  restart(): Promise<TestServer>;
  /** Stops it gracefully and removes its data. Returns its exit status. */
  close(): Promise<number | null>;
}

/** Client options for any AWS SDK v3 client against the server. */
export function clientOptions(server: TestServer): {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
} {
  return { endpoint: server.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** Starts a server with these settings (environment variables) and waits until it says that it is ready. */
export async function startServer(settings: Readonly<Record<string, string>> = {}, dataDirectory?: string): Promise<TestServer> {
  const directory = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'lambkin-test-')));
  const child = spawn(process.execPath, [LAUNCHER, 'start'], {
    env: { ...inheritedEnvironment(), LAMBKIN_PORT: '0', LAMBKIN_DATA_DIR: directory, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const endpoint = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output += `${line}\n`;
        const match = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (match) resolve(match[0]);
      });
    }
    void exited.then((code) => reject(new Error(`the server ended with ${code} before it was ready:\n${output}`)));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    endpoint,
    dataDirectory: directory,
    process: child,
    output: () => output,
    kill,
    restart: async () => {
      await kill();
      return startServer(settings, directory);
    },
    close: async () => {
      child.kill('SIGTERM');
      const code = await exited;
      await rm(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/** The test's own environment without settings of ours or of the AWS clients. */
function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LAMBKIN_|AWS_|NODE_TEST_CONTEXT)/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}
