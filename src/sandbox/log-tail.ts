/** The last bytes of a sequence of lines, in bounded memory however much is logged. */
export class LogTail {
  readonly #bytesMax: number;
  readonly #lines: Buffer[] = [];
  #sizeBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Adds a line without its newline. */
  add(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    this.#lines.push(bytes);
    this.#sizeBytes += bytes.length;
    for (let first = this.#lines[0]; first && this.#sizeBytes - first.length >= this.#bytesMax; first = this.#lines[0]) {
      this.#lines.shift();
      this.#sizeBytes -= first.length;
    }
  }

  /** At most the last `bytesMax` bytes, newlines included. */
  bytes(): Uint8Array {
    const all = Buffer.concat(this.#lines);
    return all.subarray(Math.max(0, all.length - this.#bytesMax));
  }
}
