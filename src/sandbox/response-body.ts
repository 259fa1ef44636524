import { Readable } from 'node:stream';
import { STREAMED_RESPONSE_BYTES_MAX } from '../model/limits.ts';

/** Content type of a streamed response that names none. */
export const OCTET_STREAM = 'application/octet-stream';
/** Bytes that are held for a caller who reads slowly, before the runtime is made to wait. */
const HELD_BYTES_MAX = 65_536;

/**
 * A response that arrives from a runtime piece by piece. Whoever reads slowly makes the runtime wait: nothing is
 * gathered in between but one buffer.
 */
export class ResponseBody extends Readable {
  readonly #resume: () => void;
  #sizeBytes = 0;
  #finished = false;

  /** `resume` is called when more may come after {@link ResponseBody.accept} has said to wait. */
  constructor(resume: () => void) {
    super({ highWaterMark: HELD_BYTES_MAX });
    this.#resume = resume;
  }

  /** Whether the response is longer than a streamed one may be; what came beyond that is dropped. */
  get isTooLarge(): boolean {
    return this.#sizeBytes > STREAMED_RESPONSE_BYTES_MAX;
  }

  /** Takes the next piece; false when the runtime should wait. */
  accept(piece: Uint8Array): boolean {
    this.#sizeBytes += piece.length;
    if (this.#finished || this.isTooLarge || piece.length === 0) return true;
    return this.push(piece);
  }

  /** No more will come. Calling it again does nothing. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.push(null);
  }

  override _read(): void {
    this.#resume();
  }
}
