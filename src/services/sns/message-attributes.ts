import { required } from '../../wire/query/members.ts';
import { snsError } from './sns-errors.ts';

/** One attribute of a message, as it is kept. */
export interface SnsAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64, as it was given. */
  readonly binaryValue?: string;
}

/** Attributes by name. */
export type SnsAttributes = Readonly<Record<string, SnsAttribute>>;

const ATTRIBUTES_MAX = 1_000;
const NAME_BYTES_MAX = 256;

/** Rule of the member `MessageAttributes`. */
export const MESSAGE_ATTRIBUTES = {
  type: 'map',
  countMax: ATTRIBUTES_MAX,
  of: {
    type: 'structure',
    members: { DataType: required({ type: 'text' }), StringValue: { type: 'text' }, BinaryValue: { type: 'text' } },
  },
} as const;

type Given = Readonly<
  Record<string, { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }>
>;

/** Checks the attributes of a message. Throws ParameterValueInvalid in AWS's words. */
export function readMessageAttributes(given: Given): SnsAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue }]) => {
      checkName(name);
      const [, type] = /^(String|Number|Binary)(?:\..*)?$/s.exec(dataType) ?? [];
      if (type === undefined || dataType.length > NAME_BYTES_MAX) {
        throw invalid(
          `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
        );
      }
      const isBinary = type === 'Binary';
      const [own, other] = isBinary ? [binaryValue, stringValue] : [stringValue, binaryValue];
      if (!own && other) {
        throw invalid(
          `The message attribute '${name}' with type '${dataType}' must use field '${isBinary ? 'Binary' : 'String'}'.`,
        );
      }
      if (!own) {
        throw invalid(
          `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${dataType}'.`,
        );
      }
      if (type === 'Number' && (own.trim() === '' || !Number.isFinite(Number(own))))
        throw invalid(`Could not cast message attribute '${name}' value to number.`);
      return [name, isBinary ? { dataType, binaryValue: own } : { dataType, stringValue: own }];
    }),
  );
}

/** What attributes count for of a message's size. */
export function attributeBytes(attributes: SnsAttributes): number {
  let bytes = 0;
  for (const [name, { dataType, stringValue, binaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType);
    bytes += stringValue === undefined ? Buffer.byteLength(binaryValue ?? '', 'base64') : Buffer.byteLength(stringValue);
  }
  return bytes;
}

function checkName(name: string): void {
  if (name === '' || Buffer.byteLength(name) > NAME_BYTES_MAX)
    throw invalid('Length of message attribute name must be less than 256 bytes.');
  const [odd] = /[^\w.-]/.exec(name) ?? [];
  if (odd !== undefined) {
    const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase();
    throw invalid(
      `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.startsWith('.')) throw invalid("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.')) throw invalid("Invalid message attribute name ending with character '.' was found.");
  if (name.includes('..')) throw invalid("Message attribute name can not have successive '.' character.");
}

function invalid(message: string): Error {
  return snsError('ParameterValueInvalid', message);
}
