import type { DeliveredInvocation, RuntimeAnswer } from './invocation.ts';
import type { PlatformError } from './platform-errors.ts';
import type { ResponseBody } from './response-body.ts';
import { INVALID_REQUEST_ID, type Refusal, refusedTransition, type ApiSession } from './runtime-session.ts';

/** What the environment wants to hear of a runtime that works on several invocations. Called synchronously. */
export interface ConcurrentSessionListener {
  /** One more part of the runtime waits for an event; the first ends init. */
  ready(): void;
  answered(requestId: string, answer: RuntimeAnswer): void;
  /** A streamed answer has come to its end, well or with an error. */
  responded(requestId: string, error: PlatformError | undefined): void;
  /** The answer has come after the invocation's time; whoever worked on it is free again. */
  answeredLate(requestId: string): void;
  initFailed(errorType: string, payload: Uint8Array): void;
}

/** A call of `next` that has not been answered. */
interface WaitingCall {
  readonly deliver: (invocation: DeliveredInvocation) => void;
  /** Whether the caller is still there. */
  readonly isOpen: () => boolean;
}

/** Source: the Runtime API's server as published. */
const WAITING_MAX = 10_000;
const INVOKE_TIMEOUT: Refusal = { status: 410, errorType: 'InvokeTimeout', errorMessage: 'Invoke timeout' };

/**
 * The state of one runtime process that works on several invocations at a time: calls of `next` wait side by side, and
 * an answer belongs to the invocation that it names. Source: the Runtime API 2018-06-01 on Lambda Managed Instances.
 */
export class ConcurrentSession implements ApiSession {
  readonly takesSeveral = true;
  #state: 'Started' | 'Ready' | 'InitError' | 'Ended' = 'Started';
  readonly #waiting: WaitingCall[] = [];
  readonly #inHand = new Map<string, 'Running' | 'Responding' | 'Late'>();
  readonly #listener: ConcurrentSessionListener;

  constructor(listener: ConcurrentSessionListener) {
    this.#listener = listener;
  }

  get state(): 'Started' | 'Ready' | 'InitError' | 'Ended' {
    return this.#state;
  }

  /** Whether a dispatched invocation would be taken at once. */
  get isWaiting(): boolean {
    // Whoever has gone without a word waits no more.
    while (this.#waiting[0]?.isOpen() === false) this.#waiting.shift();
    return this.#waiting.length > 0;
  }

  next(deliver: (invocation: DeliveredInvocation) => void, isOpen: () => boolean): Refusal | undefined {
    const isRefused = this.#state === 'InitError' || this.#state === 'Ended' || this.#waiting.length >= WAITING_MAX;
    if (isRefused) return refusedTransition(this.#state, 'Ready');
    this.#state = 'Ready';
    this.#waiting.push({ deliver, isOpen });
    this.#listener.ready();
    return undefined;
  }

  answer(requestId: string, answer: RuntimeAnswer): Refusal | undefined {
    const refusal = this.#refusalOf(requestId, 'InvocationResponse');
    if (refusal) return refusal;
    this.#inHand.delete(requestId);
    this.#listener.answered(requestId, answer);
    return undefined;
  }

  respond(requestId: string, contentType: string, body: ResponseBody): Refusal | undefined {
    const refusal = this.#refusalOf(requestId, 'InvocationResponse');
    if (refusal) return refusal;
    this.#inHand.set(requestId, 'Responding');
    this.#listener.answered(requestId, { kind: 'stream', contentType, body });
    return undefined;
  }

  responded(error: PlatformError | undefined, _outputBytes: number | undefined, requestId: string): void {
    const state = this.#inHand.get(requestId);
    if (state !== 'Responding' && state !== 'Late') return;
    this.#inHand.delete(requestId);
    if (state === 'Late') this.#listener.answeredLate(requestId);
    else this.#listener.responded(requestId, error);
  }

  initError(errorType: string, payload: Uint8Array): Refusal | undefined {
    if (this.#state !== 'Started') return refusedTransition(this.#state, 'InitError');
    this.#state = 'InitError';
    this.#listener.initFailed(errorType, payload);
    return undefined;
  }

  /** Hands an event to whoever has waited longest. The caller has seen to it that somebody {@link isWaiting}. */
  dispatch(invocation: DeliveredInvocation): void {
    const call = this.#waiting.shift();
    if (!call) throw new Error('nobody waits for an event');
    this.#inHand.set(invocation.requestId, 'Running');
    call.deliver(invocation);
  }

  /** The invocation's time is over: what is still answered comes too late. */
  expire(requestId: string): void {
    if (this.#inHand.has(requestId)) this.#inHand.set(requestId, 'Late');
  }

  end(): void {
    this.#state = 'Ended';
    this.#waiting.length = 0;
    this.#inHand.clear();
  }

  #refusalOf(requestId: string, to: string): Refusal | undefined {
    if (this.#state === 'Started') return refusedTransition(this.#state, to);
    const state = this.#inHand.get(requestId);
    if (state === 'Running') return undefined;
    if (state !== 'Late') return INVALID_REQUEST_ID;
    this.#inHand.delete(requestId);
    this.#listener.answeredLate(requestId);
    return INVOKE_TIMEOUT;
  }
}
