import { type Attempt, commitOptimistically as commit } from '../documents/optimistic-commit.ts';
import { type FunctionName, functionArn, type Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { ServiceError } from '../model/service-error.ts';
import type { Document, DocumentKey, MetadataStore } from '../ports/metadata-store.ts';
import type { AliasDocument, FunctionDocument, VersionDocument } from './documents.ts';
import { aliasKey, functionKey, isVersionNumber, LATEST, LATEST_PUBLISHED, versionKey } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** A function that exists, with its newest configuration. */
export interface StoredFunction {
  readonly shared: Document<FunctionDocument>;
  readonly latest: Document<VersionDocument>;
}

/** Reads a function; undefined when it does not exist. */
export async function findFunction(store: MetadataStore, locality: Locality, name: string): Promise<StoredFunction | undefined> {
  const shared = await store.get<FunctionDocument>(functionKey(locality, name));
  const latest = await store.get<VersionDocument>(versionKey(locality, name, LATEST));
  return shared && latest ? { shared, latest } : undefined;
}

/** Reads a function; throws ResourceNotFoundException with the ARN as the operation words it. */
export async function getFunction(
  store: MetadataStore,
  locality: Locality,
  name: string,
  qualifier?: string,
): Promise<StoredFunction> {
  const found = await findFunction(store, locality, name);
  if (!found) throw functionNotFound(locality, name, qualifier);
  return found;
}

/** The version that a qualifier names, through an alias if it is one. */
export async function getVersion(
  store: MetadataStore,
  locality: Locality,
  name: string,
  qualifier: string | undefined,
): Promise<{ readonly version: Document<VersionDocument>; readonly alias?: Document<AliasDocument> }> {
  const { latest } = await getFunction(store, locality, name, qualifier);
  if (qualifier === undefined || qualifier === LATEST) return { version: latest };
  const isVersion = isVersionNumber(qualifier) || qualifier === LATEST_PUBLISHED;
  const alias = isVersion ? undefined : await store.get<AliasDocument>(aliasKey(locality, name, qualifier));
  if (!alias && !isVersion) throw functionNotFound(locality, name, qualifier);
  const number = alias?.body.FunctionVersion ?? qualifier;
  const version = await store.get<VersionDocument>(versionKey(locality, name, number));
  if (!version) throw functionNotFound(locality, name, qualifier);
  return alias ? { version, alias } : { version };
}

/** The error that most operations answer for what is not there. */
export function functionNotFound(locality: Locality, name: string, qualifier?: string): ServiceError {
  return lambdaError('ResourceNotFoundException', `Function not found: ${functionArn(locality, name, qualifier)}`);
}

/**
 * Reads, decides and writes, again when another writer was faster. Throws ResourceConflictException when others always are.
 * Writers of a function stand in line for all of it: its documents are often written together.
 */
export function commitOptimistically<Result>(store: MetadataStore, attempt: Attempt<Result>): Promise<Result> {
  return commit(store, attempt, {
    placeOf: ownerOf,
    givenUp: () =>
      lambdaError('ResourceConflictException', 'The function is being changed by too many requests at once. Please try again.'),
  });
}

/** The function, or layer, that a document belongs to. */
function ownerOf({ account, region, kind, id }: DocumentKey): string {
  const [owner = ''] = id.split('/', 1);
  return `${account}/${region}/${kind.startsWith('layer') ? 'layer' : ''}/${owner}`;
}

/** Throws InvalidParameterValueException when a name that must be a function's own names a version or an alias. */
export function checkUnqualified({ qualifier }: FunctionName): void {
  if (qualifier === undefined || qualifier === LATEST) return;
  throw invalid(
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. ' +
      'Please specify either a function name or an unqualified function ARN.',
  );
}

/** Throws PreconditionFailedException when the caller's revision is given and is not the current one. */
export function checkRevision(given: string | undefined, current: string | undefined, source = 'GetFunction/GetAlias'): void {
  if (given === undefined || given === current) return;
  throw lambdaError(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${source} API to retrieve the latest Revision Id`,
  );
}

/** Throws ResourceConflictException while the function can't be changed. */
export function checkChangeable(locality: Locality, latest: VersionDocument): void {
  const { State, LastUpdateStatus, FunctionName = '' } = latest.configuration;
  if (State === 'Pending') {
    throw lambdaError(
      'ResourceConflictException',
      `The operation cannot be performed at this time. The function is currently in the following state: ${State}`,
    );
  }
  if (LastUpdateStatus === 'InProgress') {
    throw lambdaError(
      'ResourceConflictException',
      `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(locality, FunctionName)}`,
    );
  }
}
