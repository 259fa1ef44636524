import { logError } from '../log-errors.ts';
import { jsonTokens, type JsonToken } from './json-tokens.ts';

/** Parentheses within each other. */
const DEPTH_MAX = 32;

type Test = (value: unknown) => boolean;

/**
 * Compiles `{ $.level = "ERROR" && ($.ms > 100 || $.user NOT EXISTS) }`: comparisons of a selector with a text (`*`
 * stands for any characters) or a number, IS NULL, IS TRUE, IS FALSE, EXISTS and NOT EXISTS, joined by `&&` (which
 * binds closer) and `||`. A message that is not a JSON object or array never matches.
 */
export function compileJsonPattern(pattern: string): (message: string) => boolean {
  const parser = new Parser(jsonTokens(pattern));
  const test = parser.pattern();
  return (message) => {
    const first = message.trimStart()[0];
    if (first !== '{' && first !== '[') return false;
    let value: unknown;
    try {
      value = JSON.parse(message);
    } catch {
      return false;
    }
    return test(value);
  };
}

class Parser {
  readonly #tokens: readonly JsonToken[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly JsonToken[]) {
    this.#tokens = tokens;
  }

  pattern(): Test {
    this.#expect('{');
    const test = this.#either();
    this.#expect('}');
    if (this.#index < this.#tokens.length) throw invalid();
    return test;
  }

  #either(): Test {
    const tests = [this.#all()];
    while (this.#accept('||')) tests.push(this.#all());
    return (value) => tests.some((test) => test(value));
  }

  #all(): Test {
    const tests = [this.#one()];
    while (this.#accept('&&')) tests.push(this.#one());
    return (value) => tests.every((test) => test(value));
  }

  #one(): Test {
    if (!this.#accept('(')) return this.#condition();
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw invalid();
    const test = this.#either();
    this.#expect(')');
    this.#depth -= 1;
    return test;
  }

  #condition(): Test {
    const selector = this.#next();
    if (selector.kind !== 'selector') throw invalid();
    const select = selection(selector.path);
    const operator = this.#next();
    if (operator.kind === 'operator') return comparison(select, operator.text, this.#next());
    if (operator.kind !== 'text' || operator.quoted) throw invalid();
    const word = operator.text.toUpperCase();
    if (word === 'EXISTS') return (value) => select(value) !== undefined;
    const second = this.#next();
    const words = `${word} ${second.kind === 'text' && !second.quoted ? second.text.toUpperCase() : ''}`;
    if (words === 'NOT EXISTS') return (value) => select(value) === undefined;
    if (words === 'IS NULL') return (value) => select(value) === null;
    if (words === 'IS TRUE') return (value) => select(value) === true;
    if (words === 'IS FALSE') return (value) => select(value) === false;
    throw invalid();
  }

  #next(): JsonToken {
    const token = this.#tokens[this.#index];
    if (token === undefined) throw invalid();
    this.#index += 1;
    return token;
  }

  #accept(operator: string): boolean {
    const token = this.#tokens[this.#index];
    if (token?.kind !== 'operator' || token.text !== operator) return false;
    this.#index += 1;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#accept(operator)) throw invalid();
  }
}

function selection(path: readonly (string | number)[]): (value: unknown) => unknown {
  return (root) => {
    let value = root;
    for (const step of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value;
  };
}

function comparison(select: (value: unknown) => unknown, operator: string, operand: JsonToken): Test {
  if (operand.kind !== 'text') throw invalid();
  if (!operand.quoted && /^%.*%$/.test(operand.text)) {
    throw logError('InvalidParameterException', 'filterPattern: regular expressions are not supported by Lambkin.');
  }
  const number = operand.quoted ? NaN : Number(operand.text);
  if (operator === '=' || operator === '!=') {
    const equal = Number.isNaN(number) ? textEquals(operand.text) : (value: unknown): boolean => value === number;
    if (operator === '=') return (value) => equal(select(value));
    return (value) => {
      const selected = select(value);
      return selected !== undefined && !equal(selected);
    };
  }
  if (Number.isNaN(number)) throw invalid();
  const compare = ORDERINGS[operator];
  if (compare === undefined) throw invalid();
  return (value) => {
    const selected = select(value);
    return typeof selected === 'number' && compare(selected, number);
  };
}

const ORDERINGS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

/** Compares with a text in which `*` stands for any characters, in time linear in the message for each part. */
function textEquals(text: string): Test {
  const parts = text.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return (value) => scalarText(value) === text;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  return (value) => {
    const candidate = scalarText(value);
    if (candidate === undefined || candidate.length < first.length + last.length) return false;
    if (!candidate.startsWith(first) || !candidate.endsWith(last)) return false;
    let offset = first.length;
    const end = candidate.length - last.length;
    for (const part of middle) {
      const index = candidate.indexOf(part, offset);
      if (index === -1 || index + part.length > end) return false;
      offset = index + part.length;
    }
    return true;
  };
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function invalid(): Error {
  return logError('InvalidParameterException', 'Invalid filter pattern');
}
