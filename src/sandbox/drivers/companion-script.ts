import type { Companion } from '../../ports/sandbox-driver.ts';

/** Descriptor by which the script tells what has ended and is told what to do. */
export const CONTROL_DESCRIPTOR = 6;
/** Descriptor that the companions' output goes to. */
export const COMPANION_OUTPUT_DESCRIPTOR = 7;

/**
 * A script that starts companions, waits for a word before it starts the first process, and tells of each that ends:
 * `exit INDEX STATUS` for a companion, `main STATUS` for the first process. Every further word ends the first process by
 * SIGTERM. It stays until everything is killed. `main` is the first process as the shell reads it.
 */
export function companionScript(companions: readonly Companion[], main: string, quote: (text: string) => string): string {
  const starts = companions.map(
    ({ argv, withoutVariables }, index) =>
      `( unset ${['OLDPWD', ...withoutVariables].join(' ')}; cd / && exec ${argv.map(quote).join(' ')} ) ` +
      `3<&- 4<&- 5<&- 6<&- >&${COMPANION_OUTPUT_DESCRIPTOR} 2>&${COMPANION_OUTPUT_DESCRIPTOR} 7<&-; ` +
      `echo "exit ${index} $?" >&${CONTROL_DESCRIPTOR}`,
  );
  return [
    ...starts.map((start) => `{ ${start}; } &`),
    `read -r word <&${CONTROL_DESCRIPTOR} || exit 1`,
    `( exec ${main} ) 6<&- 7<&- &`,
    'main=$!',
    `while read -r word; do kill -TERM $main; done <&${CONTROL_DESCRIPTOR} 2>/dev/null &`,
    'wait $main',
    `echo "main $?" >&${CONTROL_DESCRIPTOR}`,
    'wait',
    '',
  ].join('\n');
}
