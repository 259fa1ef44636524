import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { capacityProviderArn, type CapacityProviderDocument } from '../../capacity-providers.ts';
import type { ControlContext } from '../../control-context.ts';
import { keyOf } from '../../documents.ts';

/**
 * The name in a provider's name or ARN. Throws AccessDeniedException for an ARN of another account, and
 * ResourceNotFoundException for one of another region.
 */
export function parseProviderName(nameOrArn: string, context: RequestContext): string {
  if (!nameOrArn.includes(':')) return nameOrArn;
  const [, , , region, account, , name = ''] = nameOrArn.split(':');
  if (account !== context.account) throw lambdaError('AccessDeniedException', '');
  if (region !== context.region) throw noProvider(nameOrArn);
  return name;
}

/** Reads a provider by its name or ARN. Throws ResourceNotFoundException. */
export async function getProvider(
  control: ControlContext,
  context: RequestContext,
  nameOrArn: string,
): Promise<Document<CapacityProviderDocument>> {
  const name = parseProviderName(nameOrArn, context);
  const found = await control.store.get<CapacityProviderDocument>(keyOf(context, 'capacity-provider', name));
  if (!found) throw noProvider(capacityProviderArn(context, name));
  return found;
}

function noProvider(arn: string): Error {
  return lambdaError('ResourceNotFoundException', `Capacity provider not found: ${arn}`);
}
