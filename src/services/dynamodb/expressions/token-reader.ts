import { ExpressionFault } from './expression-fault.ts';
import { type Token, tokensOf } from './tokens.ts';

const EXPRESSION_BYTES_MAX = 4_096;
/** More parentheses in each other would not say anything in 4 KB that fewer don't. Keeps the stack small. */
const DEPTH_MAX = 200;

/** The tokens of an expression, read one after the other. Throws ExpressionFault for what does not fit. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    if (text === '') throw new ExpressionFault('The expression can not be empty;');
    const bytes = Buffer.byteLength(text);
    if (bytes > EXPRESSION_BYTES_MAX)
      throw new ExpressionFault(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  /** The kind of the next token, or of the one behind it. */
  peek(ahead = 0): string {
    return this.#token(this.#at + ahead).kind;
  }

  /** Takes the next token, which must be of this kind if one is given; returns its text. */
  take(kind?: string): string {
    const token = this.#token(this.#at);
    if (kind !== undefined && token.kind !== kind) throw this.fault();
    this.#at = Math.min(this.#at + 1, this.#tokens.length - 1);
    return token.text;
  }

  /** Takes the next token if it is of this kind. */
  takes(kind: string): boolean {
    if (this.peek() !== kind) return false;
    this.take();
    return true;
  }

  /** Reads something inside of something else, which is bounded. */
  within<Node>(read: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new ExpressionFault('The expression contains too many nested operators;');
    const node = read();
    this.#depth -= 1;
    return node;
  }

  /** The next token is not what may stand here. Shown with its neighbours, as they are written. */
  fault(): ExpressionFault {
    const token = this.#token(this.#at);
    const near = this.#text.slice(this.#token(this.#at - 1).start, this.#token(this.#at + 1).end);
    return new ExpressionFault(`Syntax error; token: "${token.text}", near: "${near}"`);
  }

  #token(at: number): Token {
    return this.#tokens[Math.max(0, Math.min(at, this.#tokens.length - 1))] as Token;
  }
}
