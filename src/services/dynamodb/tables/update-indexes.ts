import type { Ids } from '../../../ports/ids.ts';
import { dynamodbError, noSuchTable } from '../dynamodb-errors.ts';
import { invalidParameter } from '../values/validation.ts';
import { checkedIndexThroughput, checkUnits } from './billing.ts';
import { checkSchema, type GivenIndex, projectionOf } from './check-schema.ts';
import type { AttributeDefinition, IndexRecord, KeySchemaElement, TableRecord, Throughput } from './table-record.ts';

type GivenNewIndex = GivenIndex & { readonly ProvisionedThroughput?: Throughput; readonly OnDemandThroughput?: object };

/** One change of the global indices. */
export interface IndexUpdate {
  readonly Create?: GivenNewIndex;
  readonly Update?: {
    readonly IndexName: string;
    readonly ProvisionedThroughput?: Throughput;
    readonly OnDemandThroughput?: object;
  };
  readonly Delete?: { readonly IndexName: string };
}

/** The table with its global indices changed: new ones are to be filled, old ones to be emptied. Throws in AWS's words. */
export function updatedIndexes(
  ids: Ids,
  record: TableRecord,
  given: readonly AttributeDefinition[],
  updates: readonly IndexUpdate[],
): TableRecord {
  if (updates.length === 0) return record;
  if (updates.filter(({ Create, Delete }) => Create ?? Delete).length > 1) {
    throw dynamodbError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  return updates.reduce((table, update) => updated(ids, table, given, update), record);
}

/** The attributes that keys are made of, without those that none is made of any more. */
export function usedAttributes({ attributes, keySchema, indexes }: TableRecord): readonly AttributeDefinition[] {
  const used = new Set([keySchema, ...indexes.map((index) => index.keySchema)].flat().map((key) => key.AttributeName));
  return attributes.filter(({ AttributeName }) => used.has(AttributeName));
}

function updated(ids: Ids, record: TableRecord, given: readonly AttributeDefinition[], update: IndexUpdate): TableRecord {
  const { Create, Update, Delete } = update;
  if ([Create, Update, Delete].filter(Boolean).length !== 1) {
    throw invalidParameter(
      'One of GlobalSecondaryIndexUpdate: Update, Create, Delete must be specified for each GlobalSecondaryIndexUpdates element',
    );
  }
  if (Create) return withIndex(ids, record, given, Create);
  const name = (Update ?? Delete)?.IndexName;
  if (!record.indexes.some((index) => index.kind === 'global' && index.name === name)) throw noSuchTable();
  if (Update?.ProvisionedThroughput) checkUnits(Update.ProvisionedThroughput, name);
  return {
    ...record,
    indexes: record.indexes.map((index): IndexRecord => {
      if (index.name !== name) return index;
      if (Delete) return { ...index, status: 'DELETING' };
      return {
        ...index,
        ...(Update?.ProvisionedThroughput ? { throughput: Update.ProvisionedThroughput } : {}),
        ...(Update?.OnDemandThroughput ? { onDemand: Update.OnDemandThroughput } : {}),
      };
    }),
  };
}

function withIndex(ids: Ids, record: TableRecord, given: readonly AttributeDefinition[], index: GivenNewIndex): TableRecord {
  const { IndexName: name, ProvisionedThroughput: throughput, OnDemandThroughput: onDemand } = index;
  const attributes = [
    ...record.attributes,
    ...given.filter(({ AttributeName }) => !record.attributes.some((known) => known.AttributeName === AttributeName)),
  ];
  checkSchema({
    definitions: attributes,
    table: record.keySchema,
    local: record.indexes.filter(({ kind }) => kind === 'local').map(asGiven),
    global: [...record.indexes.filter(({ kind }) => kind === 'global').map(asGiven), index],
  });
  checkedIndexThroughput(record.billing.mode, name, throughput);
  const made: IndexRecord = {
    id: ids.uuid(),
    name,
    kind: 'global',
    keySchema: index.KeySchema as readonly KeySchemaElement[],
    projection: projectionOf(index),
    ...(throughput ? { throughput } : {}),
    ...(onDemand ? { onDemand } : {}),
    status: 'CREATING',
  };
  return { ...record, attributes, indexes: [...record.indexes, made] };
}

function asGiven({ name, keySchema, projection }: IndexRecord): GivenIndex {
  return { IndexName: name, KeySchema: keySchema, Projection: projection };
}
