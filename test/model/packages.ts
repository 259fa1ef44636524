import { createHash } from 'node:crypto';
import { zip } from '../e2e/zip.ts';

/** A deployment package that the model knows. */
export interface KnownPackage {
  readonly bytes: Buffer;
  readonly members: { readonly CodeSha256: string; readonly CodeSize: number };
}

const SOURCES = ['exports.handler = async () => 1;', 'exports.handler = async () => 2; // longer'];

/** The packages that functions are made of. */
export const PACKAGES: readonly KnownPackage[] = await Promise.all(
  SOURCES.map(async (source) => {
    const bytes = await zip({ 'index.js': source });
    const CodeSha256 = createHash('sha256').update(bytes).digest('base64');
    return { bytes, members: { CodeSha256, CodeSize: bytes.length } };
  }),
);

/** A zip without a file in it. */
export const EMPTY_PACKAGE = await zip({});
