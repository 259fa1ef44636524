import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { ServiceError } from '../../../model/service-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { getVersion } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** A function that a mapping feeds. */
export interface MappedFunction {
  /** With the version or alias, if one was named. */
  readonly arn: string;
  readonly timeoutSeconds: number;
}

/** The function of that name or ARN. Throws InvalidParameterValueException where it does not exist. */
export async function mappedFunction(control: ControlContext, context: RequestContext, name: string): Promise<MappedFunction> {
  const { functionName, qualifier } = parseFunctionName(name, undefined, context);
  try {
    const { version } = await getVersion(control.store, context, functionName, qualifier);
    const { Timeout = 3 } = version.body.configuration;
    return { arn: functionArn(context, functionName, qualifier), timeoutSeconds: Timeout };
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') throw invalid('Function does not exist');
    throw error;
  }
}
