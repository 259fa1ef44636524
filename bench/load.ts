import { connect, type Socket } from 'node:net';

/** What one block of load showed. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly errors: number;
}

/** A block of load: so many connections, each with one request in flight at a time, for so long. */
export interface LoadPlan {
  readonly port: number;
  /** The whole request as it goes over the wire. */
  readonly request: Buffer;
  readonly connections: number;
  readonly durationMs: number;
}

/**
 * Closed-loop load over raw keep-alive connections. Written on `node:net` because a full HTTP client costs several
 * times what the servers under test do, and would be what is measured.
 */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const latenciesUs: number[] = [];
  let errors = 0;
  const startedMs = performance.now();
  const endMs = startedMs + plan.durationMs;
  const record = (latencyUs: number, ok: boolean): void => {
    if (ok) latenciesUs.push(latencyUs);
    else errors += 1;
  };
  await Promise.all(Array.from({ length: plan.connections }, () => runConnection(plan, endMs, record)));
  const seconds = (performance.now() - startedMs) / 1_000;
  latenciesUs.sort((a, b) => a - b);
  return {
    requestsPerSecond: latenciesUs.length / seconds,
    p50Us: quantile(latenciesUs, 0.5),
    p99Us: quantile(latenciesUs, 0.99),
    errors,
  };
}

/** The value at a quantile of sorted numbers; NaN of none. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** The median of numbers in any order. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : quantile(sorted, 0.5);
}

function runConnection(plan: LoadPlan, endMs: number, record: (latencyUs: number, ok: boolean) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
    let sentMs = 0;
    let pending = Buffer.alloc(0);
    const send = (): void => {
      sentMs = performance.now();
      socket.write(plan.request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const sizeBytes = responseBytes(pending);
      if (sizeBytes === undefined || pending.length < sizeBytes) return;
      const nowMs = performance.now();
      record((nowMs - sentMs) * 1_000, /^2\d\d$/.test(pending.toString('latin1', 9, 12)));
      pending = Buffer.alloc(0);
      if (nowMs >= endMs) socket.end();
      else send();
    });
  });
}

/** Size of the response that begins in `bytes`; undefined until its headers are complete. */
function responseBytes(bytes: Buffer): number | undefined {
  const headersEnd = bytes.indexOf('\r\n\r\n');
  if (headersEnd === -1) return undefined;
  const match = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headersEnd));
  if (!match) throw new Error('the response has no Content-Length');
  return headersEnd + 4 + Number(match[1]);
}
