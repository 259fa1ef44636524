import { sqsError } from './sqs-errors.ts';

/** What a receipt handle stands for. */
export interface Receipt {
  readonly id: string;
  readonly lease: string;
  readonly receivedAtMs: number;
}

const HANDLE_CHARACTERS_MAX = 1_024;

/** Makes an opaque handle. */
export function receiptHandle({ id, lease, receivedAtMs }: Receipt): string {
  return Buffer.from(`${id} ${lease} ${receivedAtMs}`).toString('base64');
}

/** What the handle stands for. Throws ReceiptHandleIsInvalid for anything that we didn't make. */
export function readReceiptHandle(handle: string): Receipt {
  const decoded = handle.length > HANDLE_CHARACTERS_MAX ? '' : Buffer.from(handle, 'base64').toString();
  const [, id, lease, receivedAt] = /^([0-9a-f-]{36}) ([a-z0-9.-]{36,80}) (\d{1,15})$/.exec(decoded) ?? [];
  if (id === undefined || lease === undefined || receivedAt === undefined) {
    const shown = handle.slice(0, HANDLE_CHARACTERS_MAX);
    throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle "${shown}" is not a valid receipt handle.`);
  }
  return { id, lease, receivedAtMs: Number(receivedAt) };
}
