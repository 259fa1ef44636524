import type { Duplex } from 'node:stream';
import { RESPONSE_PAYLOAD_BYTES_MAX } from '../model/limits.ts';
import type { DeliveredInvocation } from './invocation.ts';
import { type PlatformError, responseTooLarge } from './platform-errors.ts';
import { OCTET_STREAM, ResponseBody } from './response-body.ts';
import type { RuntimeSession } from './runtime-session.ts';

const FRAME_BYTES_MAX = 7_340_032;
const EMPTY = Buffer.alloc(0);

const INVOKE = 0x01;
const RESPONSE_NEXT = 0x11;
const ERROR_NEXT = 0x12;
const INIT_ERROR = 0x13;
const READY = 0x14;
const RESPONSE = 0x15;
const ERROR = 0x16;
const NEXT = 0x17;
const TOO_LARGE = 0x18;
const STREAM_START = 0x19;
const STREAM_PIECE = 0x1a;
const STREAM_END_NEXT = 0x1b;
const STREAM_END = 0x1c;

/**
 * Joins a runtime session to the framed protocol of `runtimes/PROTOCOL.md`. `onBreach` is called at most once, when
 * the runtime breaks the protocol: the environment must then be given up, for what follows can't be trusted.
 */
export function attachFramedTransport(channel: Duplex, session: RuntimeSession, onBreach: (reason: string) => void): void {
  const runtime: FramedRuntime = { channel, session, deliver: (invocation) => writeInvoke(channel, invocation), body: undefined };
  let broken = false;
  const breach = (reason: string): void => {
    if (broken) return;
    broken = true;
    channel.destroy();
    onBreach(reason);
  };
  readFrames(
    channel,
    (type, body) => {
      if (broken) return;
      const refusal = act(runtime, type, body);
      if (refusal) breach(refusal);
    },
    breach,
  );
}

/** One runtime at the other end of a channel. */
interface FramedRuntime {
  readonly channel: Duplex;
  readonly session: RuntimeSession;
  readonly deliver: (invocation: DeliveredInvocation) => void;
  /** The response that is arriving in pieces. */
  body: ResponseBody | undefined;
}

function act(runtime: FramedRuntime, type: number, body: Buffer): string | undefined {
  const { session, deliver } = runtime;
  switch (type) {
    case READY:
    case NEXT:
      return session.next(deliver)?.errorMessage;
    case RESPONSE_NEXT:
    case RESPONSE:
    case ERROR_NEXT:
    case ERROR:
    case TOO_LARGE:
    case INIT_ERROR:
      return actOnAnswer(session, deliver, type, body);
    case STREAM_PIECE:
      return takePiece(runtime, body);
    case STREAM_START:
      return beginStream(runtime, body);
    case STREAM_END_NEXT:
    case STREAM_END:
      return endStream(runtime, type, body);
    default:
      return `unknown frame type ${type}`;
  }
}

function beginStream(runtime: FramedRuntime, frame: Buffer): string | undefined {
  const parts = splitHead(frame);
  if (!parts || runtime.body) return 'a stream that can not begin';
  const body = new ResponseBody(() => runtime.channel.resume());
  runtime.body = body;
  return runtime.session.respond(undefined, parts.head.contentType ?? OCTET_STREAM, body)?.errorMessage;
}

function takePiece(runtime: FramedRuntime, piece: Buffer): string | undefined {
  if (!runtime.body) return 'a piece of no stream';
  // What the runtime writes meanwhile waits in its socket, and then the runtime itself does.
  if (!runtime.body.accept(piece)) runtime.channel.pause();
  return undefined;
}

function endStream(runtime: FramedRuntime, type: number, frame: Buffer): string | undefined {
  const parts = splitHead(frame);
  const { body, session } = runtime;
  if (!parts || !body) return 'the end of no stream';
  runtime.body = undefined;
  const { type: errorType, out } = parts.head;
  session.responded(errorOf(body, errorType, parts.payload), out);
  body.finish();
  return type === STREAM_END ? undefined : session.next(runtime.deliver)?.errorMessage;
}

function errorOf(body: ResponseBody, errorType: string | undefined, payload: Buffer): PlatformError | undefined {
  if (body.isTooLarge) return responseTooLarge();
  return errorType === undefined ? undefined : { errorType, payload };
}

