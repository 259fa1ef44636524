import { ImageUnusable } from '../../ports/image-registry.ts';
import { ByteReader } from './byte-reader.ts';
import { BLOCK_BYTES, paddingOf, readHeader, readRecords, type TarHeader } from './tar-header.ts';

/** One entry of a tar. */
export interface TarEntry {
  /** As it is written: may hold anything. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symbolic-link' | 'hard-link' | 'device';
  /** Target of a link. */
  readonly linkName: string;
  readonly mode: number;
  readonly modifiedSeconds: number;
  readonly sizeBytes: number;
  /** Usable until the next entry is asked for, and once. */
  readonly content: AsyncIterable<Buffer>;
}

/** Longest path or link that Linux takes. */
const NAME_BYTES_MAX = 4_096;
/** Of extended attributes and the like, of which only names, sizes and times are used. */
const EXTENDED_BYTES_MAX = 1_048_576;

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'symbolic-link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'device',
};

/** What stood before an entry and counts for it. */
interface Extension {
  name?: string;
  linkName?: string;
  sizeBytes?: number;
  modifiedSeconds?: number;
}

/**
 * The entries of a tar, one after the other, each content read or skipped before the next. Reads its source to the very
 * end. Throws {@link ImageUnusable} for what is no tar, is cut off, or asks for more memory than any image needs.
 */
export async function* tarEntries(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  let extension: Extension = {};
  try {
    for (;;) {
      const block = await reader.read(BLOCK_BYTES);
      const header = block && readHeader(block);
      if (!header) break;
      if (await readExtension(header, reader, extension)) continue;
      const entry = entryOf(header, extension);
      extension = {};
      const read = { bytes: 0 };
      yield { ...entry, content: counted(reader, entry.sizeBytes, read) };
      await skip(reader, entry.sizeBytes - read.bytes + paddingOf(entry.sizeBytes));
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** True when the header was one of an extension, which is then read. */
async function readExtension(header: TarHeader, reader: ByteReader, extension: Extension): Promise<boolean> {
  const { type, sizeBytes } = header;
  if (type === 'g') {
    if (sizeBytes > EXTENDED_BYTES_MAX) throw tooLong();
    await skip(reader, sizeBytes + paddingOf(sizeBytes));
    return true;
  }
  if (type !== 'x' && type !== 'L' && type !== 'K') return false;
  if (sizeBytes > (type === 'x' ? EXTENDED_BYTES_MAX : NAME_BYTES_MAX + 1)) throw tooLong();
  const content = await reader.read(sizeBytes);
  if (sizeBytes > 0 && !content) throw new ImageUnusable('invalid', 'a layer ends too early');
  await skip(reader, paddingOf(sizeBytes));
  const text = content ?? Buffer.alloc(0);
  if (type === 'L') extension.name = upToNull(text);
  else if (type === 'K') extension.linkName = upToNull(text);
  else takeRecords(readRecords(text), extension);
  return true;
}

function takeRecords(records: ReadonlyMap<string, string>, extension: Extension): void {
  const name = records.get('path');
  const linkName = records.get('linkpath');
  const size = records.get('size');
  const time = records.get('mtime');
  if (records.has('GNU.sparse.major') || records.has('GNU.sparse.map'))
    throw new ImageUnusable('invalid', 'a layer has files with holes in them, which are not supported');
  if (name !== undefined) extension.name = name;
  if (linkName !== undefined) extension.linkName = linkName;
  if (size !== undefined) extension.sizeBytes = Math.trunc(numberOf(size));
  if (time !== undefined) extension.modifiedSeconds = Math.max(0, numberOf(time.replace(/^-.*/, '0')));
}

function entryOf(header: TarHeader, extension: Extension): Omit<TarEntry, 'content'> {
  const name = extension.name ?? header.name;
  const linkName = extension.linkName ?? header.linkName;
  if (Buffer.byteLength(name) > NAME_BYTES_MAX || Buffer.byteLength(linkName) > NAME_BYTES_MAX) throw tooLong();
  // Before POSIX a folder was a file whose name ends with a slash.
  const kind = header.type === '\0' && name.endsWith('/') ? 'folder' : KINDS[header.type];
  if (!kind) throw new ImageUnusable('invalid', `a layer has an entry of the unknown type ${JSON.stringify(header.type)}`);
  const sizeBytes = extension.sizeBytes ?? header.sizeBytes;
  return {
    name,
    kind,
    linkName,
    mode: header.mode,
    modifiedSeconds: extension.modifiedSeconds ?? header.modifiedSeconds,
    // Some writers give the size of a hard link's file, which does not follow it.
    sizeBytes: kind === 'file' ? sizeBytes : 0,
  };
}

/** Tells how much of a content was read, so that the rest can be skipped. */
async function* counted(reader: ByteReader, sizeBytes: number, read: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const piece of reader.pieces(sizeBytes)) {
    read.bytes += piece.length;
    yield piece;
  }
}

async function skip(reader: ByteReader, sizeBytes: number): Promise<void> {
  for await (const _piece of reader.pieces(sizeBytes));
}

function upToNull(content: Buffer): string {
  const end = content.indexOf(0);
  return content.toString('utf8', 0, end === -1 ? content.length : end);
}

function numberOf(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d*)?$/.test(text) || !Number.isSafeInteger(Math.trunc(value)))
    throw new ImageUnusable('invalid', 'a number in an extended header of a layer is not one');
  return value;
}

function tooLong(): ImageUnusable {
  return new ImageUnusable('invalid', 'a name or an extended header in a layer is too long');
}
