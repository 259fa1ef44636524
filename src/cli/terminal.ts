/** Prints lines for the person at the terminal. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Says what went wrong, without a stack for mistakes in the settings, and ends with status 1. */
export function fail(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`lambkin: ${text}\n`);
  process.exit(1);
}

/** What writing fails with when the reader, or the terminal, has gone. */
const READER_GONE = new Set(['EPIPE', 'EIO']);

/** Goes on when nobody reads what is printed any more, such as a pager that was left. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!READER_GONE.has(error.code ?? '')) throw error;
    });
  }
}
