import type { BehaviourName } from './behaviours.ts';

const OK = 'ok';

/** What came out of every language and behaviour, for one table at the end. */
export class Results {
  readonly #rows = new Map<string, Map<BehaviourName, string>>();

  ok(subject: string, behaviour: BehaviourName): void {
    this.#row(subject).set(behaviour, OK);
  }

  skipped(subject: string, behaviour: BehaviourName, reason: string): void {
    this.#row(subject).set(behaviour, reason);
  }

  /** One column for each language; reasons are numbered and told below. A behaviour without a result has failed. */
  table(behaviours: readonly BehaviourName[]): string {
    const reasons: string[] = [];
    const cell = (result: string | undefined): string => {
      if (result === undefined) return 'FAILED';
      if (result === OK) return OK;
      if (!reasons.includes(result)) reasons.push(result);
      return `(${reasons.indexOf(result) + 1})`;
    };
    const titles = [...this.#rows.keys()];
    const width = Math.max(...behaviours.map((name) => name.length));
    const line = (first: string, cells: readonly string[]): string =>
      `${first.padEnd(width)}  ${cells.map((text, index) => text.padEnd(titles[index]?.length ?? 0)).join('  ')}`.trimEnd();
    const rows = behaviours.map((name) =>
      line(
        name,
        [...this.#rows.values()].map((row) => cell(row.get(name))),
      ),
    );
    return [line('', titles), ...rows, ...reasons.map((reason, index) => `(${index + 1}) skipped: ${reason}`)].join('\n');
  }

  #row(subject: string): Map<BehaviourName, string> {
    const row = this.#rows.get(subject) ?? new Map<BehaviourName, string>();
    this.#rows.set(subject, row);
    return row;
  }
}
