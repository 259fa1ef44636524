import type { DynamoDbOperation } from './dynamodb-context.ts';
import { createTable } from './operations/create-table.ts';
import { deleteTable } from './operations/delete-table.ts';
import { describeStream, listStreams } from './operations/describe-stream.ts';
import { getRecords, getShardIterator } from './operations/read-streams.ts';
import { describeEndpoints, describeLimits, describeTable, listTables } from './operations/read-tables.ts';
import { listTagsOfResource, tagResource, untagResource } from './operations/resource-tags.ts';
import { describeTimeToLive, updateTimeToLive } from './operations/time-to-live.ts';
import { updateTable } from './operations/update-table.ts';

/** Every operation of DynamoDB that is built, by name. */
export const DYNAMODB_BUILT: Readonly<Record<string, DynamoDbOperation>> = {
  CreateTable: createTable,
  DeleteTable: deleteTable,
  DescribeEndpoints: describeEndpoints,
  DescribeLimits: describeLimits,
  DescribeTable: describeTable,
  DescribeTimeToLive: describeTimeToLive,
  ListTables: listTables,
  ListTagsOfResource: listTagsOfResource,
  TagResource: tagResource,
  UntagResource: untagResource,
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
