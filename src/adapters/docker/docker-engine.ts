import { availableParallelism } from 'node:os';
import {
  type ContainerEngine,
  type ContainerOutput,
  type ContainerSettings,
  type ContainerState,
  ContainerUnstartable,
  type EngineImage,
} from '../../ports/container-engine.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { EngineError, type EngineRequest, EngineSocket } from './engine-socket.ts';
import { demultiplexed } from './multiplexed.ts';

/** A layer that is unpacked says nothing for a while. */
const PULL_SILENCE_MS_MAX = 600_000;
const OWNER_LABEL = 'lambkin.owner';
/** Least that the engine takes. */
const CORES_MIN = 0.01;

/** Docker Engine by its socket. Source: its API reference, 1.41 and later. */
export class DockerEngine implements ContainerEngine {
  readonly #socket: EngineSocket;

  constructor(socketPath: string) {
    this.#socket = new EngineSocket(socketPath);
  }

  async describe(): Promise<string> {
    const info = objectOf(await this.#socket.call({ method: 'GET', path: '/info' }));
    const security = textsOf(info['SecurityOptions']).join(' ');
    const what = `Docker Engine ${String(info['ServerVersion'])}`;
    if (/name=(rootless|userns)/.test(security) || String(info['OperatingSystem']).includes('Docker Desktop'))
      throw new Error(`${what} has a network or users of its own here, so that its containers can't reach the Runtime API`);
    return what;
  }

  async image(name: string): Promise<EngineImage | undefined> {
    const found = await this.#find({ method: 'GET', path: `/images/${name}/json` });
    if (found === undefined) return undefined;
    const content = objectOf(found);
    const config = objectOf(content['Config'] ?? {});
    const environment = textsOf(config['Env']).map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]);
    return {
      id: String(content['Id']),
      os: String(content['Os']),
      architecture: String(content['Architecture']),
      defaults: {
        entryPoint: textsOf(config['Entrypoint']),
        command: textsOf(config['Cmd']),
        workingDirectory: String(config['WorkingDir'] ?? ''),
        environment: Object.fromEntries(environment) as Record<string, string>,
      },
    };
  }

  async pull(name: string, credentials: { readonly user: string; readonly password: string } | undefined): Promise<void> {
    const secret = { username: credentials?.user, password: credentials?.password };
    const headers: Record<string, string> = credentials
      ? { 'X-Registry-Auth': Buffer.from(JSON.stringify(secret)).toString('base64url') }
      : {};
    let fault: string | undefined;
    try {
      await this.#socket.lines(
        { method: 'POST', path: '/images/create', query: { fromImage: name }, headers, silenceMsMax: PULL_SILENCE_MS_MAX },
        ({ error }) => {
          if (typeof error === 'string') fault ??= error;
        },
      );
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      fault = error.message;
    }
    if (fault !== undefined) throw pullError(fault);
  }

  async create(settings: ContainerSettings): Promise<string> {
    const answer = await this.#socket.call({
      method: 'POST',
      path: '/containers/create',
      query: { name: settings.name },
      body: creation(settings),
    });
    return String(objectOf(answer)['Id']);
  }

  async attach(id: string): Promise<ContainerOutput> {
    const query = { stream: '1', stdout: '1', stderr: '1' };
    return demultiplexed(
      await this.#socket.upgrade({ method: 'POST', path: `/containers/${id}/attach`, query, silenceMsMax: 0 }),
    );
  }

  async start(id: string): Promise<void> {
    try {
      await this.#socket.call({ method: 'POST', path: `/containers/${id}/start` });
    } catch (error) {
      const fault = error instanceof EngineError ? programFault(error.message) : undefined;
      throw fault === undefined ? error : new ContainerUnstartable(fault);
    }
  }

  async wait(id: string): Promise<number> {
    const answer = await this.#socket.call({ method: 'POST', path: `/containers/${id}/wait`, silenceMsMax: 0 });
    return Number(objectOf(answer)['StatusCode']);
  }

  async state(id: string): Promise<ContainerState> {
    const { State } = objectOf(await this.#socket.call({ method: 'GET', path: `/containers/${id}/json` }));
    const { Pid, OOMKilled } = objectOf(State);
    return { pid: Number(Pid), outOfMemory: OOMKilled === true };
  }

  async signal(id: string, name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#end({ method: 'POST', path: `/containers/${id}/kill`, query: { signal: name } });
  }

  async pause(id: string): Promise<void> {
    await this.#end({ method: 'POST', path: `/containers/${id}/pause` });
  }

  async resume(id: string): Promise<void> {
    await this.#end({ method: 'POST', path: `/containers/${id}/unpause` });
  }

  async limitCpu(id: string, cores: number): Promise<void> {
    await this.#end({ method: 'POST', path: `/containers/${id}/update`, body: { NanoCpus: nanoCpus(cores) } });
  }

  async remove(id: string): Promise<void> {
    await this.#end({ method: 'DELETE', path: `/containers/${id}`, query: { force: '1', v: '1' } });
  }

  async list(owner: string): Promise<string[]> {
    const filters = JSON.stringify({ label: [`${OWNER_LABEL}=${owner}`] });
    const found = await this.#socket.call({ method: 'GET', path: '/containers/json', query: { all: '1', filters } });
    return (Array.isArray(found) ? found : []).map((entry) => String(objectOf(entry)['Id']));
  }

  async #find(asked: EngineRequest): Promise<unknown> {
    try {
      return await this.#socket.call(asked);
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Nothing to do is as good as done: the container is gone, or in that state already. */
  async #end(asked: EngineRequest): Promise<void> {
    try {
      await this.#socket.call(asked);
    } catch (error) {
      if (!(error instanceof EngineError) || (error.status !== 404 && error.status !== 409)) throw error;
    }
  }
}

