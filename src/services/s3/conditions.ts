import type { HttpRequest } from '../../wire/service.ts';
import type { ObjectRecord } from './records.ts';
import { s3Error } from './s3-errors.ts';

/** Throws NotModified or PreconditionFailed as a read's conditions ask. Source: RFC 9110, section 13.2.2. */
export function checkReadConditions(request: HttpRequest, record: ObjectRecord, prefix = ''): void {
  const header = (name: string): string | undefined => request.headers[prefix + name] as string | undefined;
  const modifiedSeconds = Math.floor(record.modifiedMs / 1_000) * 1_000;
  const ifMatch = header('if-match');
  const unmodifiedSince = header('if-unmodified-since');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, record.etag)) throw s3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
  } else if (unmodifiedSince !== undefined && modifiedSeconds > Date.parse(unmodifiedSince)) {
    throw s3Error('PreconditionFailed', undefined, { Condition: 'If-Unmodified-Since' });
  }
  const ifNoneMatch = header('if-none-match');
  const modifiedSince = header('if-modified-since');
  const isUnchanged =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, record.etag)
      : modifiedSince !== undefined && modifiedSeconds <= Date.parse(modifiedSince);
  if (isUnchanged) throw prefix === '' ? s3Error('NotModified') : s3Error('PreconditionFailed');
}

/** Throws what a conditional write asks for, given what is there now. */
export function checkWriteConditions({ headers }: Pick<HttpRequest, 'headers'>, existing: ObjectRecord | undefined): void {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw s3Error('NotImplemented', 'If-None-Match of a write can only be *.');
    if (existing) throw s3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  if (ifMatch === undefined) return;
  if (!existing) throw s3Error('NoSuchKey');
  if (!matches(ifMatch, existing.etag)) throw s3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
}

function matches(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const wanted = item.trim().replace(/^W\//, '').replaceAll('"', '');
    return wanted === '*' || wanted === etag;
  });
}
