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
