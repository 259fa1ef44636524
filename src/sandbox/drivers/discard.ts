import { rm } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/**
 * Removes a folder that a function could write, however deep it made it and whatever modes it gave to what is in it.
 * Never rejects: what can't be removed stays for the next start's sweep.
 */
export async function discard(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Paths longer than the kernel takes, or folders that their owner may not read: these two programs cope with both.
    await runCommand('chmod', ['-R', 'u+rwx', path]).catch(() => '');
    await runCommand('rm', ['-rf', path]).catch(() => '');
  }
}
