import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MemoryMetadataStore } from '../../src/adapters/memory/metadata-store.ts';
import { DataDirectoryInUse } from '../../src/adapters/sqlite/database.ts';
import { SqliteMetadataStore } from '../../src/adapters/sqlite/metadata-store.ts';
import { testMetadataStore } from './metadata-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-store-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const nextFile = (): string => {
  files += 1;
  return join(directory, `${files}.db`);
};

testMetadataStore('memory', async () => new MemoryMetadataStore());
testMetadataStore('sqlite', async () => new SqliteMetadataStore(nextFile()));

test('sqlite: a second process is kept out, and may come in when the first was killed', async () => {
  const file = nextFile();
  const source = `
    import { SqliteMetadataStore } from ${JSON.stringify(new URL('../../src/adapters/sqlite/metadata-store.ts', import.meta.url).href)};
    const store = new SqliteMetadataStore(${JSON.stringify(file)});
    await store.commit([{ put: { account: '1', region: 'r', kind: 'k', id: 'a' }, body: 'kept' }]);
    process.stdout.write('open');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.throws(() => new SqliteMetadataStore(file), DataDirectoryInUse);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const store = new SqliteMetadataStore(file);
  assert.equal((await store.get({ account: '1', region: 'r', kind: 'k', id: 'a' }))?.body, 'kept');
  await store.close();
});
