import { Duplex, PassThrough } from 'node:stream';
import type { Enforcement, Sandbox, SandboxDriver, SandboxExit, SandboxSpec, SandboxUsage } from '../ports/sandbox-driver.ts';

/** For tests: a driver whose runtimes are played by the test. */
export class FakeDriver implements SandboxDriver {
  readonly name = 'process';
  readonly enforcements: readonly Enforcement[] = [];
  readonly ownFilesystem = true;
  readonly roots = 'none';
  readonly runtimes: FakeRuntime[] = [];
  readonly #onStart: (runtime: FakeRuntime) => void;
  failStart: Error | undefined;

  constructor(onStart: (runtime: FakeRuntime) => void) {
    this.#onStart = onStart;
  }

  /** Any spec; the fake does not look at it. */
  spec(): SandboxSpec {
    return {
      id: `s${this.runtimes.length}`,
      argv: ['/bin/true'],
      env: {},
      cwd: '/',
      mounts: [],
      memoryBytesMax: 1,
      cpuCores: 1,
      tmpBytesMax: 1,
      processesMax: 1,
      descriptorsMax: 1,
    };
  }

  locate(_spec: unknown, path: string): string {
    return path;
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    if (this.failStart) throw this.failStart;
    const runtime = new FakeRuntime(spec.id);
    this.runtimes.push(runtime);
    setImmediate(() => this.#onStart(runtime));
    return runtime;
  }

  async close(): Promise<void> {
    await Promise.all(this.runtimes.map((runtime) => runtime.stop()));
  }
}

/** For tests: the sandbox and the runtime inside it in one. */
export class FakeRuntime extends Duplex implements Sandbox {
  readonly id: string;
  readonly pid = 1;
  readonly channel = this;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exited: Promise<SandboxExit>;
  /** What the environment asked of the sandbox, in order. */
  readonly calls: string[] = [];
  stopped = false;
  onInvoke: (requestId: string, event: string) => void = () => {};
  #exit: (exit: SandboxExit) => void = () => {};

  constructor(id: string) {
    super();
    this.id = id;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const headBytes = chunk.readUInt32BE(5);
    const { id } = JSON.parse(chunk.toString('utf8', 9, 9 + headBytes)) as { id: string };
    this.onInvoke(id, chunk.toString('utf8', 9 + headBytes));
    done();
  }

  frame(type: number, body: Buffer): void {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(1 + body.length, 0);
    head[4] = type;
    this.push(Buffer.concat([head, body]));
  }

  #headed(type: number, head: object, payload: string): void {
    const text = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length, 0);
    this.frame(type, Buffer.concat([length, text, Buffer.from(payload)]));
  }

  ready(): void {
    this.frame(0x14, Buffer.alloc(0));
  }

  respond(payload: string, out = 0): void {
    this.#headed(0x11, { out }, payload);
  }

  fail(payload: string): void {
    this.#headed(0x12, { type: 'Function.Unknown' }, payload);
  }

  initError(type: string, payload: string): void {
    this.#headed(0x13, { type }, payload);
  }

  print(text: string): void {
    this.stdout.write(text);
  }

  exit(exit: SandboxExit): void {
    this.#exit(exit);
  }

  freeze(): void {
    this.calls.push('freeze');
  }

  thaw(): void {
    this.calls.push('thaw');
  }

  limitCpu(): void {
    this.calls.push('limitCpu');
  }

  usage(): SandboxUsage {
    return { memoryBytes: 30_000_000, memoryPeakBytes: 31_000_000 };
  }

  signal(): void {}

  async stop(): Promise<void> {
    this.stopped = true;
    this.#exit({ code: null, signal: 'SIGKILL', outOfMemory: false });
  }
}
