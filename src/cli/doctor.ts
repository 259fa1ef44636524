import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../config/load.ts';
import { inspectHost } from '../main.ts';
import { runtimesTable } from './runtimes-table.ts';
import { print } from './terminal.ts';

/** Prints what was found by really trying: isolation, limits and runtimes. */
export async function doctorCommand(file: string | undefined, flags: Readonly<Record<string, string>>): Promise<void> {
  const settings = loadSettings({ file, environment: process.env, flags });
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-doctor-'));
  try {
    const host = await inspectHost(directory, settings);
    print(
      `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
      `Sandbox driver: ${host.driver}`,
      '',
      'Bounds:',
    );
    for (const { name, enforced, reason } of host.enforcements)
      print(`  ${enforced ? 'held    ' : 'not held'}  ${name}${reason ? `: ${reason}` : ''}`);
    print('', `Network: ${host.isolation}`);
    print('', 'Runtimes:', ...runtimesTable(host.runtimes));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
