/** Spreads keys evenly over 0 to 2^32 - 1: FNV-1a, its bits mixed as MurmurHash3 does at its end. Kept in files, so never changed. */
export function partitionHash(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
