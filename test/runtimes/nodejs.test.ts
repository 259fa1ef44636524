import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ClientCase, runCase } from './client-case.ts';
import type { ClientCommand } from './client-process.ts';
import { asCurrent, NODE_CASES, NODE_CURRENT_CASES, NODE_INIT_CASES, NODE_LEGACY_CASES } from './node-cases.ts';

const RUNTIME_DIRECTORY = join(import.meta.dirname, '../../runtimes/nodejs');
const INIT_EXIT_CODE_LEGACY = 129;

const current = [
  ...[...NODE_CASES, ...NODE_INIT_CASES.map((entry) => ({ ...entry, exitCode: 1 }))].map(asCurrent),
  ...NODE_CURRENT_CASES,
];
const legacy = [
  ...NODE_CASES,
  ...NODE_INIT_CASES.map((entry) => ({ ...entry, exitCode: INIT_EXIT_CODE_LEGACY })),
  ...NODE_LEGACY_CASES,
];

function suite(title: string, program: string, runtime: string, cases: readonly ClientCase[]): void {
  const command: ClientCommand = {
    argv: [program, join(RUNTIME_DIRECTORY, 'bootstrap.cjs')],
    env: () => ({
      PATH: process.env['PATH'] ?? '',
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      LAMBDA_RUNTIME_DIR: RUNTIME_DIRECTORY,
    }),
  };
  describe(title, { concurrency: 2 }, () => {
    for (const entry of cases) it(entry.name, () => runCase(command, RUNTIME_DIRECTORY, entry));
  });
}

suite('nodejs24.x client', process.execPath, 'nodejs24.x', current);
suite('nodejs22.x client', process.execPath, 'nodejs22.x', legacy);

/** The machine's own Node, when it is another one: the client must run on versions older than the server's. */
function otherNode(): { readonly program: string; readonly major: number } | undefined {
  for (const program of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      const major = Number(execFileSync(program, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
      if (major >= 20 && `v${major}` !== process.version.split('.')[0]) return { program, major };
    } catch {
      // Not there.
    }
  }
  return undefined;
}

const other = otherNode();
if (other)
  suite(
    `nodejs${other.major}.x client on Node ${other.major}`,
    other.program,
    `nodejs${other.major}.x`,
    other.major < 24 ? legacy : current,
  );
else it('on another version of Node', { skip: 'this machine has no other Node of version 20 or newer' }, () => {});
