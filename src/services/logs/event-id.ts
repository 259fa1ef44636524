import type { Position } from './store/record-scan.ts';

const EVENT_ID_DIGITS = 56;
const HALF_DIGITS = 28;
const TOKEN = /^([fb])\/(\d{28})(\d{28})\/s$/;

/** A record's `eventId`: 56 digits that grow within a stream, as AWS's do. */
export function eventId(sequence: number): string {
  return String(sequence).padStart(EVENT_ID_DIGITS, '0');
}

/** Where a GetLogEvents page goes on: after (`forward`) or before the position, exclusive. */
export interface PageToken {
  readonly direction: 'forward' | 'backward';
  readonly position: Position;
}

/** The token's text, in the shape of AWS's: `f/<56 digits>/s` or `b/<56 digits>/s`. */
export function encodePageToken({ direction, position }: PageToken): string {
  // One is added so that the position before the first sequence number, -1, stays a digit.
  const digits =
    String(position.timestampMs).padStart(HALF_DIGITS, '0') + String(position.sequence + 1).padStart(HALF_DIGITS, '0');
  return `${direction === 'forward' ? 'f' : 'b'}/${digits}/s`;
}

/** Reads a token; undefined when it isn't one of ours. */
export function decodePageToken(text: string): PageToken | undefined {
  const match = TOKEN.exec(text);
  if (match === null) return undefined;
  const position = { timestampMs: Number(match[2]), sequence: Number(match[3]) - 1 };
  if (!Number.isSafeInteger(position.timestampMs) || !Number.isSafeInteger(position.sequence)) return undefined;
  return { direction: match[1] === 'f' ? 'forward' : 'backward', position };
}
