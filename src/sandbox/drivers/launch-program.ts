import { isKnownMachine, type Step, staticProgram } from './static-program.ts';

/** What the first program of a sandbox becomes. */
export interface Launch {
  /** Path of the function's program, as the sandbox sees it. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whose it becomes first; it stays who it is without one. */
  readonly uid?: number | undefined;
}

const PR_SET_NO_NEW_PRIVS = 38;
const CAPABILITY_VERSION_3 = 0x20080522;

/** Whether there is a launch program for this machine, by Node's name for it. */
export function canLaunch(architecture: string): boolean {
  return isKnownMachine(architecture);
}

/**
 * A static program, as the content of its file, that gives up every privilege and becomes another program. It is what
 * runs first in a sandbox whose root is an image: nothing of the image may run before, not its shell, not its C library
 * and none of the files that a C library reads, for until then the process is root's. Throws for a machine it was not
 * written for.
 */
export function launchProgram(launch: Launch, architecture: string): Uint8Array {
  if (!canLaunch(architecture)) throw new Error(`container images can't be run on ${architecture}`);
  return staticProgram(architecture, (data) => {
    const path = data.text(launch.path);
    const argv = data.pointers(launch.argv.map((text) => data.text(text)));
    const env = data.pointers(Object.entries(launch.env).map(([name, value]) => data.text(`${name}=${value}`)));
    const capabilityHeader = data.words([CAPABILITY_VERSION_3, 0]);
    const noCapabilities = data.words([0, 0, 0, 0, 0, 0]);
    const steps: Step[] = [];
    const { uid } = launch;
    if (uid !== undefined) {
      steps.push(['setgroups', [0, 0]], ['setresgid', [uid, uid, uid]], ['setresuid', [uid, uid, uid]]);
      steps.push(['capset', [capabilityHeader, noCapabilities]]);
    }
    return [...steps, ['prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]], ['execve', [path, argv, env]]];
  });
}
