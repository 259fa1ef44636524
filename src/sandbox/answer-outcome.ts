import type { InvocationOutcome, RuntimeAnswer } from './invocation.ts';
import * as platformErrors from './platform-errors.ts';

/** What the caller gets for an answer that came whole. */
export function outcomeOf(answer: Exclude<RuntimeAnswer, { readonly kind: 'stream' }>): InvocationOutcome {
  switch (answer.kind) {
    case 'response':
      return { payload: answer.payload };
    case 'error':
      return { payload: answer.payload, functionError: 'Unhandled', errorType: 'Unhandled' };
    case 'too-large': {
      const { payload, errorType } = platformErrors.responseTooLarge();
      return { payload, functionError: 'Unhandled', errorType };
    }
  }
}
