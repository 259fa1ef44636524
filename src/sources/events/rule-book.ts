import { compilePattern, type EventMatcher } from '../../model/event-filter/event-matcher.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import { ARCHIVE_KIND, ARCHIVES_MAX, type ArchiveRecord } from './event-archives.ts';
import {
  busArn,
  type BusName,
  RULE_KIND,
  ruleOfKey,
  rulePrefix,
  type RuleName,
  type RuleRecord,
  type RulesStamp,
  stampKey,
} from './event-buses.ts';

/** An enabled rule with a pattern and targets, ready to be held against events. */
export interface ReadyRule {
  readonly name: RuleName;
  readonly record: RuleRecord;
  readonly matches: EventMatcher;
}

/** An archive, ready to be held against events. */
export interface ReadyArchive {
  readonly uid: string;
  readonly matches: EventMatcher;
}

interface Page {
  readonly stamp: string;
  readonly rules: readonly ReadyRule[];
  readonly archives: readonly ReadyArchive[];
}

const RULES_AT_ONCE = 100;
/** Buses whose rules are kept compiled; the one used longest ago is forgotten first. */
const BUSES_MAX = 200;

/** The rules of buses, compiled when they are first needed after a change. */
export class RuleBook {
  readonly #store: MetadataStore;
  readonly #logger: Logger;
  readonly #pages = new Map<string, Page>();

  constructor(store: MetadataStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** The rules and archives of a bus as they are now: every change that was acknowledged before is seen. */
  async rulesOf(bus: BusName): Promise<Omit<Page, 'stamp'>> {
    const document = await this.#store.get<RulesStamp>(stampKey(bus));
    if (!document) return { rules: [], archives: [] };
    const key = `${bus.account}/${bus.region}/${bus.bus}`;
    let page = this.#pages.get(key);
    // A change while they are read leaves an older stamp on newer rules, and they are read again the next time.
    if (page?.stamp !== document.body.stamp)
      page = { stamp: document.body.stamp, rules: await this.#read(bus), archives: await this.#archives(bus) };
    this.#pages.delete(key);
    this.#pages.set(key, page);
    const oldest = this.#pages.size > BUSES_MAX ? this.#pages.keys().next().value : undefined;
    if (oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  async #read({ account, region, bus }: BusName): Promise<ReadyRule[]> {
    const rules: ReadyRule[] = [];
    let after: string | undefined;
    for (;;) {
      const found = await this.#store.list<RuleRecord>({
        account,
        region,
        kind: RULE_KIND,
        prefix: rulePrefix(bus),
        ...(after === undefined ? {} : { after }),
        limit: RULES_AT_ONCE,
      });
      for (const { key, body } of found) {
        const matches = this.#compile(body);
        if (matches) rules.push({ name: ruleOfKey(key), record: body, matches });
      }
      after = found.at(-1)?.key.id;
      if (found.length < RULES_AT_ONCE) return rules;
    }
  }

  async #archives(bus: BusName): Promise<ReadyArchive[]> {
    const { account, region } = bus;
    const found = await this.#store.list<ArchiveRecord>({ account, region, kind: ARCHIVE_KIND, limit: ARCHIVES_MAX });
    return found
      .filter(({ body }) => body.busArn === busArn(bus))
      .map(({ body: { uid, pattern } }) => ({ uid, matches: pattern === undefined ? () => true : compilePattern(pattern) }));
  }

  #compile({ enabled, pattern, targets }: RuleRecord): EventMatcher | undefined {
    if (!enabled || pattern === undefined || targets.length === 0) return undefined;
    try {
      return compilePattern(pattern);
    } catch (error) {
      // Patterns are checked when they are put; this one was taken by another version of the program.
      this.#logger.error({ error: String(error) }, 'the pattern of a rule can not be read; its rule matches nothing');
      return undefined;
    }
  }
}
