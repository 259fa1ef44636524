/** A range of IPv4 addresses, as `100.64.0.0/16`. */
export interface AddressRange {
  /** Lowest address, as a number. */
  readonly first: number;
  readonly bits: number;
}

/** Two addresses for each environment: the host's end and its own (RFC 3021). */
const RANGE_BITS = 16;
const PAIRS = 2 ** (32 - RANGE_BITS - 1);
/** RFC 6598 first: seldom used inside of networks; then parts of 10.0.0.0/8 that seldom are. */
const CANDIDATES: readonly AddressRange[] = [
  ...Array.from({ length: 64 }, (_, index) => ({ first: numberOf(`100.${64 + index}.0.0`), bits: RANGE_BITS })),
  ...Array.from({ length: 64 }, (_, index) => ({ first: numberOf(`10.${160 + index}.0.0`), bits: RANGE_BITS })),
];

/** A range of 65,536 addresses that touches none of those in use; `seed` (a whole number) says where to look first. */
export function freeRange(inUse: readonly AddressRange[], seed: number): AddressRange {
  for (let tried = 0; tried < CANDIDATES.length; tried += 1) {
    // Each half is gone through from where the seed points to.
    const half = Math.floor(tried / 64) * 64;
    const candidate = CANDIDATES[half + ((seed + tried) % 64)];
    if (candidate && !inUse.some((other) => overlap(candidate, other))) return candidate;
  }
  throw new Error('every range of addresses for environments (100.64.0.0/10 and 10.160.0.0/10) is in use by the host');
}

/** Undefined for what is no IPv4 address or range. */
export function parseRange(text: string): AddressRange | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const bits = Number(match[2] ?? 32);
  return { first: numberOf(match[1] ?? '') & maskOf(bits), bits };
}

export function rangeText({ first, bits }: AddressRange): string {
  return `${addressText(first)}/${bits}`;
}

/** Pairs of addresses of a range: one belongs to one environment at a time. */
export class AddressPairs {
  readonly #range: AddressRange;
  readonly #used = new Set<number>();
  #next = 0;

  constructor(range: AddressRange) {
    this.#range = range;
  }

  /** The pair given back longest ago. Throws when all are in use. */
  acquire(): { readonly index: number; readonly host: string; readonly environment: string } {
    for (let tried = 0; tried < PAIRS; tried += 1) {
      const index = this.#next % PAIRS;
      this.#next += 1;
      if (this.#used.has(index)) continue;
      this.#used.add(index);
      const first = this.#range.first + index * 2;
      return { index, host: addressText(first), environment: addressText(first + 1) };
    }
    throw new Error(`all ${PAIRS} addresses for environments are in use`);
  }

  release(index: number): void {
    this.#used.delete(index);
  }
}

function overlap(one: AddressRange, other: AddressRange): boolean {
  const mask = maskOf(Math.min(one.bits, other.bits));
  return (one.first & mask) === (other.first & mask);
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
