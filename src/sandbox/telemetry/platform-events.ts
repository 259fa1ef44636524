import type { ExecutableVersion } from '../../model/executable-version.ts';
import type { InitializationType } from '../../model/executable-version.ts';
import { type InitReport, type InvocationReport, reportFigures, type RuntimeIdentity } from '../platform-lines.ts';
import type { TelemetryEvent } from './telemetry-hub.ts';

/** What an invocation was done with by its runtime, before its extensions were. */
export interface RuntimeDone {
  readonly requestId: string;
  readonly status: 'success' | 'failure' | 'error' | 'timeout';
  readonly errorType?: string;
  readonly durationMs: number;
  readonly producedBytes: number;
}

/** The platform's events as the Telemetry API delivers them. Source: its event schema, version 2022-12-13. */
export class PlatformEvents {
  readonly #version: ExecutableVersion;
  readonly #initializationType: InitializationType;

  constructor(version: ExecutableVersion, initializationType: InitializationType) {
    this.#version = version;
    this.#initializationType = initializationType;
  }

  initStart(timeMs: number, phase: 'init' | 'invoke', identity: RuntimeIdentity | undefined): TelemetryEvent {
    return event(timeMs, 'platform.initStart', {
      initializationType: this.#initializationType,
      phase,
      ...(identity ? { runtimeVersion: identity.version, runtimeVersionArn: identity.arn } : {}),
      functionName: this.#version.functionName,
      functionVersion: this.#version.version,
    });
  }

  initRuntimeDone(timeMs: number, report: InitReport): TelemetryEvent {
    return event(timeMs, 'platform.initRuntimeDone', {
      initializationType: this.#initializationType,
      phase: report.phase,
      status: report.status,
      ...errorOf(report),
    });
  }

  initReport(timeMs: number, report: InitReport): TelemetryEvent {
    return event(timeMs, 'platform.initReport', {
      initializationType: this.#initializationType,
      phase: report.phase,
      status: report.status,
      ...errorOf(report),
      metrics: { durationMs: round(report.durationMs) },
    });
  }

  start(timeMs: number, requestId: string, traceHeader: string | undefined, tenantId: string | undefined): TelemetryEvent {
    const isSampled = traceHeader?.includes('Sampled=1') ?? false;
    return event(timeMs, 'platform.start', {
      requestId,
      version: this.#version.version,
      ...(isSampled ? { tracing: { type: 'X-Amzn-Trace-Id', value: traceHeader } } : {}),
      ...(tenantId ? { tenantId } : {}),
    });
  }

  runtimeDone(timeMs: number, done: RuntimeDone): TelemetryEvent {
    return event(timeMs, 'platform.runtimeDone', {
      requestId: done.requestId,
      status: done.status,
      ...errorOf(done),
      metrics: { durationMs: round(done.durationMs), producedBytes: done.producedBytes },
    });
  }

  report(timeMs: number, report: InvocationReport): TelemetryEvent {
    return event(timeMs, 'platform.report', {
      requestId: report.requestId,
      status: report.status,
      ...errorOf(report),
      ...reportFigures(report, this.#initializationType, timeMs),
    });
  }

  extension(timeMs: number, name: string, state: string, events: readonly string[], errorType?: string): TelemetryEvent {
    return event(timeMs, 'platform.extension', { name, state, events, ...(errorType ? { errorType } : {}) });
  }

  subscription(timeMs: number, dialect: 'telemetry' | 'logs', name: string, types: readonly string[]): TelemetryEvent {
    const type = dialect === 'telemetry' ? 'platform.telemetrySubscription' : 'platform.logsSubscription';
    return event(timeMs, type, { name, state: 'Subscribed', types });
  }
}

function event(timeMs: number, type: string, record: object): TelemetryEvent {
  return { timeMs, type, record };
}

function errorOf({ errorType }: { readonly errorType?: string }): { errorType?: string } {
  return errorType ? { errorType } : {};
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
