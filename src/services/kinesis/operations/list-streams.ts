import { kinesisOperation } from '../kinesis-context.ts';
import { NAME, PAGE, TOKEN } from '../member-rules.ts';
import { decodeToken, encodeToken } from '../page-token.ts';
import { STREAM_KIND, statusOf, streamArn, type StreamRecord } from '../stream-record.ts';

const STREAMS_AT_ONCE = 100;

/** ListStreams. Throws InvalidArgumentException and ExpiredNextTokenException. */
export const listStreams = kinesisOperation(
  { Limit: PAGE, ExclusiveStartStreamName: NAME, NextToken: TOKEN },
  async ({ store, clock }, input, { account, region }) => {
    const nowMs = clock.now();
    const limit = input.Limit ?? STREAMS_AT_ONCE;
    const after =
      input.NextToken === undefined ? input.ExclusiveStartStreamName : decodeToken('streams', input.NextToken, nowMs)[0];
    const found = await store.list<StreamRecord>({
      account,
      region,
      kind: STREAM_KIND,
      ...(typeof after === 'string' ? { after } : {}),
      limit: limit + 1,
    });
    const streams = found.slice(0, limit).map(({ body }) => body);
    const isMore = found.length > limit;
    return {
      StreamNames: streams.map(({ name }) => name),
      HasMoreStreams: isMore,
      ...(isMore ? { NextToken: encodeToken('streams', [streams.at(-1)?.name ?? ''], nowMs) } : {}),
      StreamSummaries: streams.map((stream) => ({
        StreamName: stream.name,
        StreamARN: streamArn(stream),
        StreamStatus: statusOf(stream, nowMs),
        StreamModeDetails: { StreamMode: stream.mode },
        StreamCreationTimestamp: stream.createdAtMs / 1_000,
      })),
    };
  },
);
