import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';

/**
 * What every operation on one execution answers while no durable function can run: there is none. Throws
 * ResourceNotFoundException, and before it the errors for ARNs of other regions and accounts.
 */
export async function findDurableExecution(
  _control: ControlContext,
  input: { readonly DurableExecutionArn: string | undefined },
  context: RequestContext,
): Promise<OperationResult> {
  const [functionVersion = ''] = (input.DurableExecutionArn ?? '').split('/', 1);
  parseFunctionName(functionVersion, undefined, context);
  throw lambdaError('ResourceNotFoundException', 'Durable Execution does not exist');
}
