'use strict';
// `awslambda`: handlers that write their answer to a stream. The answer is collected and sent as a whole.

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

/** Defines the global `awslambda`, unless the function switched it off. */
function install() {
  if (/^(1|true)$/i.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? '')) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = Number(options.highWaterMark);
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

function isStreaming(handler) {
  return handler[STREAMING] === 'response';
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
    throw Object.assign(new Error('Streaming does not support non-async handlers.'), { name: 'Runtime.InvalidStreamingOperation' });
  }
  await result;
  await ended;
  return Buffer.concat(chunks);
}

module.exports = { install, isStreaming, runStreaming };
