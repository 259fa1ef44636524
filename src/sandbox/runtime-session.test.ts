import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveredInvocation, RuntimeAnswer } from './invocation.ts';
import { RuntimeSession } from './runtime-session.ts';

function invocation(requestId: string): DeliveredInvocation {
  return { requestId, payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail: false, deadlineMs: 1 };
}

function newSession(): { session: RuntimeSession; heard: string[] } {
  const heard: string[] = [];
  const session = new RuntimeSession({
    ready: () => heard.push('ready'),
    answered: (answer: RuntimeAnswer) => heard.push(answer.kind),
    responded: (error) => heard.push(`responded ${error?.errorType ?? 'well'}`),
    initFailed: (type) => heard.push(type),
  });
  return { session, heard };
}

test('an event goes to the waiting runtime and its answer comes back', () => {
  const { session, heard } = newSession();
  const delivered: string[] = [];
  assert.equal(
    session.next((next) => delivered.push(next.requestId)),
    undefined,
  );
  session.dispatch(invocation('a'));
  assert.equal(session.answer('a', { kind: 'response', payload: Buffer.from('1') }), undefined);
  assert.equal(
    session.next(() => {}),
    undefined,
  );
  assert.deepEqual(delivered, ['a']);
  assert.deepEqual(heard, ['ready', 'response', 'ready']);
});

test('next is refused while an answer is owed', () => {
  const { session } = newSession();
  session.next(() => {});
  session.dispatch(invocation('a'));
  const refusal = session.next(() => {});
  assert.equal(refusal?.status, 403);
  assert.equal(refusal.errorType, 'InvalidStateTransition');
  assert.equal(session.state, 'Running');
});

test('an answer for another invocation, or a second one, is refused', () => {
  const { session, heard } = newSession();
  session.next(() => {});
  session.dispatch(invocation('a'));
  assert.equal(session.answer('b', { kind: 'too-large' })?.errorType, 'InvalidRequestID');
  assert.equal(session.answer('a', { kind: 'too-large' }), undefined);
  assert.equal(session.answer('a', { kind: 'too-large' })?.errorType, 'InvalidRequestID');
  assert.deepEqual(heard, ['ready', 'too-large']);
});

test('an init error is taken once, before the first next only', () => {
  const { session, heard } = newSession();
  assert.equal(session.initError('Runtime.ImportModuleError', Buffer.from('{}')), undefined);
  assert.equal(session.initError('Runtime.ImportModuleError', Buffer.from('{}'))?.status, 403);
  assert.equal(session.next(() => {})?.status, 403);
  assert.deepEqual(heard, ['Runtime.ImportModuleError']);
});

test('an ended session hears nothing any more', () => {
  const { session, heard } = newSession();
  session.next(() => {});
  session.dispatch(invocation('a'));
  session.end();
  assert.notEqual(session.answer('a', { kind: 'too-large' }), undefined);
  assert.notEqual(
    session.next(() => {}),
    undefined,
  );
  assert.deepEqual(heard, ['ready']);
});
