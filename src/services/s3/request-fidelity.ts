import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import { inputMembers } from '../../wire/inputs.ts';
import { S3_INPUTS } from '../../wire/generated/s3-inputs.ts';
import type { S3Call, S3Context } from './s3-context.ts';

/** Members that travel in headers or in the query, by operation. */
const places = new Map<string, readonly (readonly [name: string, place: string])[]>();

/**
 * Holds what a request says in its headers and its query against the fidelity table: throws NotImplemented for what is
 * refused, and lets the answer name what has no effect.
 */
export function checkRequest(s3: S3Context, call: S3Call, operation: string): void {
  const { headers } = call.request;
  const values: Record<string, unknown> = {};
  for (const [name, place] of placesOf(operation)) {
    const value = place.startsWith('?') ? call.query.get(place.slice(1)) : headers[place];
    if (value !== undefined && value !== null) values[name] = value;
  }
  checkValues(s3, call, operation, values);
}

/** The same for members that travel in the body. */
export function checkValues(s3: S3Context, call: S3Call, operation: string, values: Readonly<Record<string, unknown>>): void {
  const storedOnly = s3.fidelity.storedOnly(operation, values);
  if (storedOnly.length === 0) return;
  s3.fidelity.told(operation, storedOnly);
  const before = call.response.getHeader(STORED_ONLY_HEADER);
  call.response.setHeader(STORED_ONLY_HEADER, [...(before === undefined ? [] : [String(before)]), ...storedOnly].join(', '));
}

function placesOf(operation: string): readonly (readonly [string, string])[] {
  const known = places.get(operation);
  if (known) return known;
  const found = inputMembers(S3_INPUTS.operations[operation]).flatMap(({ name, place }) =>
    place === undefined ? [] : [[name, place] as const],
  );
  places.set(operation, found);
  return found;
}
