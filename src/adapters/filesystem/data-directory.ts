import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Layout of everything that is kept, and the folders of it. */
export interface DataDirectory {
  readonly metadata: string;
  readonly queue: string;
  /** Items of tables, and their streams. */
  readonly items: string;
  readonly records: string;
  readonly codeBlobs: string;
  readonly objectBlobs: string;
  readonly code: string;
  readonly layers: string;
  readonly images: string;
  readonly logs: string;
  /** Files of what runs now; worth nothing after a stop. */
  readonly run: string;
  /** Files of containers that run now, where an engine runs images. */
  readonly containers: string;
  /** A secret of this installation's own, for signing links. */
  readonly secret: string;
}

const FORMAT = '1';
/** Ends Node.js's search for what kind of module a `.js` file is: a project around the folder must not decide it for functions. */
const PACKAGE_BOUNDARY = '{}\n';

/** Makes the folder, for this user alone, where it is missing. Rejects when a newer version has written it. */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  const root = resolve(path);
  // Functions run as other users and must reach their unpacked code, whose names nobody can guess or list.
  await mkdir(root, { recursive: true, mode: 0o711 });
  const format = await readOrCreate(join(root, 'format'), () => FORMAT);
  if (format.trim() !== FORMAT) throw new Error(`${root} was written by a newer lambkin (format ${format.trim()})`);
  const secret = await readOrCreate(join(root, 'secret'), () => randomBytes(32).toString('hex'));
  await readOrCreate(join(root, 'package.json'), () => PACKAGE_BOUNDARY, 0o644);
  for (const folder of ['blobs', 'logs', 'run']) await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
  return {
    metadata: join(root, 'metadata.db'),
    queue: join(root, 'queue.db'),
    items: join(root, 'items.db'),
    records: join(root, 'records.db'),
    codeBlobs: join(root, 'blobs', 'code'),
    objectBlobs: join(root, 'blobs', 'objects'),
    code: join(root, 'code'),
    layers: join(root, 'layers'),
    images: join(root, 'images'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    containers: join(root, 'containers'),
    secret,
  };
}

async function readOrCreate(path: string, make: () => string, mode = 0o600): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    const value = make();
    await writeFile(path, value, { mode });
    return value;
  }
}
