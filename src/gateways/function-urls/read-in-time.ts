import type { Clock } from '../../ports/clock.ts';
import { readBody } from '../../wire/read-body.ts';
import type { HttpRequest } from '../../wire/service.ts';

/** A body was not complete in its time. */
export class BodyOverdue extends Error {}

/** Reads a body as `readBody` does, and rejects with {@link BodyOverdue} when that takes longer than `timeoutMs`. */
export async function readInTime(request: HttpRequest, bytesMax: number, clock: Clock, timeoutMs: number): Promise<Buffer> {
  const late = Promise.withResolvers<never>();
  const timer = clock.setTimeout(() => late.reject(new BodyOverdue('the body took too long')), timeoutMs);
  try {
    return await Promise.race([readBody(request, bytesMax), late.promise]);
  } finally {
    timer.cancel();
  }
}
