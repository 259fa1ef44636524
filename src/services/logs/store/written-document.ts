import { open, readFile, rename } from 'node:fs/promises';

/** Replaces a small JSON file in one step; with `durable`, its bytes are on disk before the old one goes. */
export async function writeDocument(path: string, value: unknown, durable: boolean): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(value));
    if (durable) await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

/** Reads such a file; undefined when it is absent or not JSON. */
export async function readDocument(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
