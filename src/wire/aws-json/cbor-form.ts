import { decodeCbor } from '../cbor/decode-cbor.ts';
import { CborTime, encodeCbor } from '../cbor/encode-cbor.ts';
import type { BodyForm } from './body-form.ts';

/** Members, wherever they stand, that JSON has no type for. */
export interface CborMembers {
  /** Bytes, that JSON has as base64. */
  readonly bytes: ReadonlySet<string>;
  /** Times, that JSON has as seconds. */
  readonly times: ReadonlySet<string>;
}

/**
 * `application/x-amz-cbor-1.1`: what awsJson says, written as CBOR. Bytes are bytes, and times are milliseconds with the tag of
 * times. Source: the SDK for Java, which speaks so to Kinesis.
 */
export function cborForm(members: CborMembers): BodyForm {
  return {
    contentType: 'application/x-amz-cbor-1.1',
    parse: (body) =>
      decodeCbor(body, { bytes: (bytes) => bytes.toString('base64'), time: (milliseconds) => milliseconds / 1_000 }),
    write: (value) => encodeCbor(withTypes(value, members)),
  };
}

function withTypes(value: unknown, members: CborMembers): unknown {
  if (Array.isArray(value)) return value.map((item) => withTypes(item, members));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (typeof item === 'string' && members.bytes.has(name)) return [name, Buffer.from(item, 'base64')];
      if (typeof item === 'number' && members.times.has(name)) return [name, new CborTime(Math.round(item * 1_000))];
      return [name, withTypes(item, members)];
    }),
  );
}
