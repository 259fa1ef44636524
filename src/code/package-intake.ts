import { buffer } from 'node:stream/consumers';
import { lambdaError } from '../model/lambda-errors.ts';
import { UNZIPPED_CODE_BYTES_MAX, ZIPPED_CODE_BYTES_MAX } from '../model/limits.ts';
import type { BlobId, BlobStore } from '../ports/blob-store.ts';
import { type ObjectReader, ObjectUnreadable } from '../ports/object-reader.ts';
import type { ServiceError } from '../model/service-error.ts';
import { ArchiveRefused } from './archive.ts';
import type { CodeCache } from './code-cache.ts';

/** Where a request says its package is: exactly one of the two. */
export interface CodeSource {
  readonly ZipFile?: Buffer;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
}

/** A package that was taken in: stored, checked and unpacked. */
export interface TakenPackage {
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  /** SHA-256 of the zip as Lambda tells it: Base64. */
  readonly codeSha256: string;
  /** What its files take once unpacked. */
  readonly unzippedBytes: number;
}

/** What differs between packages of functions and of layers; limits don't. */
export interface IntakeTexts {
  /** The request names no package. */
  readonly noSource: string;
  /** It names two. */
  readonly twoSources: string;
}

const FUNCTION_TEXTS: IntakeTexts = {
  noSource: 'Please provide a source for function code.',
  twoSources: 'Please do not provide other FunctionCode parameters when providing a ZipFile.',
};

/** What taking in needs. */
export interface IntakeDependencies {
  readonly blobs: BlobStore;
  readonly cache: CodeCache;
  readonly objects: ObjectReader;
}

/**
 * Takes in the package of a function, or of a layer with `texts` of its own: checks and unpacks it, and stores it
 * durably. Throws what Lambda answers to a package it can't use; then nothing is kept.
 */
export async function takePackage(
  dependencies: IntakeDependencies,
  source: CodeSource,
  locality: { readonly account: string; readonly region: string },
  texts: IntakeTexts = FUNCTION_TEXTS,
): Promise<TakenPackage> {
  const zip = await readSource(dependencies.objects, source, locality, texts);
  if (zip.length === 0) throw unusable('Uploaded file must be a non-empty zip');
  const { id, sizeBytes } = await dependencies.blobs.write(zip);
  try {
    const unzippedBytes = await dependencies.cache.add(id, zip);
    return { blobId: id, sizeBytes, codeSha256: Buffer.from(id, 'hex').toString('base64'), unzippedBytes };
  } catch (error) {
    if (!(error instanceof ArchiveRefused)) throw error;
    await dependencies.blobs.remove(id);
    throw refusalOf(error);
  }
}

async function readSource(
  objects: ObjectReader,
  source: CodeSource,
  locality: { readonly account: string; readonly region: string },
  texts: IntakeTexts,
): Promise<Buffer> {
  if (source.ZipFile !== undefined) {
    const isTwo = source.S3Bucket !== undefined || source.S3Key !== undefined || source.S3ObjectVersion !== undefined;
    if (isTwo) throw unusable(texts.twoSources);
    if (source.ZipFile.length > ZIPPED_CODE_BYTES_MAX) {
      throw lambdaError('RequestEntityTooLargeException', `Zipped size must be smaller than ${ZIPPED_CODE_BYTES_MAX} bytes`);
    }
    return source.ZipFile;
  }
  if (source.S3Bucket === undefined || source.S3Key === undefined) throw unusable(texts.noSource);
  try {
    const { body, sizeBytes } = await objects.read({
      ...locality,
      bucket: source.S3Bucket,
      key: source.S3Key,
      ...(source.S3ObjectVersion === undefined ? {} : { versionId: source.S3ObjectVersion }),
    });
    // A package can't be larger zipped than it may be unpacked.
    if (sizeBytes >= UNZIPPED_CODE_BYTES_MAX) {
      body.destroy();
      throw tooLarge();
    }
    return await buffer(body);
  } catch (error) {
    if (!(error instanceof ObjectUnreadable)) throw error;
    throw unusable(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`);
  }
}

function refusalOf(error: ArchiveRefused): ServiceError {
  switch (error.reason) {
    case 'too-large':
      return tooLarge();
    case 'empty':
      return unusable('Uploaded file must be a non-empty zip');
    case 'not-a-zip':
      return unusable('Could not unzip uploaded file. Please check your file, then try to upload again.');
  }
}

function tooLarge(): ServiceError {
  return unusable(`Unzipped size must be smaller than ${UNZIPPED_CODE_BYTES_MAX} bytes`);
}

function unusable(message: string): ServiceError {
  return lambdaError('InvalidParameterValueException', message);
}
