/** Words with a meaning of their own, in any case. All of them are reserved. */
const KEYWORDS: ReadonlySet<string> = new Set(['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'BETWEEN', 'IN']);

/** `kind` is a keyword in capitals, the sign itself, or one of the words in lower case. */
export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** In the order of trial. A placeholder without a name, or any other character, is `strange`: no rule takes it. */
const RULES: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['name', /[a-zA-Z]\w*/y],
  ['#', /#\w+/y],
  [':', /:\w+/y],
  ['index', /0|[1-9]\d*/y],
  ['sign', /<>|<=|>=|[=<>()[\],.+-]/y],
  ['strange', /[^]/y],
];
const BLANKS = /[ \t\r\n]*/y;

/** Cuts an expression into its tokens; the last one is `<EOF>`. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = blanksFrom(text, 0);
  while (at < text.length) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = blanksFrom(text, token.end);
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}

function tokenAt(text: string, start: number): Token {
  for (const [kind, pattern] of RULES) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    const word = found.toUpperCase();
    const special = kind === 'sign' ? found : kind === 'name' && KEYWORDS.has(word) ? word : kind;
    return { kind: special, text: found, start, end: start + found.length };
  }
  throw new TypeError('the last rule takes everything');
}

function blanksFrom(text: string, at: number): number {
  BLANKS.lastIndex = at;
  return at + (BLANKS.exec(text)?.[0].length ?? 0);
}
