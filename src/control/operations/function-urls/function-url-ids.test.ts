import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryMetadataStore } from '../../../adapters/memory/metadata-store.ts';
import { systemClock } from '../../../adapters/system/clock.ts';
import { systemIds } from '../../../adapters/system/ids.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { aliasKey, functionKey, LATEST, scopedKey, versionKey, write } from '../../documents.ts';
import { type FunctionUrlDocument, functionUrlIdKey } from '../../function-urls.ts';
import { deleteAlias } from '../aliases/aliases.ts';
import { deleteFunction } from '../functions/delete-function.ts';
import { createFunctionUrlConfig } from './create-function-url-config.ts';
import { deleteFunctionUrlConfig } from './delete-function-url-config.ts';

// Who calls a URL knows nothing but its id, so the ids must lead to functions that are there, and to no others.

const CONTEXT = { account: '123456789012', region: 'eu-west-1', origin: 'http://[::1]:9000' } as RequestContext;
const FunctionName = 'f';

async function play(): Promise<{ control: ControlContext; store: MemoryMetadataStore }> {
  const store = new MemoryMetadataStore();
  const control = { store, clock: systemClock(), ids: systemIds(), changed: () => {} } as unknown as ControlContext;
  await store.commit([
    write(functionKey(CONTEXT, FunctionName), { FunctionName, nextVersion: 2 }),
    ...[LATEST, '1'].map((Version) =>
      write(versionKey(CONTEXT, FunctionName, Version), { configuration: { FunctionName, Version }, codeBlobId: '' }),
    ),
    write(aliasKey(CONTEXT, FunctionName, 'live'), { Name: 'live', FunctionVersion: '1' }),
  ]);
  return { control, store };
}

function create(control: ControlContext, Qualifier?: string): Promise<{ output: { FunctionUrl?: string } }> {
  return createFunctionUrlConfig(control, { FunctionName, AuthType: 'NONE', ...(Qualifier ? { Qualifier } : {}) }, CONTEXT);
}

async function idsOf(store: MemoryMetadataStore): Promise<string[]> {
  const { account, region, kind } = functionUrlIdKey('');
  const found = await store.list({ account, region, kind, limit: 10 });
  return found.map(({ key }) => key.id);
}

test('the id in a URL leads to its function or alias, in whichever account', async () => {
  const { control, store } = await play();
  for (const Qualifier of [undefined, 'live']) {
    const { output } = await create(control, Qualifier);
    const [, id = ''] = /^http:\/\/([0-9a-z]{32})\.lambda-url\.eu-west-1\.localhost:9000\/$/.exec(output.FunctionUrl ?? '') ?? [];
    const target = await store.get(functionUrlIdKey(id));
    assert.deepEqual(target?.body, {
      account: CONTEXT.account,
      region: CONTEXT.region,
      functionName: FunctionName,
      ...(Qualifier ? { alias: Qualifier } : {}),
    });
  }
});

test('ids go with their URL, with the alias and with the function', async () => {
  const { control, store } = await play();
  await create(control);
  await create(control, 'live');
  assert.equal((await idsOf(store)).length, 2);
  await deleteFunctionUrlConfig(control, { FunctionName }, CONTEXT);
  assert.equal((await idsOf(store)).length, 1);
  await deleteAlias(control, { FunctionName, Name: 'live' }, CONTEXT);
  assert.deepEqual(await idsOf(store), []);
  await create(control);
  await deleteFunction(control, { FunctionName }, CONTEXT);
  assert.deepEqual(await idsOf(store), []);
});

test('a URL that is made while its alias or its function is deleted leaves nothing behind', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { control, store } = await play();
    const remove = (): Promise<unknown> =>
      round % 2 === 0
        ? deleteAlias(control, { FunctionName, Name: 'live' }, CONTEXT)
        : deleteFunction(control, { FunctionName }, CONTEXT);
    const calls = [() => create(control, 'live'), remove];
    await Promise.allSettled((round % 4 < 2 ? calls : calls.toReversed()).map((call) => call()));
    const url = await store.get<FunctionUrlDocument>(scopedKey(CONTEXT, 'function-url', FunctionName, 'live'));
    assert.deepEqual(await idsOf(store), []);
    assert.equal(url, undefined);
  }
});
