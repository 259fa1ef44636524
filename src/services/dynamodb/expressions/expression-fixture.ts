import assert from 'node:assert/strict';
import { ServiceError } from '../../../model/service-error.ts';
import { item, type Plain } from '../values/value-fixture.ts';
import { type Expressions, readExpressions } from './expressions.ts';
import type { ExpressionKind } from './syntax.ts';

/** What tests give for placeholders: `#names` with texts, `:values` with what a test writes for values. */
export type Given = Readonly<Record<string, Plain>>;

/** Reads one expression as the operation would that has it. */
export function read(kind: ExpressionKind, text: string, given: Given = {}): Expressions {
  const of = (sign: string): [string, Plain][] => Object.entries(given).filter(([name]) => name.startsWith(sign));
  const [names, values] = [of('#'), of(':')];
  const input = {
    [kind]: text,
    ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
    ...(values.length > 0 ? { ExpressionAttributeValues: item(Object.fromEntries(values)) } : {}),
  };
  return readExpressions(input, [kind]);
}

/** The text with which something is refused. */
export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    assert.equal(error.code, 'ValidationException');
    return error.message;
  }
  return 'nothing was refused';
}
