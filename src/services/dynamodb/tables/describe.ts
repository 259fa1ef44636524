import type { ItemStore } from '../../../ports/item-store.ts';
import { streamArn, type TableStream } from '../../../sources/dynamodb/table-streams.ts';
import type { OpenTable } from './open-table.ts';
import type { IndexRecord, TableRecord, Throughput } from './table-record.ts';

/** The status that a table has while indices of it are made or removed, and otherwise. */
export function statusOf({ indexes }: TableRecord): 'ACTIVE' | 'UPDATING' {
  return indexes.some(({ status }) => status !== 'ACTIVE') ? 'UPDATING' : 'ACTIVE';
}

/** A table as the API describes it. */
export async function describeTable(
  items: ItemStore,
  table: OpenTable,
  status: string = statusOf(table.record),
): Promise<object> {
  const { record } = table;
  const { items: count, bytes } = await items.measure(record.id);
  const described = await Promise.all(record.indexes.map((index) => describeIndex(items, table, index)));
  const ofKind = (kind: IndexRecord['kind']): object[] => described.filter((_, at) => record.indexes[at]?.kind === kind);
  const [local, global] = [ofKind('local'), ofKind('global')];
  return {
    AttributeDefinitions: record.attributes,
    TableName: table.name,
    KeySchema: record.keySchema,
    TableStatus: status,
    CreationDateTime: record.createdMs / 1_000,
    ProvisionedThroughput: throughputOf(record.throughput),
    TableSizeBytes: bytes,
    ItemCount: count,
    TableArn: table.arn,
    TableId: record.id,
    ...billingOf(record),
    ...(record.onDemand ? { OnDemandThroughput: record.onDemand } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    ...(record.stream ? streamOf(record.stream) : {}),
    ...(record.encryption ? { SSEDescription: encryptionOf(record.encryption) } : {}),
    ...(record.tableClass ? { TableClassSummary: tableClassOf(record.tableClass) } : {}),
    DeletionProtectionEnabled: record.isProtected,
  };
}

async function describeIndex(items: ItemStore, table: OpenTable, index: IndexRecord): Promise<object> {
  const { items: count, bytes } = await items.measure(table.record.id, index.id);
  const isGlobal = index.kind === 'global';
  return {
    IndexName: index.name,
    KeySchema: index.keySchema,
    Projection: index.projection,
    ...(isGlobal
      ? {
          IndexStatus: index.status,
          ...(index.status === 'CREATING' ? { Backfilling: true } : {}),
          ProvisionedThroughput: throughputOf(index.throughput),
          ...(index.onDemand ? { OnDemandThroughput: index.onDemand } : {}),
        }
      : {}),
    IndexSizeBytes: bytes,
    ItemCount: count,
    IndexArn: `${table.arn}/index/${index.name}`,
  };
}

function throughputOf(throughput: (Throughput & { raisedMs?: number; loweredMs?: number }) | undefined): object {
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0, raisedMs, loweredMs } = throughput ?? {};
  return {
    ...(raisedMs === undefined ? {} : { LastIncreaseDateTime: raisedMs / 1_000 }),
    ...(loweredMs === undefined ? {} : { LastDecreaseDateTime: loweredMs / 1_000 }),
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits,
    WriteCapacityUnits,
  };
}

function billingOf({ billing: { mode, changedMs } }: TableRecord): object {
  if (mode === 'PROVISIONED' && changedMs === undefined) return {};
  return {
    BillingModeSummary: {
      BillingMode: mode,
      ...(changedMs === undefined ? {} : { LastUpdateToPayPerRequestDateTime: changedMs / 1_000 }),
    },
  };
}

function streamOf(stream: TableStream): object {
  return {
    StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
    LatestStreamLabel: stream.label,
    LatestStreamArn: streamArn(stream),
  };
}

function encryptionOf({ kmsKey }: { readonly kmsKey?: string }): object {
  return { Status: 'ENABLED', SSEType: 'KMS', ...(kmsKey === undefined ? {} : { KMSMasterKeyArn: kmsKey }) };
}

function tableClassOf({ name, changedMs }: { readonly name: string; readonly changedMs: number }): object {
  return { TableClass: name, LastUpdateDateTime: changedMs / 1_000 };
}
