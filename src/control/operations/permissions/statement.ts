import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import type { PolicyStatement } from '../../documents.ts';
import { invalid } from '../../settings/invalid.ts';

/** The statement that a permission becomes, its keys in AWS's order. Throws InvalidParameterValueException for a principal that is none. */
export function statementOf(input: AddPermissionRequest, resource: string): PolicyStatement {
  const equals = {
    ...(input.SourceAccount === undefined ? {} : { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.FunctionUrlAuthType === undefined ? {} : { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
    ...(input.PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.EventSourceToken === undefined ? {} : { 'lambda:EventSourceToken': input.EventSourceToken }),
  };
  const condition = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) } }),
  };
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: resource,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

function principalOf(principal: string): '*' | Readonly<Record<string, string>> {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws[a-z-]*:(iam|sts)::\d{12}:/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(principal)) return { Service: principal };
  throw invalid('The provided principal was invalid. Please check the principal and try again.');
}
