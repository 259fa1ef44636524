import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Enforcement, SandboxDriver } from '../../ports/sandbox-driver.ts';
import { BubblewrapDriver } from './bubblewrap.ts';
import { type ControlGroups, endGroup } from './cgroup/control-group.ts';
import { detectControlGroups } from './cgroup/detect.ts';
import { Egress, sweepEgress } from './network/egress.ts';
import { NamespaceNetworks } from './network/namespace-networks.ts';
import { ProcessDriver } from './process.ts';
import { seccompProgram } from './seccomp.ts';
import { isKnownMachine } from './static-program.ts';
import { discard } from './discard.ts';
import { writeSystemSettings } from './system-settings.ts';
import { openTemporaryVolumes, PlainVolumes } from './temporary-volumes.ts';
import { UidPool } from './uid-pool.ts';

/** What the choice depends on. */
export interface DriverOptions {
  readonly setting: 'auto' | 'bubblewrap' | 'process';
  /** Folder of ours for files of running sandboxes; what an earlier run left in it is swept. */
  readonly runDirectory: string;
  /** Host uids for environments when this server is root; two servers on one host should not share any. */
  readonly uids?: { readonly first: number; readonly count: number };
  /** Networks of their own for environments; without it they share the host's. */
  readonly network?: IsolatedNetwork | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** What leads out of networks of their own. */
export interface IsolatedNetwork {
  readonly egress: 'none' | 'internet';
  /** Interfaces that egress takes; those of the default routes when empty. */
  readonly interfaces: readonly string[];
}

const FIRST_UID = 400_000;
const UID_COUNT = 20_000;
const SHARED_NETWORK = "functions share the host's network (sandbox.network)";
const BUBBLEWRAP_PROGRAMS = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];

/**
 * The driver to run functions with, found by really starting a sandbox. `bubblewrap` rejects when that fails; `auto`
 * then falls back to plain processes, whose list of enforcements tells what is missing. Rejects when networks of their
 * own are asked for and can't be had.
 */
export async function chooseDriver(options: DriverOptions): Promise<SandboxDriver> {
  await mkdir(options.runDirectory, { recursive: true, mode: 0o700 });
  const found = detectControlGroups(controlGroupName(options.runDirectory));
  const groups = 'reason' in found ? undefined : found;
  // What a killed server left may be frozen, and then lives on until it is thawed here.
  await Promise.all((groups?.existing() ?? []).map((group) => endGroup(group, options.clock)));
  if (existsSync(egressMark(options.runDirectory))) await sweepEgress(identityOf(options.runDirectory));
  await sweepFiles(options.runDirectory);
  const groupReason = 'reason' in found ? found.reason : undefined;
  if (options.network && options.setting === 'process')
    throw new Error('sandbox.network isolated needs the driver bubblewrap, and sandbox.driver is process');
  if (options.setting === 'process') return processDriver(options, groups, groupReason, 'the setting sandbox.driver is process');
  try {
    return await bubblewrapDriver(options, groups, groupReason);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (options.network) throw new Error(`sandbox.network isolated can't be had: ${reason}`);
    if (options.setting === 'bubblewrap') throw new Error(`bubblewrap can't be used: ${reason}`);
    return processDriver(options, groups, groupReason, `bubblewrap can't be used: ${reason}`);
  }
}

/** Name of the parent of all control groups of a run directory, by which the next run finds what this one left. */
export function controlGroupName(runDirectory: string): string {
  return `lambkin-${identityOf(runDirectory)}`;
}

/** What names of things on the host carry, so that the next run on the directory finds what this one left. */
function identityOf(runDirectory: string): string {
  return createHash('sha256').update(runDirectory).digest('hex').slice(0, 12);
}

/** Removes files of sandboxes that are no more; the volumes below `tmp` have to be unmounted first and are not touched. */
async function sweepFiles(runDirectory: string): Promise<void> {
  const names = await readdir(runDirectory);
  await Promise.all(names.filter((name) => name !== 'tmp').map((name) => discard(join(runDirectory, name))));
}

