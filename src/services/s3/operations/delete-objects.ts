import { ServiceError } from '../../../model/service-error.ts';
import { BodyTooLarge, readBody } from '../../../wire/read-body.ts';
import { removeObject } from '../object-commit.ts';
import { checkValues } from '../request-fidelity.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { childrenOf, parseXml, textOf, xmlDocument } from '../xml.ts';

const BODY_BYTES_MAX = 2_097_152;
const KEYS_MAX = 1_000;

/** Removes up to a thousand objects; each is told by itself, unless the request is quiet and it went well. */
export async function deleteObjects(s3: S3Context, call: S3Call): Promise<void> {
  await getBucket(s3, call.bucket);
  const body = await readXmlBody(call, BODY_BYTES_MAX);
  const document = parseXml(body, 'Delete');
  checkValues(s3, call, 'DeleteObjects', { Delete: { Objects: childrenOf(document, 'Object') } });
  const keys = childrenOf(document, 'Object').map((object) => textOf(object, 'Key') ?? '');
  if (keys.length === 0 || keys.length > KEYS_MAX || keys.includes('')) throw s3Error('MalformedXML');
  const isQuiet = textOf(document, 'Quiet') === 'true';
  const Deleted: { Key: string }[] = [];
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const key of keys) {
    try {
      await removeObject(s3, { ...call, key });
      Deleted.push({ Key: key });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      errors.push({ Key: key, Code: error.code, Message: error.message });
    }
  }
  answer(call, 200, {}, xmlDocument('DeleteResult', { ...(isQuiet ? {} : { Deleted }), Error: errors }));
}

/** Reads a document within its bound; throws MalformedXML when it is longer. */
export async function readXmlBody(call: S3Call, bytesMax: number): Promise<Buffer> {
  return readBody(call.request, bytesMax).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? s3Error('MalformedXML') : error;
  });
}
