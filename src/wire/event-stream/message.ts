import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** Type number of a text value in a header. */
const TEXT = 7;

/**
 * One message of `application/vnd.amazon.eventstream`: lengths, their checksum, headers, payload, checksum of it all.
 * Header values are texts. Source: the event stream encoding of the AWS SDKs.
 */
export function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const sizeBytes = PRELUDE_BYTES + head.length + payload.length + CHECKSUM_BYTES;
  const message = Buffer.allocUnsafe(sizeBytes);
  message.writeUInt32BE(sizeBytes, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, sizeBytes - CHECKSUM_BYTES)), sizeBytes - CHECKSUM_BYTES);
  return message;
}

function header(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const bytes = Buffer.allocUnsafe(4 + nameBytes.length + valueBytes.length);
  bytes[0] = nameBytes.length;
  nameBytes.copy(bytes, 1);
  bytes[1 + nameBytes.length] = TEXT;
  bytes.writeUInt16BE(valueBytes.length, 2 + nameBytes.length);
  valueBytes.copy(bytes, 4 + nameBytes.length);
  return bytes;
}
