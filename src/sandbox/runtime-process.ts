import type { Clock, Timer } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Sandbox, SandboxDriver, SandboxExit, SandboxSpec } from '../ports/sandbox-driver.ts';
import { ExtensionHost, type ExtensionListener } from './extensions/extension-host.ts';
import type { FunctionFacts } from './extensions/extension-requests.ts';
import { attachFramedTransport } from './framed-transport.ts';
import type { EnvironmentPlace } from './metadata-requests.ts';
import { followLogFrames } from './log-frames.ts';
import type { OutputCapture } from './output-capture.ts';
import type { RuntimeApiEndpoint } from './runtime-api.ts';
import { type ApiSession, RuntimeSession, type SessionListener } from './runtime-session.ts';
import type { TelemetryDialect, TelemetrySubscription } from './telemetry/subscription.ts';
import { TelemetryHub } from './telemetry/telemetry-hub.ts';

/** What the environment hears of its process, apart from the runtime's session. */
export interface HostListener extends ExtensionListener {
  /** The first process is gone by itself; everything it had sent before has been heard. Not called after {@link RuntimeProcess.stop}. */
  exited(exit: SandboxExit): void;
  /** It broke the framed protocol and can't be trusted any more. */
  breached(reason: string): void;
  /** An extension has subscribed to the environment's events. */
  subscribed(name: string, subscription: TelemetrySubscription, dialect: TelemetryDialect): void;
}

/** The same with the session of a runtime that takes one invocation at a time. */
export interface ProcessListener extends SessionListener, HostListener {}

/** What is needed to start one runtime process. */
export interface ProcessStart<Session extends ApiSession> {
  readonly driver: SandboxDriver;
  readonly spec: SandboxSpec;
  readonly session: Session;
  /** It speaks frames on its channel, which carry one invocation at a time. */
  readonly framed: boolean;
  /** It writes its log as frames to the channel. */
  readonly logFrames?: boolean | undefined;
  readonly endpoint: RuntimeApiEndpoint;
  readonly capture: OutputCapture;
  readonly listener: HostListener;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  /** Names of the external extensions, in the order of the spec's companions. */
  readonly extensions: readonly string[];
  readonly facts: FunctionFacts;
  readonly place: EnvironmentPlace;
}

/** Why a process ends, as its extensions are told. */
export type ShutdownReason = 'spindown' | 'timeout' | 'failure';

/** What processes are given to end by themselves. Source: Lambda's page on the lifecycle of execution environments. */
const SHUTDOWN_EXTERNAL_MS = 2_000;
const SHUTDOWN_INTERNAL_MS = 500;
/** The runtime's part of that, before its extensions are told. */
const RUNTIME_SHARE = 0.3;

/** One runtime process in its sandbox, from start to stop. After a crash or a timeout the environment starts another. */
export class RuntimeProcess<Session extends ApiSession = RuntimeSession> {
  readonly session: Session;
  readonly sandbox: Sandbox;
  readonly extensions: ExtensionHost;
  readonly telemetry: TelemetryHub;
  readonly #clock: Clock;

  private constructor(session: Session, sandbox: Sandbox, extensions: ExtensionHost, telemetry: TelemetryHub, clock: Clock) {
    this.session = session;
    this.sandbox = sandbox;
    this.extensions = extensions;
    this.telemetry = telemetry;
    this.#clock = clock;
  }

  /** Rejects when the sandbox could not be started; then nothing is left of it. */
  static async start<Session extends ApiSession>(start: ProcessStart<Session>): Promise<RuntimeProcess<Session>> {
    const { driver, spec, framed, session, endpoint, capture, listener, clock, ids, facts, place } = start;
    const extensions = new ExtensionHost(start.extensions, ids, listener, session.takesSeveral);
    const { network } = spec;
    const telemetry = new TelemetryHub(clock, network && ((port) => network.connect(port)));
    endpoint.attach({ session, extensions, telemetry, facts, place, subscribed: (...told) => listener.subscribed(...told) });
    const sandbox = await driver.start(spec);
    endpoint.admit(sandbox.uid);
    capture.attach(sandbox.stdout, sandbox.stderr, sandbox.companions?.output);
    capture.tap = (category, timeMs, line) => {
      if (telemetry.isWanted) telemetry.publish(category, { timeMs, type: category, record: line });
    };
    sandbox.companions?.onExit((index, status) => extensions.exited(index, status));
    if (framed && session instanceof RuntimeSession) {
      attachFramedTransport(sandbox.channel, session, (reason) => {
        if (session.state !== 'Ended') listener.breached(reason);
      });
    } else if (start.logFrames) {
      followLogFrames(sandbox.channel, (message) => capture.record(sandbox.channel, message));
    } else {
      sandbox.channel.on('error', () => {});
      sandbox.channel.resume();
    }
    void sandbox.exited.then((exit) => {
      // The exit may be heard before the last bytes on the channel: two turns let those be read first.
      setImmediate(() =>
        setImmediate(() => {
          if (session.state !== 'Ended') listener.exited(exit);
        }),
      );
    });
    return new RuntimeProcess(session, sandbox, extensions, telemetry, clock);
  }

  /**
   * Nothing of it is heard any more, and all it held is given back. With a reason its extensions, if it has any, are
   * told first and get their time to end. Never rejects for a process that is gone already.
   */
  async stop(reason?: ShutdownReason): Promise<void> {
    this.session.end();
    if (reason && !this.extensions.isEmpty) await this.#shutDown(reason);
    this.telemetry.close();
    await this.sandbox.stop();
  }

  /** SIGTERM for the runtime, then SHUTDOWN for the extensions. Source: Lambda's page on the Extensions API. */
  async #shutDown(reason: ShutdownReason): Promise<void> {
    const limitMs = this.extensions.hasExternal ? SHUTDOWN_EXTERNAL_MS : SHUTDOWN_INTERNAL_MS;
    const deadlineMs = this.#clock.now() + limitMs;
    this.sandbox.thaw();
    this.sandbox.signal('SIGTERM');
    await this.#within(this.sandbox.exited, limitMs * RUNTIME_SHARE);
    const gone = this.extensions.shutDown(reason, deadlineMs);
    this.telemetry.flush();
    await this.#within(gone, Math.max(0, deadlineMs - this.#clock.now()));
  }

  #within(done: Promise<unknown>, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#clock.setTimeout(resolve, limitMs);
      void done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
