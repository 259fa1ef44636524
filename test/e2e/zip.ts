import { Buffer } from 'node:buffer';
import { ZipFile } from 'yazl';

/** A file's text or bytes, or both with its unix mode. */
export type ZipEntry = string | Uint8Array | { readonly content: string | Uint8Array; readonly mode: number };

/** A deployment package with these files, by path. */
export async function zip(files: Readonly<Record<string, ZipEntry>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [path, entry] of Object.entries(files)) {
    const { content, mode } = typeof entry === 'object' && 'content' in entry ? entry : { content: entry, mode: 0o644 };
    archive.addBuffer(Buffer.from(content as string), path, { mode: mode > 0o7777 ? mode : mode | 0o100000, mtime: new Date(0) });
  }
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
