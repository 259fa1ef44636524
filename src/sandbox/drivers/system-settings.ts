import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
/** Parts that may change while the server runs, so that every sandbox gets them as they are when it starts. */
const FRESH = ['hosts', 'resolv.conf'];
/** Files that each sandbox has of its own. */
export const OWN_SETTINGS: readonly string[] = [...FRESH, 'passwd', 'group'];
const WORLD_READABLE = 0o004;

/** Where a sandbox finds its own files; those of /etc are links to here. */
export const OWN_FOLDER = '/run/lambkin';

/**
 * Copies what functions may see of the host's /etc into a new folder, to be bound as one: bubblewrap reads the whole
 * list of the host's mounts for every bind, and sixteen binds cost 1.4 to 2 ms of each start. What only root can read
 * is left out.
 */
export function writeSystemSettings(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  for (const name of SHOWN) copy(join('/etc', name), join(folder, name));
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

/** Writes a sandbox's own files of /etc into a folder that it sees as its own. */
export function writeOwnSettings(folder: string, uid: number, others: OwnSettings = ROOT_ALONE): void {
  // Without a name for its uid some libraries fail to start.
  const user = `sbx_user1051:x:${uid}:${uid}::/tmp:/sbin/nologin\n`;
  writeFileSync(join(folder, 'passwd'), `${others.passwd}${user}`, { mode: 0o444 });
  writeFileSync(join(folder, 'group'), `${others.group}sbx_user1051:x:${uid}:\n`, { mode: 0o444 });
  for (const name of FRESH) writeFileSync(join(folder, name), contentOf(join('/etc', name)) + ownLines(name), { mode: 0o444 });
}

/** Extensions know their environment by these names. Source: Lambda's page on the Telemetry API. */
function ownLines(name: string): string {
  return name === 'hosts' ? '\n127.0.0.1 sandbox.localdomain sandbox\n' : '';
}

function copy(from: string, to: string): void {
  const stats = lstatSync(from, { throwIfNoEntry: false });
  if (!stats) return;
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if ((stats.mode & WORLD_READABLE) === 0) return;
  else if (stats.isDirectory()) {
    mkdirSync(to);
    chmodSync(to, 0o755);
    for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
  } else if (stats.isFile()) {
    copyFileSync(from, to);
    chmodSync(to, 0o444);
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
