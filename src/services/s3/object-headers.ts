import type { HttpRequest } from '../../wire/service.ts';
import type { ObjectHeaders, ObjectRecord } from './records.ts';
import { s3Error } from './s3-errors.ts';

const METADATA_BYTES_MAX = 2_048;
const METADATA_PREFIX = 'x-amz-meta-';

/** What a request says of the object that it makes. */
export function readObjectHeaders(request: HttpRequest): ObjectHeaders {
  const { headers } = request;
  const metadata: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const text = Array.isArray(value) ? value.join(',') : (value ?? '');
    metadata[name.slice(METADATA_PREFIX.length)] = text;
    sizeBytes += name.length - METADATA_PREFIX.length + Buffer.byteLength(text);
  }
  if (sizeBytes > METADATA_BYTES_MAX) throw s3Error('MetadataTooLarge');
  // The framing of the upload is no property of the object.
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata,
    ...(encoding === '' ? {} : { contentEncoding: encoding }),
    ...(headers['cache-control'] === undefined ? {} : { cacheControl: headers['cache-control'] }),
    ...(headers['content-disposition'] === undefined ? {} : { contentDisposition: headers['content-disposition'] }),
    ...(headers['content-language'] === undefined ? {} : { contentLanguage: headers['content-language'] }),
    ...(headers.expires === undefined ? {} : { expires: headers.expires }),
  };
}

/** The headers by which an object is told, with the overrides of a presigned link. */
export function writeObjectHeaders(
  record: ObjectRecord,
  query: URLSearchParams,
  withChecksums: boolean,
): Record<string, string | number> {
  const override = (name: string, value: string | undefined): string | undefined => query.get(`response-${name}`) ?? value;
  const headers: Record<string, string | undefined> = {
    'Content-Type': override('content-type', record.contentType),
    'Cache-Control': override('cache-control', record.cacheControl),
    'Content-Disposition': override('content-disposition', record.contentDisposition),
    'Content-Encoding': override('content-encoding', record.contentEncoding),
    'Content-Language': override('content-language', record.contentLanguage),
    Expires: override('expires', record.expires),
    ETag: `"${record.etag}"`,
    'Last-Modified': new Date(record.modifiedMs).toUTCString(),
    'Accept-Ranges': 'bytes',
    ...(withChecksums ? record.checksums : {}),
    ...Object.fromEntries(Object.entries(record.metadata).map(([name, value]) => [METADATA_PREFIX + name, value])),
  };
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
