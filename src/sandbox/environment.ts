import type { ExecutableVersion } from '../model/executable-version.ts';
import { INIT_AHEAD_TIMEOUT_MS, INIT_TIMEOUT_MS } from '../model/limits.ts';
import type { Timer } from '../ports/clock.ts';
import type { SandboxExit } from '../ports/sandbox-driver.ts';
import { outcomeOf } from './answer-outcome.ts';
import type { Invocation, InvocationOutcome, RuntimeAnswer } from './invocation.ts';
import { EnvironmentJournal, type JournalParts } from './environment-journal.ts';
import * as platformErrors from './platform-errors.ts';
import type { PlatformError } from './platform-errors.ts';
import type { ProcessListener, RuntimeProcess, ShutdownReason } from './runtime-process.ts';
import type { TelemetryDialect, TelemetrySubscription } from './telemetry/subscription.ts';
import { cpuCoresFor } from './sandbox-plan.ts';
import { gathered, relayed, type StreamedOutcome } from './streamed-outcome.ts';

/**
 * Where an environment stands.
 *
 * - `New`: nothing has been started; the first invocation starts it (phase `init`).
 * - `Initialising`: the runtime's process has been started and has not asked for an event yet.
 * - `Idle`: the runtime waits for an event; may be frozen.
 * - `Busy`: an invocation is in progress.
 * - `Reset`: a timeout or crash ended the process; the next invocation starts another (phase `invoke`).
 * - `Gone`: stopped for good. Terminal.
 */
export type EnvironmentState = 'New' | 'Initialising' | 'Idle' | 'Busy' | 'Reset' | 'Gone';

/** What an environment is made of; the workshop (`environment-workshop.ts`) provides it. */
export interface EnvironmentParts extends JournalParts {
  readonly id: string;
  /** Starts the runtime's process; a {@link PlatformError} when there is nothing to run. */
  startProcess(listener: ProcessListener): Promise<RuntimeProcess | PlatformError>;
  /** Waits for a turn to start (many at once would only slow each other down); the result ends the turn. */
  startTurn(): Promise<() => void>;
  /** Gives back what the environment holds besides its process. */
  release(): void;
}

/** How whoever gave the invocation hears of it. */
export interface InvocationCallbacks {
  /** The caller's answer; called exactly once unless `failed` is. */
  outcome(outcome: InvocationOutcome): void;
  /** We could not run it at all; called instead of `outcome`. The environment is then gone. */
  failed(error: unknown): void;
  /** The environment can take the next invocation, or is `Gone`. Called exactly once, after one of the others. */
  released(): void;
}

/** How whoever started an environment ahead of its invocations hears of it. */
export interface AheadCallbacks {
  /** It is `Idle`: the next invocation finds it ready. */
  ready(): void;
  /** It could not be started and is `Gone`: by the function's fault, or with any other error by ours. */
  failed(error: PlatformError | Error): void;
  /** Its process has ended while nothing ran in it. */
  lost(): void;
}

interface Progress {
  readonly invocation: Invocation;
  readonly callbacks: InvocationCallbacks;
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly timer: Timer;
  outcome?: InvocationOutcome;
  /** An answer that arrives piece by piece. */
  stream?: StreamedOutcome;
  outputBytes?: number | undefined;
  /** The runtime waits for the next event; extensions may still be at work. */
  isRuntimeDone?: boolean;
}

type InitEnd =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: PlatformError; readonly status: 'error' | 'timeout' };

/** One execution environment: at most one invocation at a time, in one runtime process at a time. */
export class ExecutionEnvironment implements ProcessListener {
  readonly id: string;
  readonly version: ExecutableVersion;
  readonly #parts: EnvironmentParts;
  readonly #journal: EnvironmentJournal;
  #state: EnvironmentState = 'New';
  #process: RuntimeProcess | undefined;
  #stopping: Promise<void> | undefined;
  #progress: Progress | undefined;
  #initEnded: ((end: InitEnd) => void) | undefined;
  /** During init: whether the runtime has asked for its first event. */
  #isRuntimeReady = false;
  #frozen = false;
  /** Set by a good init and reported by the first invocation only. */
  #initDurationMs: number | undefined;
  #startCostMs = 0;
  #memoryBytes: number | undefined;
  #cpuLimited = false;
  /** Set when it was started ahead; its init then has longer, and a report of its own. */
  #ahead: AheadCallbacks | undefined;

