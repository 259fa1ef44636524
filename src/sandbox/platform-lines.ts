import type { ExecutableVersion, InitializationType } from '../model/executable-version.ts';

/** Figures of one invocation for its REPORT. */
export interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedDurationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Only for the first invocation of an environment whose init went well. */
  readonly initDurationMs?: number;
  /** How the invocation ended for the platform; a plain function error is a `success` of the platform. */
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
  readonly traceHeader?: string;
  /** From the start to the first byte of the answer, where that is told. */
  readonly latencyMs?: number;
}

/** How an init phase ended. */
export interface InitReport {
  readonly durationMs: number;
  readonly phase: 'init' | 'invoke';
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
}

/** Which runtime an environment runs, as INIT_START names it. */
export interface RuntimeIdentity {
  readonly version: string;
  readonly arn: string;
}

/**
 * The lines that the platform writes around an invocation. `undefined`: this line does not appear in this format or at this level.
 * Sources: log lines recorded from Lambda (text), the Telemetry API's event schema (JSON).
 */
export interface PlatformLines {
  initStart(identity: RuntimeIdentity | undefined, timeMs: number): string | undefined;
  initReport(report: InitReport, timeMs: number): string | undefined;
  start(requestId: string, timeMs: number, tenantId?: string): string | undefined;
  end(requestId: string, timeMs: number): string | undefined;
  report(report: InvocationReport, timeMs: number): string | undefined;
  extension(
    name: string,
    state: string,
    events: readonly string[],
    errorType: string | undefined,
    timeMs: number,
  ): string | undefined;
  subscription(dialect: 'telemetry' | 'logs', name: string, types: readonly string[], timeMs: number): string | undefined;
}

/** The lines in the function's own log format. */
export function platformLines(version: ExecutableVersion, initializationType: InitializationType = 'on-demand'): PlatformLines {
  return version.logFormat === 'JSON' ? jsonLines(version, initializationType) : textLines(version, initializationType);
}

function textLines(version: ExecutableVersion, initializationType: InitializationType): PlatformLines {
  return {
    initStart: (identity) =>
      identity ? `INIT_START Runtime Version: ${identity.version}\tRuntime Version ARN: ${identity.arn}` : 'INIT_START ',
    initReport: (report) =>
      // A successful on-demand init is told by the REPORT's Init Duration and has no line of its own.
      report.status === 'success' && initializationType === 'on-demand'
        ? undefined
        : `INIT_REPORT Init Duration: ${report.durationMs.toFixed(2)} ms\tPhase: ${report.phase}\t${statusFields(report)}\t`,
    start: (requestId) => `START RequestId: ${requestId} Version: ${version.version}`,
    end: (requestId) => `END RequestId: ${requestId}`,
    report: (report) => {
      const init = report.initDurationMs === undefined ? '' : `\tInit Duration: ${report.initDurationMs.toFixed(2)} ms`;
      const status = report.status === 'success' ? '' : `${statusFields(report)}`;
      return (
        `REPORT RequestId: ${report.requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\t` +
        `Billed Duration: ${report.billedDurationMs} ms\tMemory Size: ${report.memorySizeMb} MB\t` +
        `Max Memory Used: ${report.maxMemoryUsedMb} MB${init}\t${status}`
      );
    },
    extension: (name, state, events, errorType) =>
      `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(', ')}]${errorType ? `\tError Type: ${errorType}` : ''}`,
    subscription: (dialect, name, types) =>
      `${dialect.toUpperCase()}\tName: ${name}\tState: Subscribed\tTypes: [${types.map(capitalized).join(', ')}]`,
  };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function statusFields(report: { status: string; errorType?: string }): string {
  return `Status: ${report.status}${report.status === 'error' && report.errorType ? `\tError Type: ${report.errorType}` : ''}`;
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** True when a record of `level` passes a filter set to `threshold`. */
export function passesLevel(level: string, threshold: string | undefined): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(threshold ?? 'INFO');
}

function jsonLines(version: ExecutableVersion, initializationType: InitializationType): PlatformLines {
  const line = (level: string, timeMs: number, type: string, record: object): string | undefined =>
    passesLevel(level, version.systemLogLevel)
      ? JSON.stringify({ time: new Date(timeMs).toISOString(), type, record })
      : undefined;
  return {
    initStart: (identity, timeMs) =>
      line(identity ? 'INFO' : 'DEBUG', timeMs, 'platform.initStart', {
        initializationType,
        phase: 'init',
        ...(identity ? { runtimeVersion: identity.version, runtimeVersionArn: identity.arn } : {}),
        functionName: version.functionName,
        functionVersion: version.version,
      }),
    initReport: (report, timeMs) =>
      line(initReportLevel(report, initializationType), timeMs, 'platform.initReport', {
        initializationType,
        phase: report.phase,
        status: report.status,
        ...(report.errorType ? { errorType: report.errorType } : {}),
        metrics: { durationMs: round(report.durationMs) },
      }),
    start: (requestId, timeMs, tenantId) =>
      line('INFO', timeMs, 'platform.start', { requestId, version: version.version, ...(tenantId ? { tenantId } : {}) }),
    end: () => undefined,
    report: (report, timeMs) =>
      line(report.status === 'success' ? 'INFO' : 'WARN', timeMs, 'platform.report', {
        requestId: report.requestId,
        status: report.status,
        ...(report.errorType ? { errorType: report.errorType } : {}),
        ...reportFigures(report, initializationType, timeMs),
      }),
    extension: (name, state, events, errorType, timeMs) =>
      line(errorType ? 'WARN' : 'INFO', timeMs, 'platform.extension', {
        name,
        state,
        events,
        ...(errorType ? { errorType } : {}),
      }),
    subscription: (dialect, name, types, timeMs) =>
      line('INFO', timeMs, dialect === 'telemetry' ? 'platform.telemetrySubscription' : 'platform.logsSubscription', {
        name,
        state: 'Subscribed',
        types,
      }),
  };
}

/** The figures of a report. Where invocations run side by side their time is all that is each one's own. */
export function reportFigures(report: InvocationReport, initializationType: InitializationType, timeMs: number): object {
  const durationMs = round(report.durationMs);
  if (initializationType === 'lambda-managed-instances') {
    const { latencyMs } = report;
    const startMs = timeMs - report.durationMs;
    if (latencyMs === undefined) return { metrics: { durationMs } };
    const span = (name: string, spanStartMs: number, spanMs: number): object => ({
      name,
      start: new Date(spanStartMs).toISOString(),
      durationMs: round(spanMs),
    });
    const latency = span('responseLatency', startMs, latencyMs);
    const duration = span('responseDuration', startMs + latencyMs, report.durationMs - latencyMs);
    return { metrics: { durationMs }, spans: [latency, duration] };
  }
  return {
    metrics: {
      durationMs,
      billedDurationMs: report.billedDurationMs,
      memorySizeMB: report.memorySizeMb,
      maxMemoryUsedMB: report.maxMemoryUsedMb,
      ...(report.initDurationMs === undefined ? {} : { initDurationMs: round(report.initDurationMs) }),
    },
  };
}

/** A good init on demand is told by the REPORT; one ahead of invocations is not. */
function initReportLevel({ status }: InitReport, initializationType: InitializationType): 'DEBUG' | 'INFO' | 'WARN' {
  if (status !== 'success') return 'WARN';
  return initializationType === 'on-demand' ? 'DEBUG' : 'INFO';
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
