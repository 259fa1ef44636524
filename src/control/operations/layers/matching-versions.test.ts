import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Runtime } from '@aws-sdk/client-lambda';
import { MemoryMetadataStore } from '../../../adapters/memory/metadata-store.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { type LayerVersionDocument, layerVersionKey } from '../../layers.ts';
import { matchingVersions, type VersionsRequest } from './matching-versions.ts';

const OWNER = { account: '000000000000', region: 'us-east-1' };

/** A store with layers by name: for each version, oldest first, the runtime that it is compatible with. */
async function storeOf(layers: Readonly<Record<string, readonly Runtime[]>>): Promise<ControlContext> {
  const store = new MemoryMetadataStore();
  for (const [LayerName, runtimes] of Object.entries(layers)) {
    for (const [index, runtime] of runtimes.entries()) {
      const version: LayerVersionDocument = {
        LayerName,
        Version: index + 1,
        Description: '',
        CreatedDate: '',
        CompatibleRuntimes: [runtime],
        codeBlobId: '',
        codeSizeBytes: 0,
        codeSha256: '',
        unzippedBytes: 0,
      };
      await store.commit([write(layerVersionKey(OWNER, LayerName, version.Version), version, 'absent')]);
    }
  }
  return { store } as unknown as ControlContext;
}

async function pages(control: ControlContext, request: VersionsRequest, layerName?: string): Promise<string[][]> {
  const found: string[][] = [];
  let Marker: string | undefined;
  do {
    const page = await matchingVersions(control, OWNER, { ...request, Marker }, layerName);
    found.push(page.versions.map(({ LayerName, Version }) => `${LayerName}:${Version}`));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return found;
}

test('a page that filters leave little of is given up after a bounded number of reads, and the next goes on', async () => {
  const others = Array.from<Runtime>({ length: 3_200 }).fill('java21');
  const control = await storeOf({ first: ['ruby3.4', ...others], second: ['ruby3.4'] });
  assert.deepEqual(await pages(control, { CompatibleRuntime: 'ruby3.4' }), [[], ['first:1', 'second:1']]);
  assert.deepEqual(await pages(control, { CompatibleRuntime: 'ruby3.4' }, 'first'), [[], ['first:1']]);
  assert.deepEqual(await pages(control, {}), [['first:3201', 'second:1']]);
});

test('pages of layers with many versions are full', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `layer-${String(index).padStart(2, '0')}`);
  const versions = Array.from<Runtime>({ length: 70 }).fill('java21');
  const found = await pages(await storeOf(Object.fromEntries(names.map((name) => [name, versions]))), {});
  assert.deepEqual(
    found.map(({ length }) => length),
    [50, 10],
  );
  assert.deepEqual(
    found.flat(),
    names.map((name) => `${name}:70`),
  );
});
