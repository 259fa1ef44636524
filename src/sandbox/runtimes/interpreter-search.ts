import { access, constants, readdir } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { type Interpreter, type Probe, probeNode, probePython } from './interpreter.ts';

/** Programs that are looked at for one runtime; more on a PATH are left out. */
const CANDIDATES_MAX = 12;

/** Where to look for an interpreter. */
export interface SearchPlaces {
  /** The user's own choice for this runtime; nothing else is looked at then. */
  readonly chosen: string | undefined;
  readonly searchPath: string;
  /** The Node that runs this server. */
  readonly nodeExecutable: string;
}

/**
 * Finds the interpreter of a runtime such as `nodejs24.x` or `python3.12`: the first program of its version, in the
 * order of the PATH. All are asked at the same time. Resolves to undefined when there is none.
 */
export async function findInterpreter(runtime: string, places: SearchPlaces): Promise<Interpreter | undefined> {
  const [, language, wanted] = /^(nodejs|python)(\d+(?:\.\d+)?)(?:\.x)?$/.exec(runtime) ?? [];
  if (!language || !wanted) return undefined;
  const isNode = language === 'nodejs';
  const programs = places.chosen ? [places.chosen] : await (isNode ? nodePrograms : pythonPrograms)(wanted, places);
  const probe: Probe = isNode ? probeNode : probePython;
  const fits = (found: Interpreter | undefined): boolean => found !== undefined && `${found.version}.`.startsWith(`${wanted}.`);
  // The Node that runs us answers for most functions without starting a process for any other.
  const [first, ...others] = programs;
  if (isNode && first !== undefined) {
    const own = await probe(first, places.searchPath);
    if (fits(own)) return own;
    return (await Promise.all(others.map((program) => probe(program, places.searchPath)))).find(fits);
  }
  return (await Promise.all(programs.map((program) => probe(program, places.searchPath)))).find(fits);
}

async function nodePrograms(major: string, places: SearchPlaces): Promise<string[]> {
  const onPath = await onSearchPath([`node${major}`, 'node', 'nodejs'], places.searchPath);
  return [...new Set([places.nodeExecutable, ...onPath])].slice(0, CANDIDATES_MAX);
}

async function pythonPrograms(version: string, places: SearchPlaces): Promise<string[]> {
  const onPath = await onSearchPath([`python${version}`, 'python3'], places.searchPath);
  // pyenv's shims run only the versions that are switched on; the others are installed all the same.
  const shims = places.searchPath.split(delimiter).filter((folder) => basename(folder) === 'shims');
  const installed = await Promise.all(shims.map((folder) => installedBeside(folder, version)));
  return [...new Set([...onPath, ...installed.flat()])].slice(0, CANDIDATES_MAX);
}

async function installedBeside(shims: string, version: string): Promise<string[]> {
  const versions = join(dirname(shims), 'versions');
  const names = await readdir(versions).catch(() => []);
  const fitting = names.filter((name) => name === version || name.startsWith(`${version}.`));
  // The newest patch release first.
  fitting.sort((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
  return fitting.map((name) => join(versions, name, 'bin', `python${version}`));
}

/** Full paths of the programs that there are, in the order of the names and then of the PATH. */
async function onSearchPath(names: readonly string[], searchPath: string): Promise<string[]> {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  const programs = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const there = await Promise.all(programs.map(isExecutable));
  return programs.filter((_, index) => there[index]);
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
