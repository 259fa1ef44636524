import type { RunFailure } from './run-failure.ts';
import { scheduleArn } from './schedule-records.ts';
import { type DeadLetter, type RunAttributes, secondOf } from './schedule-run.ts';

/** Which part of a retry policy ended the retries. */
export type ExhaustedCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

const MESSAGE_CHARACTERS_MAX = 1_024;
/** What a message of SQS may take up, less what its attributes may need. */
const BODY_BYTES_MAX = 1_000_000;

/**
 * The message attributes of a dead letter, all texts. What is left out where no retry policy ended the retries is the
 * condition. Source: EventBridge Scheduler's page on dead-letter queues.
 */
export function deadLetterOf(
  run: RunAttributes,
  failure: Pick<RunFailure, 'code' | 'message'>,
  exhausted: ExhaustedCondition | undefined,
  isTruncated: boolean,
  madeAtMs: number,
): DeadLetter {
  const attributes = {
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: sendable(failure.message),
    EXECUTION_ID: run.executionId,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    IS_PAYLOAD_TRUNCATED: String(isTruncated),
    RETRY_ATTEMPTS: String(run.failures),
    SCHEDULED_TIME: secondOf(run.dueMs),
    SCHEDULE_ARN: scheduleArn(run),
    TARGET_ARN: run.target.Arn,
  };
  return { attributes, madeAtMs, failures: 0 };
}

/** The input as a message of SQS can hold it. */
export function deadLetterBody(input: string): { readonly text: string; readonly isTruncated: boolean } {
  const bytes = Buffer.from(input);
  if (bytes.length <= BODY_BYTES_MAX) return { text: input, isTruncated: false };
  let end = BODY_BYTES_MAX;
  // Not within a character: the bytes that go on with one begin with 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.toString('utf8', 0, end), isTruncated: true };
}

/** SQS takes no empty attributes, and no characters that XML 1.0 does not have. */
function sendable(message: string): string {
  const text = message.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return text.slice(0, MESSAGE_CHARACTERS_MAX) || 'unknown';
}
