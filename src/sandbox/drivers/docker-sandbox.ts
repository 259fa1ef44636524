import { Duplex, PassThrough, type Readable } from 'node:stream';
import type { ContainerEngine, ContainerOutput } from '../../ports/container-engine.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Sandbox, SandboxExit, SandboxUsage } from '../../ports/sandbox-driver.ts';
import { exitOf } from './child-sandbox.ts';
import { usageOfProcess } from './docker-usage.ts';

/** What the driver hands over for a container that it has started. */
export interface DockerSandboxParts {
  readonly id: string;
  readonly container: string;
  readonly engine: ContainerEngine;
  readonly output: ContainerOutput;
  readonly pid: number;
  readonly uid: number;
  readonly logger: Logger;
  /** Gives back what the driver took for it. */
  readonly release: () => Promise<void>;
}

/** A sandbox that is a container of an engine. What is asked of it in turn is done in turn. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  /** Containers have no such stream; whoever writes to it is not heard. */
  readonly channel: Duplex = Duplex.from({ readable: new PassThrough(), writable: new PassThrough().resume() });
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number;
  readonly uid: number;
  readonly exited: Promise<SandboxExit>;
  readonly #parts: DockerSandboxParts;
  #ended = false;
  #stopping: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Of the time before its end: afterwards there is nothing to read it from. */
  #usage: SandboxUsage = {};

  constructor(parts: DockerSandboxParts) {
    const { container, engine, output } = parts;
    this.id = parts.id;
    this.pid = parts.pid;
    this.uid = parts.uid;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
    this.#parts = parts;
    this.exited = engine.wait(container).then(
      (status) => this.#exit(status),
      // The engine is gone, and with it all that can be known.
      () => this.#exit(undefined),
    );
  }

  freeze(): void {
    this.#inTurn((engine, container) => engine.pause(container));
  }

  thaw(): void {
    this.#inTurn((engine, container) => engine.resume(container));
  }

  limitCpu(cores: number): void {
    this.#inTurn((engine, container) => engine.limitCpu(container, cores));
  }

  usage(): SandboxUsage {
    if (this.#ended) return this.#usage;
    this.#usage = usageOfProcess(this.pid);
    return this.#usage;
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.#inTurn((engine, container) => engine.signal(container, name));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #inTurn(work: (engine: ContainerEngine, container: string) => Promise<void>): void {
    if (this.#ended || this.#stopping) return;
    const { engine, container, logger } = this.#parts;
    this.#last = this.#last
      .then(() => work(engine, container))
      .catch((error: unknown) => {
        if (!this.#ended) logger.warn({ sandbox: this.id, error: String(error) }, 'a container does not do as it should');
      });
  }

  async #exit(status: number | undefined): Promise<SandboxExit> {
    const { engine, container } = this.#parts;
    this.#ended = true;
    if (status === undefined) return { code: null, signal: 'SIGKILL', outOfMemory: false };
    const state = await engine.state(container).catch(() => undefined);
    return { ...exitOf(status, null), outOfMemory: state?.outOfMemory ?? false };
  }

  async #stop(): Promise<void> {
    const { engine, container, output, release, logger } = this.#parts;
    await engine
      .remove(container)
      .catch((error: unknown) => logger.error({ sandbox: this.id, error: String(error) }, 'a container could not be removed'));
    output.destroy();
    this.channel.destroy();
    await this.exited;
    await release();
  }
}
