import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueAttributeName } from '@aws-sdk/client-sqs';
import type { MemberRows } from '../model/fidelity.ts';
import { expandService } from '../wire/fidelity/expand.ts';
import type { ServiceFidelity } from '../wire/fidelity/service-fidelity.ts';
import { inputMembers } from '../wire/inputs.ts';
import { DYNAMODB_BUILT, DYNAMODBSTREAMS_BUILT } from './dynamodb/dynamodb-operations.ts';
import { EVENTS_BUILT } from './events/events-operations.ts';
import { SERVICE_FIDELITIES } from './fidelity-tables.ts';
import { IAM_BUILT } from './iam/iam-operations.ts';
import { KINESIS_BUILT } from './kinesis/kinesis-operations.ts';
import { LOGS_BUILT } from './logs/logs-handlers.ts';
import { S3_BUILT } from './s3/dispatch.ts';
import { SCHEDULER_BUILT } from './scheduler/scheduler-operations.ts';
import { SNS_BUILT } from './sns/sns-operations.ts';
import { SQS_FIDELITY } from './sqs/sqs-fidelity.ts';
import { SQS_BUILT } from './sqs/sqs-operations.ts';

for (const fidelity of SERVICE_FIDELITIES) {
  const { title, inputs } = fidelity;

  test(`${title}: every operation of the SDK has a row, and no row is of one that is none`, () => {
    assert.deepEqual(Object.keys(fidelity.operations).toSorted(), Object.keys(inputs.operations).toSorted());
  });

  test(`${title}: every member of every request has a row, those of nested structures included`, () => {
    const missing = expandService(fidelity).flatMap(({ operation, members }) =>
      members.filter(({ state }) => state === undefined).map(({ path }) => `${operation} ${path}`),
    );
    assert.deepEqual(missing, []);
  });

  test(`${title}: no row is of a member or a structure that the SDK lacks`, () => {
    const operations = Object.entries(fidelity.operations).flatMap(([name, { members }]) =>
      unknown(name, members, inputs.operations[name]),
    );
    const structures = Object.entries(fidelity.structures).flatMap(([name, rows]) =>
      unknown(name, rows, inputs.structures[name]),
    );
    assert.deepEqual([...operations, ...structures], []);
    assert.deepEqual(unused(fidelity), []);
  });

  test(`${title}: what is not done says what is missing`, () => {
    for (const { operation, state, note, members } of expandService(fidelity)) {
      if (state !== 'done') assert.ok(note, `${operation} does not say what is missing`);
      // What is inside of something that is not done is said with it.
      const open = members.filter((member) => member.state !== 'done');
      for (const { path, note: own } of open) {
        const isWithin = state === 'refused' || open.some((other) => path.startsWith(`${other.path}.`));
        assert.ok(own !== undefined || isWithin, `${operation} ${path} does not say what is missing`);
      }
    }
  });
}

test('SQS: every attribute that can be set has a row', () => {
  const told = /^(All|QueueArn|Approximate|CreatedTimestamp|LastModifiedTimestamp)/;
  const names = Object.values(QueueAttributeName).filter((name) => !told.test(name));
  const rows = SQS_FIDELITY.operations['CreateQueue']?.members['Attributes']?.entries ?? {};
  assert.deepEqual(Object.keys(rows).toSorted(), names.toSorted());
});

test('the operations that are built are those that are not refused', () => {
  const built: Readonly<Record<string, object>> = {
    sqs: SQS_BUILT,
    sns: SNS_BUILT,
    dynamodb: DYNAMODB_BUILT,
    dynamodbstreams: DYNAMODBSTREAMS_BUILT,
    events: EVENTS_BUILT,
    scheduler: SCHEDULER_BUILT,
    kinesis: { ...KINESIS_BUILT, SubscribeToShard: {} },
    logs: LOGS_BUILT,
    s3: S3_BUILT,
    iam: IAM_BUILT,
  };
  for (const { service, operations } of SERVICE_FIDELITIES) {
    if (!built[service]) continue;
    const rows = Object.entries(operations).filter(([, { state }]) => state !== 'refused');
    assert.deepEqual(rows.map(([name]) => name).toSorted(), Object.keys(built[service]).toSorted(), service);
  }
});

function unknown(owner: string, rows: MemberRows, text: string | undefined): string[] {
  const known = new Set(inputMembers(text).map(({ name }) => name));
  return Object.keys(rows)
    .filter((name) => !known.has(name))
    .map((name) => `${owner} ${name}`);
}

/** Structures with rows that no request comes to, or only inside of what is not done. */
function unused({ inputs, operations, structures }: ServiceFidelity): string[] {
  const reached = new Set<string>();
  const visit = (text: string | undefined, rows: MemberRows): void => {
    for (const { name, structure } of inputMembers(text)) {
      if (structure === undefined || rows[name]?.state !== 'done' || reached.has(structure)) continue;
      reached.add(structure);
      visit(inputs.structures[structure], structures[structure] ?? {});
    }
  };
  for (const [name, { state, members }] of Object.entries(operations))
    if (state !== 'refused') visit(inputs.operations[name], members);
  return Object.keys(structures).filter((name) => !reached.has(name));
}
