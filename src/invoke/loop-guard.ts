import { ServiceError } from '../model/service-error.ts';
import { lambdaError } from '../model/lambda-errors.ts';

/**
 * Times that a function is run in one chain of requests; the next one is refused. Lambda says "approximately 16".
 * Source: Lambda's page on recursive loop detection.
 */
export const LOOP_RUNS_MAX = 16;
/** Functions that a header remembers; of longer chains those that joined first are forgotten. */
const ENTRIES_MAX = 32;

/** As Lambda writes it, `hash:count|hash:count`; also with commas, and with the hops in front, as other tools do. */
const LINEAGE = /(^|;)\s*lineage=([^;]*)/i;
const ENTRY = /^(?:\d{1,5}:)?([0-9a-f]{8}):(\d{1,5})$/i;

/**
 * The trace header that a function is run with: the caller's, with the function counted in its lineage. SDKs inside the
 * function give it to what they call, so a function that comes to be called by way of itself is seen. Without an id, or
 * without a header, nothing is counted. Throws RecursiveInvocationException when the function ran
 * {@link LOOP_RUNS_MAX} times in this chain.
 */
export function continueLineage(traceHeader: string | undefined, lineageId: string | undefined): string | undefined {
  if (traceHeader === undefined || lineageId === undefined) return traceHeader;
  // Nearly every request comes from outside, and this is on its way.
  if (!traceHeader.includes('ineage=')) return `${traceHeader};Lineage=${lineageId}:0`;
  const found = LINEAGE.exec(traceHeader);
  const entries = parseLineage(found?.[2] ?? '');
  const runs = (entries.get(lineageId) ?? -1) + 1;
  if (runs >= LOOP_RUNS_MAX) throw recursiveInvocation();
  entries.delete(lineageId);
  entries.set(lineageId, runs);
  const kept = [...entries].slice(-ENTRIES_MAX).map(([id, count]) => `${id}:${count}`);
  return `${withoutLineage(traceHeader)};Lineage=${kept.join('|')}`;
}

/** Whether an error says that a loop was ended. */
export function isRecursion(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'RecursiveInvocationException';
}

function parseLineage(text: string): Map<string, number> {
  const entries = new Map<string, number>();
  for (const part of text.split(/[|,]/)) {
    const [, id, count] = ENTRY.exec(part.trim()) ?? [];
    if (id !== undefined) entries.set(id.toLowerCase(), Number(count));
  }
  return entries;
}

function withoutLineage(traceHeader: string): string {
  return traceHeader
    .split(';')
    .filter((field) => !/^\s*lineage=/i.test(field))
    .join(';');
}

function recursiveInvocation(): ServiceError {
  return lambdaError(
    'RecursiveInvocationException',
    'Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your ' +
      "function's invocation.",
  );
}
