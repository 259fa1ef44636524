import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrentSession } from './concurrent-session.ts';
import type { DeliveredInvocation, RuntimeAnswer } from './invocation.ts';
import { ResponseBody } from './response-body.ts';

function invocation(requestId: string): DeliveredInvocation {
  return { requestId, payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail: false, deadlineMs: 1 };
}

const RESPONSE: RuntimeAnswer = { kind: 'response', payload: Buffer.from('1') };
const open = (): boolean => true;

interface Stage {
  readonly session: ConcurrentSession;
  readonly heard: string[];
  /** Which call of `next` got which invocation. */
  readonly taken: string[];
  ask(name: string, isOpen?: () => boolean): void;
}

function stage(): Stage {
  const heard: string[] = [];
  const taken: string[] = [];
  const session = new ConcurrentSession({
    ready: () => void heard.push('ready'),
    answered: (id, { kind }) => void heard.push(`${id} ${kind}`),
    responded: (id, error) => void heard.push(`${id} responded ${error?.errorType ?? 'well'}`),
    answeredLate: (id) => void heard.push(`${id} late`),
    initFailed: (type) => void heard.push(type),
  });
  return {
    session,
    heard,
    taken,
    ask: (name, isOpen = open) => {
      assert.equal(
        session.next(({ requestId }) => void taken.push(`${name} ${requestId}`), isOpen),
        undefined,
      );
    },
  };
}

test('several calls wait side by side, and answers come back in any order', () => {
  const { session, heard, taken, ask } = stage();
  for (const name of ['x', 'y', 'z']) ask(name);
  for (const id of ['1', '2', '3']) session.dispatch(invocation(id));
  assert.equal(session.isWaiting, false);
  assert.deepEqual(taken, ['x 1', 'y 2', 'z 3']);
  assert.equal(session.answer('3', RESPONSE), undefined);
  assert.equal(session.answer('1', { kind: 'error', errorType: 'E', payload: Buffer.alloc(0) }), undefined);
  assert.deepEqual(heard, ['ready', 'ready', 'ready', '3 response', '1 error']);
});

test('an answer counts once, and only for an invocation in progress', () => {
  const { session, ask } = stage();
  assert.equal(session.answer('1', RESPONSE)?.errorType, 'InvalidStateTransition');
  ask('x');
  session.dispatch(invocation('1'));
  assert.equal(session.answer('2', RESPONSE)?.errorType, 'InvalidRequestID');
  assert.equal(session.answer('1', RESPONSE), undefined);
  assert.equal(session.answer('1', RESPONSE)?.status, 400);
});

test('an answer after its time is refused and told', () => {
  const { session, heard, ask } = stage();
  for (const name of ['x', 'y']) ask(name);
  for (const id of ['1', '2']) session.dispatch(invocation(id));
  session.expire('1');
  const refusal = session.answer('1', RESPONSE);
  assert.deepEqual(refusal, { status: 410, errorType: 'InvokeTimeout', errorMessage: 'Invoke timeout' });
  assert.equal(session.answer('1', RESPONSE)?.status, 400);
  assert.equal(session.answer('2', RESPONSE), undefined);
  assert.deepEqual(heard.slice(2), ['1 late', '2 response']);
});

test('streams end for the invocation that they belong to, and one that has begun may be late', () => {
  const { session, heard, ask } = stage();
  for (const name of ['x', 'y']) ask(name);
  for (const id of ['1', '2']) session.dispatch(invocation(id));
  const body = new ResponseBody(() => {});
  assert.equal(session.respond('1', 'text/plain', body), undefined);
  assert.equal(session.respond('2', 'text/plain', body), undefined);
  session.expire('1');
  session.responded(undefined, undefined, '2');
  session.responded(undefined, undefined, '1');
  assert.deepEqual(heard.slice(2), ['1 stream', '2 stream', '2 responded well', '1 late']);
});

test('whoever has gone gets no event', () => {
  const { session, taken, ask } = stage();
  ask('gone', () => false);
  assert.equal(session.isWaiting, false);
  ask('gone', () => false);
  ask('here');
  assert.equal(session.isWaiting, true);
  session.dispatch(invocation('1'));
  assert.deepEqual(taken, ['here 1']);
});

test('ten thousand calls may wait and no more', () => {
  const { session, ask } = stage();
  for (let call = 0; call < 10_000; call += 1) ask('x');
  assert.equal(session.next(() => {}, open)?.status, 403);
});

test('init fails once, and before the first event is asked for', () => {
  const { session, heard } = stage();
  assert.equal(session.initError('Runtime.X', Buffer.alloc(0)), undefined);
  assert.equal(session.initError('Runtime.X', Buffer.alloc(0))?.status, 403);
  assert.equal(session.next(() => {}, open)?.status, 403);
  assert.deepEqual(heard, ['Runtime.X']);
});

test('an ended session hears nothing any more', () => {
  const { session, heard, ask } = stage();
  ask('x');
  session.dispatch(invocation('1'));
  session.end();
  assert.equal(session.answer('1', RESPONSE)?.status, 400);
  assert.equal(session.next(() => {}, open)?.status, 403);
  assert.deepEqual(heard, ['ready']);
});
