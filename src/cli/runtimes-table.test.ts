import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runtimesTable } from './runtimes-table.ts';

it('tells of each runtime what runs it or how to add it, the newest of a language first', () => {
  const missing = (remedy: string) => ({ available: false, reason: 'a long sentence', remedy }) as const;
  const table = runtimesTable([
    { runtime: 'python3.9', status: { available: true, version: '3.9.18' } },
    { runtime: 'nodejs22.x', status: missing('lambkin runtime add nodejs22.x') },
    { runtime: 'python3.10', status: { available: true, version: '3.10.13' } },
    { runtime: 'java17', status: missing('lambkin runtime add java17 (Java 17.0.15 is there)') },
  ]);
  assert.deepEqual(table, [
    '  java17          lambkin runtime add java17 (Java 17.0.15 is there)',
    '  nodejs22.x      lambkin runtime add nodejs22.x',
    '  python3.10      available (3.10.13)',
    '  python3.9       available (3.9.18)',
  ]);
});
