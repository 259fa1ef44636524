import type { HttpRequest, RequestContext } from '../../wire/service.ts';
import { s3Error } from './s3-errors.ts';

/** What a request is about. */
export interface Address {
  readonly bucket?: string;
  readonly key?: string;
}

const KEY_BYTES_MAX = 1_024;
const HOST_STYLE = /^(.+?)\.(?:s3[.-][^:]*|s3|localhost)(?::\d+)?$/;

/** Bucket and key from the path, or the bucket from the host (`bucket.localhost`, `bucket.s3.*`). */
export function addressOf(request: HttpRequest, context: RequestContext): Address {
  const fromHost = HOST_STYLE.exec(request.headers.host ?? '')?.[1];
  const bucketOfHost = fromHost === 's3' ? undefined : fromHost;
  const path = context.path.slice(1);
  const slash = path.indexOf('/');
  const bucket = bucketOfHost ?? decode(slash === -1 ? path : path.slice(0, slash));
  const key = decode(bucketOfHost !== undefined ? path : slash === -1 ? '' : path.slice(slash + 1));
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw s3Error('KeyTooLongError');
  return { ...(bucket === '' ? {} : { bucket }), ...(key === '' ? {} : { key }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Error('InvalidArgument', 'The path holds a malformed escape sequence.');
  }
}

/** Throws InvalidBucketName for a name that S3 does not take. Source: S3's bucket naming rules. */
export function checkBucketName(name: string): void {
  const isFine = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
  if (!isFine) throw s3Error('InvalidBucketName', undefined, { BucketName: name.slice(0, 255) });
}
