import { serialization, validation } from '../values/validation.ts';

/** What a batch asks for, by the names of tables. Throws ValidationException when there is nothing. */
export function tableRequests(given: unknown): readonly (readonly [name: string, request: unknown])[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw serialization('Unexpected field type');
  const requests = Object.entries(given);
  if (requests.length === 0)
    throw validation(
      "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  for (const [, request] of requests)
    if (typeof request !== 'object' || request === null) throw serialization('Unexpected value type in payload');
  return requests;
}

/** Checks the length of a list, of which nothing is known yet: it is not shown. Throws ValidationException. */
export function checkCount(place: string, count: number, countMax: number): void {
  if (count <= countMax) return;
  throw validation(
    `1 validation error detected: Value '[${count} elements]' at '${place}' failed to satisfy constraint: Member must have length less than or equal to ${countMax}`,
  );
}
