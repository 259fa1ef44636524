import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server under test in a process of its own. */
export interface MeasuredServer {
  readonly port: number;
  readonly process: ChildProcess;
  /** From spawn until it said where it listens. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Starts a program and waits until it prints its address. */
export async function startMeasured(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredServer> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, argv, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
      if (match) resolve(Number(match[1]));
    });
    void exited.then(() => reject(new Error(`${argv.join(' ')} ended before it listened`)));
  });
  return {
    port,
    process: child,
    startMs: performance.now() - startedMs,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Proportional set size of a process and all its descendants, in bytes (Linux; /proc/PID/smaps_rollup). */
export function pssBytesOfTree(pid: number): number {
  let sum = pssBytes(pid);
  for (const child of childrenOf(pid)) sum += pssBytesOfTree(child);
  return sum;
}

/** Proportional set size of one process, in bytes. */
export function pssBytes(pid: number): number {
  const match = /^Pss: *(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  return Number(match?.[1] ?? 0) * 1_024;
}

/** Direct children of a process, over all of its threads. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim().split(' '))
    .filter((text) => text !== '')
    .map(Number);
}
