import { logError } from '../log-errors.ts';

/** A sign, then a quoted phrase (in which `\"` and `\\` stand for themselves) or a word. */
const TERM = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/y;

/**
 * Terms of an unstructured pattern: all plain ones must occur, none of those after `-`, and when there are only `?`
 * ones, any of them. With others beside them AWS ignores `?` terms. Case matters.
 */
export function compileTermPattern(pattern: string): (message: string) => boolean {
  const required: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  const expression = new RegExp(TERM);
  while (expression.lastIndex < pattern.length) {
    const match = expression.exec(pattern);
    if (match === null) throw logError('InvalidParameterException', 'Invalid filter pattern');
    const term = match[2]?.replace(/\\(.)/g, '$1') ?? word(match[3] ?? '');
    if (match[1] === '-') excluded.push(term);
    else if (match[1] === '?') optional.push(term);
    else required.push(term);
  }
  const anyOf = required.length === 0 && excluded.length === 0 ? optional : [];
  return (message) =>
    required.every((term) => message.includes(term)) &&
    !excluded.some((term) => message.includes(term)) &&
    (anyOf.length === 0 || anyOf.some((term) => message.includes(term)));
}

function word(term: string): string {
  if (/^%.*%$/.test(term)) {
    throw logError('InvalidParameterException', 'filterPattern: regular expressions are not supported by Lambkin.');
  }
  if (!/^[\p{L}\p{N}_]+$/u.test(term)) throw logError('InvalidParameterException', `Invalid character(s) in term '${term}'`);
  return term;
}
