/** Which records of a batch a function's answer calls failed. */
export type BatchResult = 'none' | 'all' | ReadonlySet<string>;

/**
 * Reads `batchItemFailures` of a function with `ReportBatchItemFailures`. An answer that names nothing is a success; one that
 * can't be understood, or names what was not in the batch, fails the whole batch.
 * Source: Lambda developer guide, "Success and failure conditions" of partial batch responses.
 */
export function readBatchResult(answer: Uint8Array, identifiers: ReadonlySet<string>): BatchResult {
  let value: unknown;
  try {
    value = answer.length === 0 ? null : JSON.parse(Buffer.from(answer).toString());
  } catch {
    return 'all';
  }
  const failures = (value as { batchItemFailures?: unknown } | null)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 'all';
  const failed = new Set<string>();
  for (const failure of failures) {
    const identifier: unknown = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof identifier !== 'string' || !identifiers.has(identifier)) return 'all';
    failed.add(identifier);
  }
  return failed.size === 0 ? 'none' : failed;
}
