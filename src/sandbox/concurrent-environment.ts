import type { ExecutableVersion } from '../model/executable-version.ts';
import { INIT_AHEAD_TIMEOUT_MS } from '../model/limits.ts';
import { throttled } from '../model/throttle.ts';
import type { Timer } from '../ports/clock.ts';
import type { SandboxExit } from '../ports/sandbox-driver.ts';
import { outcomeOf } from './answer-outcome.ts';
import { type ConcurrentSessionListener, ConcurrentSession } from './concurrent-session.ts';
import type { AheadCallbacks, EnvironmentState, InvocationCallbacks } from './environment.ts';
import { EnvironmentJournal, type JournalParts } from './environment-journal.ts';
import type { Invocation, InvocationOutcome, RuntimeAnswer } from './invocation.ts';
import * as platformErrors from './platform-errors.ts';
import type { PlatformError } from './platform-errors.ts';
import type { RequestTails } from './request-tails.ts';
import type { RunnableEnvironment } from './runnable-environment.ts';
import type { HostListener, RuntimeProcess, ShutdownReason } from './runtime-process.ts';
import { gathered, relayed, type StreamedOutcome } from './streamed-outcome.ts';
import type { TelemetryDialect, TelemetrySubscription } from './telemetry/subscription.ts';

/** What such an environment is made of; the factory provides it. */
export interface ConcurrentParts extends JournalParts {
  readonly id: string;
  /** Invocations at a time. */
  readonly maxConcurrency: number;
  readonly tails: RequestTails;
  /** Starts the runtime's process; a {@link PlatformError} when there is nothing to run. */
  startProcess(listener: HostListener, session: ConcurrentSession): Promise<RuntimeProcess<ConcurrentSession> | PlatformError>;
  /** Waits for a turn to start; the result ends the turn. */
  startTurn(): Promise<() => void>;
  /** Gives back what the environment holds besides its process. */
  release(): void;
}

/** An invocation that nobody in the runtime has taken yet. */
interface Queued {
  readonly invocation: Invocation;
  readonly callbacks: InvocationCallbacks;
  readonly sinceMs: number;
  readonly timer: Timer;
}

/** An invocation that the runtime works on, even after its time. */
interface Progress {
  readonly invocation: Invocation;
  readonly callbacks: InvocationCallbacks;
  readonly startedMs: number;
  timer: Timer;
  outcome?: InvocationOutcome;
  stream?: StreamedOutcome;
  answeredMs?: number;
  /** Its caller has been told that its time is over. */
  isLate?: boolean;
}

/** Makes an error of the platform that names the invocation. */
type ErrorFor = (requestId: string) => PlatformError;

type InitEnd = { readonly ok: true } | { readonly ok: false; readonly status: 'error' | 'timeout'; readonly errorFor: ErrorFor };

/** Longest wait for a part of the runtime that is free, before the invocation is throttled. */
const QUEUED_MS_MAX = 60_000;
/** A runtime that leaves an invocation waiting for so long works on fewer at a time than it may, and gets no more. */
const PATIENCE_MS = 1_000;
/** Least time after an invocation's end in which it may still come to its own; then its environment is given up. */
const LATE_MS_MIN = 60_000;

/**
 * One execution environment of a function on a capacity provider: up to so many invocations at a time in one runtime
 * process, told apart by their ids. It is neither frozen nor reset: an invocation whose time is over is answered and
 * goes on, and an environment whose process ends with invocations in progress is `Gone`.
 * Source: Lambda's pages on managed instances.
 */
