import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { LAMBDA } from '../generated/lambda.ts';
import type { Members, Shape } from '../shapes.ts';
import { startListener } from '../wire-fixture.ts';
import { restJsonService } from './rest-json-service.ts';

/** Values that nearly fit a shape: right, wrong, absent, hostile. */
function nearly(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(null, '', 'a', -1, 0, 1e300, 0.5, true, [], {}, '\u0000', '\ud800', '__proto__'),
  );
  if (depth > 3) return anything;
  return fc.oneof({ weight: 4, arbitrary: fitting(shape, depth) }, { weight: 1, arbitrary: anything });
}

function fitting(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'string':
      return fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...(shape.enum ?? ['f', '$LATEST', 'arn:aws:iam::123456789012:role/r'])),
      );
    case 'integer':
      return fc.integer();
    case 'double':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.base64String();
    case 'timestamp':
      return fc.oneof(fc.integer(), fc.double(), fc.string());
    case 'list':
      return fc.array(nearly(shape.member, depth + 1), { maxLength: 3 });
    case 'map':
      return fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'ABC')),
        nearly(shape.value, depth + 1),
        { maxKeys: 3 },
      );
    case 'structure':
      return object(LAMBDA.structures[shape.name] ?? {}, depth + 1);
    default:
      return fc.jsonValue();
  }
}

function object(members: Members, depth: number): fc.Arbitrary<unknown> {
  const inBody = Object.entries(members).filter(([, member]) => !member.in);
  return fc.record(Object.fromEntries(inBody.map(([name, member]) => [member.as ?? name, nearly(member.shape, depth)])), {
    requiredKeys: [],
  });
}

interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | Buffer;
}

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('f', '%', '%zz', '%ff', '%00', '..', 'a/b', 'a%2Fb', ':', '$LATEST', '1', '-1', '1e9'),
);

const requests: fc.Arbitrary<RandomRequest> = fc.constantFrom(...Object.values(LAMBDA.operations)).chain((operation) => {
  const queries = Object.entries(operation.input)
    .filter(([, member]) => member.in === 'query')
    .map(([name, member]) => member.as ?? name);
  const labels = operation.path.match(/\{\w+\+?\}/g) ?? [];
  return fc
    .record({
      values: fc.array(word, { minLength: labels.length, maxLength: labels.length }),
      query: fc.array(fc.tuple(queries.length === 0 ? word : fc.constantFrom(...queries), word), { maxLength: 3 }),
      body: fc.oneof(
        { weight: 6, arbitrary: object(operation.input, 0).map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: fc.string() },
        { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
      ),
    })
    .map(({ values, query, body }) => {
      let index = 0;
      const path = operation.path.replace(/\{\w+\+?\}/g, () => values[index++] ?? '');
      const pairs = query.map(([name, value]) => `${name}=${value}`).join('&');
      return { method: operation.method, path: pairs === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${pairs}`, body };
    });
});

test('no request at all is answered as a fault of ours', { timeout: 60_000 }, async (t) => {
  const logger = new QuietLogger();
  const handlers = Object.fromEntries(Object.keys(LAMBDA.operations).map((name) => [name, async () => ({ output: {} })]));
  const { port } = await startListener(t, [restJsonService({ name: 'lambda', table: LAMBDA, handlers, logger })], { logger });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  t.after(() => agent.destroy());
  const reached = { handler: 0, refused: 0 };
  const send = ({ method, path, body }: RandomRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { agent, port, host: '127.0.0.1', method, path, headers: { 'Content-Length': Buffer.byteLength(body) } },
        (response) => {
          const status = response.statusCode ?? 0;
          const type = response.headers['x-amzn-errortype'];
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('error', reject);
          response.on('end', () => {
            reached[status < 300 ? 'handler' : 'refused'] += 1;
            if (status >= 500 || (status >= 400 && (typeof type !== 'string' || !/"[mM]essage"/.test(text))))
              reject(new Error(`${status} ${type} ${text}`));
            else resolve();
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  await fc.assert(fc.asyncProperty(requests, send), { numRuns: 2_000 });
  assert.deepEqual(
    logger.lines.filter(({ level }) => level === 'error'),
    [],
  );
  // Else the property would say nothing about one of the two ways.
  assert.ok(reached.handler > 50 && reached.refused > 200, JSON.stringify(reached));
});
