import { eventId } from '../event-id.ts';
import { compileFilterPattern } from '../filter-pattern/filter-pattern.ts';
import { patternMember } from '../filter-pattern/pattern-member.ts';
import { logError, streamNotFound } from '../log-errors.ts';
import { integer, refuse, STREAM_NAME, text, texts, type Members } from '../members.ts';
import { existingGroup, type LogsOperation } from '../operation.ts';
import { decodeToken, encodeToken, isTuple } from '../paging.ts';
import type { LogGroup } from '../store/log-group.ts';
import { retainedFromMs } from '../store/log-retention.ts';
import type { LogStream } from '../store/log-stream.ts';
import { scanRecords } from '../store/record-scan.ts';

const EVENTS_MAX = 10_000;
const ANSWER_BYTES_MAX = 1_048_576;
/** What one call reads of the segments; a page may therefore hold few events or none and still have a token, as on AWS. */
const SCANNED_BYTES_MAX = 33_554_432;
const STREAM_NAMES_MAX = 100;

/** FilterLogEvents. Streams are always interleaved by time; AWS ignores `interleaved` too since 2019. */
export const filterLogEvents: LogsOperation = async (service, input, context) => {
  refuse(input, 'unmask');
  const limit = integer(input, 'limit', 1, EVENTS_MAX) ?? EVENTS_MAX;
  const startTime = integer(input, 'startTime', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const endTime = integer(input, 'endTime', 0, Number.MAX_SAFE_INTEGER);
  const matches = compileFilterPattern(patternMember(input) ?? '');
  const token = decodeToken(input, isTuple<[number, number]>('number', 'number'));
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  const scan = await scanRecords({
    streams: await chosenStreams(group, input),
    direction: 'forward',
    ...(token ? { from: { timestampMs: token[0], sequence: token[1] } } : {}),
    startMs: Math.max(startTime, retainedFromMs(group, service.clock.now())),
    // This operation's end is inclusive, that of GetLogEvents isn't.
    endMs: endTime === undefined ? Infinity : endTime + 1,
    ...(matches ? { matches } : {}),
    countMax: limit,
    bytesMax: ANSWER_BYTES_MAX,
    scannedBytesMax: SCANNED_BYTES_MAX,
  });
  return {
    events: scan.records.map((record) => ({
      logStreamName: record.stream,
      timestamp: record.timestampMs,
      message: record.message,
      ingestionTime: record.ingestionMs,
      eventId: eventId(record.sequence),
    })),
    // Empty since 2019; see the API reference.
    searchedLogStreams: [],
    ...(scan.complete || !scan.next ? {} : { nextToken: encodeToken([scan.next.timestampMs, scan.next.sequence]) }),
  };
};

async function chosenStreams(group: LogGroup, input: Members): Promise<LogStream[]> {
  const names = texts(input, 'logStreamNames', STREAM_NAMES_MAX);
  const prefix = text(input, 'logStreamNamePrefix', STREAM_NAME);
  if (names !== undefined && prefix !== undefined) {
    throw logError('InvalidParameterException', 'logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  }
  const streams = await group.streams();
  if (names === undefined) return [...streams.values()].filter(({ name }) => name.startsWith(prefix ?? ''));
  return [...new Set(names)].map((name) => {
    const stream = streams.get(name);
    if (stream === undefined) throw streamNotFound();
    return stream;
  });
}
