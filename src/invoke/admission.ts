import { lambdaError } from '../model/lambda-errors.ts';
import type { ServiceError } from '../model/service-error.ts';

/** Reasons of a throttle. Source: `ThrottleReason` of the service model. */
type ThrottleReason = 'ReservedFunctionConcurrentInvocationLimitExceeded' | 'ConcurrentInvocationLimitExceeded';

/** Counts the invocations in progress and refuses those beyond the account's or the function's concurrency. */
export class Admission {
  readonly #accountConcurrency: number;
  readonly #perAccount = new Map<string, number>();
  readonly #perFunction = new Map<string, number>();

  constructor(accountConcurrency: number) {
    this.#accountConcurrency = accountConcurrency;
  }

  /**
   * Admits one invocation; {@link Admission.leave} must follow. Throws TooManyRequestsException with Lambda's reason.
   * A reservation is a cap for all versions of the function together.
   */
  enter(account: string, region: string, functionArn: string, reservedConcurrency: number | undefined): void {
    const pool = `${account}/${region}`;
    const inAccount = this.#perAccount.get(pool) ?? 0;
    const inFunction = this.#perFunction.get(functionArn) ?? 0;
    if (reservedConcurrency !== undefined && inFunction >= reservedConcurrency) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (inAccount >= this.#accountConcurrency) throw throttled('ConcurrentInvocationLimitExceeded');
    this.#perAccount.set(pool, inAccount + 1);
    this.#perFunction.set(functionArn, inFunction + 1);
  }

  /** The invocation is over. */
  leave(account: string, region: string, functionArn: string): void {
    decrement(this.#perAccount, `${account}/${region}`);
    decrement(this.#perFunction, functionArn);
  }

  /** Invocations in progress of a function. */
  running(functionArn: string): number {
    return this.#perFunction.get(functionArn) ?? 0;
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count <= 1) counts.delete(key);
  else counts.set(key, count - 1);
}

function throttled(reason: ThrottleReason): ServiceError {
  return lambdaError('TooManyRequestsException', 'Rate Exceeded.', {
    members: { Reason: reason },
    headers: { 'Retry-After': '1' },
  });
}
