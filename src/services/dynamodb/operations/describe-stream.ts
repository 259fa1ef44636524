import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import { shardsOf, sequenceText, streamArn, type TableShard } from '../../../sources/dynamodb/table-streams.ts';
import type { DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { namedStream, SHARD_ID, STREAM_ARN } from '../streams/named-stream.ts';

const PAGE_MAX = 100;
const LIMIT = { type: 'integer', lowest: 1, highest: PAGE_MAX } as const;

/** DescribeStream: shards of the last day, parents first. */
export const describeStream: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers(
    {
      StreamArn: STREAM_ARN,
      Limit: LIMIT,
      ExclusiveStartShardId: { ...SHARD_ID, required: undefined },
      ShardFilter: {
        type: 'structure',
        members: { Type: { type: 'text', choices: ['CHILD_SHARDS'] }, ShardId: { type: 'text' } },
      },
    } as const,
    given,
  );
  const { Limit: limit = PAGE_MAX, ExclusiveStartShardId: after, ShardFilter: filter } = input;
  const stream = namedStream(dynamodb, context, input.StreamArn);
  const all = shardsOf(stream, dynamodb.shards.lastSequence(), dynamodb.clock.now());
  const wanted = filter?.ShardId === undefined ? all : all.filter(({ parentId }) => parentId === filter.ShardId);
  const from = after === undefined ? 0 : wanted.findIndex(({ shardId }) => shardId === after) + 1;
  if (after !== undefined && from === 0)
    throw dynamodbError('ResourceNotFoundException', `Requested resource not found: Shard: ${after} not found`);
  const page = wanted.slice(from, from + limit);
  return {
    StreamDescription: {
      StreamArn: streamArn(stream),
      StreamLabel: stream.label,
      StreamStatus: stream.endSequence === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.viewType,
      CreationRequestDateTime: stream.createdMs / 1_000,
      TableName: stream.tableName,
      KeySchema: stream.keySchema,
      Shards: page.map(described),
      ...(wanted.length > from + limit ? { LastEvaluatedShardId: page.at(-1)?.shardId } : {}),
    },
  };
};

/** ListStreams, in the order of ARNs. */
export const listStreams: DynamoDbOperation = async ({ tables }, given, context) => {
  const input = readJsonMembers(
    {
      TableName: { type: 'text', charactersMin: 1, charactersMax: 1_024 },
      Limit: LIMIT,
      ExclusiveStartStreamArn: { type: 'text' },
    } as const,
    given,
  );
  const { Limit: limit = PAGE_MAX, ExclusiveStartStreamArn: after } = input;
  const streams = tables
    .streams(context, input.TableName)
    .map((stream) => ({ StreamArn: streamArn(stream), TableName: stream.tableName, StreamLabel: stream.label }))
    .filter(({ StreamArn }) => after === undefined || StreamArn > after);
  const page = streams.slice(0, limit);
  return { Streams: page, ...(streams.length > limit ? { LastEvaluatedStreamArn: page.at(-1)?.StreamArn } : {}) };
};

function described({ shardId, parentId, startSequence, endSequence }: TableShard): object {
  return {
    ShardId: shardId,
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceText(startSequence),
      ...(endSequence === undefined ? {} : { EndingSequenceNumber: sequenceText(endSequence) }),
    },
    ...(parentId === undefined ? {} : { ParentShardId: parentId }),
  };
}
