import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from './subject.ts';

/** Compilers and what they fetch take longer than everything else together, so their results outlive a run. */
export const CACHE = join(tmpdir(), `lambkin-corpus-${userInfo().username}`);
export const FUNCTIONS = join(import.meta.dirname, 'functions');
/** A build that has not ended by then is given up; its next try goes on from what the compiler has kept. */
const BUILD_MS_MAX = 170_000;

/** The cache's folder of this name; functions run as other users and must reach what is in it. */
export function cacheFolder(...names: readonly string[]): string {
  const folder = join(CACHE, ...names);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  chmodSync(CACHE, 0o711);
  return folder;
}

/** Path of a file that is built from the sources once: `build` writes it, unless the same sources were built before. */
export async function built(
  sources: string,
  key: string,
  build: (output: string, folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(FUNCTIONS, sources);
  const target = join(cacheFolder(sources), `${await sumOf(folder, key)}.out`);
  if (existsSync(target)) return target;
  const scratch = `${target}.${process.pid}`;
  await build(scratch, folder);
  renameSync(scratch, target);
  return target;
}

/** Runs a compiler. Rejects with {@link Unavailable} when there is none or it can't fetch what it needs, else with its complaint. */
export function compile(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, timeout: BUILD_MS_MAX, maxBuffer: 16 * 1_048_576 };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const text = stderr.trim();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') reject(new Unavailable(`${program} is not installed`));
      else if (error.killed) reject(new Unavailable(`${program} takes too long`));
      else if (isAboutNetwork(text))
        reject(new Unavailable(`${program} can not fetch what it needs: ${text.split('\n').at(-1)}`));
      else reject(new Error(`${program} has failed:\n${text}`));
    });
  });
}

/** What clients of registries say when there is no way to them. */
export function isAboutNetwork(text: string): boolean {
  return /dial tcp|i\/o timeout|no such host|connection refused|could not resolve|failed to download|can not be reached|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|spurious network|Temporary failure|No matching distribution|requires go >=/i.test(
    text,
  );
}

async function sumOf(folder: string, key: string): Promise<string> {
  const sum = createHash('sha256').update(key);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const path of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted())
    sum.update(path.slice(folder.length)).update(readFileSync(path));
  return sum.digest('hex').slice(0, 16);
}
