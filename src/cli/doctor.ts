import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectHost } from '../main.ts';
import { print } from './terminal.ts';

/** Prints what was found by really trying: isolation, limits and runtimes. */
export async function doctorCommand(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-doctor-'));
  try {
    const host = await inspectHost(directory);
    print(
      `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
      `Sandbox driver: ${host.driver}`,
      '',
      'Bounds:',
    );
    for (const { name, enforced, reason } of host.enforcements)
      print(`  ${enforced ? 'held    ' : 'not held'}  ${name}${reason ? `: ${reason}` : ''}`);
    print('', 'Runtimes:');
    for (const { runtime, status } of host.runtimes)
      print(`  ${runtime.padEnd(16)}${status.available ? `available (${status.version})` : status.reason}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
