import { execFile } from 'node:child_process';

/** A program of the host that runs functions of one language. */
export interface Interpreter {
  /** The real program, links and version managers' shims resolved. */
  readonly executable: string;
  /** What has to be visible for it to run: a folder with its library, or the program alone. */
  readonly prefix: string;
  /** For example `24.15.0`. */
  readonly version: string;
}

/** Asks a program who it is; resolves to undefined when it does not answer in time or not as an interpreter would. */
export type Probe = (program: string, searchPath: string) => Promise<Interpreter | undefined>;

const PROBE_TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 65_536;
const NODE_PROBE = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
const PYTHON_PROBE =
  'import sys, json, os; print(json.dumps([os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3], sys.base_prefix]))';

/** Node is one file, so that file is its prefix. */
export const probeNode: Probe = async (program, searchPath) => {
  const [executable, version] = await ask(program, ['-e', NODE_PROBE], searchPath);
  return executable && version ? { executable, version, prefix: executable } : undefined;
};

/** Python finds its library from where its program lies, so both stay where they are. */
export const probePython: Probe = async (program, searchPath) => {
  const [executable, version, prefix] = await ask(program, ['-I', '-S', '-c', PYTHON_PROBE], searchPath);
  return executable && version && prefix ? { executable, version, prefix } : undefined;
};

/** The program's answer: a list of texts, empty when there is none. It sees nothing of our environment but the PATH, which shims need. */
function ask(program: string, args: readonly string[], searchPath: string): Promise<readonly string[]> {
  const options = {
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_BYTES_MAX,
    env: { PATH: searchPath },
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => resolve(error ? [] : parseAnswer(stdout)));
  });
}

function parseAnswer(text: string): readonly string[] {
  try {
    const answer: unknown = JSON.parse(text);
    return Array.isArray(answer) && answer.every((part) => typeof part === 'string') ? answer : [];
  } catch {
    return [];
  }
}
