import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';

const s3 = new S3Client({});
const TARGET_BUCKET = process.env.TARGET_BUCKET;
const THUMBNAIL_PIXELS_MAX = Number(process.env.THUMBNAIL_PIXELS_MAX ?? 200);

/**
 * Makes a thumbnail of each image that was put into a bucket and writes it to another, under the same key.
 * An image that can't be read is an error: Lambda tries the event again and then gives it up.
 */
export async function handler(event) {
  const made = [];
  for (const record of event.Records) {
    const bucket = record.s3.bucket.name;
    // Keys arrive form-encoded in notifications.
    const key = decodeURIComponent(record.s3.object.key.replaceAll('+', ' '));
    made.push(await makeThumbnail(bucket, key));
  }
  return made;
}

async function makeThumbnail(bucket, key) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const thumbnail = await sharp(await Body.transformToByteArray())
    .rotate()
    .resize({ width: THUMBNAIL_PIXELS_MAX, height: THUMBNAIL_PIXELS_MAX, fit: 'inside', withoutEnlargement: true })
    .toBuffer({ resolveWithObject: true });
  await s3.send(
    new PutObjectCommand({
      Bucket: TARGET_BUCKET,
      Key: key,
      Body: thumbnail.data,
      ContentType: `image/${thumbnail.info.format}`,
    }),
  );
  const { width, height } = thumbnail.info;
  console.log(`thumbnail of ${bucket}/${key}: ${width} x ${height}`);
  return { key, width, height };
}
