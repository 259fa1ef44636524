import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OpenClient, RunningClient } from '../client-case.ts';
import type { Event, Frame } from '../client-process.ts';
import { RuntimeApiDoor } from './runtime-api-door.ts';

/** One of AWS's own clients on a case's function, in the stead of ours. */
export const openOfficialClient: OpenClient = async (command, files, handler, env) => {
  const taskDirectory = mkdtempSync(join(tmpdir(), 'lambkin-client-'));
  // As in a data directory: what lies around it decides nothing.
  writeFileSync(join(taskDirectory, 'package.json'), '{}');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(taskDirectory, name)), { recursive: true });
    writeFileSync(join(taskDirectory, name), text);
  }
  const door = new RuntimeApiDoor();
  const address = await door.open();
  const [program, ...args] = command.argv;
  const child = spawn(program, [...args, handler], {
    cwd: taskDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...command.env(taskDirectory),
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: taskDirectory,
      AWS_LAMBDA_RUNTIME_API: address,
      ...env,
    },
  });
  return new OfficialClient(taskDirectory, door, child);
};

class OfficialClient implements RunningClient {
  readonly taskDirectory: string;
  readonly #door: RuntimeApiDoor;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(taskDirectory: string, door: RuntimeApiDoor, child: ChildProcess) {
    this.taskDirectory = taskDirectory;
    this.#door = door;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#closed = once(child, 'close').then(() => door.clientEnded());
  }

  frame(): Promise<Frame | undefined> {
    return this.#door.frame();
  }

  invoke(event: Event): Promise<Frame | undefined> {
    this.#door.send(event);
    return this.frame();
  }

  /** One that waits for an event has to be ended, and its status says nothing then; any other ends by itself. */
  async end(): Promise<{ readonly exitCode: number | null; readonly output: string }> {
    const isWaiting = this.#door.isAwaited();
    if (isWaiting) this.#child.kill('SIGKILL');
    await this.#closed;
    return { exitCode: isWaiting ? 0 : this.#child.exitCode, output: this.#output };
  }

  dispose(): void {
    this.#child.kill('SIGKILL');
    this.#door.close();
    rmSync(this.taskDirectory, { recursive: true, force: true });
  }
}
