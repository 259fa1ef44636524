import { streamArn } from '../log-arns.ts';
import { logError } from '../log-errors.ts';
import { flag, integer, STREAM_NAME, text } from '../members.ts';
import { existingGroup, type LogsOperation } from '../operation.ts';
import { decodeToken, encodeToken, isTuple } from '../paging.ts';
import type { LogGroup } from '../store/log-group.ts';
import type { LogStream, StreamSummary } from '../store/log-stream.ts';

const PAGE_MAX = 50;

interface Entry {
  readonly stream: LogStream;
  readonly summary: StreamSummary;
  /** What is ordered by: the time of the last event, or 0 when the order is by name. */
  readonly time: number;
}

/** DescribeLogStreams, by name or by the time of the last event. */
export const describeLogStreams: LogsOperation = async (service, input, context) => {
  const prefix = text(input, 'logStreamNamePrefix', STREAM_NAME);
  const byTime = order(text(input, 'orderBy'), prefix);
  const sign = flag(input, 'descending') ? -1 : 1;
  const limit = integer(input, 'limit', 1, PAGE_MAX) ?? PAGE_MAX;
  const after = decodeToken(input, isTuple<[number, string]>('number', 'string'));
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  const entries: Entry[] = [];
  for (const stream of (await group.streams()).values()) {
    if (!stream.name.startsWith(prefix ?? '')) continue;
    const summary = stream.summary();
    const entry = { stream, summary, time: byTime ? (summary.lastEventMs ?? 0) : 0 };
    if (!after || sign * compare(entry.time, stream.name, after[0], after[1]) > 0) entries.push(entry);
  }
  entries.sort((left, right) => sign * compare(left.time, left.stream.name, right.time, right.stream.name));
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  return {
    logStreams: page.map((entry) => described(group, entry)),
    ...(entries.length > limit && last ? { nextToken: encodeToken([last.time, last.stream.name]) } : {}),
  };
};

function order(orderBy: string | undefined, prefix: string | undefined): boolean {
  if (orderBy !== undefined && orderBy !== 'LogStreamName' && orderBy !== 'LastEventTime') {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value '${orderBy}' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]`,
    );
  }
  if (orderBy === 'LastEventTime' && prefix !== undefined) {
    throw logError('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  return orderBy === 'LastEventTime';
}

function compare(leftTime: number, leftName: string, rightTime: number, rightName: string): number {
  if (leftTime !== rightTime) return leftTime - rightTime;
  return leftName < rightName ? -1 : leftName > rightName ? 1 : 0;
}

function described(group: LogGroup, { stream, summary }: Entry): object {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdMs,
    ...(summary.firstEventMs === undefined
      ? {}
      : {
          firstEventTimestamp: summary.firstEventMs,
          lastEventTimestamp: summary.lastEventMs,
          lastIngestionTime: summary.lastIngestionMs,
          // Tokens have not been needed since 2023, but clients still read this member.
          uploadSequenceToken: String(stream.lastSequence),
        }),
    arn: streamArn(group, group.name, stream.name),
    // Always 0 since 2019; see the API reference.
    storedBytes: 0,
  };
}