export class ConcurrentEnvironment implements RunnableEnvironment, HostListener, ConcurrentSessionListener {
  readonly id: string;
  readonly version: ExecutableVersion;
  readonly #parts: ConcurrentParts;
  readonly #journal: EnvironmentJournal;
  #state: 'New' | 'Initialising' | 'Ready' | 'Gone' = 'New';
  #session: ConcurrentSession;
  #process: RuntimeProcess<ConcurrentSession> | undefined;
  #stopping: Promise<void> | undefined;
  readonly #queue: Queued[] = [];
  readonly #progresses = new Map<string, Progress>();
  /** Invocations that take up room: queued, in progress, about to be reported, or late. */
  #taken = 0;
  /** Those of them whose callers have been told that their time is over. */
  #late = 0;
  #isGivenUp = false;
  #initEnded: ((end: InitEnd) => void) | undefined;
  #isRuntimeReady = false;
  #startCostMs = 0;
  #ahead: AheadCallbacks | undefined;

  constructor(parts: ConcurrentParts) {
    this.id = parts.id;
    this.version = parts.version;
    this.#parts = parts;
    this.#journal = new EnvironmentJournal(parts);
    this.#session = new ConcurrentSession(this);
  }

  get state(): EnvironmentState {
    if (this.#state !== 'Ready') return this.#state;
    return this.#taken === 0 ? 'Idle' : 'Busy';
  }

  get startCostMs(): number {
    return this.#startCostMs;
  }

  get memoryBytes(): number | undefined {
    return this.#process?.sandbox.usage().memoryBytes;
  }

  get hasRoom(): boolean {
    if (this.#state === 'Gone' || this.#isGivenUp || this.#taken >= this.#parts.maxConcurrency) return false;
    const waiting = this.#state === 'Ready' ? this.#queue[0] : undefined;
    return waiting === undefined || this.#parts.clock.monotonic() - waiting.sinceMs < PATIENCE_MS;
  }

  run(invocation: Invocation, callbacks: InvocationCallbacks): void {
    const { clock } = this.#parts;
    const startMs = this.#state === 'Ready' ? 0 : this.#initLimitMs;
    this.#taken += 1;
    const queued: Queued = {
      invocation,
      callbacks,
      sinceMs: clock.monotonic(),
      timer: clock.setTimeout(() => this.#leave(queued), startMs + QUEUED_MS_MAX),
    };
    this.#queue.push(queued);
    if (this.#state === 'New') void this.#start();
    else this.#handOut();
  }

  initialise(callbacks: AheadCallbacks): void {
    this.#ahead = callbacks;
    void this.#start();
  }

  /** Its processes run on between invocations. */
  freeze(): void {}

  async stop(): Promise<void> {
    if (this.#state !== 'Gone') {
      this.#initEnded?.({ ok: false, status: 'error', errorFor: platformErrors.sandboxFailure });
      this.#end(platformErrors.sandboxFailure, 'error', 'spindown');
    }
    await this.#stopping;
  }

  // What the process says -------------------------------------------------------------------------------------------

  ready(): void {
    if (!this.#initEnded) return this.#handOut();
    this.#isRuntimeReady = true;
    this.#process?.extensions.closeRegistration();
    this.#checkInit();
  }

  registered(): void {
    this.#process?.sandbox.companions?.begin();
  }

  extensionReady(): void {
    if (this.#initEnded) this.#checkInit();
  }

  extensionFailed(errorType: string, detail: string): void {
    this.#ended((requestId) => platformErrors.extensionFailed(requestId, errorType, detail));
  }

  subscribed(name: string, subscription: TelemetrySubscription, dialect: TelemetryDialect): void {
    this.#journal.subscribed(name, subscription, dialect);
  }

  initFailed(errorType: string, payload: Uint8Array): void {
    this.#initEnded?.({ ok: false, status: 'error', errorFor: () => ({ errorType, payload }) });
  }

  exited(exit: SandboxExit): void {
    this.#ended((requestId) => platformErrors.exited(requestId, exit));
  }

  breached(): void {
    this.#ended(platformErrors.sandboxFailure);
  }

  answered(requestId: string, answer: RuntimeAnswer): void {
    const progress = this.#progresses.get(requestId);
    if (!progress) return;
    progress.answeredMs = this.#parts.clock.monotonic();
    if (answer.kind !== 'stream') {
      this.#settle(progress, outcomeOf(answer));
      return this.#finish(progress, 'success');
    }
    const { contentType, body } = answer;
    progress.stream = progress.invocation.streaming ? relayed(contentType, body) : gathered(body);
    if (progress.stream.outcome) this.#settle(progress, progress.stream.outcome);
  }

  responded(requestId: string, error: PlatformError | undefined): void {
    const progress = this.#progresses.get(requestId);
    if (!progress?.stream) return;
    this.#endStream(progress, error);
    this.#finish(progress, 'success');
  }

  answeredLate(requestId: string): void {
    const progress = this.#progresses.get(requestId);
    if (progress?.isLate) this.#letGo(progress);
  }

  /** Init is over when the runtime and every extension wait for an event. */
  #checkInit(): void {
    if (this.#isRuntimeReady && this.#process?.extensions.areReady !== false) this.#initEnded?.({ ok: true });
  }

  // Init ------------------------------------------------------------------------------------------------------------

  get #initLimitMs(): number {
    return Math.max(INIT_AHEAD_TIMEOUT_MS, this.version.timeoutMs);
  }

  async #start(): Promise<void> {
    this.#state = 'Initialising';
    try {
      const end = await this.#initialise();
      if ((this.#state as string) === 'Gone') return;
      await new Promise<void>((resolve) => this.#parts.capture.settle(undefined, resolve));
      this.#parts.capture.flush();
      this.#tellInit(end);
      if (!end.ok) return this.#fail(end);
      if (!this.#process) return;
      this.#state = 'Ready';
      this.#process.sandbox.limitCpu(this.version.cpuCores ?? 1);
      this.#ahead?.ready();
      this.#handOut();
    } catch (error) {
      this.#abandon(error);
    }
  }

  #tellInit(end: InitEnd): void {
    const failure = end.ok ? undefined : end;
    const errorType = failure?.status === 'error' ? { errorType: failure.errorFor('').errorType } : {};
    const status = failure?.status ?? 'success';
    this.#journal.initEnded({ durationMs: this.#startCostMs, phase: 'init', status, ...errorType }, true);
  }

  async #initialise(): Promise<InitEnd> {
    await this.#stopping;
    const { clock, version } = this.#parts;
    const endTurn = await this.#parts.startTurn();
    const startedMs = clock.monotonic();
    const ended = new Promise<InitEnd>((resolve) => {
      this.#initEnded = resolve;
    });
    let timer: Timer | undefined;
    this.#isRuntimeReady = false;
    this.#session = new ConcurrentSession(this);
    this.#journal.initStarted('init');
    try {
      const result = await this.#parts.startProcess(this, this.#session);
      if ('errorType' in result) return { ok: false, status: 'error', errorFor: () => result };
      this.#take(result);
      const errorFor: ErrorFor = (requestId) => platformErrors.timedOut(requestId, version.timeoutMs);
      timer = clock.setTimeout(() => this.#initEnded?.({ ok: false, status: 'timeout', errorFor }), this.#initLimitMs);
      return await ended;
    } finally {
      timer?.cancel();
      this.#initEnded = undefined;
      endTurn();
      this.#startCostMs = clock.monotonic() - startedMs;
      for (const extension of this.#process?.extensions.all ?? []) this.#journal.extension(extension);
      this.#process?.telemetry.closeSubscriptions();
    }
  }

  /** The process has been started; what it said in the meantime counts. */
  #take(process: RuntimeProcess<ConcurrentSession>): void {
    this.#process = process;
    if (this.#state === 'Gone') return this.#giveUpProcess();
    this.#journal.follow(process.telemetry);
    if (this.#isRuntimeReady) {
      process.extensions.closeRegistration();
      this.#checkInit();
    }
    if (process.extensions.haveRegistered) process.sandbox.companions?.begin();
  }

  #fail({ errorFor, status }: InitEnd & { ok: false }): void {
    this.#ahead?.failed(errorFor(''));
    this.#end(errorFor, status);
  }

  /** Our own fault: nothing that waits here can be run. */
  #abandon(error: unknown): void {
    this.#ahead?.failed(error instanceof Error ? error : new Error(String(error)));
    for (const queued of this.#queue.splice(0)) this.#giveBack(queued, error);
    this.#end(platformErrors.sandboxFailure, 'error');
  }

  // Invocations -----------------------------------------------------------------------------------------------------

  /** Gives what is queued to whoever waits for it. */
  #handOut(): void {
    while (this.#state === 'Ready' && this.#session.isWaiting) {
      const queued = this.#queue.shift();
      if (!queued) return;
      const { progress, deadlineMs } = this.#begin(queued);
      this.#session.dispatch({ ...progress.invocation, deadlineMs });
    }
  }

  #begin({ invocation, callbacks, timer }: Queued): { readonly progress: Progress; readonly deadlineMs: number } {
    const { clock, tails, version } = this.#parts;
    timer.cancel();
    const nowMs = clock.now();
    const progress: Progress = {
      invocation,
      callbacks,
      startedMs: clock.monotonic(),
      timer: clock.setTimeout(() => this.#timedOut(progress), version.timeoutMs),
    };
    // A second attempt at an event may come while the first, whose time is over, is still at work: it makes way.
    const earlier = this.#progresses.get(invocation.requestId);
    if (earlier) this.#letGo(earlier);
    this.#progresses.set(invocation.requestId, progress);
    if (invocation.logTail) tails.begin(invocation.requestId);
    this.#journal.started(invocation, nowMs);
    return { progress, deadlineMs: nowMs + version.timeoutMs };
  }

  /** Nobody in the runtime has taken it for too long. */
  #leave(queued: Queued): void {
    const index = this.#queue.indexOf(queued);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    this.#giveBack(queued, throttled('ConcurrentInvocationLimitExceeded'));
  }

  #giveBack({ callbacks, timer }: Queued, error: unknown): void {
    timer.cancel();
    callbacks.failed(error);
    this.#released(callbacks);
  }

  /** The caller is told; whoever works on it in the runtime is let finish. */
  #timedOut(progress: Progress): void {
    const { requestId } = progress.invocation;
    progress.isLate = true;
    this.#session.expire(requestId);
    this.#late += 1;
    this.#answerError(progress, platformErrors.timedOut(requestId, this.version.timeoutMs));
    this.#report(progress, 'timeout', undefined, () => progress.callbacks.released());
    const lateMs = Math.max(LATE_MS_MIN, this.version.timeoutMs);
    progress.timer = this.#parts.clock.setTimeout(() => this.#giveUp(), lateMs);
  }

  /** It has not come to its end for long: the environment takes no more, and ends with what it runs in time. */
  #giveUp(): void {
    this.#isGivenUp = true;
    this.#checkHealth();
  }

  /** Ends a process that was given up when nothing can come of it any more but late answers. */
  #checkHealth(): void {
    if (this.#state === 'Ready' && this.#isGivenUp && this.#late === this.#taken) this.#renew('timeout');
  }

  #settle(progress: Progress, outcome: InvocationOutcome): void {
    progress.outcome = outcome;
    // A stream is handed over at once; its end brings the log.
    if (!progress.invocation.logTail || outcome.stream) progress.callbacks.outcome(outcome);
  }

  #endStream(progress: Progress, error: PlatformError | undefined): void {
    const whole = progress.stream?.ended(error);
    if (whole) this.#settle(progress, whole);
    else if (!progress.invocation.logTail) progress.stream?.complete(undefined);
  }

