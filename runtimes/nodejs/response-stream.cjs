'use strict';
// `awslambda`: handlers that write their answer to a stream. The answer is collected and sent as a whole when the
// handler is done, so a caller sees its first byte then and not before, and it is bounded as any other answer is.
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

/** Runs a streaming handler; resolves with all the bytes it wrote when both its promise and its stream are finished. */
async function runStreaming(handler, event, context) {
  const { Writable } = require('node:stream');
  const { finished } = require('node:stream/promises');
  const chunks = [];
  const stream = new Writable({
    highWaterMark: handler[HIGH_WATER_MARK],
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  stream.setContentType = () => {};
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
  return Buffer.concat(chunks);
}

module.exports = { install, isStreaming, runStreaming };
