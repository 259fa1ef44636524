import type { Locality } from '../../../model/arn.ts';
import { findShard, type TableShard, type TableStream } from '../../../sources/dynamodb/table-streams.ts';
import type { DynamoDb } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';

export const STREAM_ARN = { type: 'text', charactersMin: 37, charactersMax: 1_024, required: true } as const;
export const SHARD_ID = { type: 'text', charactersMin: 28, charactersMax: 65, required: true } as const;

/** A stream by its ARN. Throws ResourceNotFoundException, also for those of others. */
export function namedStream({ tables }: DynamoDb, { account, region }: Locality, arn: string): TableStream {
  const stream = tables.stream(arn);
  if (stream && stream.account === account && stream.region === region) return stream;
  throw dynamodbError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
}

/** A shard by its id. Throws ResourceNotFoundException. */
export function namedShard({ shards }: DynamoDb, stream: TableStream, shardId: string): TableShard {
  const shard = findShard(stream, shardId, shards.lastSequence());
  if (shard) return shard;
  throw dynamodbError('ResourceNotFoundException', `Requested resource not found: Shard does not exist, shardId: ${shardId}`);
}