function creation(settings: ContainerSettings): Record<string, unknown> {
  const { memoryBytesMax, processesMax, descriptorsMax, uid } = settings;
  return {
    Image: settings.image,
    Entrypoint: settings.argv,
    Cmd: [],
    Env: Object.entries(settings.env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: settings.cwd,
    User: `${uid}:${uid}`,
    Hostname: 'lambkin',
    Labels: { [OWNER_LABEL]: settings.owner },
    // What an image would have done besides is not for functions.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: 'host',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Binds: settings.binds.map(({ source, target, isWritable }) => `${source}:${target}:${isWritable ? 'rw' : 'ro'}`),
      Memory: memoryBytesMax,
      MemorySwap: memoryBytesMax,
      NanoCpus: nanoCpus(settings.cpuCores),
      PidsLimit: processesMax,
      Ulimits: [
        { Name: 'nofile', Soft: descriptorsMax, Hard: descriptorsMax },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'none' },
      RestartPolicy: { Name: 'no' },
    },
  };
}

function nanoCpus(cores: number): number {
  return Math.round(Math.min(availableParallelism(), Math.max(CORES_MIN, cores)) * 1e9);
}

/** What the engine says of a registry's answer is text alone. */
function pullError(fault: string): Error {
  if (/denied|unauthorized|authentication required|no basic auth/i.test(fault)) return new ImageUnusable('denied', fault);
  if (/not found|manifest unknown|does not exist|no such image/i.test(fault)) return new ImageUnusable('missing', fault);
  if (/unsupported|no matching manifest|invalid|mismatch/i.test(fault)) return new ImageUnusable('invalid', fault);
  return new Error(fault);
}

/** Why a program can't be run, in the words of Go's `os/exec`; undefined when that is not what is wrong. */
function programFault(message: string): string | undefined {
  const found = /exec: "([^"]*)": (.*)/.exec(message);
  if (!found) return undefined;
  const [, name = '', what = ''] = found;
  if (what.includes('executable file not found')) return `exec: "${name}": executable file not found in $PATH`;
  if (what.includes('no such file or directory')) return `fork/exec ${name}: no such file or directory`;
  return `fork/exec ${name}: permission denied`;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
