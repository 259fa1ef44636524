import type { RuntimeOverview } from '../main.ts';

const NAME_WIDTH = 16;

/** One line for each runtime: what runs it, or how to add it. Newest names first within a language. */
export function runtimesTable(runtimes: RuntimeOverview): string[] {
  return [...runtimes]
    .toSorted((a, b) => languageOf(a.runtime).localeCompare(languageOf(b.runtime)) || newestFirst(a.runtime, b.runtime))
    .map(({ runtime, status }) => {
      const said = status.available ? `available (${status.version})` : status.remedy;
      return `  ${runtime.padEnd(NAME_WIDTH)}${said}`;
    });
}

function languageOf(runtime: string): string {
  return runtime.replace(/\d.*/, '');
}

function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
