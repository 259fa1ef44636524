import type { ExecutableVersion } from '../model/executable-version.ts';
import type { InitializationType } from '../model/executable-version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Extension } from './extensions/extension.ts';
import type { Invocation } from './invocation.ts';
import type { OutputCapture } from './output-capture.ts';
import type { InitReport, InvocationReport, PlatformLines, RuntimeIdentity } from './platform-lines.ts';
import { PlatformEvents, type RuntimeDone } from './telemetry/platform-events.ts';
import type { TelemetryDialect, TelemetrySubscription } from './telemetry/subscription.ts';
import type { TelemetryEvent, TelemetryHub } from './telemetry/telemetry-hub.ts';

/** What a journal writes to. */
export interface JournalParts {
  readonly version: ExecutableVersion;
  readonly clock: Clock;
  readonly capture: OutputCapture;
  readonly lines: PlatformLines;
  readonly runtimeIdentity: RuntimeIdentity | undefined;
  readonly initializationType?: InitializationType;
}

/** What happens in an environment, told twice: as lines of its log, and as events to whoever subscribed to them. */
export class EnvironmentJournal {
  readonly #parts: JournalParts;
  readonly #events: PlatformEvents;
  #hub: TelemetryHub | undefined;
  /** Init begins before there is anybody to tell. */
  #opening: TelemetryEvent | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#events = new PlatformEvents(parts.version, parts.initializationType ?? 'on-demand');
  }

  /** Init begins; one within an invocation has no line. */
  initStarted(phase: 'init' | 'invoke'): void {
    const { capture, clock, lines, runtimeIdentity } = this.#parts;
    const nowMs = clock.now();
    this.#hub = undefined;
    this.#opening = this.#events.initStart(nowMs, phase, runtimeIdentity);
    if (phase === 'init') capture.platform(nowMs, lines.initStart(runtimeIdentity, nowMs));
  }

  /** Events go to the subscribers of this process from now on. */
  follow(hub: TelemetryHub): void {
    this.#hub = hub;
    if (this.#opening) hub.publish('platform', this.#opening);
    this.#opening = undefined;
  }

  /** Init has ended. `hasLine`: also where a good one is told by the invocation's report alone. */
  initEnded(report: InitReport, hasLine: boolean): void {
    const { capture, clock, lines } = this.#parts;
    const nowMs = clock.now();
    this.#publish(() => this.#events.initRuntimeDone(nowMs, report));
    this.#publish(() => this.#events.initReport(nowMs, report));
    if (hasLine) capture.platform(nowMs, lines.initReport(report, nowMs));
  }

  /** An extension stands as it does at the end of init. */
  extension({ name, state, events }: Extension, errorType?: string): void {
    const { capture, clock, lines } = this.#parts;
    const nowMs = clock.now();
    const told = state === 'Waiting' ? 'Ready' : state === 'Failed' ? 'LaunchError' : state;
    this.#publish(() => this.#events.extension(nowMs, name, told, [...events], errorType));
    capture.platform(nowMs, lines.extension(name, told, [...events], errorType, nowMs));
  }

  subscribed(name: string, { types }: TelemetrySubscription, dialect: TelemetryDialect): void {
    const { capture, clock, lines } = this.#parts;
    const nowMs = clock.now();
    this.#publish(() => this.#events.subscription(nowMs, dialect, name, types));
    capture.platform(nowMs, lines.subscription(dialect, name, types, nowMs));
  }

  started({ requestId, tenantId, traceHeader }: Invocation, nowMs: number): void {
    const { capture, lines } = this.#parts;
    capture.platform(nowMs, lines.start(requestId, nowMs, tenantId));
    this.#publish(() => this.#events.start(nowMs, requestId, traceHeader, tenantId));
  }

  runtimeDone(done: RuntimeDone): void {
    const nowMs = this.#parts.clock.now();
    this.#publish(() => this.#events.runtimeDone(nowMs, done));
  }

  reported(report: InvocationReport): void {
    const { capture, clock, lines } = this.#parts;
    const nowMs = clock.now();
    capture.platform(nowMs, lines.end(report.requestId, nowMs), lines.report(report, nowMs));
    this.#publish(() => this.#events.report(nowMs, report));
    // The environment may be frozen in a moment.
    this.#hub?.flush();
  }

  #publish(make: () => TelemetryEvent): void {
    if (this.#hub?.isWanted) this.#hub.publish('platform', make());
  }
}
