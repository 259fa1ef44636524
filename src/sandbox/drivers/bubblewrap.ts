import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { Enforcement, Sandbox, SandboxDriver, SandboxSpec } from '../../ports/sandbox-driver.ts';
import {
  ARGUMENTS_DESCRIPTOR,
  bubblewrapCommand,
  FILTER_DESCRIPTOR,
  quote,
  START_NAME,
  startScript,
  type UserMode,
} from './bubblewrap-command.ts';
import type { ControlGroup, ControlGroups } from './cgroup/control-group.ts';
import { ChildSandbox } from './child-sandbox.ts';
import { companionScript } from './companion-script.ts';
import { IMAGE_OWN_FOLDER, type ImageRoot, ImageRoots } from './image-roots.ts';
import { closedStdio, inheritedDescriptors } from './inherited-descriptors.ts';
import { canLaunch, launchProgram } from './launch-program.ts';
import { NamespaceNetwork } from './network/namespace-network.ts';
import type { NamespaceNetworks } from './network/namespace-networks.ts';
import { enterProgram } from './network/network-programs.ts';
import { childrenOf } from './process-tree.ts';
import { writeOwnSettings } from './system-settings.ts';
import type { TemporaryVolume, TemporaryVolumes } from './temporary-volumes.ts';
import type { UidPool } from './uid-pool.ts';

/** What the driver works with; found by `choose.ts`. */
export interface BubblewrapParts {
  readonly program: string;
  /** Folder for files of running sandboxes; readable by this server alone. */
  readonly runDirectory: string;
  /** Folder that `writeSystemSettings` has filled. */
  readonly systemSettings: string;
  readonly groups: ControlGroups | undefined;
  readonly volumes: TemporaryVolumes;
  /** Host uids, when this server is root. */
  readonly uids: UidPool | undefined;
  /** Networks of their own; without them sandboxes share the host's. */
  readonly networks: NamespaceNetworks | undefined;
  readonly filter: Uint8Array | undefined;
  readonly enforcements: readonly Enforcement[];
  readonly clock: Clock;
}

/** The control channel and the output of companions. */
const COMPANION_PIPES = ['pipe', 'pipe'] as const;
/** The script that starts an image's extensions, in the sandbox's own folder. */
const COMPANIONS_NAME = 'companions';

/** Bubblewrap's own two processes count in the control group, but not against the function. */
const OWN_PROCESSES = 2;

/**
 * Sandboxes by bubblewrap: own mounts, pids, ipc, uts and user, no capabilities, a read-only root. Linux. Without
 * networks of their own they share the host's, and so reach what listens on its loopback and its abstract Unix sockets.
 */
export class BubblewrapDriver implements SandboxDriver {
  readonly name = 'bubblewrap';
  readonly enforcements: readonly Enforcement[];
  readonly ownFilesystem = true;
  readonly roots = canLaunch(process.arch) ? 'folder' : 'none';
  readonly #parts: BubblewrapParts;
  readonly #running = new Set<Sandbox>();
  readonly #filterFile: string;
  readonly #settings: string;
  readonly #images: ImageRoots;
  readonly #inherited = inheritedDescriptors();
  readonly networks: NamespaceNetworks | undefined;