function actOnAnswer(
  session: RuntimeSession,
  deliver: (invocation: DeliveredInvocation) => void,
  type: number,
  body: Buffer,
): string | undefined {
  const parts = splitHead(body);
  if (!parts) return 'frame with a broken head';
  const { head, payload } = parts;
  if (type === INIT_ERROR) return session.initError(head.type ?? 'Runtime.Unknown', payload)?.errorMessage;
  const refusal =
    type === TOO_LARGE || payload.length > RESPONSE_PAYLOAD_BYTES_MAX
      ? session.answer(undefined, { kind: 'too-large' }, head.out)
      : type === RESPONSE_NEXT || type === RESPONSE
        ? session.answer(undefined, { kind: 'response', payload }, head.out)
        : session.answer(undefined, { kind: 'error', errorType: head.type ?? 'Function.Unknown', payload }, head.out);
  if (refusal) return refusal.errorMessage;
  if (type === RESPONSE || type === ERROR) return undefined;
  return session.next(deliver)?.errorMessage;
}

interface Head {
  readonly type?: string;
  readonly contentType?: string;
  readonly out?: number;
}

const NO_HEAD: Head = {};

function splitHead(body: Buffer): { head: Head; payload: Buffer } | undefined {
  if (body.length < 4) return undefined;
  const headLength = body.readUInt32BE(0);
  if (headLength === 0) return { head: NO_HEAD, payload: body.subarray(4) };
  if (headLength > body.length - 4) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8', 4, 4 + headLength));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { type, out, contentType } = parsed as { type?: unknown; out?: unknown; contentType?: unknown };
    const head: Head = {
      ...(typeof type === 'string' ? { type } : {}),
      ...(typeof contentType === 'string' ? { contentType } : {}),
      ...(typeof out === 'number' && Number.isSafeInteger(out) && out >= 0 ? { out } : {}),
    };
    return { head, payload: body.subarray(4 + headLength) };
  } catch {
    return undefined;
  }
}

function writeInvoke(channel: Duplex, invocation: DeliveredInvocation): void {
  const head = JSON.stringify({
    id: invocation.requestId,
    deadlineMs: invocation.deadlineMs,
    arn: invocation.invokedFunctionArn,
    trace: invocation.traceHeader,
    clientContext: invocation.clientContext,
    tenantId: invocation.tenantId,
  });
  const headBytes = Buffer.byteLength(head);
  const payload = invocation.payload;
  // One write per small event: a second one would wake the runtime twice.
  const inline = payload.length <= 65_536;
  const frame = Buffer.allocUnsafe(9 + headBytes + (inline ? payload.length : 0));
  frame.writeUInt32BE(5 + headBytes + payload.length, 0);
  frame[4] = INVOKE;
  frame.writeUInt32BE(headBytes, 5);
  frame.write(head, 9, 'utf8');
  if (inline) {
    frame.set(payload, 9 + headBytes);
    channel.write(frame);
    return;
  }
  channel.cork();
  channel.write(frame);
  channel.write(payload);
  channel.uncork();
}

/** Cuts the stream into frames. A frame within one chunk is passed on without copying; a longer one is gathered in one buffer of its size. */
function readFrames(channel: Duplex, onFrame: (type: number, body: Buffer) => void, onBreach: (reason: string) => void): void {
  let rest: Buffer = EMPTY;
  let large: { frame: Buffer; filled: number } | undefined;
  channel.on('data', (chunk: Buffer) => {
    let data = chunk;
    if (large) {
      const taken = data.copy(large.frame, large.filled);
      large.filled += taken;
      if (large.filled < large.frame.length) return;
      const frame = large.frame;
      large = undefined;
      data = data.subarray(taken);
      onFrame(frame[0] ?? 0, frame.subarray(1));
    }
    if (rest.length > 0) {
      data = Buffer.concat([rest, data]);
      rest = EMPTY;
    }
    let offset = 0;
    while (data.length - offset >= 4) {
      const length = data.readUInt32BE(offset);
      if (length < 1 || length > FRAME_BYTES_MAX) return onBreach(`frame of ${length} bytes`);
      const available = data.length - offset - 4;
      if (available < length) {
        const frame = Buffer.allocUnsafe(length);
        large = { frame, filled: data.copy(frame, 0, offset + 4) };
        return;
      }
      onFrame(data[offset + 4] ?? 0, data.subarray(offset + 5, offset + 4 + length));
      offset += 4 + length;
    }
    rest = offset === data.length ? EMPTY : Buffer.from(data.subarray(offset));
  });
  // The end of the process is told by its exit; a broken stream adds nothing to that.
  channel.on('error', () => {});
}
