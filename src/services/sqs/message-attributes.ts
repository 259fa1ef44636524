import { createHash } from 'node:crypto';
import { isStructure } from './members.ts';
import { invalidValue } from './sqs-errors.ts';

/** An attribute as it is stored and sent: bytes are in base64. */
export interface WireAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
/** Attributes by name. */
export type WireAttributes = Readonly<Record<string, WireAttribute>>;

const COUNT_MAX = 10;
const NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const TYPE = /^(String|Number|Binary)(\..{1,249})?$/;

/** Reads `MessageAttributes`. Throws InvalidParameterValue in SQS's words. */
export function readAttributes(value: unknown): WireAttributes {
  if (value === undefined || value === null) return {};
  if (!isStructure(value)) throw invalidValue('Value for parameter MessageAttributes is invalid. Reason: it must be a map.');
  const entries = Object.entries(value);
  if (entries.length > COUNT_MAX) {
    throw invalidValue(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${COUNT_MAX}].`);
  }
  return Object.fromEntries(entries.map(([name, attribute]) => [name, readAttribute(name, attribute)]));
}

function readAttribute(name: string, value: unknown): WireAttribute {
  if (!NAME.test(name)) throw invalidValue(`The message attribute name '${name.slice(0, 256)}' is invalid.`);
  const { DataType: type, StringValue: text, BinaryValue: bytes, ...lists } = isStructure(value) ? value : {};
  if (typeof type !== 'string' || type === '') {
    throw invalidValue(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  const base = TYPE.exec(type)?.[1];
  if (base === undefined) {
    throw invalidValue(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  if (Object.values(lists).some((list) => Array.isArray(list) && list.length > 0)) {
    throw invalidValue('Message attribute list values in SendMessage operation are not supported.');
  }
  const given = base === 'Binary' ? bytes : text;
  if (typeof given !== 'string' || given === '') {
    throw invalidValue(`The message attribute '${name}' must contain a non-empty value of type '${base}'.`);
  }
  if (base === 'Number' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given)) {
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return base === 'Binary'
    ? { DataType: type, BinaryValue: Buffer.from(given, 'base64').toString('base64') }
    : { DataType: type, StringValue: given };
}

/** Bytes that attributes add to a message's size: names, types and values. */
export function attributesBytes(attributes: WireAttributes): number {
  return Object.entries(attributes).reduce(
    (bytes, [name, attribute]) =>
      bytes + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueBytes(attribute).length,
    0,
  );
}

/** The digest of attributes as clients compute it; undefined of none. Source: the SQS developer guide, MD5 message digest. */
export function attributesMd5(attributes: WireAttributes): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const append = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (!attribute) continue;
    append(Buffer.from(name));
    append(Buffer.from(attribute.DataType));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    append(valueBytes(attribute));
  }
  return hash.digest('hex');
}

function valueBytes({ StringValue, BinaryValue }: WireAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}

/** The attributes that a receiver asked for: by name, by `prefix.*`, or all of them. */
export function askedMessageAttributes(attributes: WireAttributes, names: readonly string[]): WireAttributes {
  if (names.length === 0) return {};
  if (names.includes('All') || names.includes('.*')) return attributes;
  const isAsked = (name: string): boolean =>
    names.some((asked) => asked === name || (asked.endsWith('.*') && name.startsWith(asked.slice(0, -1))));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isAsked(name)));
}
