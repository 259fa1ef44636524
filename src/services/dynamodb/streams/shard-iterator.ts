import { dynamodbError } from '../dynamodb-errors.ts';
import { validation } from '../values/validation.ts';

/** A place in a shard, and when it was given out. */
export interface ShardIterator {
  readonly streamArn: string;
  readonly shardId: string;
  /** Records behind this sequence number follow. */
  readonly after: number;
  readonly issuedMs: number;
}

/** Source: the page of GetShardIterator. */
const GOOD_FOR_MS = 900_000;

/** The iterator as clients get it. */
export function encodeIterator({ streamArn, shardId, after, issuedMs }: ShardIterator): string {
  return `${streamArn}|1|${Buffer.from(JSON.stringify([shardId, after, issuedMs])).toString('base64url')}`;
}

/** The place of an iterator. Throws ValidationException for what was never given out, ExpiredIteratorException when it is old. */
export function decodeIterator(text: string, nowMs: number): ShardIterator {
  const [streamArn = '', version, place = ''] = text.split('|');
  const parts = version === '1' ? partsOf(place) : undefined;
  if (!parts) throw validation('Invalid ShardIterator');
  const [shardId, after, issuedMs] = parts;
  if (nowMs - issuedMs > GOOD_FOR_MS) {
    throw dynamodbError(
      'ExpiredIteratorException',
      `Iterator expired: The iterator was created at time ${new Date(issuedMs).toISOString()} while right now is ` +
        `${new Date(nowMs).toISOString()} which is further in the future than the tolerated delay of ${GOOD_FOR_MS} milliseconds.`,
    );
  }
  return { streamArn, shardId, after, issuedMs };
}

function partsOf(place: string): [string, number, number] | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(place, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [shardId, after, issuedMs] = parts as unknown[];
  const isPlace = typeof shardId === 'string' && Number.isSafeInteger(after) && Number.isSafeInteger(issuedMs);
  // Times beyond a million years are none that were given out.
  return isPlace && Math.abs(Number(issuedMs)) < 8e15 ? (parts as [string, number, number]) : undefined;
}