  constructor(parts: EnvironmentParts) {
    this.id = parts.id;
    this.version = parts.version;
    this.#parts = parts;
    this.#journal = new EnvironmentJournal(parts);
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  /** How long the last start took: what throwing it away would cost. */
  get startCostMs(): number {
    return this.#startCostMs;
  }

  /** Memory it held at the end of its last invocation; undefined when the host can't tell. */
  get memoryBytes(): number | undefined {
    return this.#memoryBytes;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Runs one invocation; starts the runtime first where needed. The state must be `New`, `Idle` or `Reset`. */
  run(invocation: Invocation, callbacks: InvocationCallbacks): void {
    if (this.#state === 'Idle' && this.#process) this.#dispatch(this.#process, invocation, callbacks);
    else void this.#startAndRun(invocation, callbacks);
  }

  /** Starts the runtime ahead of any invocation. The state must be `New`. */
  initialise(callbacks: AheadCallbacks): void {
    this.#ahead = callbacks;
    void this.#startAhead(callbacks).catch((error: unknown) => {
      void this.stop();
      callbacks.failed(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** Stops an idle environment's processes from running, until the next invocation. */
  freeze(): void {
    if (this.#state !== 'Idle' || this.#frozen || !this.#process) return;
    this.#frozen = true;
    this.#process.sandbox.freeze();
  }

  /** Ends it, whatever it does; an invocation in progress is answered as a crash. Resolves when nothing is left. */
  async stop(): Promise<void> {
    if (this.#state !== 'Gone') {
      const progress = this.#progress;
      this.#initEnded?.({
        ok: false,
        status: 'error',
        error: platformErrors.sandboxFailure(progress?.invocation.requestId ?? ''),
      });
      if (progress) this.#fail(progress, platformErrors.sandboxFailure(progress.invocation.requestId), 'error');
      this.#state = 'Gone';
      this.#giveUpProcess('spindown');
      this.#releaseAfterStop();
    }
    await this.#stopping;
  }

  // What the process says -------------------------------------------------------------------------------------------

  ready(): void {
    if (this.#initEnded) {
      this.#isRuntimeReady = true;
      this.#process?.extensions.closeRegistration();
      this.#checkInit();
      return;
    }
    const progress = this.#progress;
    if (!progress) return;
    this.#runtimeDone(progress, 'success');
    this.#checkDone(progress);
  }

  registered(): void {
    this.#process?.sandbox.companions?.begin();
  }

  extensionReady(): void {
    if (this.#initEnded) this.#checkInit();
    else if (this.#progress) this.#checkDone(this.#progress);
  }

  extensionFailed(errorType: string, detail: string): void {
    const requestId = this.#progress?.invocation.requestId ?? '';
    this.#ended(platformErrors.extensionFailed(requestId, errorType, detail), 'error');
  }

  subscribed(name: string, subscription: TelemetrySubscription, dialect: TelemetryDialect): void {
    this.#journal.subscribed(name, subscription, dialect);
  }

  answered(answer: RuntimeAnswer, outputBytes: number | undefined): void {
    const progress = this.#progress;
    if (!progress || progress.outcome) return;
    progress.outputBytes = outputBytes;
    if (answer.kind !== 'stream') return this.#settle(progress, outcomeOf(answer));
    const { contentType, body } = answer;
    progress.stream = progress.invocation.streaming ? relayed(contentType, body) : gathered(body);
    if (progress.stream.outcome) this.#settle(progress, progress.stream.outcome);
  }

  responded(error: PlatformError | undefined, outputBytes: number | undefined): void {
    const progress = this.#progress;
    if (!progress?.stream) return;
    progress.outputBytes = outputBytes;
    this.#endStream(progress, error);
  }

  initFailed(errorType: string, payload: Uint8Array): void {
    this.#initEnded?.({ ok: false, status: 'error', error: { errorType, payload } });
  }

  exited(exit: SandboxExit): void {
    const requestId = this.#progress?.invocation.requestId ?? '';
    this.#ended(platformErrors.exited(requestId, exit), 'error');
  }

  breached(_reason: string): void {
    this.#ended(platformErrors.sandboxFailure(this.#progress?.invocation.requestId ?? ''), 'error');
  }

  /** Init is over when the runtime and every extension wait for an event. */
  #checkInit(): void {
    if (this.#isRuntimeReady && this.#process?.extensions.areReady !== false) this.#initEnded?.({ ok: true });
  }

  /** An invocation is over when the runtime and every extension wait for the next event. */
  #checkDone(progress: Progress): void {
    if (progress.isRuntimeDone && this.#process?.extensions.areReady !== false) this.#finish(progress, 'success');
  }

  // Init ------------------------------------------------------------------------------------------------------------

  async #startAhead(callbacks: AheadCallbacks): Promise<void> {
    const { capture } = this.#parts;
    this.#state = 'Initialising';
    const end = await this.#initialise('init', '');
    if (end.ok) await new Promise<void>((resolve) => capture.settle(undefined, resolve));
    if (!end.ok || !this.#process) {
      void this.stop();
      return callbacks.failed(end.ok ? platformErrors.sandboxFailure('') : end.error);
    }
    capture.flush();
    this.#journal.initEnded({ durationMs: this.#startCostMs, phase: 'init', status: 'success' }, true);
    this.#memoryBytes = this.#process.sandbox.usage().memoryBytes;
    this.#state = 'Idle';
    callbacks.ready();
  }

  async #startAndRun(invocation: Invocation, callbacks: InvocationCallbacks): Promise<void> {
    const isFirst = this.#state === 'New';
    this.#state = 'Initialising';
    try {
      if (isFirst) {
        const end = await this.#initialise('init', invocation.requestId);
        if (this.#isGone(callbacks)) return;
        if (end.ok && this.#process) return this.#dispatch(this.#process, invocation, callbacks);
      }
      await this.#startWithin(invocation, callbacks);
    } catch (error) {
      this.#abandon(error, callbacks);
    }
  }

  /** A failed init is repeated, or a reset made good, within the invocation and its timeout ("suppressed init"). */
  async #startWithin(invocation: Invocation, callbacks: InvocationCallbacks): Promise<void> {
    let progress: Progress | undefined;
    const end = await this.#initialise('invoke', invocation.requestId, () => {
      progress = this.#begin(invocation, callbacks);
    });
    if (!progress) {
      if (this.#isGone(callbacks)) return;
      progress = this.#begin(invocation, callbacks);
    }
    if (this.#progress !== progress) return;
    if (end.ok && this.#process) this.#handOver(this.#process, progress);
    else
      this.#fail(
        progress,
        end.ok ? platformErrors.sandboxFailure(invocation.requestId) : end.error,
        end.ok ? 'error' : end.status,
      );
  }

  #isGone(callbacks: InvocationCallbacks): boolean {
    if ((this.#state as EnvironmentState) !== 'Gone') return false;
    callbacks.failed(new Error('the environment was stopped while it started'));
    callbacks.released();
    return true;
  }

  /** Our own fault: the invocation is given back as failed, and the environment is no more. */
  #abandon(error: unknown, callbacks: InvocationCallbacks): void {
    this.#progress?.timer.cancel();
    this.#progress = undefined;
    if ((this.#state as EnvironmentState) !== 'Gone') {
      this.#state = 'Gone';
      this.#giveUpProcess();
      this.#parts.release();
    }
    callbacks.failed(error);
    callbacks.released();
  }

  /**
   * Starts the process and waits for its first `next`. In phase `init` ten seconds bound it, and more when nobody waits
   * for it; in phase `invoke` the invocation's own timer does, which `started` sets going.
   */
  async #initialise(phase: 'init' | 'invoke', requestId: string, started?: () => void): Promise<InitEnd> {
    await this.#stopping;
    const { clock, version } = this.#parts;
    const endTurn = await this.#parts.startTurn();
    const startedMs = clock.monotonic();
    const ended = new Promise<InitEnd>((resolve) => {
      this.#initEnded = resolve;
    });
    let timer: Timer | undefined;
    let end: InitEnd;
    this.#isRuntimeReady = false;
    this.#journal.initStarted(phase);
    try {
      const result = await this.#parts.startProcess(this);
      if ('errorType' in result) this.#initEnded?.({ ok: false, status: 'error', error: result });
      else this.#take(result);
      if ((this.#state as EnvironmentState) === 'Gone') this.#giveUpProcess();
      else started?.();
      if (phase === 'init') {
        const onTimeout = (): void => this.#ended(platformErrors.timedOut(requestId, version.timeoutMs), 'timeout');
        const limitMs = this.#ahead ? Math.max(INIT_AHEAD_TIMEOUT_MS, version.timeoutMs) : INIT_TIMEOUT_MS;
        timer = clock.setTimeout(onTimeout, limitMs);
      }
      end = await ended;
    } finally {
      timer?.cancel();
      this.#initEnded = undefined;
      endTurn();
    }
    this.#startCostMs = clock.monotonic() - startedMs;
    for (const extension of this.#process?.extensions.all ?? []) this.#journal.extension(extension);
    this.#process?.telemetry.closeSubscriptions();
    if (!end.ok) return this.#initFailed(end, phase);
    this.#cpuLimited = false;
    if (phase === 'init' && !this.#ahead) this.#initDurationMs = this.#startCostMs;
    if (!this.#ahead) this.#journal.initEnded({ durationMs: this.#startCostMs, phase, status: 'success' }, false);
    return end;
  }

  /** The process has been started; what it said in the meantime counts. */
  #take(process: RuntimeProcess): void {
    this.#process = process;
    this.#journal.follow(process.telemetry);
    if (this.#isRuntimeReady) {
      process.extensions.closeRegistration();
      this.#checkInit();
    }
    // All that are to register may have done so while the process was being started.
    if (process.extensions.haveRegistered) process.sandbox.companions?.begin();
  }

  async #initFailed(end: InitEnd & { ok: false }, phase: 'init' | 'invoke'): Promise<InitEnd> {
    const { capture } = this.#parts;
    await new Promise<void>((resolve) => capture.settle(undefined, resolve));
    capture.flush();
    const errorType = end.status === 'error' ? { errorType: end.error.errorType } : {};
    this.#journal.initEnded({ durationMs: this.#startCostMs, phase, status: end.status, ...errorType }, true);
    this.#giveUpProcess(end.status === 'timeout' ? 'timeout' : 'failure');
    return end;
  }

  // Invocation ------------------------------------------------------------------------------------------------------

  #dispatch(process: RuntimeProcess, invocation: Invocation, callbacks: InvocationCallbacks): void {
    if (this.#frozen) {
      this.#frozen = false;
      process.sandbox.thaw();
    }
    this.#handOver(process, this.#begin(invocation, callbacks));
  }

  #begin(invocation: Invocation, callbacks: InvocationCallbacks): Progress {
    const { clock, capture, version } = this.#parts;
    const limitMs = version.timeoutMs;
    const nowMs = clock.now();
    const progress: Progress = {
      invocation,
      callbacks,
      startedMs: clock.monotonic(),
      deadlineMs: nowMs + limitMs,
      timer: clock.setTimeout(() => this.#timedOut(progress), limitMs),
    };
    this.#progress = progress;
    capture.begin(invocation.requestId, invocation.logTail);
    this.#journal.started(invocation, nowMs);
    return progress;
  }

  #handOver(process: RuntimeProcess, progress: Progress): void {
    this.#state = 'Busy';
    if (!this.#cpuLimited) {
      this.#cpuLimited = true;
      process.sandbox.limitCpu(cpuCoresFor(this.version.memorySizeMb));
    }
    process.extensions.invoke({ ...progress.invocation, deadlineMs: progress.deadlineMs });
    process.session.dispatch({ ...progress.invocation, deadlineMs: progress.deadlineMs });
  }

  #timedOut(progress: Progress): void {
    if (this.#progress !== progress) return;
    this.#ended(platformErrors.timedOut(progress.invocation.requestId, this.version.timeoutMs), 'timeout');
  }

  /** The process is at its end, by itself or by us: during init, during an invocation, or between two. */
  #ended(error: PlatformError, status: 'error' | 'timeout'): void {
    if (this.#initEnded) {
      this.#initEnded({ ok: false, status, error });
      return;
    }
    if (this.#progress) {
      this.#fail(this.#progress, error, status);
      return;
    }
    const wasIdle = this.#state === 'Idle';
    if (wasIdle) this.#state = 'Reset';
    this.#giveUpProcess('failure');
    if (wasIdle) this.#ahead?.lost();
  }

  #fail(progress: Progress, error: PlatformError, status: 'error' | 'timeout'): void {
    // A stream that has not come to its end is broken off with the error.
    const isStreaming = progress.stream !== undefined && this.#process?.session.state === 'Responding';
    const wasAnswered = progress.outcome !== undefined && !isStreaming;
    if (isStreaming) this.#endStream(progress, error);
    else if (!wasAnswered)
      this.#settle(progress, { payload: error.payload, functionError: 'Unhandled', errorType: error.errorType });
    const usedBytes = this.#process?.sandbox.usage().memoryPeakBytes;
    if (!progress.isRuntimeDone) this.#runtimeDone(progress, status, error.errorType);
    this.#giveUpProcess(status === 'timeout' ? 'timeout' : 'failure');
    // A runtime that reported its error and then left has failed as a function, not as a process.
    this.#finish(progress, wasAnswered && status === 'error' ? 'success' : status, error.errorType, usedBytes);
  }

  #runtimeDone(progress: Progress, status: 'success' | 'error' | 'timeout', errorType?: string): void {
    progress.isRuntimeDone = true;
    const { outcome, invocation, startedMs } = progress;
    this.#journal.runtimeDone({
      requestId: invocation.requestId,
      // To the platform a function error is a success, to its subscribers it is a failure.
      status: status === 'success' && outcome?.functionError ? 'failure' : status,
      ...(errorType ? { errorType } : {}),
      durationMs: this.#parts.clock.monotonic() - startedMs,
      producedBytes: outcome?.payload.length ?? 0,
    });
  }

  #settle(progress: Progress, outcome: InvocationOutcome): void {
    progress.outcome = outcome;
    // A stream is handed over at once; its end brings the log.
    if (!progress.invocation.logTail || outcome.stream) progress.callbacks.outcome(outcome);
  }

