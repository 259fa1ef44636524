import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRecordFilter, type FilteredSource } from './record-filter.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const message = (body: string): Readonly<Record<string, unknown>> => ({
  messageId: 'm1',
  body,
  attributes: { MessageGroupId: 'g' },
  messageAttributes: { Author: { stringValue: 'A', stringListValues: [], binaryListValues: [], dataType: 'String' } },
  eventSource: 'aws:sqs',
});
const streamRecord = (data: string): Readonly<Record<string, unknown>> => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: 'p',
    sequenceNumber: '49',
    data: base64(data),
    approximateArrivalTimestamp: 1.5,
  },
  eventSource: 'aws:kinesis',
  eventName: 'aws:kinesis:record',
});
const change: Readonly<Record<string, unknown>> = {
  eventName: 'INSERT',
  dynamodb: { Keys: { id: { S: '1' } }, NewImage: { price: { N: '5' }, tags: { L: [{ S: 'x' }, { S: 'y' }] } } },
};
const kafkaRecord = (value: string | null, key = base64('k')): Readonly<Record<string, unknown>> => ({
  topic: 't',
  partition: 0,
  offset: 15,
  key,
  value,
  headers: [{ h: [118] }],
});
const mqMessage = (data: string): Readonly<Record<string, unknown>> => ({
  messageID: 'i',
  data,
  destination: { physicalName: 'q' },
});
const NOT_UTF8 = Buffer.from([0xff, 0xfe, 0x00]).toString('base64');

type Case = readonly [
  source: FilteredSource,
  patterns: readonly unknown[],
  record: Readonly<Record<string, unknown>>,
  passes: boolean,
];

