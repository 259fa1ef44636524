import assert from 'node:assert/strict';
import { checkAnswer, type Plan } from '../../model/expectation.ts';
import { Model } from '../../model/model.ts';
import { PACKAGES } from '../../model/packages.ts';
import { runListingStep, settle } from '../../model/reading-steps.ts';
import { ALIASES, NAMES } from '../../model/references.ts';
import { isListing, planStep, type Step } from '../../model/steps.ts';
import { checkWholeState } from '../../model/whole-state.ts';
import type { RawConnections } from '../../raw/raw-connection.ts';
import { type Members, RawLambda } from '../../raw/raw-lambda.ts';
import type { Random } from '../../fuzz/random.ts';
import type { Writer } from './writer.ts';

/** Share of calls that make or delete a whole function. */
const CHURN = 0.35;

interface Underway {
  readonly step: Step;
  readonly plan: Plan;
}

/**
 * Writes functions, versions, aliases, policies, tags and reservations of an account of its own, one call after the
 * other. A model knows what must be there; of the one call that a crash leaves unanswered, all or nothing.
 */
export class ModelWriter implements Writer {
  readonly #model: Model;
  readonly #random: Random;
  readonly #steps: readonly Step[];
  #at = 0;
  #underway: Underway | undefined;

  constructor(account: string, random: Random, steps: readonly Step[]) {
    this.#model = new Model(account);
    this.#random = random;
    this.#steps = steps;
  }

  get account(): string {
    return this.#model.account;
  }

  async write(connections: RawConnections, acknowledged: () => void): Promise<void> {
    const lambda = new RawLambda(connections, this.account);
    for (;;) {
      const step = this.#next();
      if (isListing(step)) await runListingStep(this.#model, lambda, step);
      else {
        const plan = planStep(this.#model, step);
        this.#underway = { step, plan };
        const answer = await lambda.call(plan.operation, plan.input);
        this.#underway = undefined;
        checkAnswer(answer, plan.expected);
        acknowledged();
        if (step.waits && 'of' in step) await settle(this.#model, lambda, step.of.name);
      }
    }
  }

  async check(connections: RawConnections): Promise<'done' | 'undone' | 'nothing'> {
    const lambda = new RawLambda(connections, this.account);
    const underway = this.#underway;
    this.#underway = undefined;
    if (!underway || 'fails' in underway.plan.expected) {
      await checkWholeState(this.#model, lambda, connections);
      return 'nothing';
    }
    const forget = this.#model.save();
    try {
      await checkWholeState(this.#model, lambda, connections);
      return 'undone';
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      forget();
      await this.#takeAsDone(lambda, underway, error);
      await checkWholeState(this.#model, lambda, connections);
      return 'done';
    }
  }

  /** Over and over, each time with packages that nobody has had lately. */
  #next(): Step {
    if (this.#random.chance(CHURN)) return this.#churn();
    const step = this.#steps[this.#at % this.#steps.length] as Step;
    this.#at += 1;
    return 'code' in step ? { ...step, code: this.#random.below(PACKAGES.length) } : step;
  }

  /** A whole function comes or goes, which writes or removes many documents at once. */
  #churn(): Step {
    const name = NAMES[2];
    const of = { name, form: 'plain' } as const;
    if (this.#model.functions.has(name))
      return { op: 'DeleteFunction', of, at: { kind: 'none', index: 0, where: 'name' }, waits: false };
    const code = this.#random.below(PACKAGES.length);
    const rest = { with: {}, flaw: undefined, tags: { made: 'again' }, longName: false, waits: false };
    return { op: 'CreateFunction', of, code, publish: true, ...rest };
  }

  /** The model takes over what the call would have answered, read from what is there now. */
  async #takeAsDone(lambda: RawLambda, { step, plan }: Underway, why: Error): Promise<void> {
    const { expected } = plan;
    if ('fails' in expected) throw why;
    try {
      expected.take(await this.#answerOf(lambda, step));
    } catch (error) {
      throw new Error(`${step.op} was neither done nor undone: ${String(why)}; and ${String(error)}`, { cause: why });
    }
  }

  async #answerOf(lambda: RawLambda, step: Step): Promise<Members> {
    const read = async (operation: string, input: Members): Promise<Members> => (await lambda.call(operation, input)).json;
    const FunctionName = 'of' in step ? step.of.name : '';
    const newest = async (): Promise<Members> => {
      const { Versions } = (await read('ListVersionsByFunction', { FunctionName, MaxItems: 50 })) as { Versions?: Members[] };
      return read('GetFunctionConfiguration', { FunctionName, Qualifier: Versions?.at(-1)?.['Version'] });
    };
    switch (step.op) {
      case 'CreateFunction':
        if (!step.publish) return read('GetFunctionConfiguration', { FunctionName });
        return { ...(await newest()), FunctionArn: this.#model.arn(FunctionName) };
      case 'UpdateFunctionCode':
        return step.publish ? newest() : read('GetFunctionConfiguration', { FunctionName });
      case 'UpdateFunctionConfiguration':
        return read('GetFunctionConfiguration', { FunctionName });
      case 'PublishVersion':
        return newest();
      case 'CreateAlias':
      case 'UpdateAlias':
        return read('GetAlias', { FunctionName, Name: ALIASES[step.alias] });
      case 'PutFunctionConcurrency':
        return read('GetFunctionConcurrency', { FunctionName });
      case 'AddPermission': {
        const { Qualifier } = planStep(this.#model, step).input;
        const { Policy } = await read('GetPolicy', { FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) });
        const { Statement } = JSON.parse(String(Policy)) as { Statement: Members[] };
        return { Statement: JSON.stringify(Statement.at(-1)) };
      }
      default:
        return {};
    }
  }
}
