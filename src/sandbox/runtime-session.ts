import type { DeliveredInvocation, RuntimeAnswer } from './invocation.ts';
import type { PlatformError } from './platform-errors.ts';
import type { ResponseBody } from './response-body.ts';

/**
 * Where a runtime process stands, as the Runtime API sees it.
 *
 * - `Started`: the process runs its init code and has asked for nothing yet.
 * - `Ready`: it waits in `next` for an event.
 * - `Running`: it has an event and owes an answer.
 * - `Responding`: it streams its answer and has not come to its end.
 * - `Answered`: it has posted the answer and not asked for the next event yet.
 * - `InitError`: it reported that its init failed. Terminal.
 * - `Ended`: the process is gone or given up. Terminal; nothing is accepted any more.
 */
export type SessionState = 'Started' | 'Ready' | 'Running' | 'Responding' | 'Answered' | 'InitError' | 'Ended';

/** A call of the runtime that its state does not allow, in the words of the Runtime API. */
export interface Refusal {
  readonly status: 400 | 403 | 410;
  readonly errorType: 'InvalidStateTransition' | 'InvalidRequestID' | 'InvokeTimeout';
  readonly errorMessage: string;
}

/** What the environment wants to hear of its runtime. Called synchronously, within the transport's own event. */
export interface SessionListener {
  /** The runtime waits for an event: after init, or after an answer. */
  ready(): void;
  /** The answer to the invocation in progress. `outputBytes`: how much the runtime says it has written to its output so far. */
  answered(answer: RuntimeAnswer, outputBytes: number | undefined): void;
  /** A streamed answer has come to its end, well or with an error. */
  responded(error: PlatformError | undefined, outputBytes: number | undefined): void;
  initFailed(errorType: string, payload: Uint8Array): void;
}

/** An answer to no invocation that is in progress. */
export const INVALID_REQUEST_ID: Refusal = { status: 400, errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' };

/** What the HTTP Runtime API asks of a session. */
export interface ApiSession {
  readonly state: SessionState;
  /** Whether several invocations may be in progress; their ids tell them apart, and nothing else. */
  readonly takesSeveral: boolean;
  /** The runtime asks for an event; `deliver` is called once with one, if `isOpen` says that the caller still waits. */
  next(deliver: (invocation: DeliveredInvocation) => void, isOpen: () => boolean): Refusal | undefined;
  answer(requestId: string, answer: RuntimeAnswer): Refusal | undefined;
  respond(requestId: string, contentType: string, body: ResponseBody): Refusal | undefined;
  responded(error: PlatformError | undefined, outputBytes: number | undefined, requestId: string): void;
  initError(errorType: string, payload: Uint8Array): Refusal | undefined;
  /** The process is gone or given up: everything it still says is refused and nobody hears of it. */
  end(): void;
}

/**
 * The state machine between one runtime process and its environment, whatever the transport (framed or HTTP).
 * Source: the Runtime API 2018-06-01 as the Runtime Interface Emulator enforces it.
 */
export class RuntimeSession implements ApiSession {
  readonly takesSeveral = false;
  #state: SessionState = 'Started';
  #deliver: ((invocation: DeliveredInvocation) => void) | undefined;
  #currentId: string | undefined;
  readonly #listener: SessionListener;

  constructor(listener: SessionListener) {
    this.#listener = listener;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The runtime asks for an event; `deliver` is called once with the next one. */
  next(deliver: (invocation: DeliveredInvocation) => void): Refusal | undefined {
    if (this.#state !== 'Started' && this.#state !== 'Answered' && this.#state !== 'Ready') {
      return this.#refuse('Ready');
    }
    const wasReady = this.#state === 'Ready';
    this.#state = 'Ready';
    this.#deliver = deliver;
    if (!wasReady) this.#listener.ready();
    return undefined;
  }

  /** The runtime posts an answer. Without `requestId` it belongs to the invocation in progress. */
  answer(requestId: string | undefined, answer: RuntimeAnswer, outputBytes?: number): Refusal | undefined {
    if (this.#currentId === undefined && this.#state === 'Started') return this.#refuse('InvocationResponse');
    if (this.#state !== 'Running' || (requestId !== undefined && requestId !== this.#currentId)) return INVALID_REQUEST_ID;
    this.#state = 'Answered';
    this.#currentId = undefined;
    this.#listener.answered(answer, outputBytes);
    return undefined;
  }

  /** The runtime begins a streamed answer. */
  respond(requestId: string | undefined, contentType: string, body: ResponseBody): Refusal | undefined {
    if (this.#currentId === undefined && this.#state === 'Started') return this.#refuse('InvocationResponse');
    if (this.#state !== 'Running' || (requestId !== undefined && requestId !== this.#currentId)) return INVALID_REQUEST_ID;
    this.#state = 'Responding';
    this.#listener.answered({ kind: 'stream', contentType, body }, undefined);
    return undefined;
  }

  /** The streamed answer is complete, or broken off with an error. Nobody hears of it when the session has ended. */
  responded(error: PlatformError | undefined, outputBytes?: number): void {
    if (this.#state !== 'Responding') return;
    this.#state = 'Answered';
    this.#currentId = undefined;
    this.#listener.responded(error, outputBytes);
  }

  /** The runtime reports that its init failed. */
  initError(errorType: string, payload: Uint8Array): Refusal | undefined {
    if (this.#state !== 'Started') return this.#refuse('InitError');
    this.#state = 'InitError';
    this.#listener.initFailed(errorType, payload);
    return undefined;
  }

  /** Hands an event to the waiting runtime. The caller has seen to it that the session is `Ready`. */
  dispatch(invocation: DeliveredInvocation): void {
    const deliver = this.#deliver;
    if (this.#state !== 'Ready' || !deliver) throw new Error(`cannot dispatch in state ${this.#state}`);
    this.#state = 'Running';
    this.#currentId = invocation.requestId;
    this.#deliver = undefined;
    deliver(invocation);
  }

  /** True while the invocation is the one in progress: the address of a response can be checked before its body is read. */
  isCurrent(requestId: string): boolean {
    return this.#state === 'Running' && this.#currentId === requestId;
  }

  /** The process is gone or given up: everything it still says is refused and nobody hears of it. */
  end(): void {
    this.#state = 'Ended';
    this.#deliver = undefined;
    this.#currentId = undefined;
  }

  #refuse(to: string): Refusal {
    return refusedTransition(this.#state, to);
  }
}

/** The refusal of a call that does not fit the state. */
export function refusedTransition(from: SessionState, to: string): Refusal {
  return {
    status: 403,
    errorType: 'InvalidStateTransition',
    errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
  };
}
