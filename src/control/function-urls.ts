import type { Cors, FunctionUrlAuthType, InvokeMode } from '@aws-sdk/client-lambda';
import type { Change, DocumentKey } from '../ports/metadata-store.ts';

/** The URL of a function or of an alias of it; kind `function-url`. */
export interface FunctionUrlDocument {
  /** The first label of the URL's host; the rest of the URL follows from where the server listens. */
  readonly urlId: string;
  readonly authType: FunctionUrlAuthType;
  readonly cors?: Cors;
  /** Undefined until it is given; then `BUFFERED` is meant. */
  readonly invokeMode?: InvokeMode;
  readonly createdMs: number;
  readonly lastModifiedMs: number;
}

/** What a URL leads to; kind `function-url-id`. */
export interface FunctionUrlTarget {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly alias?: string;
}

/** Key of a URL's target. Who calls a URL names no account and may name no region, so these documents lie outside of them. */
export function functionUrlIdKey(urlId: string): DocumentKey {
  return { account: 'function-url', region: 'every-region', kind: 'function-url-id', id: urlId };
}

/** Frees the id of a URL whose document goes; belongs into the same transaction. */
export function urlIdRelease(document: FunctionUrlDocument | undefined): Change[] {
  return document ? [{ remove: functionUrlIdKey(document.urlId) }] : [];
}
