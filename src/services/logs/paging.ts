import { logError } from './log-errors.ts';
import type { Members } from './members.ts';

/** Longest token that is looked at; one holds a name of 512 characters. */
const TOKEN_CHARACTERS_MAX = 8_192;

/** Makes an opaque token of a JSON value. */
export function encodeToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The value of `nextToken`; undefined when the caller gave none. Throws InvalidParameterException for anything we didn't make. */
export function decodeToken<Value>(input: Members, isValue: (value: unknown) => value is Value): Value | undefined {
  const token = input['nextToken'];
  if (token === undefined || token === null) return undefined;
  const value = typeof token === 'string' && token.length <= TOKEN_CHARACTERS_MAX ? parse(token) : undefined;
  if (!isValue(value)) throw logError('InvalidParameterException', 'The specified nextToken is invalid.');
  return value;
}

/** Whether a token's value is a list of texts and numbers as long as `example`, with the same types. */
export function isTuple<Tuple extends readonly (string | number)[]>(...types: readonly ('string' | 'number')[]) {
  return (value: unknown): value is Tuple =>
    Array.isArray(value) && value.length === types.length && value.every((item, index) => typeof item === types[index]);
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
