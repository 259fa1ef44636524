import { invalidArgument } from './kinesis-errors.ts';

/** A place in a shard, and when it was given. */
export interface ShardIterator {
  readonly account: string;
  readonly region: string;
  readonly stream: string;
  readonly incarnation: string;
  readonly shard: number;
  readonly position: number;
  readonly madeAtMs: number;
}

const CHARACTERS_MAX = 512;
const TYPES = 'string string string string number number number';

/** The iterator as clients carry it. */
export function encodeIterator(iterator: ShardIterator): string {
  const { account, region, stream, incarnation, shard, position, madeAtMs } = iterator;
  return Buffer.from(JSON.stringify([account, region, stream, incarnation, shard, position, madeAtMs])).toString('base64');
}

/** Throws InvalidArgumentException for anything that we didn't make. */
export function decodeIterator(text: string): ShardIterator {
  const value = text.length <= CHARACTERS_MAX ? parse(text) : undefined;
  if (!Array.isArray(value) || value.map((item) => typeof item).join(' ') !== TYPES)
    throw invalidArgument('Invalid ShardIterator.');
  const [account, region, stream, incarnation, shard, position, madeAtMs] = value as [
    string,
    string,
    string,
    string,
    number,
    number,
    number,
  ];
  if (![shard, position].every((number) => Number.isSafeInteger(number) && number >= 0))
    throw invalidArgument('Invalid ShardIterator.');
  return { account, region, stream, incarnation, shard, position, madeAtMs };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    return undefined;
  }
}
