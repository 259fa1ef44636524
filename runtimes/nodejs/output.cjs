'use strict';
// Where the process writes its logs, and how much it has written: the server waits for that many bytes before it
// closes an invocation's log.
const { writeAll } = require('./channel.cjs');

let written = 0;

/** Writes straight to the descriptor: making `process.stdout` would cost several milliseconds of every cold start. */
function write(fd, text) {
  const bytes = Buffer.from(text);
  writeAll(fd, bytes);
  written += bytes.length;
}

/** Bytes written so far to stdout and stderr together. */
function writtenBytes() {
  return written;
}

/** Counts what the function itself writes to `process.stdout` and `process.stderr`, once it uses them. */
function countStream(name) {
  const original = Object.getOwnPropertyDescriptor(process, name);
  if (!original?.get) return;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get() {
      const stream = original.get.call(process);
      // What is left in a queue when the client blocks for the next event would stay there until that event.
      stream._handle?.setBlocking?.(true);
      const streamWrite = stream.write;
      stream.write = function (chunk, encoding, callback) {
        written +=
          typeof chunk === 'string' ? Buffer.byteLength(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk.length;
        return streamWrite.call(this, chunk, encoding, callback);
      };
      Object.defineProperty(process, name, { ...original, get: () => stream });
      return stream;
    },
  });
}

module.exports = { write, writtenBytes, countStream };
