import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { ServiceError } from '../../../model/service-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { getVersion } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/**
 * ARN of the function that a mapping feeds, with the version or alias if one was named. Throws
 * InvalidParameterValueException where it does not exist.
 */
export async function mappedFunction(control: ControlContext, context: RequestContext, name: string): Promise<string> {
  const { functionName, qualifier } = parseFunctionName(name, undefined, context);
  try {
    await getVersion(control.store, context, functionName, qualifier);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') throw invalid('Function does not exist');
    throw error;
  }
  return functionArn(context, functionName, qualifier);
}