  /** The streamed answer is at its end, by itself or because the process is. */
  #endStream(progress: Progress, error: PlatformError | undefined): void {
    const whole = progress.stream?.ended(error);
    if (whole) this.#settle(progress, whole);
    else if (!progress.invocation.logTail) progress.stream?.complete(undefined);
  }

  #finish(progress: Progress, status: 'success' | 'error' | 'timeout', errorType?: string, usedBytes?: number): void {
    if (this.#progress !== progress) return;
    this.#progress = undefined;
    progress.timer.cancel();
    const durationMs = this.#parts.clock.monotonic() - progress.startedMs;
    const outputBytes = status === 'success' ? progress.outputBytes : undefined;
    this.#parts.capture.settle(outputBytes, () => {
      this.#writeReport(progress, status, errorType, durationMs, usedBytes);
      this.#state = (this.#state as EnvironmentState) === 'Gone' ? 'Gone' : this.#process ? 'Idle' : 'Reset';
      progress.callbacks.released();
    });
  }

  #writeReport(
    progress: Progress,
    status: 'success' | 'error' | 'timeout',
    errorType: string | undefined,
    durationMs: number,
    usedBytes: number | undefined,
  ): void {
    const { capture, version } = this.#parts;
    const requestId = progress.invocation.requestId;
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    const usage = this.#process?.sandbox.usage();
    this.#memoryBytes = usage?.memoryBytes;
    const peakBytes = usedBytes ?? usage?.memoryPeakBytes ?? 0;
    capture.flush();
    this.#journal.reported({
      requestId,
      durationMs,
      billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
      memorySizeMb: version.memorySizeMb,
      maxMemoryUsedMb: Math.min(version.memorySizeMb, Math.ceil(peakBytes / 1_048_576)),
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      status,
      ...(status === 'error' && errorType ? { errorType } : {}),
    });
    const logTail = capture.finish();
    if (progress.outcome?.stream) progress.stream?.complete(logTail);
    else if (progress.invocation.logTail && progress.outcome) {
      progress.callbacks.outcome(logTail ? { ...progress.outcome, logTail } : progress.outcome);
    }
  }

  /** Without a reason its extensions are told nothing. */
  /** Not before: extensions hear of the end over what is released. */
  #releaseAfterStop(): void {
    if (this.#stopping) this.#stopping = this.#stopping.finally(() => this.#parts.release());
    else this.#parts.release();
  }

  #giveUpProcess(reason?: ShutdownReason): void {
    const process = this.#process;
    if (!process) return;
    this.#process = undefined;
    this.#frozen = false;
    this.#stopping = process.stop(reason);
  }
}
