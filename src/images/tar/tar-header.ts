import { ImageUnusable } from '../../ports/image-registry.ts';

// Source of the format: pax(1) and ustar of POSIX.1-2001, and the GNU extensions as the manual of GNU tar tells them.

export const BLOCK_BYTES = 512;

/** A block that stands before an entry's content, as it is written there. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedSeconds: number;
  /** One character: `0` is a file, `5` a folder, `x` the extended header of the next entry ... */
  readonly type: string;
  readonly linkName: string;
}

/** Reads a header; undefined for a block of zeroes, which stands at the end. Throws {@link ImageUnusable}. */
export function readHeader(block: Buffer): TarHeader | undefined {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK_BYTES; index += 1) if (index < 148 || index >= 156) sum += block[index] ?? 0;
  if (sum === 8 * 0x20) return undefined;
  if (sum !== numberAt(block, 148, 8)) throw new ImageUnusable('invalid', 'a layer is not a tar, or broken');
  // GNU tar uses the place of the prefix for other things, and names its headers differently.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: numberAt(block, 100, 8),
    sizeBytes: numberAt(block, 124, 12),
    modifiedSeconds: numberAt(block, 136, 12),
    type: block.toString('latin1', 156, 157),
    linkName: textAt(block, 157, 100),
  };
}

/** Bytes between the end of a content and the next block. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Reads the records of an extended header: `length key=value\n`, again and again. Throws {@link ImageUnusable}. */
export function readRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(0x20, start);
    const length = space === -1 ? 0 : Number(content.toString('latin1', start, space));
    const end = start + length;
    const equals = content.indexOf(0x3d, space);
    const isRecord =
      Number.isSafeInteger(length) && equals > space && end > equals && end <= content.length && content[end - 1] === 0x0a;
    if (!isRecord) throw new ImageUnusable('invalid', 'an extended header of a layer is broken');
    records.set(content.toString('utf8', space + 1, equals), content.toString('utf8', equals + 1, end - 1));
    start = end;
  }
  return records;
}

function textAt(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits, or the bytes of the number itself where the first has its highest bit set. */
function numberAt(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  const first = field[0] ?? 0;
  let value: number;
  if (first >= 0x80) {
    value = first & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    // Negative numbers mean times before 1970; nothing else may have them.
    if ((first & 0x40) !== 0) value = 0;
  } else {
    const text = textAt(block, start, length).trim();
    if (!/^[0-7]*$/.test(text)) throw new ImageUnusable('invalid', 'a number in a layer is not one');
    value = text === '' ? 0 : Number.parseInt(text, 8);
  }
  if (!Number.isSafeInteger(value)) throw new ImageUnusable('invalid', 'a number in a layer is too large');
  return value;
}
