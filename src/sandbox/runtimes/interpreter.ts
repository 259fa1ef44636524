import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A program of the host that runs functions of one language. */
export interface Interpreter {
  /** The real program, links and version managers' shims resolved. */
  readonly executable: string;
  /** Folder that holds it and its library. */
  readonly prefix: string;
  readonly version: string;
}

const PROBE_TIMEOUT_MS = 5_000;
const NODE_PROBE = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
const PYTHON_PROBE =
  'import sys, json, os; print(json.dumps([os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3], sys.base_prefix]))';

/** Asks a Node.js program who it is; undefined when it does not answer in time. */
export async function probeNode(program: string): Promise<Interpreter | undefined> {
  const answer = await ask(program, ['-e', NODE_PROBE]);
  const [executable, version] = answer ?? [];
  if (!executable || !version) return undefined;
  // Node is one file: only it is shown, unless it lies in the system's own folders.
  return { executable, version, prefix: executable };
}

/** Asks a Python program who it is; undefined when it does not answer in time. */
export async function probePython(program: string): Promise<Interpreter | undefined> {
  const answer = await ask(program, ['-I', '-S', '-c', PYTHON_PROBE]);
  const [executable, version, prefix] = answer ?? [];
  if (!executable || !version || !prefix) return undefined;
  return { executable, version, prefix };
}

/** The full path of a program on PATH; undefined when there is none. */
export async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter)) {
    if (directory === '') continue;
    const candidate = join(directory, name);
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

function ask(program: string, args: readonly string[]): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: PROBE_TIMEOUT_MS, maxBuffer: 65_536, env: { PATH: process.env['PATH'] ?? '' } }, (error, stdout) => {
      try {
        resolve(error ? undefined : (JSON.parse(stdout) as string[]));
      } catch {
        resolve(undefined);
      }
    });
  });
}
