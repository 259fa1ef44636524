import { logError } from '../log-errors.ts';

/** A piece of a JSON filter pattern. */
export type JsonToken =
  | { readonly kind: 'selector'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'operator'; readonly text: string };

const OPERATOR = /(?:&&|\|\||!=|<=|>=|[=<>(){}])/y;
const SELECTOR = /\$(?:\.[A-Za-z0-9_\-@]+|\[(?:\d{1,6}|'[^']*'|"[^"]*")\])+/y;
const STEP = /\.([A-Za-z0-9_\-@]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const WORD = /[^\s"=<>!(){}&|$]+/y;

/** Splits a JSON filter pattern. Throws InvalidParameterException at what isn't part of one. */
export function jsonTokens(pattern: string): JsonToken[] {
  const tokens: JsonToken[] = [];
  let offset = 0;
  const next = (expression: RegExp): RegExpExecArray | null => {
    const sticky = new RegExp(expression);
    sticky.lastIndex = offset;
    const match = sticky.exec(pattern);
    if (match) offset += match[0].length;
    return match;
  };
  for (;;) {
    next(/\s*/y);
    if (offset >= pattern.length) return tokens;
    let match = next(SELECTOR);
    if (match) {
      tokens.push({ kind: 'selector', path: pathOf(match[0]) });
    } else if ((match = next(OPERATOR))) {
      tokens.push({ kind: 'operator', text: match[0] });
    } else if ((match = next(QUOTED))) {
      tokens.push({ kind: 'text', text: (match[1] ?? '').replace(/\\(.)/g, '$1'), quoted: true });
    } else if ((match = next(WORD))) {
      tokens.push({ kind: 'text', text: match[0], quoted: false });
    } else {
      throw logError('InvalidParameterException', `Invalid filter pattern: unexpected character at ${offset}`);
    }
  }
}

function pathOf(selector: string): (string | number)[] {
  return [...selector.matchAll(STEP)].map((step) =>
    step[2] === undefined ? (step[1] ?? step[3] ?? step[4] ?? '') : Number(step[2]),
  );
}
