import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlContext } from '../../control-context.ts';
import type { PolicyStatement } from '../../documents.ts';
import { checkPublicAccess } from './public-access.ts';

const allow: PolicyStatement = { Sid: 's', Effect: 'Allow', Principal: '*', Action: 'lambda:InvokeFunction', Resource: '*' };
const blocking = { blockPublicPolicies: true } as ControlContext;

const PUBLIC: readonly PolicyStatement[] = [
  allow,
  { ...allow, Principal: { AWS: '*' } },
  { ...allow, Principal: { AWS: ['111111111111', '*'] } },
  { ...allow, Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } } },
];
const PRIVATE: readonly PolicyStatement[] = [
  { ...allow, Effect: 'Deny' },
  { ...allow, Principal: { AWS: 'arn:aws:iam::111111111111:root' } },
  { ...allow, Principal: { Service: 's3.amazonaws.com' } },
  { ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-0123456789' } } },
  { ...allow, Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } } },
];

test('a statement that lets everybody in is refused where the setting says so, and no other', () => {
  for (const statement of PUBLIC) {
    assert.throws(() => checkPublicAccess(blocking, [statement]), { name: 'PublicPolicyException' }, JSON.stringify(statement));
  }
  for (const statement of PRIVATE) checkPublicAccess(blocking, [statement]);
  checkPublicAccess({ blockPublicPolicies: false } as ControlContext, PUBLIC);
});
