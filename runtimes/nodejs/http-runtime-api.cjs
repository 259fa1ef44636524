'use strict';
// The HTTP Runtime API for a client that works on several events at a time: each call has a connection of its own.
const http = require('node:http');

const PREFIX = '/2018-06-01/runtime';
const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Waits for the next event. Rejects when the server is gone. */
async function next() {
  const { status, headers, body } = await call('GET', '/invocation/next');
  if (status !== 200) throw new Error(`next was answered with ${status}: ${body}`);
  return {
    id: headers['lambda-runtime-aws-request-id'],
    deadlineMs: Number(headers['lambda-runtime-deadline-ms']),
    arn: headers['lambda-runtime-invoked-function-arn'],
    trace: headers['lambda-runtime-trace-id'],
    clientContext: text(headers['lambda-runtime-client-context']),
    cognito: text(headers['lambda-runtime-cognito-identity']),
    tenantId: text(headers['lambda-runtime-aws-tenant-id']),
    payload: body,
  };
}

/** The server writes UTF-8 where a header may hold any text; Node.js reads each byte as a character. */
function text(header) {
  return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
}

/** The handler's result. An answer that comes too late is refused, which is nobody's error. */
function respond(id, payload) {
  return call('POST', `/invocation/${id}/response`, payload);
}

/** The handler's error. */
function fail(id, type, payload) {
  return call('POST', `/invocation/${id}/error`, payload, { 'Lambda-Runtime-Function-Error-Type': type });
}

/** Init failed; the process should then end. */
function initError(type, payload) {
  return call('POST', '/init/error', payload, { 'Lambda-Runtime-Function-Error-Type': type });
}

function call(method, path, payload, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = payload === undefined ? {} : { 'Content-Length': Buffer.byteLength(payload) };
    const request = http.request({ hostname, port, agent, method, path: PREFIX + path, headers: { ...headers, ...length } });
    request.on('error', reject);
    request.on('response', (response) => void collect(response).then(resolve, reject));
    request.end(payload);
  });
}

async function collect(response) {
  const pieces = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) };
}

/** A streamed answer to one event: begins with its first byte and may end with an error. */
class StreamedAnswer {
  #request;
  #done;
  #id;

  constructor(id) {
    this.#id = id;
  }

  get isBegun() {
    return this.#request !== undefined;
  }

  begin(contentType) {
    const trailers = 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body';
    this.#request = http.request({
      hostname,
      port,
      agent,
      method: 'POST',
      path: `${PREFIX}/invocation/${this.#id}/response`,
      headers: {
        'Content-Type': contentType,
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        'Transfer-Encoding': 'chunked',
        Trailer: trailers,
      },
    });
    this.#done = new Promise((resolve) => {
      // Whoever reads the answer may be gone; the handler has nothing to do with that.
      this.#request.on('error', resolve);
      this.#request.on('response', (response) => void collect(response).then(resolve, resolve));
    });
  }

  /** Calls `done` when more may be written. */
  piece(bytes, done) {
    this.#request.write(bytes, () => done());
  }

  async end(error) {
    if (error) {
      this.#request.addTrailers({
        'Lambda-Runtime-Function-Error-Type': error.type,
        'Lambda-Runtime-Function-Error-Body': Buffer.from(error.payload).toString('base64'),
      });
    }
    this.#request.end();
    await this.#done;
  }
}

module.exports = { next, respond, fail, initError, StreamedAnswer };
