import { invalidArgument, kinesisError } from './kinesis-errors.ts';

const CHARACTERS_MAX = 8_192;
/** Source: NextToken of ListShards in the Kinesis API reference. */
const LIFE_MS = 300_000;

/** Where a listing goes on: texts and numbers, as an opaque token that is good for five minutes. */
export function encodeToken(listing: string, place: readonly (string | number)[], nowMs: number): string {
  return Buffer.from(JSON.stringify([listing, nowMs, ...place])).toString('base64url');
}

/** The place in a token. Throws InvalidArgumentException for one of another listing, and ExpiredNextTokenException. */
export function decodeToken(listing: string, token: string, nowMs: number): readonly unknown[] {
  const [kind, madeAtMs, ...place] = token.length <= CHARACTERS_MAX ? parse(token) : [];
  if (kind !== listing || typeof madeAtMs !== 'number') throw invalidArgument('NextToken is invalid.');
  if (nowMs - madeAtMs > LIFE_MS) throw kinesisError('ExpiredNextTokenException', 'The specified NextToken has expired.');
  return place;
}

function parse(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
