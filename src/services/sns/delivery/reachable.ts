import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

// Clouds serve credentials of their machines at link-local addresses; nobody may have them fetched by subscribing.
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4');
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');

/** Whether nothing is sent to the host, as far as its name tells. An IPv6 address may stand in brackets. */
export function refusedHost(hostname: string): boolean {
  return refusedAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
}

/** Finds a host's addresses, and fails when one of them is refused. */
export const safeLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const odd = addresses.find(({ address }) => refusedAddress(address));
    if (odd) return callback(new Error(`${hostname} is at ${odd.address}, which nothing is sent to`), '', 0);
    const [first] = addresses;
    if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  });
};

function refusedAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && REFUSED.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
