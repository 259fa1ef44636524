'use strict';
// The framed Runtime protocol (../PROTOCOL.md) over a blocking descriptor. While the client waits here nothing else of
// the process runs, which is what the freeze between invocations means.
const fs = require('node:fs');

const RESPONSE_BYTES_MAX = 6_291_556;
const INVOKE = 0x01;
const FRAME = {
  responseNext: 0x11,
  errorNext: 0x12,
  initError: 0x13,
  ready: 0x14,
  error: 0x16,
  tooLarge: 0x18,
  streamStart: 0x19,
  streamPiece: 0x1a,
  streamEndNext: 0x1b,
  streamEnd: 0x1c,
};
/** Longest piece of a streamed response in one frame. */
const PIECE_BYTES_MAX = 1_048_576;

const fd = Number(process.env._LAMBKIN_CHANNEL_FD);
/** Whether there is a channel at all. */
const isOpen = process.env._LAMBKIN_CHANNEL_FD !== undefined;
// Nothing the function starts should learn of the descriptor.
delete process.env._LAMBKIN_CHANNEL_FD;

const buffer = Buffer.allocUnsafe(65_536);
let filled = 0;

/** Blocks until the next event; ends the process when the server is gone. */
function readInvoke() {
  const length = fill(4).readUInt32BE(0);
  const frame = length + 4 <= buffer.length ? Buffer.from(fill(length + 4).subarray(4, length + 4)) : readLarge(length);
  if (length + 4 <= buffer.length) {
    buffer.copyWithin(0, length + 4, filled);
    filled -= length + 4;
  }
  if (frame[0] !== INVOKE) throw new Error(`unexpected frame ${frame[0]}`);
  const headLength = frame.readUInt32BE(1);
  const head = JSON.parse(frame.toString('utf8', 5, 5 + headLength));
  return { ...head, payload: frame.subarray(5 + headLength) };
}

function fill(count) {
  while (filled < count) filled += readSome(buffer, filled, buffer.length - filled);
  return buffer;
}

function readLarge(length) {
  const frame = Buffer.allocUnsafe(length);
  let done = buffer.copy(frame, 0, 4, filled);
  filled = 0;
  while (done < length) done += readSome(frame, done, length - done);
  return frame;
}

function readSome(target, offset, length) {
  for (;;) {
    try {
      const count = fs.readSync(fd, target, offset, length, null);
      if (count === 0) process.exit(0);
      return count;
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(0);
      pause();
    }
  }
}

/** Writes everything, however often the kernel takes only a part. */
function writeAll(target, bytes) {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += fs.writeSync(target, bytes, offset, bytes.length - offset);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function send(type, head, payload) {
  const headText = head === undefined ? '' : JSON.stringify(head);
  const headBytes = Buffer.byteLength(headText);
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const frame = Buffer.allocUnsafe(9 + headBytes + payloadBytes);
  frame.writeUInt32BE(5 + headBytes + payloadBytes, 0);
  frame[4] = type;
  frame.writeUInt32BE(headBytes, 5);
  frame.write(headText, 9, 'utf8');
  if (typeof payload === 'string') frame.write(payload, 9 + headBytes, 'utf8');
  else payload.copy(frame, 9 + headBytes);
  writeAll(fd, frame);
}

/** The first request for an event. */
function ready() {
  writeAll(fd, Buffer.from([0, 0, 0, 1, FRAME.ready]));
}

/** The handler's result, and the request for the next event. */
function respondAndNext(payload, outputBytes) {
  const sizeBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  if (sizeBytes > RESPONSE_BYTES_MAX) send(FRAME.tooLarge, { out: outputBytes }, String(sizeBytes));
  else send(FRAME.responseNext, { out: outputBytes }, payload);
}

/** The handler's error, and the request for the next event. */
function failAndNext(type, payload, outputBytes) {
  send(FRAME.errorNext, { type, out: outputBytes }, payload);
}

/** The handler's error, from a process that is about to end. */
function fail(type, payload, outputBytes) {
  send(FRAME.error, { type, out: outputBytes }, payload);
}

/** A streamed response begins. */
function beginStream(contentType) {
  send(FRAME.streamStart, { contentType }, '');
}

/** Its next bytes. Blocks while the caller reads more slowly than we write. */
function sendPiece(bytes) {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES_MAX) {
    const piece = bytes.subarray(start, start + PIECE_BYTES_MAX);
    const frame = Buffer.allocUnsafe(5 + piece.length);
    frame.writeUInt32BE(1 + piece.length, 0);
    frame[4] = FRAME.streamPiece;
    piece.copy(frame, 5);
    writeAll(fd, frame);
  }
}

/** Its end, with an error if there was one, and the request for the next event. */
function endStreamAndNext(error, outputBytes) {
  send(FRAME.streamEndNext, { type: error?.type, out: outputBytes }, error?.payload ?? '');
}

/** Its end, from a process that is about to end. */
function endStream(error, outputBytes) {
  send(FRAME.streamEnd, { type: error.type, out: outputBytes }, error.payload);
}

/** Init failed; the process should then end. */
function initError(type, payload) {
  send(FRAME.initError, { type }, payload);
}

module.exports = {
  isOpen,
  readInvoke,
  ready,
  respondAndNext,
  failAndNext,
  fail,
  beginStream,
  sendPiece,
  endStreamAndNext,
  endStream,
  initError,
  writeAll,
};
