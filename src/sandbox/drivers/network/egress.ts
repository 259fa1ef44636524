import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Logger } from '../../../ports/logger.ts';
import { runCommand } from '../run-command.ts';
import { AddressPairs, type AddressRange, freeRange, parseRange } from './address-range.ts';
import { egressRules, INTERFACE_PREFIX, OPENED_SET, TABLE_PREFIX } from './egress-rules.ts';
import { resolverSettings } from './resolver-settings.ts';

/** What leads out of one network. */
export interface EgressLink {
  /** Resolves when the host has nothing left of it; never rejects. */
  release(): Promise<void>;
}

/** What egress is set up with. */
export interface EgressParts {
  /** Twelve hexadecimal digits that tell this server's interfaces and rules from others'. */
  readonly identity: string;
  /** Interfaces that lead to the world; those of the default routes when empty. */
  readonly interfaces: readonly string[];
  readonly logger: Logger;
}

/** As much of the identity as fits into the name of an interface, which has at most 15 characters. */
const IDENTITY_CHARACTERS = 6;
const CLAIMS_MAX = 8;
const MISSING: Readonly<Record<string, string>> = {
  ip: 'iproute2 is not installed (Debian: apt-get install iproute2)',
  nsenter: 'util-linux is not installed (Debian: apt-get install util-linux)',
  nft: 'nftables is not installed (Debian: apt-get install nftables)',
};

/**
 * The way from networks of environments to the world: a pair of interfaces for each, and one table of rules for all, by
 * which the host forwards and translates addresses. An interface goes with its namespace, so that only the table and the
 * forwarding of the uplinks outlive a server that was killed; the next on its directory takes them over.
 */
export class Egress {
  readonly #prefix: string;
  readonly #table: string;
  readonly #pairs: AddressPairs;
  readonly #bytesMax: number;

  private constructor(prefix: string, claim: { table: string; range: AddressRange }, bytesMax: number) {
    this.#prefix = prefix;
    this.#table = claim.table;
    this.#pairs = new AddressPairs(claim.range);
    this.#bytesMax = bytesMax;
  }

  /** Rejects with a sentence when the host can't do it; then nothing is left behind. */
  static async open({ identity, interfaces, logger }: EgressParts): Promise<Egress> {
    const own = identity.slice(0, IDENTITY_CHARACTERS);
    const prefix = `${INTERFACE_PREFIX}${own}-`;
    const uplinks = await findUplinks(interfaces);
    if (resolverSettings() === undefined)
      throw new Error('the host resolves names by itself alone, and no file tells which resolvers it asks');
    const left = new Set(await sweepKept(own));
    const opened = uplinks.filter((name) => left.has(name) || !forwards(name));
    for (const name of left) if (!uplinks.includes(name)) await giveBackForwarding(name);
    const claim = await claimRange(own, (table, range) => egressRules({ table, prefix, range, uplinks, opened }));
    const egress = new Egress(prefix, claim, await packetBytesMax(uplinks));
    try {
      for (const name of opened) setForwarding(name, true);
      await warnOfFilters(logger);
      return egress;
    } catch (error) {
      await egress.close();
      throw error;
    }
  }

  /** What environments read as their resolv.conf; it may change while the server runs. */
  resolverSettings(): string {
    return resolverSettings() ?? '';
  }

  /** Leads out of the network namespace of a process. Rejects when it can't, with nothing left behind. */
  async connect(pid: number): Promise<EgressLink> {
    const pair = this.#pairs.acquire();
    const name = this.#prefix + pair.index.toString(36);
    const link: EgressLink = {
      release: async () => {
        // The kernel has removed it when the namespace is gone already.
        await runCommand('ip', ['link', 'del', name]).catch(() => '');
        this.#pairs.release(pair.index);
      },
    };
    const mtu = `mtu ${this.#bytesMax}`;
    try {
      await runCommand(
        'ip',
        ['-batch', '-'],
        `link add ${name} ${mtu} type veth peer name eth0 ${mtu} netns ${pid}
link set ${name} addrgenmode none
addr add ${pair.host}/31 dev ${name}
link set ${name} up
`,
      );
      setForwarding(name, true);
      await run(
        'nsenter',
        [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-'],
        `link set eth0 addrgenmode none
addr add ${pair.environment}/31 dev eth0
link set eth0 up
route add default via ${pair.host}
`,
      );
      return link;
    } catch (error) {
      await link.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await sweepInterfaces(this.#prefix);
    for (const name of await removeTable(this.#table)) await giveBackForwarding(name);
  }
}

/** Those of the default routes, or those that were named. */
async function findUplinks(named: readonly string[]): Promise<readonly string[]> {
  const routes = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'default'])) as { dev?: string }[];
  const found = named.length > 0 ? named : [...new Set(routes.flatMap(({ dev }) => dev ?? []))];
  if (found.length === 0) throw new Error('the host has no default route');
  const unknown = found.find((name) => !/^[\w.-]{1,15}$/.test(name) || !existsSync(forwardingFile(name)));
  if (unknown !== undefined) throw new Error(`the host has no interface ${unknown}`);
  return found;
}

/** No rule of ours lets through what another table drops. */
async function warnOfFilters(logger: Logger): Promise<void> {
  const { nftables } = JSON.parse(await run('nft', ['-j', 'list', 'chains'])) as {
    nftables: { chain?: { family: string; table: string; name: string; hook?: string; policy?: string } }[];
  };
  for (const { chain } of nftables) {
    if (chain?.hook !== 'forward' || chain.policy !== 'drop') continue;
    logger.warn(
      { chain: `${chain.family} ${chain.table} ${chain.name}` },
      `a firewall of the host drops what is forwarded: environments reach the internet only if it lets interfaces through that begin with ${INTERFACE_PREFIX}`,
    );
  }
}

/** What a packet may have on each of them. */
async function packetBytesMax(uplinks: readonly string[]): Promise<number> {
  const links = JSON.parse(await run('ip', ['-j', 'link', 'show'])) as { ifname?: string; mtu?: number }[];
  return Math.min(1_500, ...links.flatMap(({ ifname = '', mtu }) => (mtu && uplinks.includes(ifname) ? mtu : [])));
}

/** Loads the rules for a range that neither the host nor another server uses. */
async function claimRange(
  own: string,
  rules: (table: string, range: AddressRange) => string,
): Promise<{ table: string; range: AddressRange }> {
  const routes = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'table', 'all'])) as { dst?: string }[];
  const inUse = routes.flatMap(({ dst }) => parseRange(dst ?? '') ?? []);
  for (let tried = 0; tried < CLAIMS_MAX; tried += 1) {
    const claimed = (await tables()).flatMap(claimOf);
    const range = freeRange([...inUse, ...claimed], Number.parseInt(own, 16));
    const table = `${TABLE_PREFIX}${own}_${range.first.toString(16)}`;
    await run('nft', ['-f', '-'], rules(table, range));
    // Two servers that start together may have chosen the same: one of them steps back.
    const rivals = (await tables()).filter((other) => other < table && claimOf(other)[0]?.first === range.first);
    if (rivals.length === 0) return { table, range };
    await removeTable(table);
  }
  throw new Error('no range of addresses could be had: other servers take them at the same time');
}

