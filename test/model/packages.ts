import { createHash } from 'node:crypto';
import { zip } from '../e2e/zip.ts';

/** A deployment package that the model knows. */
export interface KnownPackage {
  readonly bytes: Buffer;
  readonly members: { readonly CodeSha256: string; readonly CodeSize: number };
}

/** Packages that random steps choose among: few, so that the same one comes again. */
export const USUAL_PACKAGES = 2;
const PACKAGES_MADE = 24;

/** The packages that functions are made of. */
export const PACKAGES: readonly KnownPackage[] = await Promise.all(
  Array.from({ length: PACKAGES_MADE }, async (_, n) => {
    const bytes = await zip({ 'index.js': `exports.handler = async () => ${n};${' '.repeat(n)}` });
    const CodeSha256 = createHash('sha256').update(bytes).digest('base64');
    return { bytes, members: { CodeSha256, CodeSize: bytes.length } };
  }),
);

/** A zip without a file in it. */
export const EMPTY_PACKAGE = await zip({});
