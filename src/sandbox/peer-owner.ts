import { readFileSync } from 'node:fs';

/**
 * The host uid that owns the client end of a loopback TCP connection; undefined when the system doesn't tell.
 * Environments share the host's loopback, so this is what keeps one function from another's Runtime API.
 * Read from /proc/net/tcp and tcp6 (proc(5)), once per connection.
 */
export function ownerOfLoopbackPeer(clientPort: number, serverPort: number): number | undefined {
  const local = hexPort(clientPort);
  const remote = hexPort(serverPort);
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const owner = findOwner(readTable(table), local, remote);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function findOwner(table: string, local: string, remote: string): number | undefined {
  for (const line of table.split('\n')) {
    // sl local_address rem_address st tx:rx tr:tm retrnsmt uid ...
    const fields = line.trim().split(/ +/);
    if (fields[1]?.endsWith(local) && fields[2]?.endsWith(remote)) return Number(fields[7]);
  }
  return undefined;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
