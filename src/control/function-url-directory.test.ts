import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import type { UrlCaller } from '../ports/function-urls.ts';
import { type PolicyStatement, policyKey, scopedKey, write } from './documents.ts';
import { StoredFunctionUrls } from './function-url-directory.ts';
import { functionUrlIdKey } from './function-urls.ts';

// Statements as data, and whom they let through the URL of an alias.

const ID = 'a'.repeat(32);
const PLACE = { account: '000000000000', region: 'eu-west-1' };
const ARN = `arn:aws:lambda:eu-west-1:${PLACE.account}:function:f:live`;

const everybody: PolicyStatement = { Effect: 'Allow', Principal: '*', Action: 'lambda:InvokeFunctionUrl', Resource: ARN };
const none = { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } };
const via = { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } };
const URL_: PolicyStatement = { ...everybody, Condition: none };
const INVOKE: PolicyStatement = { ...everybody, Action: 'lambda:InvokeFunction', Condition: via };
const OTHER = '111122223333';
const root = (account: string): UrlCaller => ({ account, arn: `arn:aws:iam::${account}:root` });
const session: UrlCaller = { account: OTHER, arn: `arn:aws:sts::${OTHER}:assumed-role/reader/s` };
const both = (Principal: PolicyStatement['Principal'], more: Partial<PolicyStatement> = {}): PolicyStatement[] =>
  [URL_, INVOKE].map(({ Condition: _all, ...statement }) => ({ ...statement, ...(Principal ? { Principal } : {}), ...more }));

async function urls(authType: 'NONE' | 'AWS_IAM', statements: readonly PolicyStatement[]) {
  const store = new MemoryMetadataStore();
  await store.commit([
    write(functionUrlIdKey(ID), { ...PLACE, functionName: 'f', alias: 'live' }),
    write(scopedKey(PLACE, 'function-url', 'f', 'live'), { urlId: ID, authType, createdMs: 0, lastModifiedMs: 0 }),
    write(policyKey(PLACE, 'f', 'live'), { statements }),
  ]);
  return { store, found: new StoredFunctionUrls(store) };
}

const CASES: readonly (readonly [
  name: string,
  authType: 'NONE' | 'AWS_IAM',
  statements: readonly PolicyStatement[],
  caller: UrlCaller | undefined,
  isAllowed: boolean,
])[] = [
  ['both statements for everybody', 'NONE', [URL_, INVOKE], undefined, true],
  ['no policy', 'NONE', [], undefined, false],
  ['the URL alone', 'NONE', [URL_], undefined, false],
  ['the invoke alone', 'NONE', [INVOKE], undefined, false],
  ['an invoke in every way', 'NONE', [URL_, { ...INVOKE, Condition: {} }], undefined, true],
  [
    'an invoke by other ways',
    'NONE',
    [URL_, { ...INVOKE, Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'false' } } }],
    undefined,
    false,
  ],
  ['the other kind of URL', 'AWS_IAM', [URL_, INVOKE], root(OTHER), false],
  ['everybody in the words of a list', 'NONE', both({ AWS: ['*'] }), undefined, true],
  ['every action', 'NONE', [{ ...everybody, Action: 'lambda:*' }], undefined, true],
  ['actions by a star', 'NONE', [{ ...everybody, Action: ['lambda:Invoke*'] }], undefined, true],
  ['an account is not everybody', 'NONE', both({ AWS: OTHER }), undefined, false],
  ['a service is not everybody', 'NONE', both({ Service: 's3.amazonaws.com' }), undefined, false],
  ['another function', 'NONE', both('*', { Resource: `${ARN}r` }), undefined, false],
  ['a statement that denies', 'NONE', [URL_, INVOKE, { ...INVOKE, Effect: 'Deny' }], undefined, false],
  ['an unknown condition', 'NONE', both('*', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }), undefined, false],
  ['its own account', 'AWS_IAM', [], root(PLACE.account), true],
  ['its own account, denied', 'AWS_IAM', both('*', { Effect: 'Deny' }), root(PLACE.account), false],
  ['another account', 'AWS_IAM', [], root(OTHER), false],
  ['another account by its number', 'AWS_IAM', both({ AWS: OTHER }), root(OTHER), true],
  ['another account by its root', 'AWS_IAM', both({ AWS: `arn:aws:iam::${OTHER}:root` }), session, true],
  ['a session by its role', 'AWS_IAM', both({ AWS: `arn:aws:iam::${OTHER}:role/team/reader` }), session, true],
  ['a session by another role', 'AWS_IAM', both({ AWS: `arn:aws:iam::${OTHER}:role/read` }), session, false],
  ['a role does not let in its account', 'AWS_IAM', both({ AWS: `arn:aws:iam::${OTHER}:role/reader` }), root(OTHER), false],
  [
    'a condition on the account',
    'AWS_IAM',
    both('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': OTHER } } }),
    session,
    true,
  ],
];

for (const [name, authType, statements, caller, isAllowed] of CASES) {
  test(`who may call a URL: ${name}`, async () => {
    const { found } = await urls(authType, statements);
    const url = await found.find(ID);
    assert.ok(url);
    assert.deepEqual([url.alias, url.invokeMode], ['live', 'BUFFERED']);
    assert.equal(await found.allows(url, caller), isAllowed);
    found.close();
  });
}

test('what is kept in memory is forgotten with every write', async () => {
  const { store, found } = await urls('NONE', []);
  const url = await found.find(ID);
  assert.ok(url);
  assert.equal(await found.allows(url), false);
  await store.commit([write(policyKey(PLACE, 'f', 'live'), { statements: [URL_, INVOKE] })]);
  assert.equal(await found.allows(url), true);
  await store.commit([{ remove: scopedKey(PLACE, 'function-url', 'f', 'live') }]);
  assert.equal(await found.find(ID), undefined);
  assert.equal(await found.find('b'.repeat(32)), undefined);
  found.close();
});