/** The range that a table's name tells; empty for names of other kinds. */
function claimOf(table: string): AddressRange[] {
  const first = /^lambkin_[0-9a-f]+_([0-9a-f]+)$/.exec(table)?.[1];
  return first === undefined ? [] : [{ first: Number.parseInt(first, 16), bits: 16 }];
}

/** Tables of all Lambkins on the host. */
async function tables(): Promise<string[]> {
  const { nftables } = JSON.parse(await run('nft', ['-j', 'list', 'tables'])) as { nftables: { table?: { name: string } }[] };
  return nftables.flatMap(({ table }) => table?.name ?? []).filter((name) => name.startsWith(TABLE_PREFIX));
}

/** Removes what a server that was killed has left, for one that has no egress. */
export async function sweepEgress(identity: string): Promise<void> {
  for (const name of await sweepKept(identity.slice(0, IDENTITY_CHARACTERS))) await giveBackForwarding(name);
}

/** Removes interfaces and rules; the interfaces on which forwarding had been turned on for them. */
async function sweepKept(own: string): Promise<string[]> {
  await sweepInterfaces(`${INTERFACE_PREFIX}${own}-`);
  const opened: string[] = [];
  for (const table of await tables()) if (table.startsWith(`${TABLE_PREFIX}${own}_`)) opened.push(...(await removeTable(table)));
  return opened;
}

async function removeTable(table: string): Promise<string[]> {
  const text = await runCommand('nft', ['-j', 'list', 'set', 'inet', table, OPENED_SET]).catch(() => '{"nftables":[]}');
  const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: string[] } }[] };
  await runCommand('nft', ['delete', 'table', 'inet', table]).catch(() => '');
  return nftables.flatMap(({ set }) => set?.elem ?? []);
}

async function sweepInterfaces(prefix: string): Promise<void> {
  const links = JSON.parse(await run('ip', ['-j', 'link', 'show', 'type', 'veth'])) as { ifname?: string }[];
  const left = links.flatMap(({ ifname }) => (ifname?.startsWith(prefix) ? ifname : []));
  await Promise.all(left.map((name) => runCommand('ip', ['link', 'del', name]).catch(() => '')));
}

/** Turns forwarding off, unless another server needs it, which then has to do so. */
async function giveBackForwarding(name: string): Promise<void> {
  for (const other of await tables()) {
    const isHandedOver = await runCommand('nft', ['add', 'element', 'inet', other, OPENED_SET, `{ "${name}" }`]).then(
      () => true,
      () => false,
    );
    if (isHandedOver) return;
  }
  if (existsSync(forwardingFile(name))) setForwarding(name, false);
}

function forwards(name: string): boolean {
  return readFileSync(forwardingFile(name), 'latin1').trim() === '1';
}

function setForwarding(name: string, isOn: boolean): void {
  writeFileSync(forwardingFile(name), isOn ? '1' : '0');
}

function forwardingFile(name: string): string {
  return `/proc/sys/net/ipv4/conf/${name}/forwarding`;
}

/** As {@link runCommand}; tells how to install what is missing. */
async function run(program: 'ip' | 'nft' | 'nsenter', args: readonly string[], input?: string): Promise<string> {
  try {
    return await runCommand(program, args, input);
  } catch (error) {
    throw error instanceof Error && error.message.includes('ENOENT') ? new Error(MISSING[program]) : error;
  }
}
