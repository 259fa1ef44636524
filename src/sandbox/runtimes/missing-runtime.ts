import type { Interpreter } from './interpreter.ts';
import { type LanguageName, LANGUAGES, parseRuntimeName } from './languages.ts';
import type { RuntimeStatus } from './runtime-launch.ts';

type Missing = Extract<RuntimeStatus, { readonly available: false }>;

/** What may be said besides the PATH and the setting. */
const OTHER_PLACES: Readonly<Record<LanguageName, string>> = {
  nodejs: '',
  python: '',
  java: ', in JAVA_HOME or in /usr/lib/jvm',
  ruby: '',
  dotnet: '',
};

/** Which of a language's program names is told: the one that people know it by. */
const PROGRAM_NAMED: Readonly<Record<LanguageName, number>> = { nodejs: 1, python: 0, java: 0, ruby: 1, dotnet: 0 };

/** No interpreter of this runtime was found, but perhaps one of another version that would do. */
export function interpreterMissing(runtime: string, standIn?: Interpreter): Missing {
  const name = parseRuntimeName(runtime);
  if (!name) return noClient(runtime);
  const { language, version } = name;
  const { title, programs } = LANGUAGES[language];
  const program = `a ${title(version)} named ${programs(version)[PROGRAM_NAMED[language]]}`;
  const places = `on the PATH of the server${OTHER_PLACES[language]}, or name its interpreter in the setting runtimes.${runtime}.`;
  const missing = `The runtime ${runtime} is not available on this machine.`;
  const command = `lambkin runtime add ${runtime}`;
  return language === 'nodejs'
    ? { available: false, reason: `${missing} Run: ${command}. Or put ${program} ${places}`, remedy: command }
    : {
        available: false,
        reason: `${missing} Put ${program} ${places}`,
        remedy: standIn
          ? `needs ${title(version)}; ${standIn.version} does if you set runtimes.${runtime} to ${standIn.executable}`
          : `needs ${title(version)} on PATH${OTHER_PLACES[language]}, or in the setting runtimes.${runtime}`,
      };
}

/** There is a Java, but not what makes it run functions. */
export function javaClientMissing(runtime: string, javaVersion: string): Missing {
  return {
    available: false,
    reason: `The runtime ${runtime} needs Lambda's runtime interface client for Java, which is not here yet. Run: lambkin runtime add ${runtime}`,
    remedy: `lambkin runtime add ${runtime} (Java ${javaVersion} is there)`,
  };
}

/** The client's native half is made for Linux alone. */
export function javaClientImpossible(runtime: string): Missing {
  return {
    available: false,
    reason: `This machine can not run ${runtime}: Lambda's runtime interface client for Java has native code for Linux on x86_64 and arm64 alone.`,
    remedy: 'not on this system: the client for Java is made for Linux on x86_64 and arm64',
  };
}

function noClient(runtime: string): Missing {
  const reason = `This version of lambkin can not run ${runtime}: it has clients for Node.js, Python, Java, Ruby and .NET, and runs own runtimes on provided.al2023.`;
  return { available: false, reason, remedy: 'not in this version of lambkin' };
}
