import type { Locality } from '../model/arn.ts';
import type { Document, MetadataStore } from '../ports/metadata-store.ts';
import { invalid } from './settings/invalid.ts';

/** A page of documents, and the marker of the next. */
interface Page<Body> {
  readonly items: readonly Document<Body>[];
  readonly NextMarker: string | undefined;
}

/**
 * The page of documents that a request asks for: of a kind, or those of it whose ids begin with a prefix. `pageMax` is
 * the operation's bound. Throws InvalidParameterValueException for a marker that we did not give.
 */
export async function listPage<Body>(
  store: MetadataStore,
  { account, region }: Locality,
  range: { readonly kind: string; readonly prefix?: string },
  asked: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  pageMax: number,
): Promise<Page<Body>> {
  const limit = pageSize(asked.MaxItems, pageMax);
  const found = await store.list<Body>({ account, region, ...range, limit: limit + 1, ...decodeMarker(asked.Marker) });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, NextMarker: found.length > limit && last ? encodeMarker(last.key.id) : undefined };
}

/** Items of a page: what was asked for, within the operation's bound. */
export function pageSize(maxItems: number | undefined, pageMax: number): number {
  return Math.min(maxItems ?? pageMax, pageMax);
}

/** Where a page begins. Throws InvalidParameterValueException for a marker that we did not give. */
export function decodeMarker(marker: string | undefined): { after?: string } {
  if (marker === undefined || marker === '') return {};
  const text = Buffer.from(marker, 'base64url').toString('utf8');
  if (!text.startsWith('1:')) throw invalid('The pagination marker is not valid.');
  return { after: text.slice(2) };
}

/** The marker of a page that begins after an id, which need not be one that exists. */
export function encodeMarker(after: string): string {
  return Buffer.from(`1:${after}`).toString('base64url');
}
