import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openWorld, type World } from './world.ts';

/** The runtimes that have a gate. */
export type GatedRuntime =
  | 'python3.8'
  | 'python3.9'
  | 'python3.10'
  | 'python3.11'
  | 'python3.12'
  | 'python3.13'
  | 'python3.14'
  | 'python3.15';

const RUNTIMES: readonly GatedRuntime[] = [
  'python3.8',
  'python3.9',
  'python3.10',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'python3.15',
];

/**
 * A server that looks for its Python runtimes until a test opens their gate. Functions stay `Pending`, and updates
 * `InProgress`, until then. A gate that was opened stays open.
 */
export interface GatedWorld extends World {
  /** `missing`: the runtime is not found after all, and the next function of it finds the gate closed again. */
  open(runtime: GatedRuntime, as?: 'found' | 'missing'): Promise<void>;
}

let gated: Promise<GatedWorld> | undefined;
after(async () => (await gated)?.close());

/** The one such server of this process; started when it is first asked for, closed at the end. */
export function gatedWorld(): Promise<GatedWorld> {
  gated ??= openGatedWorld();
  return gated;
}

async function openGatedWorld(): Promise<GatedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'lambkin-gates-'));
  await Promise.all(RUNTIMES.map((runtime) => writeInterpreter(folder, runtime)));
  const settings = RUNTIMES.map((runtime) => `${runtime}=${join(folder, runtime)}`).join(',');
  const world = await openWorld({ LAMBKIN_RUNTIMES: settings });
  return {
    ...world,
    open: (runtime, as = 'found') => writeFile(join(folder, `${runtime}.${as}`), ''),
    close: async () => {
      await world.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A program that tells of itself what an interpreter would, but not before its gate is open. */
async function writeInterpreter(folder: string, runtime: GatedRuntime): Promise<void> {
  const gate = join(folder, runtime);
  const answer = JSON.stringify([gate, `${runtime.slice('python'.length)}.0`, folder]);
  const script = [
    '#!/bin/sh',
    `until [ -e '${gate}.found' ]; do`,
    `  if [ -e '${gate}.missing' ]; then rm '${gate}.missing'; exit 1; fi`,
    '  sleep 0.01',
    'done',
    `echo '${answer}'`,
    '',
  ];
  await writeFile(gate, script.join('\n'));
  await chmod(gate, 0o755);
}
