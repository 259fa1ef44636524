import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findInterpreter } from '../../src/sandbox/runtimes/interpreter-search.ts';
import { runCase } from './client-case.ts';
import { RUBY_CASES } from './ruby-cases.ts';

const RUNTIME_DIRECTORY = join(import.meta.dirname, '../../runtimes/ruby');

// Whatever Ruby of the third generation the machine has, so the choice is made as a user would make it.
const places = { chosen: 'ruby', searchPath: process.env['PATH'] ?? '', nodeExecutable: process.execPath };
const interpreter = await findInterpreter('ruby3.3', places);
if (!interpreter) {
  it('ruby client', { skip: 'this machine has no Ruby 3' }, () => {});
} else {
  const command = {
    argv: [interpreter.executable, '-EUTF-8', join(RUNTIME_DIRECTORY, 'bootstrap.rb')] as const,
    env: () => ({ PATH: process.env['PATH'] ?? '' }),
  };
  describe(`ruby client on Ruby ${interpreter.version}`, { concurrency: 2 }, () => {
    for (const entry of RUBY_CASES) it(entry.name, () => runCase(command, RUNTIME_DIRECTORY, entry));
  });
}
