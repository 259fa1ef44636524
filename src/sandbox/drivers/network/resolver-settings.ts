import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** The host's own file first, then those in which local resolvers keep where they ask. */
const FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf', '/run/NetworkManager/no-stub-resolv.conf'];

/**
 * The host's resolv.conf as an environment with a network of its own can use it: without resolvers that only the host
 * reaches, which are on its loopback or behind an address of its own. Undefined when no other is known.
 */
export function resolverSettings(
  read: (path: string) => string = contentOf,
  own: ReadonlySet<string> = ownAddresses(),
): string | undefined {
  for (const path of FILES) {
    const lines = read(path)
      .split('\n')
      .filter((line) => {
        const server = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
        return server === undefined || isReachable(server, own);
      });
    if (lines.some((line) => /^\s*nameserver\s/.test(line))) return `${lines.join('\n').trim()}\n`;
  }
  return undefined;
}

/** Environments have no IPv6. */
function isReachable(server: string, own: ReadonlySet<string>): boolean {
  return /^\d+(\.\d+){3}$/.test(server) && !server.startsWith('127.') && !server.startsWith('169.254.') && !own.has(server);
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
