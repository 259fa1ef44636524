import type { AliasConfiguration, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { DocumentKey } from '../ports/metadata-store.ts';

/** What all versions of a function share. */
export interface FunctionDocument {
  readonly FunctionName: string;
  /** Number of the next published version; never goes back while the function lives. */
  readonly nextVersion: number;
  readonly reservedConcurrency?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One version, `$LATEST` included. */
export interface VersionDocument {
  /** The members of the API as they are answered, in AWS's names; the ARN is unqualified. */
  readonly configuration: FunctionConfiguration;
  /** The stored package. */
  readonly codeBlobId: string;
  /** What invokes run now; during an update still the configuration before it, and nothing before the first is ready. */
  readonly active?: ExecutableVersion;
}

/** An alias, in AWS's names. */
export type AliasDocument = AliasConfiguration;

/** One statement of a resource policy, with its keys in AWS's order. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The resource policy of a function, a version or an alias. */
export interface PolicyDocument {
  readonly statements: readonly PolicyStatement[];
}

export const LATEST = '$LATEST';

/** Key of a function's shared document. */
export function functionKey(locality: Locality, name: string): DocumentKey {
  return { account: locality.account, region: locality.region, kind: 'function', id: name };
}

/** Key of a version; numbers are padded, so that they follow `$LATEST` and each other in order. */
export function versionKey(locality: Locality, name: string, version: string): DocumentKey {
  const padded = version === LATEST ? version : version.padStart(12, '0');
  return { account: locality.account, region: locality.region, kind: 'function-version', id: `${name}/${padded}` };
}

/** Key of an alias. */
export function aliasKey(locality: Locality, name: string, alias: string): DocumentKey {
  return { account: locality.account, region: locality.region, kind: 'alias', id: `${name}/${alias}` };
}

/** Key of the policy of a scope; the function itself when there is no qualifier. */
export function policyKey(locality: Locality, name: string, qualifier: string | undefined): DocumentKey {
  return { account: locality.account, region: locality.region, kind: 'policy', id: `${name}/${qualifier ?? ''}` };
}

/** True for a version number. */
export function isVersionNumber(qualifier: string): boolean {
  return /^\d+$/.test(qualifier);
}
