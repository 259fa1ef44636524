import { S3_PLACE, type UploadRecord } from '../records.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { xmlDocument } from '../xml.ts';

const PAGE_MAX = 1_000;

interface Upload {
  readonly key: string;
  readonly id: string;
  readonly startedMs: number;
}

/** The uploads of a bucket that are neither joined nor given up, by key and then by their beginning. */
export async function listMultipartUploads(s3: S3Context, call: S3Call): Promise<void> {
  await getBucket(s3, call.bucket);
  const { query } = call;
  const [prefix, keyMarker, idMarker] = ['prefix', 'key-marker', 'upload-id-marker'].map((name) => query.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  const limit = pageSize(query.get('max-uploads'));
  const uploads = (await allUploads(s3, call.bucket)).filter(({ key }) => key.startsWith(prefix)).toSorted(inOrder);
  // The id alone says nothing, as on AWS.
  const marked = uploads.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const after = idMarker !== '' && marked !== -1 ? uploads.slice(marked + 1) : uploads.filter(({ key }) => key > keyMarker);
  const page = after.slice(0, limit);
  const last = after.length > limit ? page.at(-1) : undefined;
  answer(
    call,
    200,
    {},
    xmlDocument('ListMultipartUploadsResult', {
      Bucket: call.bucket,
      KeyMarker: keyMarker,
      UploadIdMarker: idMarker,
      NextKeyMarker: last?.key,
      NextUploadIdMarker: last?.id,
      Prefix: prefix,
      MaxUploads: limit,
      IsTruncated: last !== undefined,
      Upload: page.map(({ key, id, startedMs }) => ({
        Key: key,
        UploadId: id,
        Initiated: new Date(startedMs),
        StorageClass: 'STANDARD',
      })),
    }),
  );
}

async function allUploads({ store }: S3Context, bucket: string): Promise<Upload[]> {
  const uploads: Upload[] = [];
  for (let after = `${bucket}/`; ;) {
    const found = await store.list<UploadRecord>({
      ...S3_PLACE,
      kind: 's3-upload',
      prefix: `${bucket}/`,
      after,
      limit: PAGE_MAX,
    });
    for (const { key, body } of found)
      uploads.push({ key: body.key, id: key.id.slice(bucket.length + 1), startedMs: body.startedMs });
    const last = found.at(-1);
    if (found.length < PAGE_MAX || !last) return uploads;
    after = last.key.id;
  }
}

function inOrder(a: Upload, b: Upload): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.startedMs - b.startedMs || (a.id < b.id ? -1 : 1);
}

function pageSize(text: string | null): number {
  const count = Number(text ?? PAGE_MAX);
  if (!Number.isInteger(count) || count < 0)
    throw s3Error('InvalidArgument', 'Argument max-uploads must be an integer between 0 and 2147483647', {
      ArgumentName: 'max-uploads',
      ArgumentValue: text ?? '',
    });
  return Math.min(count, PAGE_MAX);
}
