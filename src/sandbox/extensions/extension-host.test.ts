import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Extension } from './extension.ts';
import { ExtensionHost, isRefusal } from './extension-host.ts';

function open(external: readonly string[], isConcurrent = false): { host: ExtensionHost; heard: string[] } {
  const heard: string[] = [];
  let count = 0;
  const uuid = (): string => `00000000-0000-0000-0000-${String((count += 1)).padStart(12, '0')}`;
  const host = new ExtensionHost(
    external,
    { uuid },
    {
      registered: () => heard.push('registered'),
      extensionReady: () => heard.push('ready'),
      extensionFailed: (type, detail) => heard.push(`${type}: ${detail}`),
    },
    isConcurrent,
  );
  return { host, heard };
}

function registered(host: ExtensionHost, name: string, events: readonly string[]): Extension {
  const extension = host.register(name, events);
  assert.ok(!isRefusal(extension), JSON.stringify(extension));
  return extension;
}

const typeOf = (value: object | undefined): string | undefined => (isRefusal(value) ? value.errorType : undefined);

test('the runtime may start when all external extensions have registered, in any order', () => {
  const { host, heard } = open(['a', 'b']);
  registered(host, 'b', ['INVOKE']);
  assert.deepEqual(heard, []);
  assert.equal(host.haveRegistered, false);
  registered(host, 'a', []);
  assert.deepEqual(heard, ['registered']);
});

test('registrations that do not fit are refused by the names of the API', () => {
  const { host } = open(['a']);
  assert.equal(typeOf(host.register('a', ['NEVER'])), 'Extension.InvalidEventType');
  registered(host, 'a', ['SHUTDOWN']);
  assert.equal(typeOf(host.register('a', [])), 'Extension.InvalidExtensionState');
  assert.equal(typeOf(host.register('inner', ['SHUTDOWN'])), 'Extension.InvalidEventType');
  for (let count = 1; count < 10; count += 1) registered(host, `inner-${count}`, ['INVOKE']);
  assert.equal(typeOf(host.register('eleventh', [])), 'Extension.TooManyExtensions');
  host.closeRegistration();
  assert.equal(typeOf(host.register('late', [])), 'Extension.RegistrationClosed');
  assert.equal(typeOf(host.find(undefined)), 'Extension.MissingExtensionIdentifier');
  assert.equal(typeOf(host.find('x')), 'Extension.InvalidExtensionIdentifier');
  assert.equal(typeOf(host.find('00000000-0000-0000-0000-999999999999')), 'Extension.UnknownExtensionIdentifier');
});

test('an event waits for an extension that is not ready, and nobody is told of what it did not ask for', () => {
  const { host, heard } = open(['a', 'b']);
  const a = registered(host, 'a', ['INVOKE']);
  const b = registered(host, 'b', []);
  const got: string[] = [];
  const take = (name: string) => (event: { body: string }) =>
    got.push(`${name} ${(JSON.parse(event.body) as { eventType: string }).eventType}`);
  host.next(b, take('b'));
  assert.equal(host.areReady, false);
  host.invoke({ requestId: '1', deadlineMs: 5, invokedFunctionArn: 'arn' });
  assert.deepEqual(got, []);
  host.next(a, take('a'));
  assert.deepEqual(got, ['a INVOKE']);
  assert.equal(host.areReady, false);
  host.next(a, take('a'));
  assert.equal(host.areReady, true);
  assert.equal(heard.filter((word) => word === 'ready').length, 3);
});

test('an extension that ends fails the environment once, by how far it had come', () => {
  const { host, heard } = open(['never', 'crash', 'told']);
  host.exited(0, 127);
  registered(host, 'crash', []);
  host.exited(1, 3);
  const told = registered(host, 'told', []);
  assert.equal(host.fail(told, 'InitError', 'Own.Type'), undefined);
  host.exited(2, 1);
  assert.equal(typeOf(host.fail(told, 'ExitError', 'Own.Type')), 'Extension.InvalidExtensionState');
  assert.deepEqual(
    heard.filter((word) => word.startsWith('Extension')),
    ['Extension.LaunchError: exit code 127', 'Extension.Crash: exit code 3', 'Extension.InitError: Own.Type'],
  );
});

test('at the end those who asked are told, and their going is no failure', async () => {
  const { host, heard } = open(['a', 'b']);
  const a = registered(host, 'a', ['SHUTDOWN']);
  registered(host, 'b', []);
  const got: unknown[] = [];
  host.next(a, ({ body }) => got.push(JSON.parse(body)));
  let isGone = false;
  const gone = host.shutDown('spindown', 7).then(() => {
    isGone = true;
  });
  assert.deepEqual(got, [{ eventType: 'SHUTDOWN', shutdownReason: 'spindown', deadlineMs: 7 }]);
  host.exited(0, 0);
  await Promise.resolve();
  assert.equal(isGone, false);
  host.exited(1, 143);
  await gone;
  assert.deepEqual(
    heard.filter((word) => word.startsWith('Extension')),
    [],
  );
});

test('where invocations run side by side nobody is told of each', () => {
  const { host } = open(['agent'], true);
  assert.equal(typeOf(host.register('agent', ['INVOKE', 'SHUTDOWN'])), 'Extension.InvalidEventType');
  registered(host, 'agent', ['SHUTDOWN']);
});
