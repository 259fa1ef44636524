import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { attachFramedTransport } from './framed-transport.ts';
import type { DeliveredInvocation, RuntimeAnswer } from './invocation.ts';
import { RuntimeSession } from './runtime-session.ts';

class Channel extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

function frame(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + body.length, 0);
  head[4] = type;
  return Buffer.concat([head, body]);
}

function withHead(head: object | undefined, payload: string): Buffer {
  const text = head ? Buffer.from(JSON.stringify(head)) : Buffer.alloc(0);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length, 0);
  return Buffer.concat([length, text, Buffer.from(payload)]);
}

const EVENT: DeliveredInvocation = {
  requestId: 'r1',
  payload: Buffer.from('{"a":"é"}'),
  invokedFunctionArn: 'arn:f',
  logTail: false,
  deadlineMs: 1234,
};

function connect(): {
  channel: Channel;
  session: RuntimeSession;
  answers: RuntimeAnswer[];
  breaches: string[];
  outputs: unknown[];
  initErrors: string[];
  ends: (string | undefined)[];
} {
  const channel = new Channel();
  const answers: RuntimeAnswer[] = [];
  const outputs: unknown[] = [];
  const initErrors: string[] = [];
  const breaches: string[] = [];
  const ends: (string | undefined)[] = [];
  const session = new RuntimeSession({
    ready: () => {},
    answered: (answer, outputBytes) => {
      answers.push(answer);
      outputs.push(outputBytes);
    },
    responded: (error) => ends.push(error?.errorType),
    initFailed: (type) => initErrors.push(type),
  });
  attachFramedTransport(channel, session, (reason) => breaches.push(reason));
  return { channel, session, answers, breaches, outputs, initErrors, ends };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('an event is written as one frame with its head and payload', async () => {
  const { channel, session } = connect();
  channel.push(frame(0x14));
  await settled();
  session.dispatch(EVENT);
  const [written] = channel.written;
  assert.ok(written);
  assert.equal(written.readUInt32BE(0), written.length - 4);
  assert.equal(written[4], 0x01);
  const headLength = written.readUInt32BE(5);
  assert.deepEqual(JSON.parse(written.toString('utf8', 9, 9 + headLength)), { id: 'r1', deadlineMs: 1234, arn: 'arn:f' });
  assert.equal(written.toString('utf8', 9 + headLength), '{"a":"é"}');
});

test('frames are put together however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), async (cuts) => {
      const { channel, session, answers, breaches, outputs } = connect();
      channel.push(frame(0x14));
      await settled();
      session.dispatch(EVENT);
      let bytes = frame(0x11, withHead({ out: 7 }, 'x'.repeat(100)));
      for (const cut of cuts) {
        channel.push(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
        await settled();
        if (bytes.length === 0) break;
      }
      if (bytes.length > 0) channel.push(bytes);
      await settled();
      assert.deepEqual(breaches, []);
      assert.deepEqual(outputs, [7]);
      assert.equal(answers[0]?.kind === 'response' && Buffer.from(answers[0].payload).toString(), 'x'.repeat(100));
      assert.equal(session.state, 'Ready');
    }),
    { numRuns: 50 },
  );
});

test('errors, too large answers and init errors are told apart', async () => {
  const { channel, session, answers } = connect();
  channel.push(frame(0x14));
  await settled();
  session.dispatch(EVENT);
  channel.push(frame(0x12, withHead({ type: 'Runtime.X' }, '{"errorType":"E"}')));
  await settled();
  session.dispatch(EVENT);
  channel.push(frame(0x18, withHead(undefined, '7000000')));
  await settled();
  assert.deepEqual(
    answers.map((answer) => answer.kind),
    ['error', 'too-large'],
  );
  const failing = connect();
  failing.channel.push(frame(0x13, withHead({ type: 'Runtime.ImportModuleError' }, '{}')));
  await settled();
  assert.deepEqual(failing.initErrors, ['Runtime.ImportModuleError']);
});

test('a breach of the protocol is told once and ends the channel', async () => {
  const broken = [
    frame(0x77),
    frame(0x11, withHead(undefined, 'answer to nothing')),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0x11]),
    Buffer.from([0, 0, 0, 0]),
    frame(0x13, Buffer.from([0, 0, 0, 99, 1])),
  ];
  for (const bytes of broken) {
    const { channel, breaches } = connect();
    channel.push(bytes);
    channel.push(frame(0x77));
    await settled();
    assert.equal(breaches.length, 1, bytes.toString('hex'));
    assert.ok(channel.destroyed);
  }
});

test('random bytes never throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const { channel } = connect();
      channel.push(Buffer.from(bytes));
      await settled();
    }),
    { numRuns: 300 },
  );
});
