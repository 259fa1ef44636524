import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { takeBody } from '../body-intake.ts';
import { checkReadConditions, checkWriteConditions } from '../conditions.ts';
import { commitObject, removeObject } from '../object-commit.ts';
import { readObjectHeaders, writeObjectHeaders } from '../object-headers.ts';
import { type ObjectRecord, objectKey } from '../records.ts';
import { answer, getBucket, getObjectRecord, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { xmlDocument } from '../xml.ts';

/** Stores an object; it and its notifications are durable before the answer. */
export async function putObject(s3: S3Context, call: S3Call): Promise<void> {
  await getBucket(s3, call.bucket);
  const headers = readObjectHeaders(call.request);
  const record = await s3.references.writing(async (write) => {
    // Refused before a long body is read, and looked at again when it is stored.
    checkWriteConditions(call.request, (await s3.store.get<ObjectRecord>(objectKey(call.bucket, call.key)))?.body);
    const taken = await takeBody(call.request, write);
    const made: ObjectRecord = {
      ...headers,
      blobs: [taken.blob],
      sizeBytes: taken.blob.sizeBytes,
      etag: taken.md5,
      modifiedMs: s3.clock.now(),
      checksums: taken.checksums,
    };
    await commitObject(s3, call, made, 'ObjectCreated:Put');
    return made;
  });
  answer(call, 200, { ETag: `"${record.etag}"`, ...record.checksums });
}

/** Sends an object, or a range of it. */
export async function getObject(s3: S3Context, call: S3Call): Promise<void> {
  const { body: record } = await getObjectRecord(s3, call.bucket, call.key);
  checkReadConditions(call.request, record);
  const range = rangeOf(call.request.headers.range, record.sizeBytes);
  const headers = writeObjectHeaders(record, call.query, call.request.headers['x-amz-checksum-mode'] === 'ENABLED' && !range);
  const { start, end } = range ?? { start: 0, end: record.sizeBytes - 1 };
  // Opened before the status is sent, so that a missing file is an error and not a cut answer.
  const source = call.request.method === 'HEAD' ? undefined : await openBytes(s3, record, start, end);
  call.response.writeHead(range ? 206 : 200, {
    'x-amz-request-id': call.requestId,
    'x-amz-id-2': call.hostId,
    ...headers,
    'Content-Length': end - start + 1,
    ...(range ? { 'Content-Range': `bytes ${start}-${end}/${record.sizeBytes}` } : {}),
  });
  if (!source) call.response.end();
  // A client that goes away is no fault of anybody's.
  else await pipeline(source, call.response).catch(() => call.response.destroy());
}

/** Removes an object; one that is not there is removed already. */
export async function deleteObject(s3: S3Context, call: S3Call): Promise<void> {
  await removeObject(s3, call);
  answer(call, 204);
}

/** Copies an object without moving its bytes. */
export async function copyObject(s3: S3Context, call: S3Call): Promise<void> {
  const source = copySource(call);
  const directive = call.request.headers['x-amz-metadata-directive'] ?? 'COPY';
  if (source.bucket === call.bucket && source.key === call.key && directive !== 'REPLACE') {
    throw s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const record = await s3.references.writing(async () => {
    const { body: from } = await getObjectRecord(s3, source.bucket, source.key);
    checkReadConditions(call.request, from, 'x-amz-copy-source-');
    const made: ObjectRecord = {
      ...from,
      ...(directive === 'REPLACE' ? readObjectHeaders(call.request) : {}),
      modifiedMs: s3.clock.now(),
    };
    await commitObject(s3, call, made, 'ObjectCreated:Copy');
    return made;
  });
  answer(call, 200, {}, xmlDocument('CopyObjectResult', { LastModified: new Date(record.modifiedMs), ETag: `"${record.etag}"` }));
}

/** Bucket and key that a copy reads. */
export function copySource(call: S3Call): { bucket: string; key: string } {
  const text = String(call.request.headers['x-amz-copy-source'] ?? '');
  const [path = '', version] = text.replace(/^\//, '').split('?', 2);
  if (version !== undefined) throw s3Error('NotImplemented', 'lambkin does not implement versions of copy sources yet.');
  try {
    const decoded = decodeURIComponent(path);
    const slash = decoded.indexOf('/');
    if (slash < 1 || slash === decoded.length - 1) throw new Error('no key');
    return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
  } catch {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: text,
    });
  }
}

/** The bytes `start` to `end`, both inclusive, from as many blobs as they are in. */
export async function openBytes(s3: S3Context, record: ObjectRecord, start: number, end: number): Promise<Readable> {
  const pieces: { id: string; start: number; end: number }[] = [];
  let offset = 0;
  for (const { id, sizeBytes } of record.blobs) {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + sizeBytes - 1);
    if (from <= to) pieces.push({ id, start: from - offset, end: to - offset });
    offset += sizeBytes;
  }
  const [first, ...rest] = pieces;
  if (!first) return Readable.from([]);
  const opened = await s3.blobs.read(first.id, first);
  if (rest.length === 0) return opened;
  return Readable.from(
    (async function* () {
      yield* opened;
      for (const piece of rest) yield* await s3.blobs.read(piece.id, piece);
    })(),
    { objectMode: false },
  );
}

/** The range that a header asks for; undefined for none, or for a form that is to be ignored. Source: RFC 9110, section 14. */
export function rangeOf(header: string | undefined, sizeBytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (start > end || start >= sizeBytes)
    throw s3Error('InvalidRange', undefined, { RangeRequested: header ?? '', ActualObjectSize: String(sizeBytes) });
  return { start, end };
}
