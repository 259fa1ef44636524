import { execFile } from 'node:child_process';

/** Environment of the system programs we run: nothing of a function's may reach them. */
export const SYSTEM_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

/**
 * Runs a system program to its end, with `input` for it to read, and returns its output. Rejects with what it said when
 * it fails or takes over 30 s.
 */
export function runCommand(program: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env: { ...SYSTEM_ENVIRONMENT }, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
    if (input === undefined) return;
    // A program that has not read it all has failed, and tells why.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
