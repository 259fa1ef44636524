import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddedRuntimes } from '../../../src/sandbox/runtimes/added-runtimes.ts';
import { addRuntime } from '../../../src/sandbox/runtimes/additions/add-runtime.ts';
import { JAVA_CLIENT_VERSION } from '../../../src/sandbox/runtimes/additions/java-artifacts.ts';
import { built, cacheFolder, compile, isAboutNetwork } from './build-cache.ts';
import { Unavailable } from './subject.ts';

/** Folder that `lambkin runtime add` fills for the corpus. */
export const ADDED = cacheFolder('runtimes');
const COMPILED_FOR_JAVA = '17';

/** What is on its way already: several languages share a build. */
const pending = new Map<string, Promise<unknown>>();

function once<Result>(key: string, make: () => Promise<Result>): Promise<Result> {
  const known = pending.get(key) ?? make();
  pending.set(key, known);
  return known as Promise<Result>;
}

/** Adds a runtime to {@link ADDED} unless it is there. Rejects with {@link Unavailable} when the registry can't be reached. */
export function ensureAdded(runtime: string): Promise<void> {
  return once(`add ${runtime}`, async () => {
    try {
      await addRuntime(runtime, {
        folder: ADDED,
        mavenRepository: process.env['LAMBKIN_DOWNLOADS_MAVEN_REPOSITORY'] ?? 'https://repo1.maven.org/maven2',
        npmRegistry: process.env['LAMBKIN_DOWNLOADS_NPM_REGISTRY'] ?? '',
        searchPath: process.env['PATH'] ?? '',
      });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw isAboutNetwork(text) ? new Unavailable(text) : error;
    }
  });
}

/** The class files of a package, by the paths that a jar has for them. */
export async function javaClasses(name: 'example' | 'layered'): Promise<Record<string, Buffer>> {
  await ensureAdded('java');
  const archive = await once('javac', () => built('java', JAVA_CLIENT_VERSION, compileJava));
  const classes = JSON.parse(readFileSync(archive, 'utf8')) as Record<string, string>;
  const own = Object.entries(classes).filter(([path]) => path.startsWith(`${name}/`));
  return Object.fromEntries(own.map(([path, base64]) => [path, Buffer.from(base64, 'base64')]));
}

/** Kept as one file of JSON: paths and the bytes behind them. */
async function compileJava(output: string, folder: string): Promise<void> {
  const classes = mkdtempSync(join(tmpdir(), 'lambkin-javac-'));
  try {
    const client = join(new AddedRuntimes(ADDED).javaFolder(), '*');
    const sources = ['example/Main.java', 'layered/Greeting.java'];
    await compile('javac', ['--release', COMPILED_FOR_JAVA, '-cp', client, '-d', classes, ...sources], folder);
    const files = readdirSync(classes, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.class'));
    const entries = files.map((path) => [path, readFileSync(join(classes, path)).toString('base64')]);
    writeFileSync(output, JSON.stringify(Object.fromEntries(entries)));
  } finally {
    rmSync(classes, { recursive: true, force: true });
  }
}

/** The function in Go, with Lambda's own library, as one static program. */
export function goProgram(): Promise<string> {
  return once('go', () =>
    built('go', process.arch, async (output, folder) => {
      const args = ['build', '-trimpath', '-ldflags=-s -w', '-tags=lambda.norpc', '-o', output, '.'];
      await compile('go', args, folder, { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' });
    }),
  );
}

/** The function in Rust, with Lambda's own library, as one static program. */
export function rustProgram(): Promise<string> {
  return once('rust', () =>
    built('rust', process.arch, async (output, folder) => {
      const target = /host: (\S+)/.exec(await compile('rustc', ['-vV'], folder))?.[1] ?? '';
      const targetFolder = cacheFolder('rust-target');
      const args = ['build', '--locked', '--quiet', '--target', target, '--target-dir', targetFolder];
      await compile('cargo', args, folder, { RUSTFLAGS: '-C target-feature=+crt-static' });
      writeFileSync(output, readFileSync(join(targetFolder, target, 'debug', 'bootstrap')));
    }),
  );
}
