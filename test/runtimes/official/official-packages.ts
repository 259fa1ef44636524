import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, isAboutNetwork } from '../corpus/build-cache.ts';
import { Unavailable } from '../corpus/subject.ts';

const COMMAND_MS_MAX = 120_000;

/** Folder of AWS's client for Node.js in this version, without its native half. Rejects with {@link Unavailable} without a way to npm's registry. */
export function nodeClient(version: string): Promise<string> {
  return fetched(`node-${version}`, async (folder) => {
    await run('npm', ['pack', `aws-lambda-ric@${version}`, '--silent', '--pack-destination', folder]);
    await run('tar', ['-xzf', join(folder, `aws-lambda-ric-${version}.tgz`), '-C', folder, '--strip-components=1']);
  });
}

/** Folder for PYTHONPATH with AWS's client for Python in this version. Rejects with {@link Unavailable} likewise. */
export function pythonClient(version: string, python: string, pythonVersion: string): Promise<string> {
  return fetched(`python-${version}-${pythonVersion}`, async (folder) => {
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--target', folder];
    await run(python, ['-m', 'pip', 'install', ...options, `awslambdaric==${version}`]);
  });
}

async function fetched(name: string, fetch: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheFolder('official'), name);
  if (existsSync(target)) return target;
  const scratch = `${target}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    await fetch(scratch);
    renameSync(scratch, target);
    return target;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: COMMAND_MS_MAX }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const text = `${stderr.trim()} ${error.message}`;
      const reason = `${program} can not fetch AWS's client: ${stderr.trim().split('\n').at(-1)}`;
      reject(
        error.killed || isAboutNetwork(text) || /ENOENT|No module named pip/.test(text)
          ? new Unavailable(reason)
          : new Error(text),
      );
    });
  });
}
