import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RawConnections } from '../raw/raw-connection.ts';
import { type RawLambda } from '../raw/raw-lambda.ts';
import { checkAnswer, type Plan } from './expectation.ts';
import { LATEST, type Model, type ModelFunction } from './model.ts';
import { planPolicyStep } from './policy-steps.ts';
import { planReadingStep, runListingStep, settle } from './reading-steps.ts';
import { ALIASES, NAMES, type Qualification } from './references.ts';
import { planSharingStep } from './sharing-steps.ts';

/** Reads everything that there is, and what must not be there, and holds it against the model. */
export async function checkWholeState(model: Model, lambda: RawLambda, connections: RawConnections): Promise<void> {
  const check = async (plan: Plan): Promise<void> => checkAnswer(await lambda.call(plan.operation, plan.input), plan.expected);
  for (const name of NAMES) await settle(model, lambda, name);
  await runListingStep(model, lambda, { op: 'ListFunctions', all: false, pageSize: 2 });
  await runListingStep(model, lambda, { op: 'ListFunctions', all: true, pageSize: undefined });
  await check(planReadingStep(model, { op: 'GetAccountSettings' }));
  for (const name of NAMES) {
    const of = { name, form: 'plain' } as const;
    await runListingStep(model, lambda, { op: 'ListVersionsByFunction', of, pageSize: undefined });
    for (const version of [undefined, 0, 1, 2])
      await runListingStep(model, lambda, { op: 'ListAliases', of, version, pageSize: undefined });
    await check(planSharingStep(model, { op: 'ListTags', of }));
    await check(planSharingStep(model, { op: 'GetFunctionConcurrency', of, at: { kind: 'none', index: 0, where: 'name' } }));
    const qualifications = everyQualification(model.functions.get(name));
    // All of them come to their end: what one of them has left is told by none that comes after.
    const checked = await Promise.allSettled(
      qualifications.flatMap((at) => [
        check(planReadingStep(model, { op: 'GetFunction', of, at })),
        check(planPolicyStep(model, { op: 'GetPolicy', of, at })),
      ]),
    );
    for (const one of checked) if (one.status === 'rejected') throw one.reason;
    await checkCode(model, lambda, connections, name);
  }
}

/** No qualifier, `$LATEST`, every version that there is or was, and the next, every alias. */
function everyQualification(found: ModelFunction | undefined): Qualification[] {
  const where = 'parameter';
  return [
    { kind: 'none', index: 0, where },
    { kind: 'latest', index: 0, where },
    ...[...Array(found?.nextVersion ?? 1).keys()].map((before) => ({ kind: 'number', index: before + 1, where }) as const),
    ...ALIASES.map((_, index) => ({ kind: 'alias', index, where }) as const),
  ];
}

async function checkCode(model: Model, lambda: RawLambda, connections: RawConnections, name: string): Promise<void> {
  const found = model.functions.get(name);
  for (const version of found?.allVersions ?? []) {
    const Qualifier = version.number === LATEST ? {} : { Qualifier: version.number };
    const { json } = await lambda.call('GetFunction', { FunctionName: name, ...Qualifier });
    const { Location = '' } = (json['Code'] ?? {}) as { Location?: string };
    const { pathname, search } = new URL(Location);
    const { body } = await connections.send(Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
    assert.equal(createHash('sha256').update(body).digest('base64'), version.members['CodeSha256']);
  }
}
