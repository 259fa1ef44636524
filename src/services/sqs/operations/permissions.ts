import { requiredText, texts } from '../members.ts';
import { existingDocument, queueArn, rewriteQueue } from '../queue-records.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { invalidValue, missingParameter } from '../sqs-errors.ts';

interface Policy {
  readonly Statement?: readonly { readonly Sid?: string }[];
}

/** AddPermission: a statement in the queue's policy. */
export const addPermission: SqsOperation = async ({ store }, input, context) => {
  const document = await existingDocument(store, input, context);
  const label = requiredText(input, 'Label');
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(label)) {
    const reason = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
    throw invalidValue(`Value ${label.slice(0, 80)} for parameter Label is invalid. Reason: ${reason}`);
  }
  const [accounts, actions] = [texts(input, 'AWSAccountIds'), texts(input, 'Actions')];
  if (accounts.length === 0) throw missingParameter('AWSAccountIds');
  if (actions.length === 0) throw missingParameter('Actions');
  const arn = queueArn(document.body);
  const policy = policyOf(document.body.attributes['Policy']);
  const statements = policy.Statement ?? [];
  if (statements.some(({ Sid }) => Sid === label)) {
    throw invalidValue(`Value ${label} for parameter Label is invalid. Reason: Already exists.`);
  }
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) },
    Action: actions.map((action) => `SQS:${action}`),
    Resource: arn,
  };
  const changed = { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, ...policy, Statement: [...statements, statement] };
  const attributes = { ...document.body.attributes, Policy: JSON.stringify(changed) };
  await rewriteQueue(store, document, { attributes });
  return {};
};

/** RemovePermission: takes a statement out again. */
export const removePermission: SqsOperation = async ({ store }, input, context) => {
  const document = await existingDocument(store, input, context);
  const label = requiredText(input, 'Label');
  const policy = policyOf(document.body.attributes['Policy']);
  const kept = (policy.Statement ?? []).filter(({ Sid }) => Sid !== label);
  if (kept.length === (policy.Statement ?? []).length) {
    throw invalidValue(
      `Value ${label.slice(0, 80)} for parameter Label is invalid. Reason: can't find label on existing policy.`,
    );
  }
  const { Policy: _removed, ...others } = document.body.attributes;
  const attributes = kept.length > 0 ? { ...others, Policy: JSON.stringify({ ...policy, Statement: kept }) } : others;
  await rewriteQueue(store, document, { attributes });
  return {};
};

/** One statement may stand without a list around it. */
function policyOf(text: string | undefined): Policy {
  const policy = JSON.parse(text ?? '{}') as { Statement?: unknown };
  const { Statement: statement } = policy;
  if (statement === undefined || Array.isArray(statement)) return policy as Policy;
  return { ...policy, Statement: [statement as { Sid?: string }] };
}
