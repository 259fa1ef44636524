import type { SendDurableExecutionCallbackSuccessRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { ControlContext } from '../../control-context.ts';
import { invalid } from '../../settings/invalid.ts';

/** Largest result of a callback; the generated table has no lengths of blobs. */
const RESULT_BYTES_MAX = 262_144;

/** What every answer to a callback gets while no durable function can run: nobody was given such an id. */
export async function findDurableCallback(): Promise<OperationResult> {
  throw invalid('Invalid callback id');
}

/** The same for a result, whose size is checked first as all forms are. */
export async function sendDurableExecutionCallbackSuccess(
  _control: ControlContext,
  input: SendDurableExecutionCallbackSuccessRequest,
): Promise<OperationResult> {
  const bytes = input.Result?.length ?? 0;
  if (bytes > RESULT_BYTES_MAX) {
    throw lambdaError(
      'ValidationException',
      `1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}]' at 'result' failed to satisfy constraint: Member must have length less than or equal to ${RESULT_BYTES_MAX}`,
    );
  }
  return findDurableCallback();
}
