import { createHash } from 'node:crypto';
import { type Schedule, scheduleOf } from '../../model/schedule/schedule.ts';
import { parseRuleSchedule } from '../../model/schedule/schedule-expression.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Document, DocumentKey, MetadataStore } from '../../ports/metadata-store.ts';
import { RULE_KIND, ruleArn, ruleKey, type RuleName, ruleOfKey, type RuleRecord } from './event-buses.ts';
import { envelopeOf } from './event-envelope.ts';
import { deliveryEvent } from './rule-delivery.ts';

/** What running schedules needs. */
export interface RuleTimerDependencies {
  readonly store: MetadataStore;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was run last of a rule. */
interface RunRecord {
  readonly ranMs: number;
}

interface Waiting {
  readonly name: RuleName;
  readonly dueMs: number;
}

const RULES_AT_ONCE = 100;
/** Longest sleep, so that a wall clock that jumps is noticed. */
const SLEEP_MS_MAX = 60_000;
/** A run that the server missed while it was stopped or busy is made up for this long; older ones are left out. */
const MISSED_MS_MAX = 60_000;
/**
 * How long a run's deliveries wait after they were queued. In this time it is noted that the rule was run: a stop before
 * the note is followed by the same run, whose deliveries are still in the queue under the same ids, and so are not doubled.
 */
const NOTE_MS_MAX = 1_000;
/** Pause after the store or the queue failed, or where a rule was changed at the last moment. */
const AGAIN_MS = 1_000;

/** Runs the rules that have schedules: each time that is due once. */
export class RuleTimer {
  readonly #dependencies: RuleTimerDependencies;
  /** By ARN. Bounded by the rules that the default buses may have. */
  readonly #waiting = new Map<string, Waiting>();
  /** Rules to be looked at again. */
  readonly #changed = new Map<string, RuleName>();
  #isOpen = false;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;

  constructor(dependencies: RuleTimerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when every rule is known, and what was due is queued. */
  async start(): Promise<void> {
    this.#isOpen = true;
    const { store } = this.#dependencies;
    for (const { account, region } of await store.scopes(RULE_KIND)) {
      let after: string | undefined;
      for (;;) {
        const place = { account, region, kind: RULE_KIND, limit: RULES_AT_ONCE };
        const found = await store.list<RuleRecord>({ ...place, ...(after === undefined ? {} : { after }) });
        for (const { key, body } of found) if (body.schedule !== undefined) this.#note(ruleOfKey(key));
        after = found.at(-1)?.key.id;
        if (found.length < RULES_AT_ONCE) break;
      }
    }
    await this.#work();
  }

  /** The rule was put, enabled, disabled or deleted. */
  ruleChanged(name: RuleName): void {
    if (!this.#isOpen) return;
    this.#note(name);
    void this.#work();
  }

  /** Runs nothing more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#working;
  }

  #note(name: RuleName): void {
    this.#changed.set(ruleArn(name), name);
  }

  #work(): Promise<void> {
    this.#working ??= this.#workOff().finally(() => {
      this.#working = undefined;
      if (this.#changed.size > 0) this.#sleep(AGAIN_MS);
    });
    return this.#working;
  }

  async #workOff(): Promise<void> {
    const { clock, logger } = this.#dependencies;
    this.#timer?.cancel();
    try {
      while (this.#isOpen) {
        const nowMs = clock.now();
        const due = [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= nowMs).map(({ name }) => name);
        const names = [...this.#changed.values(), ...due];
        if (names.length === 0) break;
        for (const name of names) await this.#look(name);
      }
      this.#sleep();
    } catch (error) {
      logger.error({ error: String(error) }, 'schedules of rules can not be run');
      this.#sleep(AGAIN_MS);
    }
  }

  #sleep(delayMs?: number): void {
    this.#timer?.cancel();
    if (!this.#isOpen || (delayMs === undefined && this.#waiting.size === 0)) return;
    const { clock } = this.#dependencies;
    let earliestMs = Infinity;
    for (const { dueMs } of this.#waiting.values()) earliestMs = Math.min(earliestMs, dueMs);
    const untilDueMs = Math.min(SLEEP_MS_MAX, Math.max(0, earliestMs - clock.now()));
    this.#timer = clock.setTimeout(() => void this.#work(), delayMs ?? untilDueMs);
  }

  /** Runs a rule if it is due, and notes when it is due next. */
  async #look(name: RuleName): Promise<void> {
    const { store, clock } = this.#dependencies;
    const arn = ruleArn(name);
    const rule = await store.get<RuleRecord>(ruleKey(name));
    const schedule = rule && this.#scheduleOf(arn, rule.body);
    this.#changed.delete(arn);
    this.#waiting.delete(arn);
    if (!schedule) {
      if (!rule && (await store.get(runKey(name)))) await store.commit([{ remove: runKey(name) }]);
      return;
    }
    const { scheduledFromMs } = rule.body;
    const ranMs = (await store.get<RunRecord>(runKey(name)))?.body.ranMs ?? 0;
    // The last that was missed, if it was a moment ago; what came before it is left out.
    const fromMs = Math.max(scheduledFromMs, ranMs, clock.now() - MISSED_MS_MAX);
    let dueMs = schedule.nextOccurrence(fromMs);
    while (dueMs !== undefined && dueMs <= clock.now()) {
      await this.#run(name, rule, dueMs);
      dueMs = schedule.nextOccurrence(Math.max(dueMs, clock.now() - MISSED_MS_MAX));
    }
    if (dueMs !== undefined) this.#waiting.set(arn, { name, dueMs });
  }

  async #run(name: RuleName, { body: { targets } }: Document<RuleRecord>, dueMs: number): Promise<void> {
    const { store, queue, clock } = this.#dependencies;
    const { account, region } = name;
    const arn = ruleArn(name);
    const id = idOfRun(arn, dueMs);
    const happened = { id, account, region, source: 'aws.events', detailType: 'Scheduled Event', detail: '{}' };
    const envelope = Buffer.from(envelopeOf({ ...happened, atMs: dueMs, resources: [arn] }));
    const nowMs = clock.now();
    const delivery = { rule: name, eventKey: id, envelope, hops: 0, acceptedAtMs: nowMs, visibleAtMs: nowMs + NOTE_MS_MAX };
    if (targets.length > 0) await queue.enqueue(targets.map((target) => deliveryEvent({ ...delivery, target })));
    await store.commit([{ put: runKey(name), body: { ranMs: dueMs } satisfies RunRecord }]);
  }

  #scheduleOf(arn: string, { enabled, schedule, scheduledFromMs }: RuleRecord): Schedule | undefined {
    if (!enabled || schedule === undefined) return undefined;
    try {
      return scheduleOf(parseRuleSchedule(schedule), { startMs: scheduledFromMs });
    } catch (error) {
      // Schedules are checked when they are put; this one was taken by another version of the program.
      this.#dependencies.logger.error({ ruleArn: arn, error: String(error) }, 'the schedule of a rule can not be read');
      return undefined;
    }
  }
}

function runKey(name: RuleName): DocumentKey {
  return { ...ruleKey(name), kind: 'events-rule-run' };
}

/** A UUID that is the same for the same run. */
function idOfRun(arn: string, dueMs: number): string {
  const hex = createHash('sha256').update(`${arn}@${dueMs}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
