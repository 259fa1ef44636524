import type { Document } from '../ports/metadata-store.ts';
import { invalid } from './settings/invalid.ts';

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

/** Cuts one item more than the page holds into the page and the marker of the next. */
export function pageOf<Body>(
  found: readonly Document<Body>[],
  limit: number,
): { items: readonly Document<Body>[]; NextMarker: string | undefined } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, NextMarker: found.length > limit && last ? encodeMarker(last.key.id) : undefined };
}

/** The marker of a page that begins after an id, which need not be one that exists. */
export function encodeMarker(after: string): string {
  return Buffer.from(`1:${after}`).toString('base64url');
}
