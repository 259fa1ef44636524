import { ImageUnusable } from '../../ports/image-registry.ts';

/** Reads pieces of given sizes from chunks of any size, without holding more than one chunk and the piece asked for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes, or undefined when the end comes before the first of them. Throws {@link ImageUnusable} when it comes within. */
  async read(sizeBytes: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let missing = sizeBytes;
    while (missing > 0) {
      const piece = await this.#next(missing);
      if (!piece) {
        if (missing === sizeBytes) return undefined;
        throw cutOff();
      }
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** The next bytes, at most so many; undefined at the end. Throws what the source throws. */
  async #next(sizeBytesMax: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#chunk = value;
    }
    const piece = this.#chunk.subarray(0, sizeBytesMax);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  /** So many bytes, piece by piece. Throws {@link ImageUnusable} when there are fewer. */
  async *pieces(sizeBytes: number): AsyncGenerator<Buffer> {
    for (let missing = sizeBytes; missing > 0;) {
      const piece = await this.#next(missing);
      if (!piece) throw cutOff();
      missing -= piece.length;
      yield piece;
    }
  }

  /** Reads to the end without keeping anything, so that whoever counts or hashes on the way has seen it all. */
  async drain(): Promise<void> {
    while ((await this.#next(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  /** Gives the source up. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

function cutOff(): ImageUnusable {
  return new ImageUnusable('invalid', 'a layer ends too early');
}
