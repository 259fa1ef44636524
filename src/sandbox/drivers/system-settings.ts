import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Parts of the host's /etc that a function may see; never its users and their passwords. */
const SHOWN = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'host.conf',
  'java-11-openjdk',
  'java-17-openjdk',
  'java-21-openjdk',
  'java-25-openjdk',
  'java-8-openjdk',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'pki',
  'protocols',
  'services',
  'ssl',
  'timezone',
];
/** Files that each sandbox has of its own; two of them may change while the server runs. */
export const OWN_SETTINGS: readonly string[] = ['hosts', 'resolv.conf', 'passwd', 'group'];
/** Extensions know their environment by these names. Source: Lambda's page on the Telemetry API. */
const OWN_HOSTS = '\n127.0.0.1 sandbox.localdomain sandbox\n';
const WORLD_READABLE = 0o004;

/** Where a sandbox finds its own files; those of /etc are links to here. */
export const OWN_FOLDER = '/run/lambkin';

/**
 * Copies what functions may see of the host's /etc into a new folder, to be bound as one: bubblewrap reads the whole
 * list of the host's mounts for every bind, and sixteen binds cost 1.4 to 2 ms of each start. What only root can read
 * is left out. Resolves when all of it is there.
 */
export async function writeSystemSettings(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  await Promise.all(SHOWN.map((name) => copy(join('/etc', name), join(folder, name))));
  linkOwnSettings(folder, OWN_FOLDER);
}

/** Links the files that each sandbox has of its own to where it finds them. */
export function linkOwnSettings(folder: string, ownFolder: string): void {
  for (const name of OWN_SETTINGS) symlinkSync(join(ownFolder, name), join(folder, name));
}

/** Users and groups that a sandbox knows besides its own, as the files have them; lines are whole. */
export interface OwnSettings {
  readonly passwd: string;
  readonly group: string;
}

const ROOT_ALONE: OwnSettings = { passwd: 'root:x:0:0:root:/root:/sbin/nologin\n', group: 'root:x:0:\n' };

/** Writes a sandbox's own files of /etc into a folder that it sees as its own. Without `resolver` names are resolved as the host does. */
export function writeOwnSettings(folder: string, uid: number, others: OwnSettings = ROOT_ALONE, resolver?: string): void {
  // Without a name for its uid some libraries fail to start.
  const user = `sbx_user1051:x:${uid}:${uid}::/tmp:/sbin/nologin\n`;
  writeFileSync(join(folder, 'passwd'), `${others.passwd}${user}`, { mode: 0o444 });
  writeFileSync(join(folder, 'group'), `${others.group}sbx_user1051:x:${uid}:\n`, { mode: 0o444 });
  const contents = { hosts: contentOf('/etc/hosts') + OWN_HOSTS, 'resolv.conf': resolver ?? contentOf('/etc/resolv.conf') };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content, { mode: 0o444 });
}

async function copy(from: string, to: string): Promise<void> {
  const stats = await lstat(from).catch(() => undefined);
  if (!stats) return;
  if (stats.isSymbolicLink()) await symlink(await readlink(from), to);
  else if ((stats.mode & WORLD_READABLE) === 0) return;
  else if (stats.isDirectory()) {
    await mkdir(to);
    await chmod(to, 0o755);
    await Promise.all((await readdir(from)).map((name) => copy(join(from, name), join(to, name))));
  } else if (stats.isFile()) {
    await copyFile(from, to);
    await chmod(to, 0o444);
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
