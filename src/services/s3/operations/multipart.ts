import { createHash } from 'node:crypto';
import { takeBody } from '../body-intake.ts';
import { commitObject } from '../object-commit.ts';
import { checkReadConditions } from '../conditions.ts';
import { readObjectHeaders } from '../object-headers.ts';
import { type ObjectRecord, type PartRecord, partKey, S3_PLACE, type UploadRecord, uploadKey } from '../records.ts';
import { checkValues } from '../request-fidelity.ts';
import { answer, getBucket, getObjectRecord, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { childrenOf, parseXml, textOf, xmlDocument } from '../xml.ts';
import { readXmlBody } from './delete-objects.ts';
import { copySource, openBytes, rangeOf } from './objects.ts';

const PARTS_MAX = 10_000;
const PART_BYTES_MIN = 5_242_880;
const BODY_BYTES_MAX = 2_097_152;
const PAGE_MAX = 1_000;

/** Begins an upload in parts. */
export async function createMultipartUpload(s3: S3Context, call: S3Call): Promise<void> {
  await getBucket(s3, call.bucket);
  const UploadId = s3.ids.hex(24);
  const record: UploadRecord = { ...readObjectHeaders(call.request), key: call.key, startedMs: s3.clock.now() };
  await s3.store.commit([{ put: uploadKey(call.bucket, UploadId), body: record, expect: 'absent' }]);
  answer(call, 200, {}, xmlDocument('InitiateMultipartUploadResult', { Bucket: call.bucket, Key: call.key, UploadId }));
}

/** Stores a part; the same number again replaces it. */
export async function uploadPart(s3: S3Context, call: S3Call): Promise<void> {
  const { uploadId, number } = await partOf(s3, call);
  const { part, checksums } = await s3.references.writing(async (write) => {
    const taken = await takeBody(call.request, write);
    const made: PartRecord = { blob: taken.blob, etag: taken.md5, modifiedMs: s3.clock.now() };
    await putPart(s3, call, uploadId, number, made);
    return { part: made, checksums: taken.checksums };
  });
  answer(call, 200, { ETag: `"${part.etag}"`, ...checksums });
}

/** Stores a part from an object that is there already. */
export async function uploadPartCopy(s3: S3Context, call: S3Call): Promise<void> {
  const { uploadId, number } = await partOf(s3, call);
  const source = copySource(call);
  const { body: record } = await getObjectRecord(s3, source.bucket, source.key);
  checkReadConditions(call.request, record, 'x-amz-copy-source-');
  const range = rangeOf(call.request.headers['x-amz-copy-source-range'] as string | undefined, record.sizeBytes) ?? {
    start: 0,
    end: record.sizeBytes - 1,
  };
  const part = await s3.references.writing(async (write) => {
    const bytes = await openBytes(s3, record, range.start, range.end);
    const md5 = createHash('md5');
    bytes.on('data', (chunk: Buffer) => void md5.update(chunk));
    bytes.pause();
    const blob = await write(bytes);
    const made: PartRecord = { blob, etag: md5.digest('hex'), modifiedMs: s3.clock.now() };
    await putPart(s3, call, uploadId, number, made);
    return made;
  });
  answer(call, 200, {}, xmlDocument('CopyPartResult', { LastModified: new Date(part.modifiedMs), ETag: `"${part.etag}"` }));
}

async function putPart(s3: S3Context, call: S3Call, uploadId: string, number: number, part: PartRecord): Promise<void> {
  const key = partKey(call.bucket, uploadId, number);
  const before = await s3.store.get<PartRecord>(key);
  const lost = before ? [before.body.blob.id] : [];
  await s3.store.commit([{ put: key, body: part }, ...s3.references.changes(key, [part.blob.id], lost)]);
  // An upload that was aborted meanwhile must not keep a part that nobody would ever remove.
  await getUpload(s3, call, uploadId).catch(async (error: unknown) => {
    await s3.store.commit([{ remove: key }, ...s3.references.changes(key, [], [part.blob.id])]);
    throw error;
  });
  s3.references.release(lost);
}

/** Joins the parts into the object. */
export async function completeMultipartUpload(s3: S3Context, call: S3Call): Promise<void> {
  const uploadId = call.query.get('uploadId') ?? '';
  const document = parseXml(await readXmlBody(call, BODY_BYTES_MAX), 'CompleteMultipartUpload');
  const upload = await getUpload(s3, call, uploadId);
  checkValues(s3, call, 'CompleteMultipartUpload', { MultipartUpload: { Parts: childrenOf(document, 'Part') } });
  const parts = await chosenParts(
    s3,
    call,
    uploadId,
    childrenOf(document, 'Part').map((part) => ({
      number: Number(textOf(part, 'PartNumber')),
      etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
    })),
  );
  const { key: _key, startedMs: _started, ...headers } = upload.body;
  const digest = createHash('md5');
  for (const part of parts) digest.update(Buffer.from(part.etag, 'hex'));
  const record: ObjectRecord = {
    ...headers,
    blobs: parts.map((part) => part.blob),
    sizeBytes: parts.reduce((sum, part) => sum + part.blob.sizeBytes, 0),
    etag: `${digest.digest('hex')}-${parts.length}`,
    modifiedMs: s3.clock.now(),
    checksums: {},
  };
  const expected = call.request.headers['x-amz-mp-object-size'];
  if (expected !== undefined && Number(expected) !== record.sizeBytes)
    throw s3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the size of the parts.');
  await s3.references.writing(() => commitObject(s3, call, record, 'ObjectCreated:CompleteMultipartUpload'));
  await forgetUpload(s3, call, uploadId);
  answer(
    call,
    200,
    {},
    xmlDocument('CompleteMultipartUploadResult', {
      Location: `${call.context.origin}/${call.bucket}/${call.key}`,
      Bucket: call.bucket,
      Key: call.key,
      ETag: `"${record.etag}"`,
    }),
  );
}

async function chosenParts(
  s3: S3Context,
  call: S3Call,
  uploadId: string,
  wanted: readonly { number: number; etag: string }[],
): Promise<PartRecord[]> {
  if (wanted.length === 0 || wanted.length > PARTS_MAX) throw s3Error('MalformedXML');
  const isOrdered = wanted.every(({ number }, index) => index === 0 || number > (wanted[index - 1]?.number ?? 0));
  if (!isOrdered) throw s3Error('InvalidPartOrder');
  const parts: PartRecord[] = [];
  for (const [index, { number, etag }] of wanted.entries()) {
    const part = await s3.store.get<PartRecord>(partKey(call.bucket, uploadId, number));
    if (!part || part.body.etag !== etag)
      throw s3Error('InvalidPart', undefined, { UploadId: uploadId, PartNumber: String(number), ETag: etag });
    if (index < wanted.length - 1 && part.body.blob.sizeBytes < PART_BYTES_MIN)
      throw s3Error('EntityTooSmall', undefined, {
        ProposedSize: String(part.body.blob.sizeBytes),
        MinSizeAllowed: String(PART_BYTES_MIN),
        PartNumber: String(number),
        ETag: etag,
      });
    parts.push(part.body);
  }
  return parts;
}

/** Gives an upload up, with its parts. */
export async function abortMultipartUpload(s3: S3Context, call: S3Call): Promise<void> {
  const uploadId = call.query.get('uploadId') ?? '';
  await getUpload(s3, call, uploadId);
  await forgetUpload(s3, call, uploadId);
  answer(call, 204);
}

async function forgetUpload(s3: S3Context, call: S3Call, uploadId: string): Promise<void> {
  const parts = await s3.store.list<PartRecord>({
    ...S3_PLACE,
    kind: 's3-part',
    prefix: `${call.bucket}/${uploadId}/`,
    limit: PARTS_MAX,
  });
  const changes = parts.flatMap(({ key, body }) => [{ remove: key }, ...s3.references.changes(key, [], [body.blob.id])]);
  await s3.store.commit([{ remove: uploadKey(call.bucket, uploadId) }, ...changes]);
  s3.references.release(parts.map(({ body }) => body.blob.id));
}

/** The parts of an upload so far. */
export async function listParts(s3: S3Context, call: S3Call): Promise<void> {
  const uploadId = call.query.get('uploadId') ?? '';
  await getUpload(s3, call, uploadId);
  const marker = Number(call.query.get('part-number-marker') ?? 0);
  const limit = Math.min(Number(call.query.get('max-parts') ?? PAGE_MAX), PAGE_MAX);
  const found = await s3.store.list<PartRecord>({
    ...S3_PLACE,
    kind: 's3-part',
    prefix: `${call.bucket}/${uploadId}/`,
    after: partKey(call.bucket, uploadId, marker).id,
    limit: limit + 1,
  });
  const Part = found.slice(0, limit).map(({ key, body }) => ({
    PartNumber: Number(key.id.slice(-5)),
    LastModified: new Date(body.modifiedMs),
    ETag: `"${body.etag}"`,
    Size: body.blob.sizeBytes,
  }));
  const IsTruncated = found.length > limit;
  answer(
    call,
    200,
    {},
    xmlDocument('ListPartsResult', {
      Bucket: call.bucket,
      Key: call.key,
      UploadId: uploadId,
      PartNumberMarker: marker,
      NextPartNumberMarker: Part.at(-1)?.PartNumber ?? 0,
      MaxParts: limit,
      IsTruncated,
      Part,
    }),
  );
}

async function partOf(s3: S3Context, call: S3Call): Promise<{ uploadId: string; number: number }> {
  const uploadId = call.query.get('uploadId') ?? '';
  const number = Number(call.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > PARTS_MAX) {
    throw s3Error('InvalidArgument', `Part number must be an integer between 1 and ${PARTS_MAX}, inclusive`, {
      ArgumentName: 'partNumber',
      ArgumentValue: String(call.query.get('partNumber')),
    });
  }
  await getUpload(s3, call, uploadId);
  return { uploadId, number };
}

async function getUpload(s3: S3Context, call: S3Call, uploadId: string) {
  const upload = await s3.store.get<UploadRecord>(uploadKey(call.bucket, uploadId));
  if (!upload || upload.body.key !== call.key) throw s3Error('NoSuchUpload', undefined, { UploadId: uploadId });
  return upload;
}
