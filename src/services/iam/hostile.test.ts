import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListPoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { ACCOUNT, openIam, TRUST } from './iam-fixture.ts';

const VERSION = 'Version=2010-05-08';
const create = (more: string): string =>
  `Action=CreateRole&${VERSION}&AssumeRolePolicyDocument=${encodeURIComponent(TRUST)}${more}`;

test('what no client would send is refused by name', async (t) => {
  const { send, logger } = await openIam(t);
  for (const [body, status, code] of [
    ['Action=NoSuchThing&Version=2010-05-08', 400, 'InvalidAction'],
    ['Action=GetRole&RoleName=r', 400, 'InvalidAction'],
    ['Action=GetRole&Version=2011-06-15&RoleName=r', 400, 'InvalidAction'],
    [`Action=CreateUser&${VERSION}&UserName=u`, 501, 'NotImplementedException'],
    [`Action=GetRole&${VERSION}`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName=`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName=%00`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName=..%2F..%2Fx`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName.member.1=r`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName=r&Surprise=1`, 400, 'ValidationError'],
    [`Action=GetRole&${VERSION}&RoleName=__proto__`, 404, 'NoSuchEntity'],
    [`Action=ListRoles&${VERSION}&Marker=none`, 400, 'ValidationError'],
    [`Action=ListRoleTags&${VERSION}&RoleName=r&MaxItems=1e3`, 400, 'ValidationError'],
    [create('&RoleName=r&Tags.member.1.Key=k'), 400, 'ValidationError'],
    [create('&RoleName=r&Tags=k'), 400, 'ValidationError'],
    [create('&RoleName=r&Description=%EF%BF%BF'), 400, 'ValidationError'],
    [`Action=CreateRole&${VERSION}&RoleName=r&AssumeRolePolicyDocument=${'%C3%BF'.repeat(131_073)}`, 400, 'ValidationError'],
    [`Action=CreateRole&${VERSION}&RoleName=r&AssumeRolePolicyDocument=${'x'.repeat(1_100_000)}`, 413, 'RequestEntityTooLarge'],
  ] as const) {
    const [answered, text] = await send('iam', body);
    assert.deepEqual([answered, /<Code>(\w+)<\/Code>/.exec(text)?.[1]], [status, code], body.slice(0, 100));
    assert.ok(text.length < 2_000);
  }
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 0);
});

test('documents of the greatest size are read, and refused for their size', async (t) => {
  const { send } = await openIam(t);
  const nested = (text: string): string =>
    `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":${text},"Action":"sts:AssumeRole"}}`;
  for (const [document, code] of [
    [nested(`{"Service":[${'"a.b",'.repeat(20_000)}"a.b"]}`), 'LimitExceeded'],
    [nested(`{"AWS":"arn:aws:iam::${ACCOUNT}:${':'.repeat(130_000)}"}`), 'LimitExceeded'],
    [nested(`{"Service":"${'a.'.repeat(60_000)}!"}`), 'MalformedPolicyDocument'],
    [nested(`${'['.repeat(60_000)}${']'.repeat(60_000)}`), 'MalformedPolicyDocument'],
    [`${TRUST}${' '.repeat(130_000)}`, undefined],
  ] as const) {
    const body = new URLSearchParams({
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: 'r',
      AssumeRolePolicyDocument: document,
    });
    const [, text] = await send('iam', body.toString());
    assert.equal(/<Code>(\w+)<\/Code>/.exec(text)?.[1], code);
  }
});

test('text that XML needs escaped comes back as it went', async (t) => {
  const { send } = await openIam(t);
  const description = '</Description>&lt;<![CDATA[ ]]> \t\r\n "ÿ"';
  const [status] = await send('iam', create(`&RoleName=r&Description=${encodeURIComponent(description)}`));
  assert.equal(status, 200);
  const [, text] = await send('iam', '', `?Action=GetRole&${VERSION}&RoleName=r`, 'GET');
  assert.match(text, /^<GetRoleResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><GetRoleResult><Role>/);
  assert.ok(
    text.includes('<Description>&lt;/Description&gt;&amp;lt;&lt;![CDATA[ ]]&gt; \t&#13;\n &quot;ÿ&quot;</Description>'),
    text,
  );
});

test('an account sees nothing of another', async (t) => {
  const { send, iamOf } = await openIam(t);
  await send('iam', create('&RoleName=r'));
  const other = iamOf('999988887777');
  assert.deepEqual((await other.send(new ListRolesCommand({}))).Roles, []);
  assert.deepEqual((await other.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies, []);
});
