import { access, constants, readdir } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import type { Interpreter } from './interpreter.ts';
import { isVersion, LANGUAGES, parseRuntimeName, type RuntimeName } from './languages.ts';

/** Programs that are looked at for one runtime; more on a PATH are left out. */
const CANDIDATES_MAX = 12;

/** Where to look for an interpreter. */
export interface SearchPlaces {
  /** The user's own choice for this runtime; nothing else is looked at then. */
  readonly chosen: string | undefined;
  readonly searchPath: string;
  /** The Node that runs this server. */
  readonly nodeExecutable: string;
  /** The Node that `lambkin runtime add` has brought for this runtime; it need not be there. */
  readonly addedNode?: string;
  /** `JAVA_HOME` of the server. */
  readonly javaHome?: string | undefined;
  /** Folder with a Java in each of its folders; where Linux distributions have them. */
  readonly jvmFolder?: string;
  /** Answers of programs that were asked already, for many searches at a time. */
  readonly asked?: Map<string, Promise<Interpreter | undefined>>;
}

/** What a search has found. */
export interface SearchResult {
  readonly interpreter?: Interpreter;
  /** One of another version that would do if the user chose it by name; looked for only where there is none of the right one. */
  readonly standIn?: Interpreter;
}

/** Finds the interpreter of a runtime; see {@link searchInterpreter}. */
export async function findInterpreter(runtime: string, places: SearchPlaces): Promise<Interpreter | undefined> {
  return (await searchInterpreter(runtime, places)).interpreter;
}

/**
 * Finds the interpreter of a runtime such as `nodejs24.x` or `python3.12`: the first program of its version, in the
 * order of the places. All are asked at the same time. One that the user has chosen may be of another version where the
 * language allows.
 */
export async function searchInterpreter(runtime: string, places: SearchPlaces): Promise<SearchResult> {
  const name = parseRuntimeName(runtime);
  if (!name) return {};
  const { language, version: wanted } = name;
  const { standsIn } = LANGUAGES[language];
  const ask = (program: string): Promise<Interpreter | undefined> => askOnce(name, program, places);
  const fits = (found: Interpreter | undefined): boolean => found !== undefined && isVersion(found.version, wanted);
  if (places.chosen) {
    const chosen = await ask(places.chosen);
    return chosen && (fits(chosen) || standsIn(chosen, wanted)) ? { interpreter: chosen } : {};
  }
  if (language === 'nodejs') {
    // The Node that runs us answers for most functions without starting a process for any other.
    const own = await ask(places.nodeExecutable);
    if (own && fits(own)) return { interpreter: own };
  }
  const programs = await candidates(name, places);
  const found = await Promise.all(programs.map(ask));
  const interpreter = found.find(fits);
  if (interpreter) return { interpreter };
  const standIn = found.find((other) => other !== undefined && standsIn(other, wanted));
  return standIn ? { standIn } : {};
}

function askOnce({ language, version }: RuntimeName, program: string, places: SearchPlaces): Promise<Interpreter | undefined> {
  const { probe } = LANGUAGES[language];
  const key = `${language} ${language === 'dotnet' ? version : ''} ${program}`;
  const answer = places.asked?.get(key) ?? probe(program, places.searchPath, version);
  places.asked?.set(key, answer);
  return answer;
}

async function candidates({ language, version }: RuntimeName, places: SearchPlaces): Promise<string[]> {
  const { programs } = LANGUAGES[language];
  const onPath = await onSearchPath(programs(version), places.searchPath);
  switch (language) {
    case 'nodejs':
      return first([...(await existing([places.addedNode ?? ''])), ...onPath]);
    case 'python':
      return first([...onPath, ...(await managed(version, `python${version}`, places.searchPath))]);
    case 'ruby':
      return first([...onPath, ...(await managed(version, 'ruby', places.searchPath))]);
    case 'java': {
      const home = places.javaHome ? [join(places.javaHome, 'bin', 'java')] : [];
      return first([...(await existing(home)), ...onPath, ...(await installedJavas(places.jvmFolder))]);
    }
    default:
      return first(onPath);
  }
}

function first(programs: readonly string[]): string[] {
  return [...new Set(programs)].slice(0, CANDIDATES_MAX);
}

/** What pyenv and rbenv have installed: their shims run only the versions that are switched on. The newest patch release first. */
async function managed(version: string, program: string, searchPath: string): Promise<string[]> {
  const shims = searchPath.split(delimiter).filter((folder) => basename(folder) === 'shims');
  const installed = await Promise.all(
    shims.map(async (folder) => {
      const versions = join(dirname(folder), 'versions');
      const names = await readdir(versions).catch(() => []);
      const fitting = names.filter((name) => isVersion(name, version));
      fitting.sort((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
      return fitting.map((name) => join(versions, name, 'bin', program));
    }),
  );
  return existing(installed.flat());
}

async function installedJavas(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return [];
  const names = await readdir(folder).catch(() => []);
  return existing(names.toSorted().map((name) => join(folder, name, 'bin', 'java')));
}

/** Full paths of the programs that there are, in the order of the names and then of the PATH. */
function onSearchPath(names: readonly string[], searchPath: string): Promise<string[]> {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  return existing(names.flatMap((name) => folders.map((folder) => join(folder, name))));
}

async function existing(programs: readonly string[]): Promise<string[]> {
  const there = await Promise.all(programs.map(isExecutable));
  return programs.filter((_, index) => there[index]);
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
