import type { Architecture, Layer, Runtime } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { DocumentKey } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf, type PolicyDocument } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** What all versions of a layer share. */
export interface LayerDocument {
  readonly LayerName: string;
  /** Number of the next version; never goes back, also when versions are deleted. */
  readonly nextVersion: number;
}

/** One version of a layer. */
export interface LayerVersionDocument {
  readonly LayerName: string;
  readonly Version: number;
  readonly Description: string;
  readonly CreatedDate: string;
  readonly CompatibleRuntimes?: readonly Runtime[];
  readonly CompatibleArchitectures?: readonly Architecture[];
  readonly LicenseInfo?: string;
  readonly codeBlobId: string;
  readonly codeSizeBytes: number;
  readonly codeSha256: string;
  readonly unzippedBytes: number;
}

/** Who may have a layer version. */
export interface LayerPolicyDocument extends PolicyDocument {
  /** New with each change. */
  readonly revisionId: string;
}

/** The layers of a function, looked up. */
export interface ResolvedLayers {
  /** As the function's configuration answers them. */
  readonly Layers: readonly Layer[];
  readonly layerBlobIds: readonly string[];
  readonly layerUnzippedBytes: readonly number[];
}

const LAYERS_MAX = 5;
/** Larger than any version number, so that the newest version has the smallest id. */
const VERSION_CEILING = 999_999_999_999;

/** ARN of a layer, or of one version of it. */
export function layerArn(locality: Locality, layerName: string, version?: number): string {
  const arn = `arn:aws:lambda:${locality.region}:${locality.account}:layer:${layerName}`;
  return version === undefined ? arn : `${arn}:${version}`;
}

/** Key of what a layer's versions share. */
export function layerKey(locality: Locality, layerName: string): DocumentKey {
  return keyOf(locality, 'layer', layerName);
}

/** Key of a layer version; the newest comes first in the order of the keys. */
export function layerVersionKey(locality: Locality, layerName: string, version: number): DocumentKey {
  return keyOf(locality, 'layer-version', `${layerName}/${String(VERSION_CEILING - version).padStart(12, '0')}`);
}

/** Key of a layer version's policy. */
export function layerPolicyKey(locality: Locality, layerName: string, version: number): DocumentKey {
  return keyOf(locality, 'layer-policy', `${layerName}/${version}`);
}

/**
 * Looks up the layers that a function asks for, by the ARNs of their versions. Throws InvalidParameterValueException for
 * too many, two versions of one layer, other regions and what does not exist, and AccessDeniedException for a layer of
 * another account whose policy does not let this one have it.
 */
export async function resolveLayers(
  control: ControlContext,
  locality: Locality,
  arns: readonly string[],
): Promise<ResolvedLayers> {
  if (arns.length > LAYERS_MAX) throw invalid(`Cannot reference more than ${LAYERS_MAX} layers.`);
  const byLayer = new Map<string, string>();
  for (const arn of arns) {
    const layer = arn.slice(0, arn.lastIndexOf(':'));
    const other = byLayer.get(layer);
    if (other !== undefined) {
      throw invalid(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    byLayer.set(layer, arn);
  }
  const found: LayerVersionDocument[] = [];
  for (const arn of arns) found.push(await findLayerVersion(control, locality, arn));
  return {
    Layers: arns.map((Arn, index) => ({ Arn, CodeSize: found[index]?.codeSizeBytes ?? 0 })),
    layerBlobIds: found.map(({ codeBlobId }) => codeBlobId),
    layerUnzippedBytes: found.map(({ unzippedBytes }) => unzippedBytes),
  };
}

async function findLayerVersion(control: ControlContext, locality: Locality, arn: string): Promise<LayerVersionDocument> {
  refuseAwsLayer(arn);
  const [, , , region = '', account = '', , layerName = '', version = ''] = arn.split(':');
  if (region !== locality.region) {
    throw invalid(`Layers are not in the same region as the function. Layers are expected to be in region ${locality.region}.`);
  }
  const owner = { account, region };
  const found = await control.store.get<LayerVersionDocument>(layerVersionKey(owner, layerName, Number(version)));
  const isAllowed =
    account === locality.account || (await isShared(control, owner, layerName, Number(version), locality.account));
  if (!isAllowed) throw layerDenied(locality, 'GetLayerVersion', arn);
  // A number with zeros before it names nothing.
  if (!found || String(found.body.Version) !== version) throw invalid(`Layer version ${arn} does not exist.`);
  return found.body;
}

/** Throws InvalidParameterValueException for the layers that AWS itself provides. */
export function refuseAwsLayer(arn: string): void {
  if (arn.includes(':awslayer:')) throw invalid(`lambkin does not provide the layers of AWS itself: ${arn}`);
}

/** The error for a layer of another account that this one may not have; whether it exists is not told. */
export function layerDenied(locality: Locality, action: string, arn: string): Error {
  return lambdaError(
    'AccessDeniedException',
    `User: arn:aws:iam::${locality.account}:root is not authorized to perform: lambda:${action} on resource: ${arn} ` +
      `because no resource-based policy allows the lambda:${action} action`,
  );
}

/** Whether a layer version's policy gives it to an account. Organizations are not known here, so a condition on one holds for nobody. */
export async function isShared(
  control: ControlContext,
  owner: Locality,
  layerName: string,
  version: number,
  account: string,
): Promise<boolean> {
  const policy = await control.store.get<LayerPolicyDocument>(layerPolicyKey(owner, layerName, version));
  return (policy?.body.statements ?? []).some(
    ({ Principal, Condition }) =>
      Condition === undefined &&
      (Principal === '*' || (typeof Principal === 'object' && Principal['AWS'] === `arn:aws:iam::${account}:root`)),
  );
}
