import { ServiceError } from '../../../model/service-error.ts';
import type { Item } from '../values/attribute-value.ts';

/** Why an action of a transaction did not go through; `None` for those that would have. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError' | 'ItemCollectionSizeLimitExceeded';
  readonly Message?: string;
  readonly Item?: Item;
}

/** A condition that was not true of the item; with the item if that was asked for. */
export function conditionFailed(item?: Item): ServiceError {
  return new ServiceError({
    code: 'ConditionalCheckFailedException',
    status: 400,
    message: 'The conditional request failed',
    members: item ? { Item: item } : {},
  });
}

/** A transaction of which nothing was done, with a reason for each of its actions. */
export function transactionCancelled(reasons: readonly CancellationReason[]): ServiceError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new ServiceError({
    code: 'TransactionCanceledException',
    status: 400,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    members: { CancellationReasons: reasons },
  });
}

/** A token that has been given with another request. */
export function idempotentMismatch(): ServiceError {
  return new ServiceError({
    code: 'IdempotentParameterMismatchException',
    status: 400,
    message: 'Idempotent parameter mismatch exception',
  });
}
