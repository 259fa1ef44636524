import { s3Error } from './s3-errors.ts';

const EXPIRES_SECONDS_MAX = 604_800;

/**
 * Throws AccessDenied for a presigned link whose time is over, and for one that is not well formed. Links of signature version 2,
 * which the first AWS CLI still makes, are taken too.
 */
export function checkPresigned(query: URLSearchParams, nowMs: number): void {
  if (query.has('AWSAccessKeyId') && query.has('Signature')) return checkOldLink(query.get('Expires'), nowMs);
  if (!query.has('X-Amz-Signature')) return;
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const expiresSeconds = Number(query.get('X-Amz-Expires'));
  if (!date || !Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > EXPIRES_SECONDS_MAX) {
    throw s3Error(
      'AccessDenied',
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const [, year, month, day, hour, minute, second] = date.map(Number);
  const endMs = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) + expiresSeconds * 1_000;
  if (nowMs > endMs) throw expired(endMs, nowMs, { 'X-Amz-Expires': String(expiresSeconds) });
}

function checkOldLink(expires: string | null, nowMs: number): void {
  const endMs = Number(expires) * 1_000;
  if (expires === null || !/^\d{1,11}$/.test(expires)) {
    throw s3Error('AccessDenied', 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters');
  }
  if (nowMs > endMs) throw expired(endMs, nowMs, {});
}

function expired(endMs: number, nowMs: number, more: Readonly<Record<string, string>>): Error {
  const [Expires, ServerTime] = [endMs, nowMs].map((atMs) => new Date(atMs).toISOString()) as [string, string];
  return s3Error('AccessDenied', 'Request has expired', { ...more, Expires, ServerTime });
}
