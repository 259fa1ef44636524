import { isUtf8 } from 'node:buffer';

/** How the values of requests and answers are written. */
export interface BodyForm {
  readonly contentType: string;
  /** Throws where the bytes are no value. */
  parse(body: Buffer): unknown;
  write(value: object): Buffer;
}

/** JSON, under one of its names. */
export function jsonForm(contentType: string): BodyForm {
  return {
    contentType,
    parse: (body) => {
      if (!isUtf8(body)) throw new SyntaxError('the body is not UTF-8');
      return JSON.parse(body.toString('utf8'));
    },
    write: (value) => Buffer.from(JSON.stringify(value)),
  };
}
