import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { DocumentCheckpoints } from '../../src/adapters/documents/document-checkpoints.ts';
import { MemoryMetadataStore } from '../../src/adapters/memory/metadata-store.ts';
import { SqliteMetadataStore } from '../../src/adapters/sqlite/metadata-store.ts';
import { testCheckpoints } from './checkpoints.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-checkpoints-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;

testCheckpoints('documents in memory', async () => {
  const store = new MemoryMetadataStore();
  return { checkpoints: new DocumentCheckpoints(store), close: () => store.close() };
});

testCheckpoints('documents in SQLite', async () => {
  files += 1;
  const store = new SqliteMetadataStore(join(directory, `${files}.db`));
  return { checkpoints: new DocumentCheckpoints(store), close: () => store.close() };
});
