import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AliasDocument, FUNCTION_OWNED_KINDS, type VersionDocument } from '../../../src/control/documents.ts';

interface Row {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  readonly id: string;
  readonly body: string;
}

/**
 * Looks into the database that a killed server has left, in a copy of it: no document may be there without the one that
 * it belongs to, and no alias may point to a version that is not there.
 */
export function checkStoredDocuments(dataDirectory: string): void {
  const rows = readDocuments(dataDirectory);
  const place = ({ account, region }: Row): string => `${account}/${region}`;
  const there = new Set(rows.map((row) => `${place(row)} ${row.kind} ${row.id}`));
  const owned: ReadonlySet<string> = new Set(FUNCTION_OWNED_KINDS);
  for (const row of rows) {
    const has = (kind: string, id: string): boolean => there.has(`${place(row)} ${kind} ${id}`);
    const hasVersion = (name: string, version: string): boolean =>
      has('function-version', `${name}/${version.startsWith('$') ? version : version.padStart(12, '0')}`);
    const [name = '', qualifier = ''] = row.id.split('/');
    if (row.kind === 'function') assert.ok(hasVersion(name, '$LATEST'), `${row.id} has no $LATEST`);
    if (row.kind === 'layer-version') assert.ok(has('layer', name), `${row.kind} ${row.id} has no layer`);
    if (!owned.has(row.kind)) continue;
    assert.ok(has('function', name), `${row.kind} ${row.id} has no function`);
    if (row.kind === 'alias') {
      const { FunctionVersion = '', RoutingConfig } = JSON.parse(row.body) as AliasDocument;
      for (const version of [FunctionVersion, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})])
        assert.ok(hasVersion(name, version), `alias ${row.id} points to ${version}, which is not there`);
    } else if (row.kind !== 'function-version' && qualifier !== '') {
      const isThere = hasVersion(name, qualifier) || has('alias', `${name}/${qualifier}`);
      assert.ok(isThere, `${row.kind} ${row.id} is of a version or alias that is not there`);
    }
  }
}

/** Packages, unpacked ones included, that nothing refers to; for a server that has just started and settled. */
export function checkPackages(dataDirectory: string): void {
  const used = new Set<string>();
  for (const { kind, body } of readDocuments(dataDirectory)) {
    if (kind !== 'function-version' && kind !== 'layer-version') continue;
    const { codeBlobId, layerBlobIds = [], active } = JSON.parse(body) as VersionDocument;
    for (const id of [codeBlobId, ...layerBlobIds, ...(active ? [active.codeBlobId] : [])]) used.add(id);
  }
  const blobs = readdirSync(join(dataDirectory, 'blobs', 'code')).flatMap((folder) =>
    folder.length === 2 ? readdirSync(join(dataDirectory, 'blobs', 'code', folder)).map((rest) => folder + rest) : [],
  );
  assert.deepEqual(blobs.toSorted(), [...used].toSorted(), 'stored packages are those that are used');
  assert.deepEqual(readdirSync(join(dataDirectory, 'blobs', 'code', 'incoming')), []);
  const unpacked = readdirSync(join(dataDirectory, 'code')).map((name) => name.replace(/\.json$/, ''));
  assert.deepEqual(
    unpacked.filter((name) => !used.has(name)),
    [],
    'unpacked packages are those that are used',
  );
}

function readDocuments(dataDirectory: string): Row[] {
  const copy = mkdtempSync(join(tmpdir(), 'lambkin-copy-'));
  try {
    for (const name of ['metadata.db', 'metadata.db-wal'])
      cpSync(join(dataDirectory, name), join(copy, name), { force: true, recursive: false });
    const database = new DatabaseSync(join(copy, 'metadata.db'));
    const rows = database.prepare('SELECT account, region, kind, id, body FROM document').all() as unknown as Row[];
    database.close();
    return rows;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
