import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAMBDA } from '../generated/lambda.ts';
import { type Route, Router } from './router.ts';

const router = new Router(LAMBDA.operations);

function find(line: string): Route | 'malformed' | undefined {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query = ''] = url.split('?');
  return router.find(method, path, new URLSearchParams(query));
}

test('every operation of the table is found by its own method and path', () => {
  for (const [name, { method, path }] of Object.entries(LAMBDA.operations)) {
    const found = find(`${method} ${path.replace(/\{(\w+)\+?\}/g, 'value-of-$1')}`);
    assert.ok(typeof found === 'object', name);
    assert.equal(found.operation, name);
    for (const [label, value] of Object.entries(found.labels)) assert.equal(value, `value-of-${label}`);
  }
});

test('labels are decoded after routing, once', () => {
  assert.deepEqual(find('GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af'), {
    operation: 'GetFunction',
    labels: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
  });
  assert.deepEqual(find('GET /2015-03-31/functions/a%2Fversions'), {
    operation: 'GetFunction',
    labels: { FunctionName: 'a/versions' },
  });
  assert.deepEqual(find('GET /2015-03-31/functions/%2541'), { operation: 'GetFunction', labels: { FunctionName: '%41' } });
  assert.equal(find('GET /2015-03-31/functions/%zz'), 'malformed');
  assert.equal(find('GET /2015-03-31/functions/%ff'), 'malformed');
});

test('a slash at the end is tolerated', () => {
  assert.deepEqual(find('GET /2015-03-31/functions/'), { operation: 'ListFunctions', labels: {} });
  assert.deepEqual(find('POST /2015-03-31/functions/'), { operation: 'CreateFunction', labels: {} });
});

test('labels that hold ARNs take raw slashes, up to the tail of the path', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/name/id';
  assert.deepEqual(find(`GET /2025-12-01/durable-executions/${arn}`), {
    operation: 'GetDurableExecution',
    labels: { DurableExecutionArn: arn },
  });
  assert.deepEqual(find(`GET /2025-12-01/durable-executions/${arn}/history`), {
    operation: 'GetDurableExecutionHistory',
    labels: { DurableExecutionArn: arn },
  });
  assert.deepEqual(find('GET /2017-03-31/tags/a/b/c'), { operation: 'ListTags', labels: { Resource: 'a/b/c' } });
});

test('fixed query literals tell operations of one path apart', () => {
  const layers = find('GET /2018-10-31/layers?find=LayerVersion&Arn=x');
  assert.equal(typeof layers === 'object' && layers.operation, 'GetLayerVersionByArn');
  assert.deepEqual(find('GET /2018-10-31/layers'), { operation: 'ListLayers', labels: {} });
  const concurrency = '/2019-09-30/functions/f/provisioned-concurrency';
  const listed = find(`GET ${concurrency}?List=ALL`);
  assert.equal(typeof listed === 'object' && listed.operation, 'ListProvisionedConcurrencyConfigs');
  const got = find(`GET ${concurrency}?Qualifier=1`);
  assert.equal(typeof got === 'object' && got.operation, 'GetProvisionedConcurrencyConfig');
});

test('other methods and paths are nobody’s', () => {
  for (const line of [
    'PATCH /2015-03-31/functions',
    'GET /',
    'GET /2015-03-31',
    'GET /2015-03-31/functions/f/nothing',
    'GET /constructor',
    'GET /2015-03-31/__proto__',
  ]) {
    assert.equal(find(line), undefined, line);
  }
});

test('a path of many segments takes time in proportion to its length', () => {
  const startedMs = performance.now();
  for (const start of ['/2017-03-31/tags', '/2015-03-31/functions', '/2025-12-01/durable-executions']) {
    router.find('GET', `${start}${'/a'.repeat(500_000)}`, new URLSearchParams());
  }
  assert.ok(performance.now() - startedMs < 3_000, 'quadratic work would take hours here');
});
