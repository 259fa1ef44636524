import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findInterpreter } from '../../src/sandbox/runtimes/interpreter-search.ts';
import { runCase } from './client-case.ts';
import { PYTHON_CASES } from './python-cases.ts';

const RUNTIME_DIRECTORY = join(import.meta.dirname, '../../runtimes/python');
const VERSIONS = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14'];

for (const version of VERSIONS) {
  const places = { chosen: undefined, searchPath: process.env['PATH'] ?? '', nodeExecutable: process.execPath };
  const interpreter = await findInterpreter(`python${version}`, places);
  if (!interpreter) {
    it(`python${version} client`, { skip: `this machine has no Python ${version}` }, () => {});
    continue;
  }
  const command = {
    argv: [interpreter.executable, '-B', join(RUNTIME_DIRECTORY, 'bootstrap.py')] as const,
    env: () => ({
      PATH: process.env['PATH'] ?? '',
      AWS_EXECUTION_ENV: `AWS_Lambda_python${version}`,
      PYTHONPATH: RUNTIME_DIRECTORY,
    }),
  };
  describe(`python${version} client`, { concurrency: 2 }, () => {
    for (const entry of PYTHON_CASES) it(entry.name, () => runCase(command, RUNTIME_DIRECTORY, entry));
  });
}
