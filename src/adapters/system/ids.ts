import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';
import type { Ids } from '../../ports/ids.ts';

const POOL_BYTES = 8_192;

/** Random ids from the operating system, drawn in larger portions because each draw is a system call. */
export function systemIds(): Ids {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    // Node keeps a pool of its own for these.
    uuid: () => randomUUID(),
    hex: (byteCount) => {
      if (byteCount > POOL_BYTES) return randomBytes(byteCount).toString('hex');
      if (used + byteCount > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      used += byteCount;
      return pool.toString('hex', used - byteCount, used);
    },
    random: () => Math.random(),
  };
}
