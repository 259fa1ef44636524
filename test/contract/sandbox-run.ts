import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Sandbox, SandboxDriver, SandboxExit, SandboxSpec } from '../../src/ports/sandbox-driver.ts';

const MEBIBYTE = 1_048_576;
/** Where sandboxes of these tests find Node, the one interpreter that is always there. */
const NODE = '/var/lang/bin/node';

/** What a sandbox wrote, with a way of waiting for it. */
class Output {
  text = '';
  #waiting: { needle: string; resolve: () => void }[] = [];
  #ended = false;

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#wake();
    });
    stream.on('error', () => {});
    stream.once('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Resolves when the text has come, or when no more can come. */
  until(needle: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ needle, resolve });
      this.#wake();
    });
  }

  lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ needle, resolve }) => {
      const done = this.#ended || this.text.includes(needle);
      if (done) resolve();
      return !done;
    });
  }
}

/** A started sandbox whose outputs are read. */
export interface Started {
  readonly sandbox: Sandbox;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly channel: Output;
}

/** A spec for a shell script; `node` as the first argument of `argv` is Node's path in the sandbox. */
export function specOf(changes: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    id: `t${randomBytes(6).toString('hex')}`,
    argv: ['/bin/true'],
    env: {},
    cwd: '/',
    mounts: [],
    memoryBytesMax: 256 * MEBIBYTE,
    cpuCores: 1,
    tmpBytesMax: 64 * MEBIBYTE,
    processesMax: 64,
    descriptorsMax: 1_024,
    ...changes,
  };
}

/** A spec that runs a POSIX shell script; `changes` may give it mounts and the like. */
export function shell(script: string, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  return specOf({ argv: ['/bin/sh', '-c', script], env: { PATH: '/usr/bin:/bin' }, ...changes });
}

/** A spec that runs JavaScript by the Node these tests run on. */
export function script(driver: SandboxDriver, source: string, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  const base = specOf(changes);
  const mounts = [{ source: process.execPath, target: NODE }, ...base.mounts];
  return { ...base, mounts, argv: [driver.locate({ id: base.id, mounts }, NODE), '-e', source] };
}

export async function startOf(driver: SandboxDriver, spec: SandboxSpec): Promise<Started> {
  const sandbox = await driver.start(spec);
  return {
    sandbox,
    stdout: new Output(sandbox.stdout),
    stderr: new Output(sandbox.stderr),
    channel: new Output(sandbox.channel),
  };
}

/** Runs to the end of the first process, reads all it wrote, and stops the sandbox. */
export async function runOf(
  driver: SandboxDriver,
  spec: SandboxSpec,
): Promise<{ exit: SandboxExit; stdout: string; stderr: string }> {
  const { sandbox, stdout, stderr } = await startOf(driver, spec);
  const exit = await sandbox.exited;
  // Something that outlives the first process may hold the outputs open: then what has come is all there is.
  await Promise.race([Promise.all([ended(sandbox.stdout), ended(sandbox.stderr)]), sandbox.stop()]);
  await sandbox.stop();
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });
}

/** Why a bound can't be tested here; undefined when the driver says that it holds it. */
export function unenforced(driver: SandboxDriver, ...names: string[]): string | undefined {
  for (const name of names) {
    const found = driver.enforcements.find((enforcement) => enforcement.name === name);
    if (!found?.enforced) return `${driver.name} does not enforce ${name} here: ${found?.reason ?? 'not listed'}`;
  }
  return undefined;
}
