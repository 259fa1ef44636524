import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A program of the host that runs functions of one language. */
export interface Interpreter {
  /** The real program, links and version managers' shims resolved. */
  readonly executable: string;
  /** What has to be visible for it to run: a folder with its library, or the program alone. */
  readonly prefix: string;
  /** For example `24.15.0`. */
  readonly version: string;
}

/**
 * Asks a program who it is; resolves to undefined when it does not answer in time or not as an interpreter would.
 * `wanted` is the version looked for, which matters to a program that stands for several.
 */
export type Probe = (program: string, searchPath: string, wanted: string) => Promise<Interpreter | undefined>;

const PROBE_TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 65_536;
const NODE_PROBE = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
const PYTHON_PROBE =
  'import sys, json, os; print(json.dumps([os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3], sys.base_prefix]))';
const RUBY_PROBE = 'require "rbconfig"; print [RbConfig.ruby, RUBY_VERSION, RbConfig::CONFIG["prefix"]].inspect';

/** Node is one file, so that file is its prefix. */
export const probeNode: Probe = async (program, searchPath) => {
  const [executable, version] = parseAnswer(await ask(program, ['-e', NODE_PROBE], searchPath));
  return executable && version ? { executable, version, prefix: executable } : undefined;
};

/** Python finds its library from where its program lies, so both stay where they are. */
export const probePython: Probe = async (program, searchPath) => {
  const [executable, version, prefix] = parseAnswer(await ask(program, ['-I', '-S', '-c', PYTHON_PROBE], searchPath));
  return executable && version && prefix ? { executable, version, prefix } : undefined;
};

/** Ruby knows its folders by heart, so they stay where they are. */
export const probeRuby: Probe = async (program, searchPath) => {
  const [executable, version, prefix] = parseAnswer(await ask(program, ['--disable-gems', '-e', RUBY_PROBE], searchPath));
  return executable && version && prefix ? { executable, version, prefix } : undefined;
};

/** A Java's home holds its program and its library. Java 8 calls itself 1.8.0_402, which is told as 8.0.402. */
export const probeJava: Probe = async (program, searchPath) => {
  const answer = await ask(program, ['-XshowSettings:properties', '-version'], searchPath);
  const home = /^ *java\.home = (\/.*)$/m.exec(answer)?.[1];
  const version = /^ *java\.version = (?:1\.(?=\d\.))?(\d[\w.]*)/m.exec(answer)?.[1]?.replace('_', '.');
  return home && version ? { executable: join(home, 'bin', 'java'), version, prefix: home } : undefined;
};

/** One `dotnet` runs programs of every version that is installed beside it. */
export const probeDotnet: Probe = async (program, searchPath, wanted) => {
  const answer = await ask(program, ['--list-runtimes'], searchPath);
  const versions = [...answer.matchAll(/^Microsoft\.NETCore\.App (\d+(?:\.\d+)*)/gm)].map((match) => match[1] ?? '');
  const version = versions.findLast((candidate) => candidate.startsWith(`${wanted}.`)) ?? versions.at(-1);
  if (!version) return undefined;
  const executable = await realpath(program);
  return { executable, version, prefix: dirname(executable) };
};

/** What the program prints, empty when it fails. It sees nothing of our environment but the PATH, which shims need. */
function ask(program: string, args: readonly string[], searchPath: string): Promise<string> {
  const options = {
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_BYTES_MAX,
    env: { PATH: searchPath },
  } as const;
  return new Promise((resolve) => {
    // Java tells about itself on the error output; anybody else's errors make no sense as an answer.
    execFile(program, args, options, (error, stdout, stderr) => resolve(error ? '' : stdout || stderr));
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
