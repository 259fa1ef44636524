import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from '@aws-sdk/client-sts';
import { issueAccessKeyId } from '../../model/access-key.ts';
import { ACCOUNT, type IamFixture, openIam, policyOn, TRUST } from '../iam/iam-fixture.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/Worker`;

async function makeRole({ iam }: IamFixture, MaxSessionDuration?: number): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'Worker', Path: '/team/', AssumeRolePolicyDocument: TRUST, MaxSessionDuration }),
  );
  return Role?.RoleId ?? '';
}

const assume = (client: STSClient, more: Partial<AssumeRoleCommandInput> = {}) =>
  client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me@home', ...more }));

test('a plain key is the root of its account, or of the default one', async (t) => {
  const { sts, stsOf } = await openIam(t);
  const whoIs = async (client: STSClient) => {
    const { UserId, Account, Arn } = await client.send(new GetCallerIdentityCommand({}));
    return { UserId, Account, Arn };
  };
  const root = (account: string) => ({ UserId: account, Account: account, Arn: `arn:aws:iam::${account}:root` });
  assert.deepEqual(await whoIs(sts), root(ACCOUNT));
  assert.deepEqual(await whoIs(stsOf('test')), root('000000000000'));
  // What environments of functions get.
  assert.deepEqual(await whoIs(stsOf(issueAccessKeyId('444455556666', '0123abcd'))), root('444455556666'));
});