  constructor(parts: BubblewrapParts) {
    this.#parts = parts;
    this.enforcements = parts.enforcements;
    this.networks = parts.networks;
    this.#filterFile = join(parts.runDirectory, 'filter.bpf');
    this.#settings = parts.systemSettings;
    this.#images = new ImageRoots(join(parts.runDirectory, 'images'));
    if (parts.filter) writeFileSync(this.#filterFile, parts.filter, { mode: 0o600 });
  }

  locate(_spec: Pick<SandboxSpec, 'id' | 'mounts'>, path: string): string {
    return path;
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    const { groups, volumes, uids, clock } = this.#parts;
    const folder = join(this.#parts.runDirectory, spec.id);
    let uid: number | undefined;
    let group: ControlGroup | undefined;
    let tmp: TemporaryVolume | undefined;
    let ownNetwork: NamespaceNetwork | undefined;
    const release = async (isEmpty: boolean): Promise<void> => {
      await Promise.all([tmp?.release(), rm(folder, { recursive: true, force: true })]);
      ownNetwork?.close();
      // A uid whose processes could not be ended must never be another environment's.
      if (uid !== undefined && isEmpty) uids?.release(uid);
    };
    try {
      const image = await this.#imageOf(spec);
      uid = uids?.acquire();
      group = groups?.create(spec.id, { ...spec, processesMax: spec.processesMax + OWN_PROCESSES });
      [tmp] = await Promise.all([volumes.acquire(spec.tmpBytesMax), mkdir(folder, { recursive: true, mode: 0o700 })]);
      if (!spec.network) ownNetwork = await this.networks?.acquire();
      const network = this.networks && networkOf(ownNetwork ?? spec.network);
      const child = await this.#spawn(spec, folder, { tmp: tmp.path, image, network }, uid, group);
      const sandbox: ChildSandbox = new ChildSandbox({
        id: spec.id,
        child,
        group,
        hasFreezer: groups?.controllers.has('freezer') ?? false,
        // Below the process that was spawned is the first of the pid namespace, and below that the function's.
        firstProcess: () => childrenOf(childrenOf(child.pid ?? 0)[0] ?? 0)[0],
        hasCompanions: spec.companions !== undefined,
        clock,
        release: async (isEmpty) => {
          this.#running.delete(sandbox);
          await release(isEmpty);
        },
        ...(uid === undefined ? {} : { uid }),
      });
      this.#running.add(sandbox);
      return sandbox;
    } catch (error) {
      group?.kill();
      group?.remove();
      await release(true);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((sandbox) => sandbox.stop()));
    await Promise.all([this.#parts.volumes.close(), this.networks?.close()]);
    this.#parts.groups?.close();
    await rm(this.#parts.runDirectory, { recursive: true, force: true });
  }

  async #imageOf({ root }: SandboxSpec): Promise<ImageRoot | undefined> {
    if (!root) return undefined;
    if (!('folder' in root)) throw new Error('bubblewrap can run images only that were unpacked into a folder');
    return this.#images.open(root.folder);
  }

  async #spawn(
    spec: SandboxSpec,
    folder: string,
    given: { readonly tmp: string; readonly image: ImageRoot | undefined; readonly network: NamespaceNetwork | undefined },
    uid: number | undefined,
    group: ControlGroup | undefined,
  ) {
    const { image, network } = given;
    const folders = { settings: this.#settings, own: join(folder, 'own'), tmp: given.tmp, image };
    mkdirSync(folders.own);
    chmodSync(folders.own, 0o755);
    writeStart(folders.own, spec, uid);
    writeOwnSettings(folders.own, uid ?? process.getuid?.() ?? 0, image?.users, network && this.networks?.resolverSettings());
    const user: UserMode = uid === undefined ? { kind: 'namespace' } : { kind: 'host-uid', uid };
    const { options, program } = bubblewrapCommand(spec, folders, user, this.#parts.filter !== undefined);
    // In a file, because the sandbox can read bubblewrap's command line and must not learn the host's paths from it.
    const argumentFile = join(folder, 'arguments');
    writeFileSync(argumentFile, options.join('\0'), { mode: 0o600 });
    const opened = [this.#parts.filter ? this.#filterFile : devNull, argumentFile, devNull].map((path) => openSync(path, 'r'));
    const [filter = 0, argumentList = 0, nothing = 0] = opened;
    try {
      const own = ['ignore', 'pipe', 'pipe', 'pipe', filter, argumentList, ...(spec.companions ? COMPANION_PIPES : [])] as const;
      const bubblewrap = [this.#parts.program, '--args', String(ARGUMENTS_DESCRIPTOR), '--', ...program];
      const shell = ['/bin/sh', '-c', wrapper(spec, group), 'sh', ...bubblewrap] as const;
      const [first, ...args] = network ? [writeEnter(folder, own.length, shell)] : shell;
      const child = spawn(first, args, {
        cwd: '/',
        env: {},
        detached: true,
        stdio: closedStdio(network ? [...own, network.descriptor] : own, this.#inherited, nothing),
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return child;
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }
}

/** Writes what is run first into the sandbox's own folder. */
function writeStart(folder: string, spec: SandboxSpec, uid: number | undefined): void {
  const path = join(folder, START_NAME);
  const { root, argv, env, companions } = spec;
  if (!root) return writeFileSync(path, startScript(spec), { mode: 0o444 });
  let main: readonly [string, ...string[]] = argv;
  if (companions) {
    // By the image's own shell, which is nobody any more when it runs.
    writeFileSync(join(folder, COMPANIONS_NAME), companionScript(companions, argv.map(quote).join(' '), quote), { mode: 0o444 });
    main = ['/bin/sh', `${IMAGE_OWN_FOLDER}/${COMPANIONS_NAME}`];
  }
  writeFileSync(path, launchProgram({ path: main[0], argv: main, env, uid }, process.arch), { mode: 0o555 });
}

/** Writes the program that runs these arguments in the namespace that its descriptor names, and returns its path. */
function writeEnter(folder: string, descriptor: number, argv: readonly [string, ...string[]]): string {
  const path = join(folder, 'enter');
  writeFileSync(path, enterProgram(process.arch, descriptor, argv), { mode: 0o700 });
  return path;
}

/** Fails closed: no sandbox may run in a network of which it is not known that it is its own. */
function networkOf(network: unknown): NamespaceNetwork {
  if (!(network instanceof NamespaceNetwork)) throw new Error('the network is none of this driver');
  return network;
}

/** Joins the control group and sets the limits before anything else runs, so that nothing is ever outside them. */
function wrapper(spec: SandboxSpec, group: ControlGroup | undefined): string {
  const joins = (group?.joinFiles ?? []).map((file) => `echo 0 > ${quote(file)} || exit 126`);
  return [...joins, `ulimit -n ${spec.descriptorsMax}`, 'ulimit -c 0', 'exec "$@"'].join('\n');
}

/** What the two descriptors must be in the child; checked here because the order of `stdio` decides it. */
if (FILTER_DESCRIPTOR !== 4 || ARGUMENTS_DESCRIPTOR !== 5) throw new Error('filter and arguments follow the channel');
