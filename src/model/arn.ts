import { lambdaError } from './lambda-errors.ts';

/** Where a request is addressed: its account and region. */
export interface Locality {
  readonly account: string;
  readonly region: string;
}

/** A function as it was named, split. */
export interface FunctionName extends Locality {
  readonly functionName: string;
  readonly qualifier?: string;
}

/** ARN of a function, or of a version or alias of it. Source: the ARN formats of the Lambda API. */
export function functionArn(locality: Locality, functionName: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${locality.region}:${locality.account}:function:${functionName}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/**
 * Splits a function's name in any of the forms that the API takes: `F`, `function:F`, `A:F`, `A:function:F`,
 * `R:A:function:F` or a full ARN, each with an optional `:qualifier`. Throws when name and `qualifier` disagree, and
 * when the ARN is of another region or account.
 */
export function parseFunctionName(text: string, qualifier: string | undefined, locality: Locality): FunctionName {
  // The form that nearly every request has.
  if (!text.includes(':')) return withQualifier(locality, text, undefined, qualifier);
  const parts = split(text);
  if (parts.region !== undefined && parts.region !== locality.region) {
    throw lambdaError(
      'ResourceNotFoundException',
      `Functions from '${parts.region}' are not reachable in this region ('${locality.region}')`,
    );
  }
  // AWS says nothing of another account's functions, not even in words.
  if (parts.account !== undefined && parts.account !== locality.account) throw lambdaError('AccessDeniedException', '');
  return withQualifier(locality, parts.functionName, parts.qualifier, qualifier);
}

function withQualifier(
  locality: Locality,
  functionName: string,
  derived: string | undefined,
  given: string | undefined,
): FunctionName {
  const qualifier = given === '' ? undefined : given;
  if (derived !== undefined && qualifier !== undefined && derived !== qualifier) {
    throw lambdaError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const effective = qualifier ?? derived;
  const { account, region } = locality;
  return effective === undefined ? { account, region, functionName } : { account, region, functionName, qualifier: effective };
}

interface NameParts {
  readonly region?: string;
  readonly account?: string;
  readonly functionName: string;
  readonly qualifier?: string;
}

function split(text: string): NameParts {
  const parts = text.split(':');
  if (parts[0] === 'arn') return named(parts.slice(5), { region: parts[3], account: parts[4] });
  const at = parts.indexOf('function');
  if (at === 0) return named(parts, {});
  if (at === 1) return named(parts.slice(1), { account: parts[0] });
  if (at === 2) return named(parts.slice(2), { region: parts[0], account: parts[1] });
  if (/^\d{12}$/.test(parts[0] ?? '') && parts.length > 1) return named(['function', ...parts.slice(1)], { account: parts[0] });
  return named(['function', ...parts], {});
}

/** `function`, name, qualifier; the word alone is a function of that name. */
function named(parts: readonly string[], place: { region?: string | undefined; account?: string | undefined }): NameParts {
  const [first = '', name, qualifier] = parts;
  return {
    functionName: name ?? first,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(place.region === undefined ? {} : { region: place.region }),
    ...(place.account === undefined ? {} : { account: place.account }),
  };
}
