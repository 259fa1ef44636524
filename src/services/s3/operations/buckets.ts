import { RevisionConflict } from '../../../ports/metadata-store.ts';
import { readBody } from '../../../wire/read-body.ts';
import { checkBucketName } from '../address.ts';
import { type BucketRecord, bucketKey, S3_PLACE } from '../records.ts';
import { checkValues } from '../request-fidelity.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { parseXml, textOf, xmlDocument } from '../xml.ts';

const BODY_BYTES_MAX = 65_536;
const BUCKETS_MAX = 10_000;

/** Makes a bucket in the region of the request. */
export async function createBucket(s3: S3Context, call: S3Call): Promise<void> {
  checkBucketName(call.bucket);
  const body = await readBody(call.request, BODY_BYTES_MAX);
  const configuration = body.length === 0 ? {} : parseXml(body, 'CreateBucketConfiguration');
  checkValues(s3, call, 'CreateBucket', { CreateBucketConfiguration: configuration });
  const location = textOf(configuration, 'LocationConstraint');
  const { account } = call.context;
  const region = location && location !== '' ? location : call.context.region;
  const record: BucketRecord = { name: call.bucket, account, region, createdMs: s3.clock.now() };
  try {
    await s3.store.commit([{ put: bucketKey(call.bucket), body: record, expect: 'absent' }]);
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
    // In the first region making one's own bucket again is no error.
    if (region !== 'us-east-1') throw s3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: call.bucket });
  }
  answer(call, 200, { Location: `/${call.bucket}` });
}

/** Removes an empty bucket. */
export async function deleteBucket(s3: S3Context, call: S3Call): Promise<void> {
  const bucket = await getBucket(s3, call.bucket);
  for (const kind of ['s3-object', 's3-upload']) {
    const [first] = await s3.store.list({ ...S3_PLACE, kind, prefix: `${call.bucket}/`, limit: 1 });
    if (first) throw s3Error('BucketNotEmpty', undefined, { BucketName: call.bucket });
  }
  await s3.store.commit([{ remove: bucket.key }]);
  answer(call, 204);
}

/** Tells whether a bucket exists, and where. */
export async function headBucket(s3: S3Context, call: S3Call): Promise<void> {
  const { body } = await getBucket(s3, call.bucket);
  answer(call, 200, { 'x-amz-bucket-region': body.region });
}

/** The account's buckets. */
export async function listBuckets(s3: S3Context, call: S3Call): Promise<void> {
  const { query } = call;
  const region = query.get('bucket-region');
  const found = await s3.store.list<BucketRecord>({
    ...S3_PLACE,
    kind: 's3-bucket',
    prefix: query.get('prefix') ?? '',
    after: Buffer.from(query.get('continuation-token') ?? '', 'base64').toString(),
    limit: BUCKETS_MAX,
  });
  const own = found.filter(({ body }) => body.account === call.context.account && (region ?? body.region) === body.region);
  const page = own.slice(0, pageSize(query.get('max-buckets')));
  const last = page.length < own.length ? page.at(-1)?.body.name : undefined;
  const Bucket = page.map(({ body }) => ({ Name: body.name, CreationDate: new Date(body.createdMs), BucketRegion: body.region }));
  const rest = last === undefined ? {} : { ContinuationToken: Buffer.from(last).toString('base64') };
  const Owner = { ID: call.context.account };
  answer(call, 200, {}, xmlDocument('ListAllMyBucketsResult', { Owner, Buckets: { Bucket }, ...rest }));
}

function pageSize(text: string | null): number {
  const count = Number(text ?? BUCKETS_MAX);
  if (Number.isInteger(count) && count >= 1 && count <= BUCKETS_MAX) return count;
  throw s3Error('InvalidArgument', `Argument max-buckets must be an integer between 1 and ${BUCKETS_MAX}`, {
    ArgumentName: 'max-buckets',
    ArgumentValue: text ?? '',
  });
}

/** The region of a bucket; empty for the first one. */
export async function getBucketLocation(s3: S3Context, call: S3Call): Promise<void> {
  const { body } = await getBucket(s3, call.bucket);
  answer(call, 200, {}, xmlDocument('LocationConstraint', body.region === 'us-east-1' ? '' : body.region));
}

/** Versioning is never on here. */
export async function getBucketVersioning(s3: S3Context, call: S3Call): Promise<void> {
  await getBucket(s3, call.bucket);
  answer(call, 200, {}, xmlDocument('VersioningConfiguration', ''));
}
