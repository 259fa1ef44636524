import type { AliasConfiguration } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Change, Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { aliasKey, scopedKey, write } from '../../documents.ts';
import { findFunction } from '../../function-store.ts';
import type { FunctionUrlDocument } from '../../function-urls.ts';
import { invalid } from '../../settings/invalid.ts';

/** What a URL is of: a function or one of its aliases. */
export interface FunctionUrlScope {
  /** Writes that make a concurrent deletion of the function or the alias and this transaction see each other. */
  readonly touch: readonly Change[];
  readonly url: Document<FunctionUrlDocument> | undefined;
}

/**
 * Reads what a URL is to be of. Throws ResourceNotFoundException when function or alias are not there, and
 * InvalidParameterValueException for functions with tenants, which have no URLs.
 */
export async function findUrlScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  alias: string | undefined,
): Promise<FunctionUrlScope> {
  const { store } = control;
  const found = await findFunction(store, context, functionName);
  if (!found) throw noFunction();
  const aliasDocument =
    alias === undefined ? undefined : await store.get<AliasConfiguration>(aliasKey(context, functionName, alias));
  if (alias !== undefined && !aliasDocument) throw noFunction();
  if (found.latest.body.configuration.TenancyConfig)
    throw invalid('Function URLs are not supported for functions with a tenancy configuration.');
  const touch = [found.shared, ...(aliasDocument ? [aliasDocument] : [])].map(({ key, body, revision }) =>
    write(key, body, revision),
  );
  return { touch, url: await findUrl(control, context, functionName, alias) };
}

/** Reads a URL; undefined when there is none, whatever is missing. */
export function findUrl(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  alias: string | undefined,
): Promise<Document<FunctionUrlDocument> | undefined> {
  return control.store.get<FunctionUrlDocument>(scopedKey(context, 'function-url', functionName, alias));
}

/** The error for a function or an alias that is not there. */
export function noFunction(): Error {
  return lambdaError('ResourceNotFoundException', 'Function does not exist');
}

/** The error for a URL that is not there. */
export function noUrl(): Error {
  return lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
}
