import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyOn, TRUST } from './iam-fixture.ts';
import { checkPermissionPolicy } from './permission-policy.ts';
import { encodedDocument } from './policy-shape.ts';
import { checkTrustPolicy } from './trust-policy.ts';

const allow = (more: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
const DEEP = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;

test('permission policies: what is taken', () => {
  const everything = {
    Sid: 'All1',
    NotAction: ['iam:*', 'a4b:x'],
    NotResource: ['arn:aws:s3:::${aws:username}/*', 'arn:aws-cn:sqs:*:*:q'],
    Condition: {
      'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['a', 'b'] },
      Bool: { 'aws:SecureTransport': true },
      numericlessthan: { 's3:max-keys': 10 },
    },
  };
  checkPermissionPolicy(allow(everything), 'managed');
  checkPermissionPolicy(policyOn('*'), 'managed');
  checkPermissionPolicy('{"Statement":{"Effect":"Deny","Action":"s3:Get?","Resource":"*"}}', 'inline');
});

const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ['', 'Syntax errors in policy.'],
  ['nothing', 'Syntax errors in policy.'],
  ['null', 'Syntax errors in policy.'],
  ['[]', 'Syntax errors in policy.'],
  [DEEP, 'Syntax errors in policy.'],
  ['{"Version":"2012-10-17"}', 'Syntax errors in policy.'],
  ['{"Version":"2012-10-17","Statement":[]}', 'Syntax errors in policy.'],
  ['{"Version":"2012-10-17","Statement":[7]}', 'Syntax errors in policy.'],
  ['{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'Syntax errors in policy.'],
  [policyOn('*').replace('"Version"', '"Extra":1,"Version"'), 'Syntax errors in policy.'],
  [policyOn('*').replace('"Effect"', '"Extra":1,"Effect"'), 'Syntax errors in policy.'],
  [policyOn('*').replace('"Allow"', '"Permit"'), 'Syntax errors in policy.'],
  [allow({ Action: [7], Resource: '*' }), 'Syntax errors in policy.'],
  [allow({ Action: '*', NotAction: '*', Resource: '*' }), 'Syntax errors in policy.'],
  [allow({ Action: '*', Resource: '*', Condition: { Whenever: { a: 'b' } } }), 'Syntax errors in policy.'],
  [allow({ Action: '*', Resource: '*', Condition: { Bool: 'x' } }), 'Syntax errors in policy.'],
  [allow({ Action: '*', Resource: '*', Condition: { Bool: { a: {} } } }), 'Syntax errors in policy.'],
  [allow({ __proto__x: 1, Action: '*', Resource: '*' }).replace('__proto__x', '__proto__'), 'Syntax errors in policy.'],
  [allow({ Action: '*', Resource: '*', Principal: '*' }), 'Policy document should not specify a principal.'],
  [policyOn('*').replace('2012-10-17', '2008-10-17'), 'Policy document must be version 2012-10-17 or greater.'],
  ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'Policy document must be version 2012-10-17 or greater.'],
  [allow({ Resource: '*' }), 'Policy statement must contain actions.'],
  [allow({ Action: [], Resource: '*' }), 'Policy statement must contain actions.'],
  [allow({ Action: '*' }), 'Policy statement must contain resources.'],
  [policyOn('GetObject'), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
  [policyOn('s3:Get:Object'), 'Actions/Condition can contain only one colon.'],
  [policyOn('s 3:GetObject'), 'Vendor s 3 is not valid'],
  [allow({ Action: '*', Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
  [allow({ Action: '*', Resource: 'arn:other:s3:::b' }), 'Partition "other" is not valid for resource "arn:other:s3:::b".'],
  [allow({ Action: '*', Resource: 'arn:other' }), 'Partition "other" is not valid for resource "arn:other:*:*:*:*".'],
  [allow({ Action: '*', Resource: 'arn:aws:s*:::b' }), 'Resource vendor must be fully qualified and cannot contain regexes.'],
  [allow({ Action: '*', Resource: 'arn:aws:s3:b' }), 'The policy failed legacy parsing'],
  [allow({ Action: '*', Resource: '*', Sid: 'a b' }), /^Statement IDs \(SID\) must be alpha-numeric/.source],
];

for (const [text, message] of REFUSED) {
  test(`permission policies: ${text.slice(0, 100)} is refused`, () => {
    const expected = message.startsWith('^') ? new RegExp(message) : message;
    assert.throws(() => checkPermissionPolicy(text, 'managed'), { name: 'MalformedPolicyDocument', message: expected });
  });
}

test('permission policies: statements have ids of their own', () => {
  const statement = { Sid: 'A', Effect: 'Allow', Action: '*', Resource: '*' };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement, statement] });
  assert.throws(() => checkPermissionPolicy(text, 'managed'), {
    message: 'Statement IDs (SID) in a single policy must be unique.',
  });
});

test('trust policies: what is taken', () => {
  checkTrustPolicy(TRUST);
  for (const Principal of [
    '*',
    { AWS: '*' },
    { AWS: ['111122223333', 'arn:aws:iam::111122223333:root', 'AROAABCDEFGHIJKLMNOPQ'] },
    { Service: ['ec2.amazonaws.com.cn', 'alexa-appkit.amazon.com'] },
    { Federated: ['cognito-identity.amazonaws.com', 'arn:aws:iam::111122223333:oidc-provider/token.example.com'] },
  ]) {
    checkTrustPolicy(allow({ Principal, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:*'] }));
  }
});

const service = { Service: 'lambda.amazonaws.com' };
const DISTRUSTED: readonly (readonly [text: string, message: string])[] = [
  ['nothing', 'This policy contains invalid Json'],
  [DEEP, 'This policy contains invalid Json'],
  ['{"Statement":[]}', 'Missing required field Statement'],
  ['{"Statements":[]}', 'Unknown field Statements'],
  [allow({ Principal: service, Action: 'sts:AssumeRole', Resource: '*' }), 'Has prohibited field Resource'],
  [allow({ NotPrincipal: service, Action: 'sts:AssumeRole' }), 'Has prohibited field NotPrincipal'],
  [allow({ Principal: service }), 'Missing required field Action'],
  [allow({ Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
  [allow({ Principal: {}, Action: 'sts:AssumeRole' }), 'Missing required field Principal cannot be empty!'],
  [allow({ Principal: service, Action: '*' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
  [allow({ Principal: service, NotAction: 'sts:x' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
  [allow({ Principal: { Service: 'lambda' }, Action: 'sts:AssumeRole' }), 'Invalid principal in policy: "SERVICE":"lambda"'],
  [allow({ Principal: { Users: 'x' }, Action: 'sts:AssumeRole' }), 'Invalid principal in policy: "USERS":"x"'],
  [allow({ Principal: { AWS: [] }, Action: 'sts:AssumeRole' }), 'Invalid principal in policy: "AWS":(list)'],
  [`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":${DEEP}}}`, 'Invalid principal in policy: (list)'],
  [allow({ Principal: service, Action: 'sts:AssumeRole', Extra: 1 }), 'Unknown field Extra'],
];

for (const [text, message] of DISTRUSTED) {
  test(`trust policies: ${text.slice(0, 100)} is refused`, () => {
    assert.throws(() => checkTrustPolicy(text), { name: 'MalformedPolicyDocument', message });
  });
}

test('documents are encoded so that only unreserved characters are left', () => {
  const text = `{"a":"*'()!~-._ \u00ff\n"}`;
  assert.match(encodedDocument(text), /^[A-Za-z0-9._~%-]+$/);
  assert.equal(decodeURIComponent(encodedDocument(text)), text);
});