const JSON_BODY = '{"kind":"order","n":300}';
const CASES: readonly Case[] = [
  // No filter at all, and several.
  ['sqs', [], message('text'), true],
  ['sqs', [{ body: ['a'] }, { body: ['b'] }], message('b'), true],
  ['sqs', [{ body: ['a'] }, { body: ['b'] }], message('c'), false],
  ['sqs', [{ body: ['a'] }, { body: { kind: ['order'] } }], message(JSON_BODY), true],
  // Queues: a body of another form than the pattern's is deleted.
  ['sqs', [{ body: ['text'] }], message('text'), true],
  ['sqs', [{ body: ['text'] }], message('other'), false],
  ['sqs', [{ body: [{ prefix: 'te' }] }], message('text'), true],
  ['sqs', [{ messageId: ['m1'] }], message('text'), true],
  ['sqs', [{ messageId: ['m2'] }], message('text'), false],
  ['sqs', [{ body: { kind: ['order'] } }], message('text'), false],
  ['sqs', [{ body: { kind: [{ exists: false }] } }], message('text'), false],
  ['sqs', [{ body: [{ prefix: '{' }] }], message(JSON_BODY), false],
  ['sqs', [{ body: [JSON_BODY] }], message(JSON_BODY), false],
  ['sqs', [{ body: [{ exists: false }] }], message(JSON_BODY), false],
  ['sqs', [{ body: [{ 'anything-but': 'x' }] }], message(JSON_BODY), false],
  ['sqs', [{ messageId: ['m1'] }], message(JSON_BODY), true],
  ['sqs', [{ body: { kind: ['order'] } }], message(JSON_BODY), true],
  ['sqs', [{ body: { kind: ['bill'] } }], message(JSON_BODY), false],
  ['sqs', [{ body: { n: [300] } }], message('{"n":300.0}'), true],
  ['sqs', [{ body: { n: [{ numeric: ['>', 100] }] } }], message(JSON_BODY), true],
  ['sqs', [{ body: { n: [{ numeric: ['>', 100] }] } }], message('{"n":"300"}'), false],
  ['sqs', [{ 'body.kind': ['order'] }], message(JSON_BODY), true],
  ['sqs', [{ body: { kind: [{ exists: false }] } }], message('{}'), true],
  ['sqs', [{ body: { k: ['x'] } }], message('[{"k":"x"}]'), true],
  ['sqs', [{ body: ['x'] }], message('["x"]'), false],
  ['sqs', [{ body: ['5'] }], message('5'), true],
  ['sqs', [{ body: [''] }], message(''), true],
  ['sqs', [{ body: ['{broken'] }], message('{broken'), true],
  ['sqs', [{ body: { kind: ['order'] }, messageAttributes: { Author: { stringValue: ['A'] } } }], message(JSON_BODY), true],
  ['sqs', [{ body: { kind: ['order'] }, messageAttributes: { Author: { stringValue: ['B'] } } }], message(JSON_BODY), false],
  ['sqs', [{ attributes: { MessageGroupId: ['g'] } }], message('text'), true],
  ['sqs', [{ $or: [{ body: ['text'] }, { body: { kind: ['order'] } }] }], message('text'), true],
  ['sqs', [{ $or: [{ body: ['text'] }, { body: { kind: ['order'] } }] }], message(JSON_BODY), true],
  ['sqs', [{ $or: [{ body: ['text'] }, { messageId: ['m1'] }] }], message(JSON_BODY), true],
  // Streams: data that is no JSON is gone past.
  ['kinesis', [{ data: { kind: ['order'] } }], streamRecord(JSON_BODY), true],
  ['kinesis', [{ data: { kind: ['bill'] } }], streamRecord(JSON_BODY), false],
  ['kinesis', [{ data: { kind: ['order'] } }], streamRecord('text'), false],
  ['kinesis', [{ data: { kind: [{ exists: false }] } }], streamRecord('text'), false],
  ['kinesis', [{ partitionKey: ['p'] }], streamRecord('text'), true],
  ['kinesis', [{ kinesis: { partitionKey: ['p'] } }], streamRecord('text'), true],
  ['kinesis', [{ eventSource: ['aws:kinesis'], data: { n: [300] } }], streamRecord(JSON_BODY), true],
  ['dynamodb', [{ eventName: ['INSERT'] }], change, true],
  ['dynamodb', [{ eventName: ['REMOVE'] }], change, false],
  ['dynamodb', [{ dynamodb: { NewImage: { price: { N: ['5'] } } } }], change, true],
  ['dynamodb', [{ dynamodb: { NewImage: { price: { N: [{ numeric: ['>', 1] }] } } } }], change, false],
  ['dynamodb', [{ dynamodb: { NewImage: { gone: [{ exists: false }] } } }], change, true],
  ['dynamodb', [{ dynamodb: { NewImage: { price: [{ exists: false }] } } }], change, true],
  ['dynamodb', [{ dynamodb: { NewImage: { price: { N: [{ exists: false }] } } } }], change, false],
  ['dynamodb', [{ dynamodb: { NewImage: { tags: { L: { S: ['y'] } } } } }], change, true],
  // Kafka and MQ: data of another form passes by what else the pattern says.
  ['kafka', [{ value: ['text'] }], kafkaRecord(base64('text')), true],
  ['kafka', [{ value: ['other'] }], kafkaRecord(base64('text')), false],
  ['kafka', [{ value: { kind: ['order'] } }], kafkaRecord(base64('text')), true],
  ['kafka', [{ topic: ['u'], value: { kind: ['order'] } }], kafkaRecord(base64('text')), false],
  ['kafka', [{ value: ['text'] }], kafkaRecord(base64(JSON_BODY)), true],
  ['kafka', [{ value: { kind: ['order'] } }], kafkaRecord(base64(JSON_BODY)), true],
  ['kafka', [{ value: { kind: ['bill'] } }], kafkaRecord(base64(JSON_BODY)), false],
  ['kafka', [{ value: { kind: ['bill'] } }], kafkaRecord(NOT_UTF8), true],
  ['kafka', [{ value: ['text'] }], kafkaRecord(NOT_UTF8), true],
  ['kafka', [{ key: ['k'], value: { kind: ['order'] } }], kafkaRecord(base64(JSON_BODY)), true],
  ['kafka', [{ key: ['j'], value: { kind: ['order'] } }], kafkaRecord(base64(JSON_BODY)), false],
  ['kafka', [{ key: { id: [1] }, value: ['no'] }], kafkaRecord(base64('text')), false],
  ['kafka', [{ offset: [15], partition: [0] }], kafkaRecord(base64('text')), true],
  ['kafka', [{ value: ['text'] }], kafkaRecord(null), false],
  ['kafka', [{ value: [null] }], kafkaRecord(null), true],
  ['mq', [{ data: ['text'] }], mqMessage(base64('text')), true],
  ['mq', [{ data: ['other'] }], mqMessage(base64('text')), false],
  ['mq', [{ data: { kind: ['order'] } }], mqMessage(base64(JSON_BODY)), true],
  ['mq', [{ data: { kind: ['bill'] } }], mqMessage(base64(JSON_BODY)), false],
  ['mq', [{ data: { kind: ['order'] } }], mqMessage(base64('text')), true],
  ['mq', [{ data: ['text'] }], mqMessage(base64(JSON_BODY)), true],
  ['mq', [{ data: ['text'], messageID: ['j'] }], mqMessage(base64(JSON_BODY)), false],
  ['mq', [{ data: ['text'] }], mqMessage(NOT_UTF8), true],
  ['mq', [{ destination: { physicalName: ['q'] } }], mqMessage(NOT_UTF8), true],
];

test('records pass as each source has it', () => {
  for (const [source, patterns, record, passes] of CASES) {
    const before = JSON.stringify(record);
    const filter = compileRecordFilter(
      source,
      patterns.map((pattern) => JSON.stringify(pattern)),
    );
    const what = `${source}: ${JSON.stringify(patterns)} and ${before}`;
    assert.equal(filter(record), passes, what);
    assert.equal(filter(record), passes, `${what}, again`);
    assert.equal(JSON.stringify(record), before, 'the record is as it was');
  }
  console.log(`${CASES.length} cases, all right`);
});

test('a pattern that is none is refused', () => {
  assert.throws(() => compileRecordFilter('sqs', ['"simple string"']), { name: 'EventPatternError' });
});
