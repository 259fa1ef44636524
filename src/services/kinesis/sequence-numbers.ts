/** What of a shard is in the sequence numbers of its records. */
interface NumberedShard {
  readonly number: number;
  readonly createdAtS: number;
}

/** Position of the end of a closed shard: behind every record. */
const END = '7fffffffffffffff';
/** First and last hex digit of every number. */
const FRAME = '2';
const HEX_DIGITS = 47;

/**
 * A record's sequence number: 186 bits as a decimal number of 56 digits, in the form of AWS's. From the front: when the shard was
 * made, the position in it, the second of arrival, the shard. So numbers grow along a shard, and from it to its children.
 */
export function sequenceNumber(shard: NumberedShard, position: number, arrivalMs: number): string {
  return compose(shard, position.toString(16), arrivalMs);
}

/** The number before that of a shard's first record. */
export function startingNumber(shard: NumberedShard): string {
  return compose(shard, '0', shard.createdAtS * 1_000);
}

/** The number behind that of a shard's last record. */
export function endingNumber(shard: NumberedShard, closedAtMs: number): string {
  return compose(shard, END, closedAtMs);
}

/** What is in a sequence number; undefined when it is none of ours. */
export function parseSequenceNumber(
  text: string,
): { readonly number: number; readonly createdAtS: number; readonly position: number; readonly isEnd: boolean } | undefined {
  if (!/^\d{50,60}$/.test(text)) return undefined;
  const hex = BigInt(text).toString(16);
  if (hex.length !== HEX_DIGITS || !hex.startsWith(FRAME) || !hex.endsWith(FRAME)) return undefined;
  const position = hex.slice(11, 27);
  return {
    createdAtS: Number.parseInt(hex.slice(1, 10), 16),
    position: Number.parseInt(position, 16),
    isEnd: position === END,
    number: Number.parseInt(hex.slice(38, 46), 16),
  };
}

function compose({ number, createdAtS }: NumberedShard, position: string, timeMs: number): string {
  const seconds = Math.floor(timeMs / 1_000);
  const hex = [
    FRAME,
    digits(createdAtS, 9),
    (number % 16).toString(16),
    position.padStart(16, '0'),
    '00',
    digits(seconds, 9),
    digits(number, 8),
    FRAME,
  ];
  return BigInt(`0x${hex.join('')}`).toString();
}

function digits(value: number, count: number): string {
  return value.toString(16).padStart(count, '0');
}