  #answerError(progress: Progress, error: PlatformError): void {
    if (progress.stream) this.#endStream(progress, error);
    else this.#settle(progress, { payload: error.payload, functionError: 'Unhandled', errorType: error.errorType });
  }

  #finish(progress: Progress, status: 'success' | 'error' | 'timeout', errorType?: string): void {
    progress.timer.cancel();
    this.#progresses.delete(progress.invocation.requestId);
    this.#report(progress, status, errorType, () => this.#released(progress.callbacks));
  }

  /** A late one makes room; whoever gave it has been told already. */
  #letGo(progress: Progress): void {
    progress.timer.cancel();
    this.#progresses.delete(progress.invocation.requestId);
    this.#late -= 1;
    this.#taken -= 1;
    this.#checkHealth();
  }

  #released(callbacks: InvocationCallbacks): void {
    this.#taken -= 1;
    this.#checkHealth();
    callbacks.released();
  }

  /** Writes what came of it once its output has been read, and then tells whoever waits for its log. */
  #report(progress: Progress, status: 'success' | 'error' | 'timeout', errorType?: string, done?: () => void): void {
    const { capture, clock, tails, version } = this.#parts;
    const { invocation, outcome, stream, startedMs, answeredMs } = progress;
    const { requestId } = invocation;
    const durationMs = clock.monotonic() - startedMs;
    const peakBytes = this.#process?.sandbox.usage().memoryPeakBytes ?? 0;
    capture.settle(undefined, () => {
      // The last words of a process may lack their newline; before its end another invocation may be writing.
      if (this.#state === 'Gone') capture.flush();
      this.#journal.reported({
        requestId,
        durationMs,
        billedDurationMs: Math.ceil(durationMs),
        memorySizeMb: version.memorySizeMb,
        maxMemoryUsedMb: Math.min(version.memorySizeMb, Math.ceil(peakBytes / 1_048_576)),
        status,
        ...(status === 'error' && errorType ? { errorType } : {}),
        ...(answeredMs === undefined ? {} : { latencyMs: answeredMs - startedMs }),
      });
      const logTail = tails.finish(requestId);
      if (outcome?.stream) stream?.complete(logTail);
      else if (invocation.logTail && outcome) progress.callbacks.outcome(logTail ? { ...outcome, logTail } : outcome);
      done?.();
    });
  }

  // The end ---------------------------------------------------------------------------------------------------------

  /** The process is at its end by itself. */
  #ended(errorFor: ErrorFor): void {
    if (this.#initEnded) this.#initEnded({ ok: false, status: 'error', errorFor });
    else if (this.#late === this.#taken) this.#renew('failure');
    else this.#end(errorFor, 'error');
  }

  /** The process is gone, or to go, and nobody waits for anything of it: the next invocation starts another. */
  #renew(reason: ShutdownReason): void {
    this.#state = 'New';
    this.#isGivenUp = false;
    this.#giveUpProcess(reason);
    for (const progress of [...this.#progresses.values()]) this.#letGo(progress);
    this.#ahead?.lost();
  }

  /** The environment is no more; everything that it has not answered is answered with the error. */
  #end(errorFor: ErrorFor, status: 'error' | 'timeout', reason?: ShutdownReason): void {
    if (this.#state === 'Gone') return;
    this.#state = 'Gone';
    this.#giveUpProcess(reason ?? (status === 'timeout' ? 'timeout' : 'failure'));
    for (const queued of this.#queue.splice(0)) this.#begin(queued);
    for (const progress of [...this.#progresses.values()]) {
      if (progress.isLate) {
        this.#letGo(progress);
        continue;
      }
      const error = errorFor(progress.invocation.requestId);
      this.#answerError(progress, error);
      this.#finish(progress, status, error.errorType);
    }
    // Not before: extensions hear of the end over what is released.
    if (this.#stopping) this.#stopping = this.#stopping.finally(() => this.#parts.release());
    else this.#parts.release();
  }

  #giveUpProcess(reason?: ShutdownReason): void {
    const process = this.#process;
    this.#process = undefined;
    this.#session.end();
    if (process) this.#stopping = process.stop(reason);
  }
}
