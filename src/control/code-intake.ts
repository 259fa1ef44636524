import type { FunctionCode } from '@aws-sdk/client-lambda';
import { type CodeSource, takePackage } from '../code/package-intake.ts';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import { UNZIPPED_CODE_BYTES_MAX } from '../model/limits.ts';
import { type FoundImage, type ImageFault, type ImageRegistry, ImageUnusable } from '../ports/image-registry.ts';
import { type ControlContext, NO_IMAGES } from './control-context.ts';
import type { CodeOrigin } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** Code that was taken in, ready to become part of a version. */
export interface TakenCode {
  /** Empty for images. */
  readonly codeBlobId: string;
  readonly CodeSize: number;
  readonly CodeSha256: string;
  readonly unzippedBytes: number;
  readonly origin?: CodeOrigin;
}

/**
 * Takes in the code of a function: a zip, or an image by its name. Throws InvalidParameterValueException and its like in
 * Lambda's words. Whether the account has room for it is for {@link checkCodeStorage} to say.
 */
export async function takeCode(control: ControlContext, source: FunctionCode, locality: Locality): Promise<TakenCode> {
  if (source.ImageUri !== undefined) return takeImage(control, source);
  const taken = await takePackage(control.packages, source as CodeSource, locality);
  return {
    codeBlobId: taken.blobId,
    CodeSize: taken.sizeBytes,
    CodeSha256: taken.codeSha256,
    unzippedBytes: taken.unzippedBytes,
    ...(source.SourceKMSKeyArn ? { origin: { sourceKmsKeyArn: source.SourceKMSKeyArn } } : {}),
  };
}

/** Bytes of code that an account stores in a region: every version of every function, and every layer version. */
export async function storedCodeBytes(control: ControlContext, locality: Locality): Promise<number> {
  const { account, region } = locality;
  const [functions, layers] = await Promise.all([
    control.store.totals({ account, region, kind: 'function-version' }),
    control.store.totals({ account, region, kind: 'layer-version' }),
  ]);
  return functions.weight + layers.weight;
}

/** Throws CodeStorageExceededException when the account can't store this much more. */
export async function checkCodeStorage(control: ControlContext, locality: Locality, moreBytes: number): Promise<void> {
  if (moreBytes > 0 && (await storedCodeBytes(control, locality)) + moreBytes > control.limits.codeStorageBytes)
    throw lambdaError('CodeStorageExceededException', 'Code storage limit exceeded.');
}

/** Throws InvalidParameterValueException when code and layers together are too large unpacked. */
export function checkUnzipped(codeBytes: number, layersBytes: readonly number[]): void {
  const totalBytes = layersBytes.reduce((sum, bytes) => sum + bytes, codeBytes);
  if (layersBytes.length === 0 || totalBytes <= UNZIPPED_CODE_BYTES_MAX) return;
  throw invalid(
    `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_CODE_BYTES_MAX} bytes. The actual size is ${totalBytes} bytes.`,
  );
}

async function takeImage(control: ControlContext, source: FunctionCode): Promise<TakenCode> {
  const uri = source.ImageUri ?? '';
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = source;
  if ([ZipFile, S3Bucket, S3Key, S3ObjectVersion].some((other) => other !== undefined))
    throw invalid('Please do not provide other FunctionCode parameters when providing an ImageUri.');
  if (!control.images) throw invalid(`lambkin can not run functions of container images (ImageUri) here: ${NO_IMAGES}.`);
  const { digest, resolvedUri } = await resolveImage(control, control.images, uri);
  return {
    codeBlobId: '',
    CodeSize: 0,
    CodeSha256: digest.replace(/^sha256:/, ''),
    unzippedBytes: 0,
    origin: { imageUri: uri, resolvedImageUri: resolvedUri },
  };
}

async function resolveImage(control: ControlContext, images: ImageRegistry, uri: string): Promise<FoundImage> {
  try {
    return await images.resolve(uri);
  } catch (error) {
    control.logger.warn({ imageUri: uri, error: String(error) }, 'an image could not be found');
    if (error instanceof ImageUnusable) throw refusalOf(error.reason, uri);
    // Nothing that Lambda would say: for it, the registry is always there.
    throw invalid(`lambkin could not ask the registry of the source image ${uri}: ${(error as Error).message}.`);
  }
}

/** Source: messages of Lambda as they are reported for functions of images. */
function refusalOf(reason: ImageFault, uri: string): Error {
  switch (reason) {
    case 'missing':
      return invalid(`Source image ${uri} does not exist. Provide a valid source image.`);
    case 'unsupported':
      return invalid(`The image manifest, config or layer media type for the source image ${uri} is not supported.`);
    case 'denied':
      return invalid('Lambda does not have permission to access the ECR image. Check the ECR permissions.');
    case 'invalid':
      return invalid(`Source image ${uri} is not valid. Provide a valid source image.`);
  }
}
