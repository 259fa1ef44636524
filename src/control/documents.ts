import type { AliasConfiguration, DestinationConfig, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { Change, DocumentKey, Expectation } from '../ports/metadata-store.ts';

/** What all versions of a function share. */
export interface FunctionDocument {
  readonly FunctionName: string;
  /** Number of the next published version; never goes back while the function lives. */
  readonly nextVersion: number;
  readonly reservedConcurrency?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly codeSigningConfigArn?: string;
  /** Undefined is `Terminate`, the default. */
  readonly recursiveLoop?: 'Allow' | 'Terminate';
}

/** Where a version's code came from, as far as answers tell it. */
export interface CodeOrigin {
  readonly sourceKmsKeyArn?: string;
  /** In `REFERENCE` mode: the object that the function was made from. */
  readonly object?: { readonly S3Bucket: string; readonly S3Key: string; readonly S3ObjectVersion?: string };
  readonly imageUri?: string;
  /** Repository and digest. */
  readonly resolvedImageUri?: string;
}

/** One version, `$LATEST` included. */
export interface VersionDocument {
  /** The members of the API as they are answered, in AWS's names; the ARN is unqualified. */
  readonly configuration: FunctionConfiguration;
  /** The stored package; empty for images. */
  readonly codeBlobId: string;
  /** Size of the package unpacked. */
  readonly unzippedBytes?: number;
  /** Stored packages of the layers, in order. */
  readonly layerBlobIds?: readonly string[];
  /** Sizes of the layers unpacked, in order. */
  readonly layerUnzippedBytes?: readonly number[];
  readonly origin?: CodeOrigin;
  /** What invokes run now; during an update still the configuration before it, and nothing before the first is ready. */
  readonly active?: ExecutableVersion;
  /** Of a published version: the description that `$LATEST` had. */
  readonly sourceDescription?: string;
}

/** An alias, in AWS's names. */
export type AliasDocument = AliasConfiguration;

/** One statement of a resource policy, with its keys in AWS's order. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;
}

/** The resource policy of a function, a version or an alias. */
export interface PolicyDocument {
  readonly statements: readonly PolicyStatement[];
  /** Of a policy that was put as a whole; undefined where statements were only added. */
  readonly Version?: string;
  /** Of one that was put with it. */
  readonly Id?: string;
}

/** How a scope's asynchronous events are handled. */
export interface EventInvokeConfigDocument {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: DestinationConfig;
  readonly lastModifiedMs: number;
}

export const LATEST = '$LATEST';
/** The published state of a function that runs on a capacity provider. */
export const LATEST_PUBLISHED = '$LATEST.PUBLISHED';

/** Documents that belong to one function: their ids begin with its name and a slash, and they go with it. */
export const FUNCTION_OWNED_KINDS = [
  'function-version',
  'alias',
  'policy',
  'event-invoke-config',
  'function-url',
  'provisioned-concurrency',
  'runtime-management',
  'scaling-config',
] as const;

/** What a document counts for in the sums of its kind; see `Change.weight`. */
const WEIGHTS: Readonly<Record<string, (body: never) => number>> = {
  /** Concurrency that is reserved. */
  function: (body: FunctionDocument) => body.reservedConcurrency ?? 0,
  /** Bytes of stored code. */
  'function-version': (body: VersionDocument) => body.configuration.CodeSize ?? 0,
  'layer-version': (body: { readonly codeSizeBytes: number }) => body.codeSizeBytes,
  /** Concurrency that is provisioned. */
  'provisioned-concurrency': (body: { readonly requested: number }) => body.requested,
};

/** A write of a document with the weight of its kind. Every write of the control plane is made by it. */
export function write(key: DocumentKey, body: unknown, expect?: Expectation): Change {
  const weight = WEIGHTS[key.kind]?.(body as never) ?? 0;
  return { put: key, body, ...(expect === undefined ? {} : { expect }), ...(weight === 0 ? {} : { weight }) };
}

/** Key of a function's shared document. */
export function functionKey(locality: Locality, name: string): DocumentKey {
  return keyOf(locality, 'function', name);
}

/** Key of a version; numbers are padded, so that they follow `$LATEST` and each other in order. */
export function versionKey(locality: Locality, name: string, version: string): DocumentKey {
  const padded = version.startsWith('$') ? version : version.padStart(12, '0');
  return keyOf(locality, 'function-version', `${name}/${padded}`);
}

/** Key of an alias. */
export function aliasKey(locality: Locality, name: string, alias: string): DocumentKey {
  return keyOf(locality, 'alias', `${name}/${alias}`);
}

/** Key of a kind of document that a function, a version or an alias has one of; the function itself without a qualifier. */
export function scopedKey(
  locality: Locality,
  kind: (typeof FUNCTION_OWNED_KINDS)[number],
  name: string,
  qualifier: string | undefined,
): DocumentKey {
  return keyOf(locality, kind, `${name}/${qualifier ?? ''}`);
}

/** Key of the policy of a scope; the function itself when there is no qualifier. */
export function policyKey(locality: Locality, name: string, qualifier: string | undefined): DocumentKey {
  return scopedKey(locality, 'policy', name, qualifier);
}

/** A key in the account and region of a request. */
export function keyOf({ account, region }: Locality, kind: string, id: string): DocumentKey {
  return { account, region, kind, id };
}

/** True for a version number. */
export function isVersionNumber(qualifier: string): boolean {
  return /^\d+$/.test(qualifier);
}
