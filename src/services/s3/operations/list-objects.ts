import type { Document } from '../../../ports/metadata-store.ts';
import { type ObjectRecord, S3_PLACE } from '../records.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { xmlDocument } from '../xml.ts';

const KEYS_MAX = 1_000;
/** Sorts behind every key that begins with the same prefix. */
const LAST = '\u{10ffff}';

interface Page {
  readonly contents: readonly { readonly key: string; readonly record: ObjectRecord }[];
  readonly prefixes: readonly string[];
  /** The last key or prefix of a page that is not the last. */
  readonly next?: string;
  /** Account that the objects belong to. */
  readonly owner: string;
}

/** ListObjectsV2. */
export async function listObjectsV2(s3: S3Context, call: S3Call): Promise<void> {
  const { query } = call;
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : decodeToken(token);
  const page = await listPage(s3, call, after);
  const encode = encoder(query);
  answer(
    call,
    200,
    {},
    xmlDocument('ListBucketResult', {
      Name: call.bucket,
      Prefix: encode(query.get('prefix') ?? ''),
      Delimiter: optional(query.get('delimiter'), encode),
      MaxKeys: maxKeys(query),
      EncodingType: query.get('encoding-type') ?? undefined,
      KeyCount: page.contents.length + page.prefixes.length,
      IsTruncated: page.next !== undefined,
      ContinuationToken: token ?? undefined,
      NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString('base64'),
      StartAfter: optional(query.get('start-after'), encode),
      ...listed(page, encode, query.get('fetch-owner') === 'true'),
    }),
  );
}

/** ListObjects, the older form. */
export async function listObjects(s3: S3Context, call: S3Call): Promise<void> {
  const { query } = call;
  const page = await listPage(s3, call, query.get('marker') ?? '');
  const encode = encoder(query);
  answer(
    call,
    200,
    {},
    xmlDocument('ListBucketResult', {
      Name: call.bucket,
      Prefix: encode(query.get('prefix') ?? ''),
      Marker: encode(query.get('marker') ?? ''),
      Delimiter: optional(query.get('delimiter'), encode),
      MaxKeys: maxKeys(query),
      EncodingType: query.get('encoding-type') ?? undefined,
      IsTruncated: page.next !== undefined,
      NextMarker: page.next !== undefined && query.has('delimiter') ? encode(page.next) : undefined,
      ...listed(page, encode, true),
    }),
  );
}

function listed(page: Page, encode: (text: string) => string, withOwner: boolean) {
  return {
    Contents: page.contents.map(({ key, record }) => ({
      Key: encode(key),
      LastModified: new Date(record.modifiedMs),
      ETag: `"${record.etag}"`,
      Size: record.sizeBytes,
      StorageClass: 'STANDARD',
      Owner: withOwner ? { ID: page.owner } : undefined,
    })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

/** Keys in order; those that share a prefix up to the delimiter count as one, and are skipped over, not read. */
async function listPage(s3: S3Context, call: S3Call, start: string): Promise<Page> {
  const { account: owner } = (await getBucket(s3, call.bucket)).body;
  const limit = maxKeys(call.query);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const contents: { key: string; record: ObjectRecord }[] = [];
  const prefixes: string[] = [];
  if (limit === 0) return { contents, prefixes, owner };
  let after =
    delimiter !== '' && start.startsWith(prefix) && start.endsWith(delimiter) && start.length > prefix.length
      ? start + LAST
      : start;
  let last = '';
  for (;;) {
    const found: Document<ObjectRecord>[] = await s3.store.list<ObjectRecord>({
      ...S3_PLACE,
      kind: 's3-object',
      prefix: `${call.bucket}/${prefix}`,
      after: `${call.bucket}/${after}`,
      limit: limit - contents.length - prefixes.length + 1,
    });
    let skipTo: string | undefined;
    for (const { key: document, body: record } of found) {
      if (contents.length + prefixes.length === limit) return { contents, prefixes, next: last, owner };
      const key = document.id.slice(call.bucket.length + 1);
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (end !== -1) {
        last = key.slice(0, end + delimiter.length);
        prefixes.push(last);
        skipTo = last + LAST;
        break;
      }
      contents.push({ key, record });
      last = key;
      after = key;
    }
    if (skipTo !== undefined) after = skipTo;
    else return { contents, prefixes, owner };
  }
}

function maxKeys(query: URLSearchParams): number {
  const text = query.get('max-keys');
  if (text === null) return KEYS_MAX;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0)
    throw s3Error('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647', {
      ArgumentName: 'max-keys',
      ArgumentValue: text,
    });
  return Math.min(count, KEYS_MAX);
}

function encoder(query: URLSearchParams): (text: string) => string {
  const type = query.get('encoding-type');
  if (type === null) return (text) => text;
  if (type !== 'url')
    throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
      ArgumentValue: type,
    });
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function optional(text: string | null, encode: (text: string) => string): string | undefined {
  return text === null || text === '' ? undefined : encode(text);
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text === '')
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect', { ArgumentName: 'continuation-token' });
  return text;
}
