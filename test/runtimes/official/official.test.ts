import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { findInterpreter } from '../../../src/sandbox/runtimes/interpreter-search.ts';
import { type ClientCase, runCase } from '../client-case.ts';
import type { ClientCommand } from '../client-process.ts';
import { Unavailable } from '../corpus/subject.ts';
import { asCurrent, NODE_CASES, NODE_CURRENT_CASES, NODE_INIT_CASES, NODE_LEGACY_CASES } from '../node-cases.ts';
import { PYTHON_CASES } from '../python-cases.ts';
import { openOfficialClient } from './official-client.ts';
import { nodeClient, pythonClient } from './official-packages.ts';

// The cases that hold our clients, run with AWS's own: what we call their behaviour must be theirs.

const LEGACY_VERSION = '3.3.0';
const CURRENT_VERSION = '4.0.2';
const PYTHON_CLIENT_VERSION = '4.2.2';
const PYTHONS = ['3.13', '3.12', '3.11', '3.10'];
const CASE_MS_MAX = 30_000;
const SHIM = join(import.meta.dirname, 'native-client.cjs');
const STARTER = join(import.meta.dirname, 'start-node-client.mjs');

/** Where ours does something else, or the comparison can't tell. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  node: {
    'everything printed is out before the answer': 'a promise of ours alone',
    'promise never settled, and the next event is served':
      'published versions answer null; Runtime.NodeJsExit is in the source since',
  },
  current: {
    'a payload that is not JSON': 'ends the process; such an event never comes',
    'JSON log with a level': 'leaves out the tenant, which earlier and later versions write',
  },
  python: {
    'the channel is no part of the environment, nor open in child processes': 'it has no channel',
    'text log': 'without its log descriptor a record of several lines falls apart',
    'logging is set up when the handler is the first to import it': 'it imports logging by itself',
    "a module of the function's own called logging": 'started by -m it does not start',
    'no such module': 'it adds advice on rolling back the runtime',
    'an error while loading': 'its stack has the frames of the import system',
  },
};
/** Streams are frames of ours and an HTTP body of theirs. */
const isStreaming = (entry: ClientCase): boolean => /^stream/.test(entry.name);

/** Without these the fourth generation does not start. */
const FUNCTION_VARIABLES = {
  AWS_LAMBDA_FUNCTION_NAME: 'thumbnails',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/thumbnails',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
};

/** The error type of a header is for metrics alone; AWS's clients set it in some cases and ours always. */
function withoutType(entry: ClientCase): ClientCase {
  return { ...entry, answers: entry.answers.map((answer) => (answer ? { ...answer, errorType: undefined } : answer)) };
}

function suite(
  title: string,
  prepare: () => Promise<ClientCommand>,
  cases: readonly ClientCase[],
  differences: Readonly<Record<string, string>> = {},
): void {
  describe(title, { concurrency: 2 }, () => {
    let command: ClientCommand | undefined;
    let unavailable: string | undefined;
    before(async () => {
      try {
        command = await prepare();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        unavailable = error.message;
      }
    });
    for (const entry of cases) {
      it(entry.name, { timeout: CASE_MS_MAX }, (t) => {
        const reason = isStreaming(entry) ? 'streams are compared elsewhere' : differences[entry.name];
        if (!command || reason !== undefined) return t.skip(unavailable ?? reason);
        return runCase(command, '/var/runtime', withoutType(entry), openOfficialClient);
      });
    }
  });
}

function nodeCommand(runtime: string, args: readonly string[]): ClientCommand {
  return {
    argv: [process.execPath, '--require', SHIM, ...args],
    env: () => ({
      PATH: process.env['PATH'] ?? '',
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      ...FUNCTION_VARIABLES,
    }),
  };
}

suite(
  `aws-lambda-ric ${LEGACY_VERSION}`,
  async () => nodeCommand('nodejs22.x', [STARTER, join(await nodeClient(LEGACY_VERSION), 'dist/index.mjs')]),
  [...NODE_CASES, ...NODE_INIT_CASES.map((entry) => ({ ...entry, exitCode: 129 })), ...NODE_LEGACY_CASES],
  DIFFERENCES['node'],
);
suite(
  `aws-lambda-ric ${CURRENT_VERSION}`,
  async () => nodeCommand('nodejs24.x', [join(await nodeClient(CURRENT_VERSION), 'index.mjs')]),
  [
    ...NODE_CASES.map(asCurrent),
    // After its record of a failed init comes Node's own.
    ...NODE_INIT_CASES.map((entry) => ({ ...entry, exitCode: 1, anyLog: true })),
    ...NODE_CURRENT_CASES,
  ],
  { ...DIFFERENCES['node'], ...DIFFERENCES['current'] },
);

for (const version of PYTHONS) {
  const places = { chosen: undefined, searchPath: process.env['PATH'] ?? '', nodeExecutable: process.execPath };
  const interpreter = await findInterpreter(`python${version}`, places);
  if (!interpreter) continue;
  suite(
    `awslambdaric ${PYTHON_CLIENT_VERSION} on Python ${version}`,
    async () => {
      const folder = await pythonClient(PYTHON_CLIENT_VERSION, interpreter.executable, version);
      return {
        argv: [interpreter.executable, '-B', '-m', 'awslambdaric'],
        env: () => ({ PATH: process.env['PATH'] ?? '', AWS_EXECUTION_ENV: `AWS_Lambda_python${version}`, PYTHONPATH: folder }),
      };
    },
    PYTHON_CASES,
    DIFFERENCES['python'],
  );
  break;
}
