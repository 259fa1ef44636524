import { type Interpreter, type Probe, probeDotnet, probeJava, probeNode, probePython, probeRuby } from './interpreter.ts';

/** Languages that a managed runtime can be of. */
export type LanguageName = 'nodejs' | 'python' | 'java' | 'ruby' | 'dotnet';

/** How interpreters of one language are told apart. */
export interface Language {
  readonly probe: Probe;
  /** For people: `Node.js 22`. */
  readonly title: (version: string) => string;
  /** Names of its programs on a PATH, the most exact first. */
  readonly programs: (version: string) => readonly string[];
  /** Whether one of another version does when the user has chosen it by name. */
  readonly standsIn: (found: Interpreter, wanted: string) => boolean;
}

/** A runtime's name taken apart. */
export interface RuntimeName {
  readonly language: LanguageName;
  /** `22`, `3.12`, `8` */
  readonly version: string;
}

const never = (): boolean => false;

/** Every language that there is a client for. */
export const LANGUAGES: Readonly<Record<LanguageName, Language>> = {
  nodejs: {
    probe: probeNode,
    title: (version) => `Node.js ${version}`,
    programs: (version) => [`node${version}`, 'node', 'nodejs'],
    standsIn: never,
  },
  python: {
    probe: probePython,
    title: (version) => `Python ${version}`,
    programs: (version) => [`python${version}`, 'python3'],
    standsIn: never,
  },
  java: {
    probe: probeJava,
    title: (version) => `Java ${version}`,
    programs: () => ['java'],
    // Newer Javas run older classes, though not with the same library.
    standsIn: (found, wanted) => Number.parseInt(found.version, 10) > Number(wanted),
  },
  ruby: {
    probe: probeRuby,
    title: (version) => `Ruby ${version}`,
    programs: (version) => [`ruby${version}`, 'ruby'],
    standsIn: (found, wanted) => found.version.split('.')[0] === wanted.split('.')[0],
  },
  dotnet: {
    probe: probeDotnet,
    title: (version) => `.NET ${version}`,
    programs: () => ['dotnet'],
    standsIn: never,
  },
};

/** The language and version of a runtime such as `java8.al2`; undefined for own runtimes and languages without a client. */
export function parseRuntimeName(runtime: string): RuntimeName | undefined {
  const [, language, version] = /^(nodejs|python|java|ruby|dotnet)(\d+(?:\.\d+)?)(?:\.x|\.al2|\.al2023)?$/.exec(runtime) ?? [];
  return language && version ? { language: language as LanguageName, version } : undefined;
}

/** Whether the version is the wanted one: `24.15.0` for `24`, and `3.11.2` for `3.11` but not for `3.1`. */
export function isVersion(found: string, wanted: string): boolean {
  return `${found}.`.startsWith(`${wanted}.`);
}
