import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunctionConfiguration, Runtime } from '@aws-sdk/client-lambda';
import type { ControlContext, RuntimeAvailability } from './control-context.ts';
import { CONTEXT, controlFixture } from './control-fixture.ts';
import { type VersionDocument, versionKey, write } from './documents.ts';
import { Lifecycle } from './lifecycle.ts';

const PENDING = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' } as const;

function version(Version: string, more: FunctionConfiguration = {}): VersionDocument {
  const configuration: FunctionConfiguration = { FunctionName: 'f', Version, Runtime: 'nodejs24.x', State: 'Active', ...more };
  return { configuration, codeBlobId: 'blob' };
}

const put = (control: ControlContext, document: VersionDocument) =>
  control.store.commit([write(versionKey(CONTEXT, 'f', document.configuration.Version ?? ''), document)]);

async function read(control: ControlContext, name = '$LATEST'): Promise<FunctionConfiguration> {
  const found = await control.store.get<VersionDocument>(versionKey(CONTEXT, 'f', name));
  return found?.body.configuration ?? {};
}

async function settle(control: ControlContext): Promise<void> {
  const lifecycle = new Lifecycle(control);
  lifecycle.changed(CONTEXT, 'f');
  await lifecycle.close();
}

test('what an earlier run left undone is taken up at start, however many versions there are', async () => {
  const control = controlFixture();
  for (let number = 1; number <= 600; number += 1) await put(control, version(String(number)));
  await put(control, version('601', PENDING));
  await put(control, version('$LATEST', { LastUpdateStatus: 'InProgress' }));
  const lifecycle = new Lifecycle(control);
  await lifecycle.resume();
  await lifecycle.close();
  for (const name of ['601', '$LATEST']) {
    const { State, StateReason, LastUpdateStatus } = await read(control, name);
    assert.deepEqual([State, StateReason, LastUpdateStatus], ['Active', undefined, 'Successful'], name);
  }
});

test('what was found out of a function that is gone is not held against the next of its name', async () => {
  let answer: (found: RuntimeAvailability) => void = () => undefined;
  const asked: string[] = [];
  const control = controlFixture({
    runtimeStatus: (runtime) => {
      asked.push(runtime);
      if (runtime !== 'ruby3.4') return Promise.resolve({ available: true });
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  });
  await put(control, version('$LATEST', { ...PENDING, Runtime: 'ruby3.4' as Runtime }));
  const lifecycle = new Lifecycle(control);
  lifecycle.changed(CONTEXT, 'f');
  while (asked.length === 0) await Promise.resolve();
  await control.store.commit([{ remove: versionKey(CONTEXT, 'f', '$LATEST') }]);
  await put(control, version('$LATEST', PENDING));
  answer({ available: false, reason: 'no Ruby' });
  await lifecycle.close();
  assert.equal((await read(control)).State, 'Pending');
  await settle(control);
  assert.equal((await read(control)).State, 'Active');
});

test('a package that can not be unpacked fails the function without a word of ours about the disk', async () => {
  const cache = { acquire: () => Promise.reject(new Error('ENOSPC: /secret/path')) };
  const control = controlFixture({ packages: { cache } as unknown as ControlContext['packages'] });
  await put(control, version('$LATEST', PENDING));
  await settle(control);
  const { State, StateReason, StateReasonCode, LastUpdateStatus } = await read(control);
  assert.deepEqual(
    [State, StateReason, StateReasonCode, LastUpdateStatus],
    ['Failed', 'The deployment package could not be prepared.', 'InternalError', 'Failed'],
  );
});

test('each change of state is a new revision, and what is ready is left alone', async () => {
  const control = controlFixture();
  await put(control, version('$LATEST', { ...PENDING, RevisionId: 'r' }));
  await settle(control);
  const { RevisionId } = await read(control);
  assert.notEqual(RevisionId, 'r');
  await settle(control);
  assert.equal((await read(control)).RevisionId, RevisionId);
});
