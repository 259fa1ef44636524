import { decodePageToken, encodePageToken, type PageToken } from '../event-id.ts';
import { logError } from '../log-errors.ts';
import { flag, integer, refuse, requiredText, STREAM_NAME, text } from '../members.ts';
import { existingGroup, existingStream, type LogsOperation } from '../operation.ts';
import { retainedFromMs } from '../store/log-retention.ts';
import { scanRecords, type Position, type ScannedRecord } from '../store/record-scan.ts';

const EVENTS_MAX = 10_000;
const ANSWER_BYTES_MAX = 1_048_576;

/**
 * GetLogEvents. Without a token the newest page, or with `startFromHead` the oldest. There are always two tokens; at
 * the end of the stream a token answers itself, and is good for asking again later.
 */
export const getLogEvents: LogsOperation = async (service, input, context) => {
  refuse(input, 'unmask');
  const name = requiredText(input, 'logStreamName', STREAM_NAME);
  const limit = integer(input, 'limit', 1, EVENTS_MAX) ?? EVENTS_MAX;
  const startTime = integer(input, 'startTime', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const endMs = integer(input, 'endTime', 0, Number.MAX_SAFE_INTEGER) ?? Infinity;
  const token = tokenOf(text(input, 'nextToken'));
  const direction = token?.direction ?? (flag(input, 'startFromHead') ? 'forward' : 'backward');
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  const stream = await existingStream(group, name);
  const startMs = Math.max(startTime, retainedFromMs(group, service.clock.now()));
  const { records } = await scanRecords({
    streams: [stream],
    direction,
    ...(token ? { from: token.position } : {}),
    startMs,
    endMs,
    countMax: limit,
    bytesMax: ANSWER_BYTES_MAX,
    scannedBytesMax: Infinity,
  });
  const events = direction === 'forward' ? records : records.toReversed();
  return { events: events.map(rendered), ...tokensAround(events, token, startTime) };
};

function tokenOf(token: string | undefined): PageToken | undefined {
  if (token === undefined) return undefined;
  const decoded = decodePageToken(token);
  if (decoded === undefined) throw logError('InvalidParameterException', 'The specified nextToken is invalid.');
  return decoded;
}

function rendered(record: ScannedRecord): object {
  return { timestamp: record.timestampMs, message: record.message, ingestionTime: record.ingestionMs };
}

function tokensAround(events: readonly ScannedRecord[], token: PageToken | undefined, startTime: number): object {
  const first = events[0];
  const last = events.at(-1);
  let [before, after]: [Position, Position] = [beginning(startTime), beginning(startTime)];
  if (first && last) [before, after] = [positionOf(first), positionOf(last)];
  // Positions are exclusive: going back from the end of the stream has to include the record the token stood on.
  else if (token?.direction === 'forward') [before, after] = [moved(token.position, 1), token.position];
  else if (token) [before, after] = [token.position, moved(token.position, -1)];
  return {
    nextForwardToken: encodePageToken({ direction: 'forward', position: after }),
    nextBackwardToken: encodePageToken({ direction: 'backward', position: before }),
  };
}

function positionOf({ timestampMs, sequence }: ScannedRecord): Position {
  return { timestampMs, sequence };
}

function beginning(startTime: number): Position {
  return { timestampMs: startTime, sequence: -1 };
}

function moved(position: Position, by: 1 | -1): Position {
  return { timestampMs: position.timestampMs, sequence: Math.max(-1, position.sequence + by) };
}
