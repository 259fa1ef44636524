import type { Locality } from '../../model/arn.ts';
import { eachDocument } from '../events/paging.ts';
import type { KinesisContext } from './kinesis-context.ts';
import { kinesisError } from './kinesis-errors.ts';
import { openShards, STREAM_KIND, type StreamRecord } from './stream-record.ts';

/** Open shards of an account in a region. */
export const SHARDS_MAX = 10_000;

/** Open shards, and streams whose capacity Kinesis sees to. */
export async function countShards(
  { store }: Pick<KinesisContext, 'store'>,
  { account, region }: Locality,
): Promise<{ readonly shards: number; readonly onDemandStreams: number }> {
  let [shards, onDemandStreams] = [0, 0];
  for await (const { body } of eachDocument<StreamRecord>(store, { account, region, kind: STREAM_KIND })) {
    shards += openShards(body).length;
    if (body.mode === 'ON_DEMAND') onDemandStreams += 1;
  }
  return { shards, onDemandStreams };
}

/** Throws LimitExceededException when there would be too many open shards. */
export async function refuseShards(kinesis: Pick<KinesisContext, 'store'>, locality: Locality, more: number): Promise<void> {
  const { shards } = await countShards(kinesis, locality);
  if (shards + more <= SHARDS_MAX) return;
  throw kinesisError(
    'LimitExceededException',
    `This request would exceed the shard limit for the account ${locality.account} in ${locality.region}. ` +
      `Current shard count for the account: ${shards}. Limit: ${SHARDS_MAX}. ` +
      `Number of additional shards that would have resulted from this request: ${more}. Refer to the AWS Service Limits page ` +
      '(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.',
  );
}
