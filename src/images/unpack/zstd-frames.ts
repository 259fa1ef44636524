import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { ImageUnusable } from '../../ports/image-registry.ts';

/** Some writers make a frame of every file. More than that only costs time. */
const FRAMES_MAX = 2_000_000;

/**
 * Decompresses zstd of any number of frames, one after the other: Node's own stream stops at the end of the first.
 * Source: RFC 8878, section 3. Throws what the source and the decompressor throw.
 */
export async function* zstdFrames(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let left: Buffer = Buffer.alloc(0);
  try {
    for (let frames = 0; ; frames += 1) {
      if (frames > FRAMES_MAX) throw new ImageUnusable('invalid', `a layer has more than ${FRAMES_MAX} frames`);
      while (left.length === 0) {
        const { value, done } = await source.next();
        if (done === true) return;
        left = value;
      }
      const frame = new Frame(source, left);
      yield* frame.content();
      left = frame.left();
    }
  } finally {
    await source.return(undefined);
  }
}

/** One decompressor, which takes a frame, or several where they end together with what it is given at a time. */
class Frame {
  readonly #source: AsyncGenerator<Buffer>;
  readonly #stream: ZstdDecompress = createZstdDecompress();
  #given: Buffer;
  #givenBytes = 0;
  #error: { readonly error: unknown } | undefined;

  constructor(source: AsyncGenerator<Buffer>, first: Buffer) {
    this.#source = source;
    this.#given = first;
  }

  async *content(): AsyncGenerator<Buffer> {
    const feeding = this.#feed();
    try {
      for await (const chunk of this.#stream) yield chunk as Buffer;
    } catch (error) {
      throw this.#error ? this.#error.error : error;
    } finally {
      this.#stream.destroy();
      await feeding;
    }
  }

  /** What was given and belongs to the next frame. */
  left(): Buffer {
    return this.#given.subarray(this.#given.length - (this.#givenBytes - this.#stream.bytesWritten));
  }

  /** Never rejects: an error of the source comes out of the stream. */
  async #feed(): Promise<void> {
    try {
      for (let isTaken = await this.#give(this.#given); isTaken;) {
        const { value, done } = await this.#source.next();
        if (done === true) {
          this.#stream.end();
          return;
        }
        isTaken = await this.#give(value);
      }
    } catch (error) {
      this.#error = { error };
      this.#stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** True when all of it was taken; false when the stream is at its end. */
  #give(chunk: Buffer): Promise<boolean> {
    this.#given = chunk;
    this.#givenBytes += chunk.length;
    return new Promise((resolve) => {
      const end = (): void => resolve(false);
      this.#stream.once('end', end).once('close', end);
      this.#stream.write(chunk, () => {
        this.#stream.off('end', end).off('close', end);
        resolve(!this.#stream.destroyed);
      });
    });
  }
}
