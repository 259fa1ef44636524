import type { Readable } from 'node:stream';
import type { ImageDefaults } from './image-shelf.ts';

/** An image that an engine has. */
export interface EngineImage {
  /** By which containers are made of it, whatever its names. */
  readonly id: string;
  readonly os: string;
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly defaults: ImageDefaults;
}

/** What a container is made of. Its root is read only, it has no capabilities, and the network is the host's. */
export interface ContainerSettings {
  readonly name: string;
  /** By which {@link ContainerEngine.list} finds it. */
  readonly owner: string;
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Host uid and gid of its processes. */
  readonly uid: number;
  /** Host paths and where they are seen. */
  readonly binds: readonly { readonly source: string; readonly target: string; readonly isWritable: boolean }[];
  readonly memoryBytesMax: number;
  readonly cpuCores: number;
  readonly processesMax: number;
  readonly descriptorsMax: number;
}

/** What a started container writes. */
export interface ContainerOutput {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Gives the connection up. */
  destroy(): void;
}

/** Where a container stands. */
export interface ContainerState {
  /** Pid on the host; 0 when it does not run. */
  readonly pid: number;
  readonly outOfMemory: boolean;
}

/** The program of a container can't be run, in the words of the engine. */
export class ContainerUnstartable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContainerUnstartable';
  }
}

/** Makes and runs containers. Calls reject with what the engine says; those that end something reject for nothing that is gone. */
export interface ContainerEngine {
  /** What it is, for people: `Docker Engine 28.0.1`. Rejects when it can't be asked, or keeps containers from the host's network or users. */
  describe(): Promise<string>;
  /** An image by name, digest or id; undefined when the engine does not have it. */
  image(name: string): Promise<EngineImage | undefined>;
  /** Fetches an image from its registry. Throws `ImageUnusable` when it is not there, or not for us. */
  pull(name: string, credentials: { readonly user: string; readonly password: string } | undefined): Promise<void>;
  /** Returns its id. */
  create(settings: ContainerSettings): Promise<string>;
  /** To be called before it is started. */
  attach(id: string): Promise<ContainerOutput>;
  /** Throws {@link ContainerUnstartable} when its program is not there or can't be run. */
  start(id: string): Promise<void>;
  /** Resolves with its exit status when it has ended. */
  wait(id: string): Promise<number>;
  state(id: string): Promise<ContainerState>;
  signal(id: string, name: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  limitCpu(id: string, cores: number): Promise<void>;
  /** Kills what is in it and removes it. */
  remove(id: string): Promise<void>;
  /** Ids of all containers of an owner, running or not. */
  list(owner: string): Promise<string[]>;
}
