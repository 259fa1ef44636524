import { ServiceError } from '../../model/service-error.ts';
import type { Logger } from '../../ports/logger.ts';
import { type FidelityCheck, fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import type { QueryMembers } from '../../wire/query/form.ts';
import { fromForm } from './query-shapes.ts';
import { jsonErrorOf, queryErrorOf, sqsError } from './sqs-errors.ts';
import { SQS_FIDELITY } from './sqs-fidelity.ts';

/** What requests are held against, by the protocol that they come by: a form is looked at in the JSON protocol's shape. */
export function sqsFidelityChecks(logger: Logger): { readonly json: FidelityCheck; readonly form: FidelityCheck } {
  const json = fidelityCheck(SQS_FIDELITY, (message) => jsonErrorOf(sqsError('UnsupportedOperation', message)), logger);
  const inner = fidelityCheck(SQS_FIDELITY, (message) => sqsError('UnsupportedOperation', message), logger);
  const form: FidelityCheck = {
    ...inner,
    storedOnly: (operation, input) => {
      try {
        return inner.storedOnly(operation, fromForm(operation, input as QueryMembers));
      } catch (error) {
        throw error instanceof ServiceError ? queryErrorOf(error) : error;
      }
    },
  };
  return { json, form };
}
