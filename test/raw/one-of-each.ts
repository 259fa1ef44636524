import assert from 'node:assert/strict';
import { zip } from '../e2e/zip.ts';
import type { Members, RawLambda } from './raw-lambda.ts';
import { createQueue } from './raw-queues.ts';
import { type AccountState, readAccount } from './read-account.ts';

/** What was made, by what is not known beforehand. */
export interface Made {
  readonly function: string;
  readonly other: string;
  readonly mapping: string;
  readonly signing: string;
  readonly layer: string;
  readonly provider: string;
}

const PACKAGE = await zip({ 'index.js': 'exports.handler = async (event) => event;' });

/** Makes at least one of every kind of resource that the control plane has, with names that begin with the prefix. `holdsConcurrency`: also
 * reservations and an environment. */
export async function makeOneOfEach(lambda: RawLambda, prefix: string, { holdsConcurrency = true } = {}): Promise<Made> {
  const { account } = lambda;
  const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:${account}:${rest}`;
  const call = async (operation: string, input: Members): Promise<Members> => {
    const answer = await lambda.call(operation, input);
    assert.ok(answer.status < 300, `${operation}: ${answer.status} ${answer.body.toString()}`);
    return answer.json;
  };
  const name = `${prefix}-function`;
  const other = `${prefix}-other`;
  const create = async (FunctionName: string, members: Members = {}): Promise<void> => {
    const common = { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: `arn:aws:iam::${account}:role/any` };
    await call('CreateFunction', { FunctionName, ...common, Code: { ZipFile: PACKAGE }, ...members });
    await untilReady(lambda, FunctionName);
  };
  const layer = await call('PublishLayerVersion', {
    LayerName: `${prefix}-layer`,
    Description: 'shared',
    Content: { ZipFile: PACKAGE },
    CompatibleRuntimes: ['nodejs24.x'],
  });
  await call('AddLayerVersionPermission', {
    LayerName: `${prefix}-layer`,
    VersionNumber: 1,
    StatementId: 'all',
    Action: 'lambda:GetLayerVersion',
    Principal: '*',
  });
  await create(name, { Tags: { stage: 'test' }, Layers: [layer['LayerVersionArn']], Environment: { Variables: { AB: 'ü' } } });
  await create(other, { Publish: true });
  await call('PublishVersion', { FunctionName: name });
  await call('UpdateFunctionConfiguration', { FunctionName: name, Description: 'second' });
  await untilReady(lambda, name);
  await call('PublishVersion', { FunctionName: name });
  await call('CreateAlias', {
    FunctionName: name,
    Name: 'live',
    FunctionVersion: '1',
    RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
  });
  await call('CreateAlias', { FunctionName: name, Name: 'steady', FunctionVersion: '2' });
  for (const [index, Qualifier] of [undefined, '1', 'live'].entries())
    await call('AddPermission', {
      FunctionName: name,
      ...(Qualifier ? { Qualifier } : {}),
      StatementId: `s${index}`,
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    });
  if (holdsConcurrency) await call('PutFunctionConcurrency', { FunctionName: name, ReservedConcurrentExecutions: 5 });
  if (holdsConcurrency)
    await call('PutProvisionedConcurrencyConfig', {
      FunctionName: name,
      Qualifier: 'steady',
      ProvisionedConcurrentExecutions: 1,
    });
  await call('PutFunctionEventInvokeConfig', { FunctionName: name, Qualifier: 'live', MaximumRetryAttempts: 1 });
  await call('PutFunctionEventInvokeConfig', { FunctionName: name, MaximumEventAgeInSeconds: 60 });
  await call('CreateFunctionUrlConfig', {
    FunctionName: name,
    AuthType: 'NONE',
    Cors: { AllowOrigins: ['https://example.com'] },
  });
  await call('PutFunctionRecursionConfig', { FunctionName: name, RecursiveLoop: 'Allow' });
  await call('PutRuntimeManagementConfig', { FunctionName: name, UpdateRuntimeOn: 'FunctionUpdate' });
  const signing = await call('CreateCodeSigningConfig', {
    Description: prefix,
    AllowedPublishers: { SigningProfileVersionArns: [arn('signer', '/signing-profiles/mine/0123456789')] },
  });
  const { CodeSigningConfigArn } = signing['CodeSigningConfig'] as Members;
  await call('PutFunctionCodeSigningConfig', { FunctionName: other, CodeSigningConfigArn });
  const mapping = await call('CreateEventSourceMapping', {
    FunctionName: name,
    EventSourceArn: await createQueue(lambda, `${prefix}-queue`),
    BatchSize: 5,
    Enabled: false,
  });
  const provider = await call('CreateCapacityProvider', {
    CapacityProviderName: `${prefix}-provider`,
    VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
    PermissionsConfig: { CapacityProviderOperatorRoleArn: `arn:aws:iam::${account}:role/any` },
  });
  return {
    function: name,
    other,
    mapping: String(mapping['UUID']),
    signing: String(CodeSigningConfigArn),
    layer: String(layer['LayerVersionArn']),
    provider: String((provider['CapacityProvider'] as Members)['CapacityProviderArn']),
  };
}

/** Reads an account when nothing in it is on its way to another state any more. */
export async function readSettled(lambda: RawLambda): Promise<AccountState> {
  for (;;) {
    const state = await readAccount(lambda);
    const onTheWay =
      /"(?:State|LastUpdateStatus|Status)":"(?:Pending|InProgress|IN_PROGRESS|Creating|Updating|Enabling|Disabling|Deleting)"/;
    if (![...state.values()].some(({ json }) => onTheWay.test(JSON.stringify(json)))) return state;
  }
}

async function untilReady(lambda: RawLambda, FunctionName: string): Promise<void> {
  for (;;) {
    const { json, status } = await lambda.call('GetFunctionConfiguration', { FunctionName });
    assert.equal(status, 200);
    if (json['State'] === 'Active' && json['LastUpdateStatus'] === 'Successful') return;
    assert.notEqual(json['State'], 'Failed', JSON.stringify(json));
  }
}
