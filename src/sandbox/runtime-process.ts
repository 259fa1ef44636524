import type { Sandbox, SandboxDriver, SandboxExit, SandboxSpec } from '../ports/sandbox-driver.ts';
import { attachFramedTransport } from './framed-transport.ts';
import type { OutputCapture } from './output-capture.ts';
import type { RuntimeApiEndpoint } from './runtime-api.ts';
import { RuntimeSession, type SessionListener } from './runtime-session.ts';

/** What the environment hears of its process. */
export interface ProcessListener extends SessionListener {
  /** The first process is gone by itself; everything it had sent before has been heard. Not called after {@link RuntimeProcess.stop}. */
  exited(exit: SandboxExit): void;
  /** It broke the framed protocol and can't be trusted any more. */
  breached(reason: string): void;
}

/** What is needed to start one runtime process. */
export interface ProcessStart {
  readonly driver: SandboxDriver;
  readonly spec: SandboxSpec;
  readonly framed: boolean;
  readonly endpoint: RuntimeApiEndpoint;
  readonly capture: OutputCapture;
  readonly listener: ProcessListener;
}

/** One runtime process in its sandbox, from start to stop. After a crash or a timeout the environment starts another. */
export class RuntimeProcess {
  readonly session: RuntimeSession;
  readonly sandbox: Sandbox;

  private constructor(session: RuntimeSession, sandbox: Sandbox) {
    this.session = session;
    this.sandbox = sandbox;
  }

  /** Rejects when the sandbox could not be started; then nothing is left of it. */
  static async start(start: ProcessStart): Promise<RuntimeProcess> {
    const { driver, spec, framed, endpoint, capture, listener } = start;
    const session = new RuntimeSession(listener);
    endpoint.attach(session);
    const sandbox = await driver.start(spec);
    endpoint.admit(sandbox.uid);
    capture.attach(sandbox.stdout, sandbox.stderr);
    if (framed) {
      attachFramedTransport(sandbox.channel, session, (reason) => {
        if (session.state !== 'Ended') listener.breached(reason);
      });
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
    return new RuntimeProcess(session, sandbox);
  }

  /** Nothing of it is heard any more, and all it held is given back. Never rejects for a process that is gone already. */
  async stop(): Promise<void> {
    this.session.end();
    await this.sandbox.stop();
  }
}
