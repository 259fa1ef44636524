import { createHash } from 'node:crypto';

/** Readable part of a directory's name; with the hash it stays under 255 bytes. */
const READABLE_CHARACTERS_MAX = 80;

/**
 * The directory for something a caller named: a readable part and a hash of the whole name. Names that differ only
 * in case or beyond the readable part stay apart, and no name (`..`, slashes, 512 characters) leaves its parent.
 */
export function directoryName(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, READABLE_CHARACTERS_MAX);
  const hash = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex').slice(0, 32);
  return `${readable}.${hash}`;
}
