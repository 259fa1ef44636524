import { type JsonMemberValues, readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import type { DynamoDb, DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { checkUnits } from '../tables/billing.ts';
import { describeTable, statusOf } from '../tables/describe.ts';
import { newStream } from '../tables/new-stream.ts';
import type { OpenTable } from '../tables/open-table.ts';
import * as rules from '../tables/schema-rules.ts';
import { type AttributeDefinition, streamKey, type TableRecord, type Throughput } from '../tables/table-record.ts';
import { updatedIndexes } from '../tables/update-indexes.ts';
import { invalidParameter, validation } from '../values/validation.ts';

const RULES = {
  TableName: rules.TABLE,
  AttributeDefinitions: rules.ATTRIBUTE_DEFINITIONS,
  GlobalSecondaryIndexUpdates: rules.GLOBAL_INDEX_UPDATES,
  BillingMode: rules.BILLING_MODE,
  ProvisionedThroughput: rules.THROUGHPUT,
  OnDemandThroughput: rules.ON_DEMAND,
  StreamSpecification: rules.STREAM_SPECIFICATION,
  SSESpecification: rules.ENCRYPTION,
  TableClass: rules.TABLE_CLASS,
  DeletionProtectionEnabled: { type: 'flag' },
} as const;

/** What of a table can be changed. */
export type UpdateTableInput = JsonMemberValues<typeof RULES>;

/**
 * UpdateTable. All but indices is changed at once, though the answer says UPDATING as on AWS; a new index can be read when it is
 * filled.
 */
export const updateTable: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers(RULES, given);
  const nameOrArn = rules.checkedTableName(input.TableName);
  const { name, place } = dynamodb.tables.named(context, nameOrArn);
  return dynamodb.tables.inTurn(place, name, async () => {
    const table = dynamodb.tables.named(context, nameOrArn);
    checkAsksForSomething(input);
    if (statusOf(table.record) !== 'ACTIVE') throw stillChanging(table, input);
    const before = table.record.stream;
    const record = changed(dynamodb, table, input);
    await dynamodb.tables.put(place, name, record, () => streamChanges(dynamodb, before, record.stream));
    dynamodb.workWaits();
    return { TableDescription: await describeTable(dynamodb.items, table, 'UPDATING') };
  });
};

function changed(dynamodb: DynamoDb, table: OpenTable, input: UpdateTableInput): TableRecord {
  const nowMs = dynamodb.clock.now();
  const { record } = table;
  const { SSESpecification: encryption, TableClass: tableClass, DeletionProtectionEnabled: isProtected } = input;
  const billed = withBilling(record, input, nowMs);
  const indexed = updatedIndexes(
    dynamodb.ids,
    billed,
    (input.AttributeDefinitions ?? []) as readonly AttributeDefinition[],
    input.GlobalSecondaryIndexUpdates ?? [],
  );
  const { encryption: _, ...rest } = withStream(dynamodb, table, indexed, input.StreamSpecification);
  const isEncrypted = encryption?.Enabled ?? record.encryption !== undefined;
  const kmsKey = encryption?.KMSMasterKeyId ?? record.encryption?.kmsKey;
  return {
    ...rest,
    ...(isEncrypted ? { encryption: kmsKey === undefined ? {} : { kmsKey } } : {}),
    ...(tableClass === undefined ? {} : { tableClass: { name: tableClass, changedMs: nowMs } }),
    ...(isProtected === undefined ? {} : { isProtected }),
  };
}

function checkAsksForSomething(input: UpdateTableInput): void {
  if (Object.keys(input).some((name) => name !== 'TableName' && name !== 'AttributeDefinitions')) return;
  throw validation(
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or ' +
      'SSESpecification or ReplicaUpdates is required',
  );
}

function stillChanging({ name }: OpenTable, { GlobalSecondaryIndexUpdates: updates = [] }: UpdateTableInput): Error {
  if (updates.some(({ Create, Delete }) => Create ?? Delete)) {
    return dynamodbError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  return dynamodbError(
    'ResourceInUseException',
    `Attempt to change a resource which is still in use: Table is being updated: ${name}`,
  );
}

function withBilling(record: TableRecord, input: UpdateTableInput, nowMs: number): TableRecord {
  const { BillingMode: asked, ProvisionedThroughput: throughput, OnDemandThroughput: onDemand } = input;
  const mode = (asked ?? record.billing.mode) as TableRecord['billing']['mode'];
  const limited = onDemand ? { ...record, onDemand } : record;
  if (mode === 'PAY_PER_REQUEST') {
    if (throughput) {
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    const { throughput: _, ...rest } = limited;
    return record.billing.mode === mode ? limited : { ...rest, billing: { mode, changedMs: nowMs } };
  }
  if (!throughput) {
    if (record.billing.mode === mode) return limited;
    throw invalidParameter('ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED');
  }
  checkUnits(throughput);
  return {
    ...limited,
    billing: { ...record.billing, mode },
    throughput: raisedOrLowered(record.throughput, throughput, nowMs),
  };
}

function raisedOrLowered(before: TableRecord['throughput'], after: Throughput, nowMs: number): TableRecord['throughput'] {
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = after;
  if (!before) return after;
  const { ReadCapacityUnits: readBefore, WriteCapacityUnits: writeBefore } = before;
  if (read === readBefore && write === writeBefore) {
    throw validation(
      'The provisioned throughput for the table will not change. The requested value equals the current value. ' +
        `Current ReadCapacityUnits provisioned for the table: ${readBefore}. Requested ReadCapacityUnits: ${read}. ` +
        `Current WriteCapacityUnits provisioned for the table: ${writeBefore}. Requested WriteCapacityUnits: ${write}. ` +
        'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
    );
  }
  return {
    ...before,
    ...after,
    ...(read > readBefore || write > writeBefore ? { raisedMs: nowMs } : {}),
    ...(read < readBefore || write < writeBefore ? { loweredMs: nowMs } : {}),
  };
}

function withStream(
  dynamodb: DynamoDb,
  { name, place }: OpenTable,
  record: TableRecord,
  specification: UpdateTableInput['StreamSpecification'],
): TableRecord {
  if (!specification) return record;
  const { stream: current, ...rest } = record;
  const stream = newStream(dynamodb, { ...place, tableName: name, keySchema: record.keySchema }, specification);
  if (stream && current) throw dynamodbError('ResourceInUseException', `Table already has an enabled stream: TableName: ${name}`);
  if (!stream && !current)
    throw dynamodbError('ResourceInUseException', `Table does not have an enabled stream: TableName: ${name}`);
  return stream ? { ...rest, stream } : rest;
}

/** A stream that was turned off ends with what has been written until now. */
function streamChanges({ items }: DynamoDb, before: TableRecord['stream'], after: TableRecord['stream']): Change[] {
  if (before?.id === after?.id) return [];
  return [
    ...(before ? [{ put: streamKey(before), body: { ...before, endSequence: items.lastSequence() } }] : []),
    ...(after ? [{ put: streamKey(after), body: after, expect: 'absent' as const }] : []),
  ];
}