async function bubblewrapDriver(
  options: DriverOptions,
  groups: ControlGroups | undefined,
  groupReason: string | undefined,
): Promise<SandboxDriver> {
  if (process.platform !== 'linux') throw new Error('it exists on Linux only');
  const program = BUBBLEWRAP_PROGRAMS.find((path) => existsSync(path));
  if (!program) throw new Error('it is not installed (Debian: apt-get install bubblewrap)');
  const isRoot = process.getuid?.() === 0;
  if (isRoot && !existsSync('/usr/bin/setpriv')) throw new Error('setpriv is not installed (Debian: apt-get install util-linux)');
  const networks = options.network && (await isolatedNetworks(options, options.network, isRoot));
  const systemSettings = join(options.runDirectory, 'etc');
  const [{ volumes, reason }] = await Promise.all([
    openTemporaryVolumes(join(options.runDirectory, 'tmp'), options.ids),
    writeSystemSettings(systemSettings),
  ]);
  const filter = seccompProgram(process.arch);
  const driver = new BubblewrapDriver({
    program,
    runDirectory: options.runDirectory,
    systemSettings,
    groups,
    volumes,
    uids: isRoot ? new UidPool(options.uids?.first ?? FIRST_UID, options.uids?.count ?? UID_COUNT) : undefined,
    networks,
    filter,
    clock: options.clock,
    enforcements: [
      { name: 'filesystem', enforced: true },
      enforcement('user', isRoot, 'functions share the uid of this server, which is not root'),
      enforcement('network', networks !== undefined, SHARED_NETWORK),
      enforcement('syscalls', filter !== undefined, `there is no filter for ${process.arch}`),
      enforcement('tmp', volumes.hasQuota, reason),
      { name: 'descriptors', enforced: true },
      ...groupEnforcements(groups, groupReason),
    ],
  });
  await probe(driver, options.ids).catch(async (error: unknown) => {
    await networks?.close();
    throw error;
  });
  return driver;
}

async function isolatedNetworks(
  { runDirectory, clock, logger }: DriverOptions,
  { egress, interfaces }: IsolatedNetwork,
  isRoot: boolean,
): Promise<NamespaceNetworks> {
  if (!isRoot) throw new Error('only root may make network namespaces and enter them');
  if (!isKnownMachine(process.arch)) throw new Error(`network namespaces can't be entered on ${process.arch}`);
  const directory = join(runDirectory, 'network');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const way = egress === 'internet' ? await openEgress(runDirectory, interfaces, logger) : undefined;
  try {
    return await NamespaceNetworks.open({ directory, clock, egress: way });
  } catch (error) {
    await way?.close();
    throw error;
  }
}

async function openEgress(runDirectory: string, interfaces: readonly string[], logger: Logger): Promise<Egress> {
  await writeFile(egressMark(runDirectory), '');
  try {
    return await Egress.open({ identity: identityOf(runDirectory), interfaces, logger });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`nothing leads to the internet: ${reason}. Set sandbox.egress to none to do without`);
  }
}

/** Tells the next run that this one's rules may still be on the host. */
function egressMark(runDirectory: string): string {
  return join(runDirectory, 'network', 'egress');
}

async function processDriver(
  options: DriverOptions,
  groups: ControlGroups | undefined,
  groupReason: string | undefined,
  reason: string,
): Promise<SandboxDriver> {
  const root = join(options.runDirectory, 'tmp');
  await discard(root);
  return new ProcessDriver({
    runDirectory: options.runDirectory,
    groups,
    volumes: new PlainVolumes(root, options.ids),
    clock: options.clock,
    enforcements: [
      ...(['filesystem', 'user', 'network', 'syscalls', 'tmp'] as const).map((name) => ({ name, enforced: false, reason })),
      enforcement('descriptors', process.platform !== 'win32', 'Windows has no such limit'),
      ...groupEnforcements(groups, groupReason),
    ],
  });
}

function groupEnforcements(groups: ControlGroups | undefined, reason = 'no control groups'): Enforcement[] {
  const has = (controller: 'memory' | 'cpu' | 'pids' | 'freezer'): boolean => groups?.controllers.has(controller) ?? false;
  const missing = (controller: string): string => (groups ? `the ${controller} controller can't be used here` : reason);
  return [
    enforcement('memory', has('memory'), missing('memory')),
    enforcement('cpu', has('cpu'), missing('cpu')),
    enforcement('processes', has('pids'), missing('pids')),
    enforcement('freeze', has('freezer') || process.platform !== 'win32', missing('freezer')),
  ];
}

function enforcement(name: Enforcement['name'], enforced: boolean, reason?: string): Enforcement {
  return enforced || reason === undefined ? { name, enforced } : { name, enforced, reason };
}

/** Starts the smallest program in a sandbox; rejects with what bubblewrap said when it doesn't run. */
async function probe(driver: SandboxDriver, ids: Ids): Promise<void> {
  const sandbox = await driver.start({
    id: `probe-${ids.hex(4)}`,
    argv: ['/bin/true'],
    env: {},
    cwd: '/tmp',
    mounts: [],
    memoryBytesMax: 134_217_728,
    cpuCores: 1,
    tmpBytesMax: 536_870_912,
    processesMax: 64,
    descriptorsMax: 1_024,
  });
  let said = '';
  sandbox.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8').slice(0, 1_000);
  });
  sandbox.stdout.resume();
  sandbox.channel.resume();
  sandbox.channel.on('error', () => {});
  const exit = await sandbox.exited;
  await sandbox.stop();
  if (exit.code !== 0) throw new Error(said.trim() || `its probe ended with ${exit.code ?? exit.signal}`);
}
