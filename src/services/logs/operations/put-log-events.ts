import type { LogRecord } from '../../../ports/log-sink.ts';
import { logError } from '../log-errors.ts';
import { GROUP_NAME, missing, refuse, requiredText, STREAM_NAME, type Members } from '../members.ts';
import { existingGroup, existingStream, type LogsOperation } from '../operation.ts';
import { retainedFromMs } from '../store/log-retention.ts';

// Bounds of a batch, from the API reference of PutLogEvents.
const EVENTS_MAX = 10_000;
const BATCH_BYTES_MAX = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const SPAN_MS_MAX = 86_400_000;
const AGE_MS_MAX = 14 * 86_400_000;
const AHEAD_MS_MAX = 2 * 3_600_000;

/** PutLogEvents. Events that are too old or too new are left out and named in the answer; the others can be read when it resolves. */
export const putLogEvents: LogsOperation = async (service, input, context) => {
  const stream = requiredText(input, 'logStreamName', STREAM_NAME);
  requiredText(input, 'logGroupName', GROUP_NAME);
  refuse(input, 'entity');
  const records = recordsOf(input);
  const group = await existingGroup(service, input, context);
  await existingStream(group, stream);
  const now = service.clock.now();
  const retainedMs = retainedFromMs(group, now);
  const expired = countBefore(records, retainedMs);
  const tooOld = countBefore(records, now - AGE_MS_MAX);
  const acceptedEnd = countBefore(records, now + AHEAD_MS_MAX + 1);
  const accepted = records.slice(Math.max(expired, tooOld), acceptedEnd);
  const name = { account: context.account, region: context.region, group: group.name, stream };
  if (accepted.length > 0) await service.store.append(name, accepted);
  const rejected = {
    ...(acceptedEnd < records.length ? { tooNewLogEventStartIndex: acceptedEnd } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
  return {
    // Not needed since 2023, and still read by older clients.
    nextSequenceToken: String((await existingStream(group, stream)).lastSequence),
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
};

function recordsOf(input: Members): LogRecord[] {
  const events = input['logEvents'] ?? missing('logEvents');
  if (!Array.isArray(events) || events.length === 0 || events.length > EVENTS_MAX) {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${EVENTS_MAX}`,
    );
  }
  const records = events.map((event: unknown, index) => recordOf(event, index));
  let sizeBytes = 0;
  for (const [index, record] of records.entries()) {
    sizeBytes += Buffer.byteLength(record.message) + EVENT_OVERHEAD_BYTES;
    if (record.timestampMs < (records[index - 1]?.timestampMs ?? 0)) {
      throw logError('InvalidParameterException', 'Log events in a single PutLogEvents request must be in chronological order.');
    }
  }
  if (sizeBytes > BATCH_BYTES_MAX) {
    throw logError('InvalidParameterException', `Upload too large: ${sizeBytes} bytes exceeds limit of ${BATCH_BYTES_MAX}`);
  }
  if ((records.at(-1)?.timestampMs ?? 0) - (records[0]?.timestampMs ?? 0) > SPAN_MS_MAX) {
    throw logError(
      'InvalidParameterException',
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  return records;
}

function recordOf(event: unknown, index: number): LogRecord {
  const { timestamp, message } = (event ?? {}) as { timestamp?: unknown; message?: unknown };
  if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value at 'logEvents.${index + 1}.member.timestamp' failed to satisfy constraint: Member must have value greater than or equal to 0`,
    );
  }
  if (typeof message !== 'string' || message.length === 0) {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value at 'logEvents.${index + 1}.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    );
  }
  return { timestampMs: timestamp, message };
}

/** How many of the records, which are in order, are before the time. */
function countBefore(records: readonly LogRecord[], timeMs: number): number {
  const index = records.findIndex((record) => record.timestampMs >= timeMs);
  return index === -1 ? records.length : index;
}