test('who has assumed a role is that role\u2019s session until it ends', async (t) => {
  const fixture = await openIam(t);
  const { sts, stsOf, clock } = fixture;
  const roleId = await makeRole(fixture);
  const { Credentials, AssumedRoleUser, SourceIdentity } = await assume(sts, { SourceIdentity: 'me', DurationSeconds: 900 });
  const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/Worker/me@home`;
  assert.deepEqual(AssumedRoleUser, { AssumedRoleId: `${roleId}:me@home`, Arn: arn });
  assert.equal(SourceIdentity, 'me');
  assert.equal(Credentials?.Expiration?.getTime(), clock.now() + 900_000);
  assert.ok(Credentials?.SecretAccessKey && Credentials.SessionToken);
  const session = stsOf(Credentials?.AccessKeyId ?? '');
  const identity = await session.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([identity.Arn, identity.Account, identity.UserId], [arn, ACCOUNT, `${roleId}:me@home`]);
  await assert.rejects(session.send(new GetSessionTokenCommand({})), {
    name: 'AccessDenied',
    message: 'Cannot call GetSessionToken with session credentials',
  });
  await assert.rejects(assume(session, { DurationSeconds: 3_601 }), {
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  });
  await clock.advance(900_000);
  await assert.rejects(session.send(new GetCallerIdentityCommand({})), {
    name: 'ExpiredToken',
    message: 'The security token included in the request is expired',
  });
});

test('a role of another account gives credentials of that account', async (t) => {
  const fixture = await openIam(t);
  await makeRole(fixture);
  const { Credentials } = await assume(fixture.stsOf('test'));
  const { Account } = await fixture.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: Credentials?.AccessKeyId }));
  assert.equal(Account, ACCOUNT);
});

test('AssumeRole is refused for roles that are not there, for too long, and for bad names', async (t) => {
  const fixture = await openIam(t);
  const { sts } = fixture;
  await makeRole(fixture, 7_200);
  const denied = (arn: string) => ({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
  });
  for (const RoleArn of [
    `arn:aws:iam::${ACCOUNT}:role/Worker`,
    ROLE.replace('Worker', 'worker'),
    ROLE.replace(ACCOUNT, '999999999999'),
  ])
    await assert.rejects(assume(sts, { RoleArn }), denied(RoleArn));
  await assume(sts, { DurationSeconds: 7_200 });
  await assert.rejects(assume(sts, { DurationSeconds: 7_201 }), {
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  });
  for (const DurationSeconds of [899, 43_201])
    await assert.rejects(assume(sts, { DurationSeconds }), { name: 'ValidationError', message: /'durationSeconds'/ });
  await assert.rejects(assume(sts, { RoleArn: `arn:aws:iam::${ACCOUNT}:user/somebody` }), {
    message: `arn:aws:iam::${ACCOUNT}:user/somebody is invalid`,
  });
  for (const RoleSessionName of ['a b', 'x', 'x'.repeat(65)])
    await assert.rejects(assume(sts, { RoleSessionName }), { name: 'ValidationError', message: /'roleSessionName'/ });
  await assert.rejects(assume(sts, { Policy: '{' }), { name: 'MalformedPolicyDocumentException' });
  await assert.rejects(assume(sts, { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode: '123456' }), { name: 'AccessDenied' });
  await assert.rejects(assume(sts, { ProvidedContexts: [{ ProviderArn: ROLE, ContextAssertion: 'x' }] }), {
    message: 'The parameter ProvidedContexts is not supported.',
  });
});

test('session policies and tags are kept with the session', async (t) => {
  const fixture = await openIam(t);
  await makeRole(fixture);
  const given = {
    Policy: policyOn('s3:*'),
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' }],
    Tags: [{ Key: 'k', Value: 'v' }],
    TransitiveTagKeys: ['k'],
    ExternalId: 'other-party',
  };
  const { Credentials } = await assume(fixture.sts, given);
  const key = { account: ACCOUNT, region: 'aws-global', kind: 'sts-session', id: Credentials?.AccessKeyId ?? '' };
  assert.deepEqual((await fixture.store.get<{ given: object }>(key))?.body.given, given);
});

test('sessions that have ended are removed when new ones are made', async (t) => {
  const fixture = await openIam(t);
  const { sts, clock, store } = fixture;
  await makeRole(fixture);
  for (let index = 0; index < 5; index += 1) await assume(sts, { DurationSeconds: 900 });
  await assume(sts);
  await clock.advance(1_000_000);
  await assume(sts);
  for (const kind of ['sts-session', 'sts-session-expiry'])
    assert.equal((await store.list({ account: ACCOUNT, region: 'aws-global', kind, limit: 100 })).length, 2);
});

test('an account has so many sessions and no more', async (t) => {
  const fixture = await openIam(t);
  const { sts, clock, store } = fixture;
  await makeRole(fixture);
  const expiry = String(clock.now() + 1_000).padStart(15, '0');
  const key = { account: ACCOUNT, region: 'aws-global', kind: 'sts-session-expiry' };
  await store.commit(Array.from({ length: 10_000 }, (_, index) => ({ put: { ...key, id: `${expiry}/${index}` }, body: {} })));
  await assert.rejects(assume(sts), { name: 'Throttling', message: 'Rate exceeded' });
  await clock.advance(1_000);
  await assume(sts);
  assert.equal((await store.list({ ...key, limit: 20_000 })).length, 9_801);
});

test('GetSessionToken gives the root\u2019s own credentials; there are no MFA devices', async (t) => {
  const { sts, stsOf, clock } = await openIam(t);
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  assert.equal(Credentials?.Expiration?.getTime(), clock.now() + 43_200_000);
  const { Arn } = await stsOf(Credentials?.AccessKeyId ?? '').send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, `arn:aws:iam::${ACCOUNT}:root`);
  await assert.rejects(sts.send(new GetSessionTokenCommand({ DurationSeconds: 60 })), { name: 'ValidationError' });
  await assert.rejects(sts.send(new GetSessionTokenCommand({ SerialNumber: 'GAHT12345678', TokenCode: '123456' })), {
    name: 'AccessDenied',
  });
});

test('a key tells its account; what is not built says so', async (t) => {
  const { sts, send } = await openIam(t);
  const { Account } = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }));
  assert.equal(Account, '000000000000');
  await assert.rejects(sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'short' })), { name: 'ValidationError' });
  await assert.rejects(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' })), {
    name: 'NotImplementedException',
    message: 'lambkin does not implement DecodeAuthorizationMessage yet.',
  });
  const [status, text] = await send('sts', 'Action=GetCallerIdentity&Version=2011-06-15');
  assert.equal(status, 200);
  assert.match(
    text,
    /^<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><GetCallerIdentityResult>/,
  );
  assert.match((await send('sts', 'Action=Nothing&Version=2011-06-15'))[1], /InvalidAction/);
});
