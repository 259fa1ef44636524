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
 * `R:A:function:F` or a full ARN, each with an optional `:qualifier`. The word `function` alone is a name. Throws when name and `qualifier` disagree, and
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

const REGION = /^(eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d$/;

/** Every part before the name may be missing, as in the API's own pattern; the last part is a name and never a prefix. */
function split(text: string): NameParts {
  const parts = text.split(':');
  let at = parts[0] === 'arn' && parts.length > 3 ? 3 : 0;
  const last = parts.length - 1;
  const take = (fits: boolean): string | undefined => {
    if (!fits || at >= last) return undefined;
    at += 1;
    return parts[at - 1];
  };
  const region = take(REGION.test(parts[at] ?? ''));
  const account = take(/^\d{12}$/.test(parts[at] ?? ''));
  take(parts[at] === 'function');
  const [functionName = '', qualifier] = parts.slice(at);
  return {
    functionName,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
  };
}
