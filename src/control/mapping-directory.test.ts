import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MappingPlace } from '../ports/mapping-directory.ts';
import { CONTEXT, controlFixture } from './control-fixture.ts';
import { createMappingDirectory } from './mapping-directory.ts';
import { getEventSourceMapping } from './operations/event-source-mappings/get-event-source-mapping.ts';
import { listEventSourceMappings } from './operations/event-source-mappings/list-event-source-mappings.ts';
import {
  type EventSourceMappingDocument,
  mappingKey,
  type MappingSettings,
  type SourceKindName,
} from './operations/event-source-mappings/mapping-document.ts';

const PLACE = { account: CONTEXT.account, region: CONTEXT.region };

function mapping(
  uuid: string,
  source: SourceKindName,
  settings: MappingSettings,
  more: Partial<EventSourceMappingDocument> = {},
): EventSourceMappingDocument {
  return {
    uuid,
    source,
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f:live',
    settings,
    state: 'Enabled',
    stateTransitionReason: 'User action',
    lastProcessingResult: 'No records processed',
    lastModifiedMs: 0,
    ...more,
  };
}

test('queues and streams are found by those who read them, and what is off by nobody', async () => {
  const control = controlFixture();
  const mappings = createMappingDirectory(control.store);
  const changed: MappingPlace[] = [];
  const stop = mappings.streams.onChange((place) => changed.push(place));
  const put = async (document: EventSourceMappingDocument): Promise<void> => {
    await control.store.commit([{ put: mappingKey(PLACE, document.uuid), body: document }]);
  };
  await put(mapping('a', 'sqs', { EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q', BatchSize: 7 }));
  await put(
    mapping(
      'b',
      'kinesis',
      {
        EventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
        BatchSize: 500,
        StartingPosition: 'AT_TIMESTAMP',
        MaximumBatchingWindowInSeconds: 3,
        ParallelizationFactor: 4,
        MaximumRecordAgeInSeconds: 120,
        MaximumRetryAttempts: 0,
        BisectBatchOnFunctionError: true,
        TumblingWindowInSeconds: 60,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        FilterCriteria: { Filters: [{ Pattern: '{"data":{}}' }] },
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::b' } },
        MetricsConfig: { Metrics: ['EventCount'] },
      },
      { startingPositionMs: 1_000 },
    ),
  );
  await put(
    mapping('c', 'dynamodb', {
      StartingPosition: 'LATEST',
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      DestinationConfig: { OnFailure: {} },
    }),
  );
  await put(mapping('d', 'kinesis', {}, { state: 'Disabled' }));
  const uuids = (found: readonly MappingPlace[]): string[] => found.map(({ uuid }) => uuid).toSorted();
  assert.deepEqual(uuids(await mappings.queues.enabled()), ['a']);
  assert.deepEqual(uuids(await mappings.streams.enabled()), ['b', 'c']);
  assert.deepEqual(await mappings.streams.find({ ...PLACE, uuid: 'b' }), {
    ...PLACE,
    uuid: 'b',
    service: 'kinesis',
    sourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f:live',
    function: { ...PLACE, functionName: 'f', qualifier: 'live' },
    start: { at: 'AT_TIMESTAMP', timestampMs: 1_000 },
    batchSize: 500,
    batchingWindowSeconds: 3,
    reportsItemFailures: true,
    filterPatterns: ['{"data":{}}'],
    countsEvents: true,
    parallelizationFactor: 4,
    bisectsOnError: true,
    tumblingWindowSeconds: 60,
    maximumRecordAgeSeconds: 120,
    maximumRetryAttempts: 0,
    onFailureArn: 'arn:aws:s3:::b',
  });
  const table = await mappings.streams.find({ ...PLACE, uuid: 'c' });
  assert.deepEqual(
    [table?.start, table?.maximumRecordAgeSeconds, table?.maximumRetryAttempts, table?.onFailureArn, table?.batchSize],
    [{ at: 'LATEST' }, undefined, undefined, undefined, 100],
  );
  assert.equal(await mappings.streams.find({ ...PLACE, uuid: 'a' }), undefined);
  assert.equal(await mappings.streams.find({ ...PLACE, uuid: 'd' }), undefined);
  assert.deepEqual(await Promise.all(['d', 'e'].map((uuid) => mappings.isThere({ ...PLACE, uuid }))), [true, false]);
  assert.deepEqual(uuids(changed), ['a', 'b', 'c', 'd']);
  stop();
});

test('how a mapping fared last is answered without being written', async () => {
  let result: string | undefined;
  const control = controlFixture({ mappingProgress: { lastResult: ({ uuid }) => (uuid === 'b' ? result : undefined) } });
  const [document] = await control.store.commit([{ put: mappingKey(PLACE, 'b'), body: mapping('b', 'kinesis', {}) }]);
  const told = async (): Promise<unknown[]> => {
    const one = await getEventSourceMapping(control, { UUID: 'b' }, CONTEXT);
    const { EventSourceMappings = [] } = (await listEventSourceMappings(control, {}, CONTEXT)).output as {
      EventSourceMappings?: { LastProcessingResult?: string }[];
    };
    return [
      (one.output as { LastProcessingResult?: string }).LastProcessingResult,
      ...EventSourceMappings.map(({ LastProcessingResult }) => LastProcessingResult),
    ];
  };
  assert.deepEqual(await told(), ['No records processed', 'No records processed']);
  result = 'PROBLEM: Function call failed';
  assert.deepEqual(await told(), [result, result]);
  assert.equal((await control.store.get(mappingKey(PLACE, 'b')))?.revision, document?.revision);
});
