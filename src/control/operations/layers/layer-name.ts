import type { Locality } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { layerArn, layerDenied } from '../../layers.ts';
import { invalid } from '../../settings/invalid.ts';

/** A layer as it was named: the account and region that it is in, and its bare name. */
export interface NamedLayer {
  readonly owner: Locality;
  readonly layerName: string;
}

/** Splits a layer's name, which is its bare name or its ARN. Throws ResourceNotFoundException for another region. */
export function parseLayerName(text: string, context: RequestContext): NamedLayer {
  const { account, region } = context;
  if (!text.includes(':')) return { owner: { account, region }, layerName: text };
  const [, , , arnRegion = '', arnAccount = '', , layerName = ''] = text.split(':');
  if (arnRegion !== region) {
    throw lambdaError('ResourceNotFoundException', `Layers from '${arnRegion}' are not reachable in this region ('${region}')`);
  }
  return { owner: { account: arnAccount, region }, layerName };
}

/** The same for operations that an account can do to its own layers alone; throws AccessDeniedException for another's. */
export function parseOwnLayerName(text: string, context: RequestContext, action: string): string {
  const { owner, layerName } = parseLayerName(text, context);
  if (owner.account !== context.account) throw layerDenied(context, action, layerArn(owner, layerName));
  return layerName;
}

/** Throws InvalidParameterValueException for numbers that no version has. */
export function checkVersionNumber(version: number): void {
  if (version < 1) throw invalid('Layer Version Cannot be less than 1');
}
