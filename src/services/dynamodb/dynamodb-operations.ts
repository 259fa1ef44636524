import type { DynamoDbOperation } from './dynamodb-context.ts';
import { createTable } from './operations/create-table.ts';
import { describeContinuousBackups } from './operations/describe-continuous-backups.ts';
import { deleteTable } from './operations/delete-table.ts';
import { describeStream, listStreams } from './operations/describe-stream.ts';
import { getRecords, getShardIterator } from './operations/read-streams.ts';
import { describeEndpoints, describeLimits, describeTable, listTables } from './operations/read-tables.ts';
import { batchGetItem } from './operations/items/batch-get-item.ts';
import { batchWriteItem } from './operations/items/batch-write-item.ts';
import { getItem } from './operations/items/get-item.ts';
import { query } from './operations/items/query.ts';
import { scan } from './operations/items/scan.ts';
import { transactGetItems } from './operations/items/transact-get-items.ts';
import { transactWriteItems } from './operations/items/transact-write-items.ts';
import { deleteItem, putItem, updateItem } from './operations/items/write-operations.ts';
import { listTagsOfResource, tagResource, untagResource } from './operations/resource-tags.ts';
import { describeTimeToLive, updateTimeToLive } from './operations/time-to-live.ts';
import { updateTable } from './operations/update-table.ts';

/** Every operation of DynamoDB that is built, by name. */
export const DYNAMODB_BUILT: Readonly<Record<string, DynamoDbOperation>> = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  CreateTable: createTable,
  DeleteItem: deleteItem,
  DeleteTable: deleteTable,
  DescribeContinuousBackups: describeContinuousBackups,
  DescribeEndpoints: describeEndpoints,
  DescribeLimits: describeLimits,
  DescribeTable: describeTable,
  DescribeTimeToLive: describeTimeToLive,
  GetItem: getItem,
  ListTables: listTables,
  ListTagsOfResource: listTagsOfResource,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  TagResource: tagResource,
  TransactGetItems: transactGetItems,
  TransactWriteItems: transactWriteItems,
  UntagResource: untagResource,
  UpdateItem: updateItem,
  UpdateTable: updateTable,
  UpdateTimeToLive: updateTimeToLive,
};

/** Every operation of DynamoDB Streams, by name. */
export const DYNAMODBSTREAMS_BUILT: Readonly<Record<string, DynamoDbOperation>> = {
  DescribeStream: describeStream,
  GetRecords: getRecords,
  GetShardIterator: getShardIterator,
  ListStreams: listStreams,
};
