import fc from 'fast-check';
import { type AliasStep, aliasSteps, planAliasStep } from './alias-steps.ts';
import type { Plan } from './expectation.ts';
import { type FunctionStep, functionSteps, planFunctionStep } from './function-steps.ts';
import type { Model } from './model.ts';
import { planPolicyStep, type PolicyStep, policySteps } from './policy-steps.ts';
import { type ListingStep, listingSteps, planReadingStep, type ReadingStep, readingSteps } from './reading-steps.ts';
import { NAMES } from './references.ts';
import { planSharingStep, type SharingStep, sharingSteps } from './sharing-steps.ts';

/** One call of a random sequence. */
export type Step = (FunctionStep | AliasStep | PolicyStep | SharingStep | ReadingStep | ListingStep) & {
  /** Whether the next step waits until the function is ready. */
  readonly waits: boolean;
};

const step = fc.oneof<fc.WeightedArbitrary<Omit<Step, 'waits'>>[]>(
  ...functionSteps,
  ...aliasSteps,
  ...policySteps,
  ...sharingSteps,
  ...readingSteps,
  ...listingSteps,
);
/** Any step. */
export const anyStep: fc.Arbitrary<Step> = fc
  .tuple(step, fc.constantFrom(true, true, true, false))
  .map(([chosen, waits]) => ({ ...chosen, waits }) as Step);

/** Most calls say more when there are functions, one of them with versions that differ. */
export const FIRST_STEPS: readonly Step[] = [
  ...NAMES.slice(0, 2).map((name, code): Step => {
    const empty = { with: {}, flaw: undefined, tags: undefined, longName: false };
    return { op: 'CreateFunction', of: { name, form: 'plain' }, code, publish: code === 0, ...empty, waits: true };
  }),
  ...['second', 'third'].flatMap((Description): Step[] => {
    const common = { of: { name: NAMES[0], form: 'plain' }, revision: 'none', waits: true } as const;
    return [
      { op: 'UpdateFunctionConfiguration', with: { Description }, flaw: undefined, ...common },
      { op: 'PublishVersion', description: undefined, sha: 'none', ...common },
    ];
  }),
];

/** What a step sends, and what must come of it. */
export function planStep(model: Model, step: Exclude<Step, ListingStep>): Plan {
  switch (step.op) {
    case 'CreateFunction':
    case 'UpdateFunctionCode':
    case 'UpdateFunctionConfiguration':
    case 'PublishVersion':
    case 'DeleteFunction':
      return planFunctionStep(model, step);
    case 'CreateAlias':
    case 'UpdateAlias':
    case 'DeleteAlias':
      return planAliasStep(model, step);
    case 'AddPermission':
    case 'RemovePermission':
    case 'GetPolicy':
      return planPolicyStep(model, step);
    case 'GetFunction':
    case 'GetFunctionConfiguration':
    case 'GetAlias':
    case 'GetAccountSettings':
      return planReadingStep(model, step);
    default:
      return planSharingStep(model, step);
  }
}

/** Whether a step reads a list to its end, which is more than one call. */
export function isListing(step: Step): step is Step & ListingStep {
  return step.op === 'ListFunctions' || step.op === 'ListVersionsByFunction' || step.op === 'ListAliases';
}
