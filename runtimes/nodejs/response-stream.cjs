'use strict';
// `awslambda`: handlers that write their answer to a stream, whose bytes leave as they are written.
const channel = require('./channel.cjs');
const { progress } = require('./invocation.cjs');
const { runtimeError } = require('./errors.cjs');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

/** Defines the global `awslambda`, unless the function switched it off. */
function install() {
  if (/^(1|true)$/i.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? '')) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark;
      return handler;
    },
    HttpResponseStream: {
      from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        stream.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]));
        return stream;
      },
    },
  };
}

/** Whether the handler was marked by `streamifyResponse`; throws for a mark of another kind. */
function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (!mark) return false;
  if (mark !== 'response') throw runtimeError('MalformedStreamingHandler', 'Only response streaming is supported.');
  return true;
}

/** The response to the event that was read from the channel. */
const FRAMED = {
  get isBegun() {
    return progress.isStreaming;
  },
  begin(contentType) {
    progress.isStreaming = true;
    channel.beginStream(contentType);
  },
  piece(bytes, done) {
    channel.sendPiece(bytes);
    // Timers and other work of the handler get their turn between two pieces.
    setImmediate(done);
  },
};

/** Runs a streaming handler; resolves when both its promise and its stream are finished. Its first byte begins the response. */
async function runStreaming(handler, event, context, response = FRAMED) {
  const { finished } = require('node:stream/promises');
  const stream = makeStream(response, handler[HIGH_WATER_MARK]);
  const ended = finished(stream);
  // A stream that fails after the handler has failed adds nothing.
  ended.catch(() => {});
  const result = handler(event, stream, context);
  if (typeof result?.then !== 'function') {
    throw runtimeError('InvalidStreamingOperation', 'Streaming does not support non-async handlers.');
  }
  if ((await result) !== undefined) console.warn('Streaming handlers ignore return values.');
  if (!stream.writableEnded) throw runtimeError('InvalidStreamingOperation', 'Response stream is not finished.');
  await ended;
  // An empty response begins at its end.
  if (!response.isBegun) response.begin(stream.contentType);
}

function makeStream(response, highWaterMark) {
  const { Writable } = require('node:stream');
  const stream = new Writable({
    highWaterMark,
    write(chunk, encoding, done) {
      if (!response.isBegun) response.begin(stream.contentType);
      response.piece(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, done);
    },
  });
  stream.contentType = 'application/octet-stream';
  stream.setContentType = (contentType) => {
    if (response.isBegun) throw runtimeError('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    stream.contentType = String(contentType);
  };
  return stream;
}

module.exports = { install, isStreaming, runStreaming };
