import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Has `fill` write a new folder and puts it in the place of `target` only when it is complete, so that a folder under that
 * name can be relied on. Functions run as other users and must be able to read it.
 */
export async function completeFolder<Result>(target: string, fill: (folder: string) => Promise<Result>): Promise<Result> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true, mode: 0o711 });
  const scratch = await mkdtemp(join(parent, '.adding-'));
  try {
    const folder = join(scratch, 'new');
    await mkdir(folder, { mode: 0o755 });
    await chmod(folder, 0o755);
    const result = await fill(folder);
    // A directory is not replaced by another unless it is empty.
    await rename(target, join(scratch, 'old')).catch(() => {});
    await rename(folder, target);
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
