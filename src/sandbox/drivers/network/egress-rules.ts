import { type AddressRange, rangeText } from './address-range.ts';

/** Interfaces of every Lambkin on a host begin so; the rest tells whose they are. */
export const INTERFACE_PREFIX = 'lkb';
/** Tables of every Lambkin on a host begin so. */
export const TABLE_PREFIX = 'lambkin_';
/** The set of a table that holds the interfaces on which its server has turned forwarding on. */
export const OPENED_SET = 'opened';

/** What the rules are made for. */
export interface RuleParts {
  readonly table: string;
  /** Of the interfaces on the host's side. */
  readonly prefix: string;
  readonly range: AddressRange;
  /** Interfaces that lead to the world. */
  readonly uplinks: readonly string[];
  /** Those of them that did not forward before. */
  readonly opened: readonly string[];
}

/**
 * Rules for nft(8): environments reach the world by way of the uplinks, under the host's address, and nothing else. Not
 * the host itself, whatever its address; not each other; not networks of the host that are no uplink; and not the
 * link-local addresses, by which clouds tell a machine its credentials. Nobody reaches them. An uplink that forwards only
 * for their sake forwards for nobody else.
 */
export function egressRules({ table, prefix, range, uplinks, opened }: RuleParts): string {
  const names = (list: readonly string[]): string => `{ ${list.map((name) => `"${name}"`).join(', ')} }`;
  return `table inet ${table} {
  set ${OPENED_SET} {
    type ifname
    ${opened.length > 0 ? `elements = ${names(opened)}` : ''}
  }
  chain input {
    type filter hook input priority filter - 5; policy accept;
    iifname "${prefix}*" drop
  }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    iifname "${prefix}*" jump outward
    oifname "${prefix}*" ct state established,related accept
    oifname "${prefix}*" drop
    iifname @${OPENED_SET} oifname != "${INTERFACE_PREFIX}*" drop
  }
  chain outward {
    meta nfproto != ipv4 drop
    fib saddr . iif oif 0 drop
    ip daddr { 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3 } drop
    oifname ${names(uplinks)} accept
    drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${rangeText(range)} masquerade
  }
}
`;
}
