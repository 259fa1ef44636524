import assert from 'node:assert/strict';
import type { Members, RawLambda } from './raw-lambda.ts';

/** Every answer that an account's resources give to being read, by operation and input. */
export type AccountState = ReadonlyMap<string, { readonly status: number; readonly json: Members }>;

/** Reads everything that an account has: every list to its end, and of every item all that can be asked of it. */
export async function readAccount(lambda: RawLambda): Promise<AccountState> {
  const reader = new Reader(lambda);
  await reader.ask('GetAccountSettings', {});
  const [functions, layers, mappings, configs, providers] = await Promise.all([
    reader.list('ListFunctions', {}, 'Functions'),
    reader.list('ListLayers', {}, 'Layers'),
    reader.list('ListEventSourceMappings', {}, 'EventSourceMappings'),
    reader.list('ListCodeSigningConfigs', {}, 'CodeSigningConfigs'),
    reader.list('ListCapacityProviders', {}, 'CapacityProviders'),
    reader.list('ListFunctions', { FunctionVersion: 'ALL' }, 'Functions'),
  ]);
  for (const { FunctionName } of functions) await readFunction(reader, String(FunctionName));
  for (const { LayerName } of layers) await readLayer(reader, String(LayerName));
  for (const { UUID, EventSourceMappingArn } of mappings) {
    await reader.ask('GetEventSourceMapping', { UUID });
    await reader.ask('ListTags', { Resource: EventSourceMappingArn });
  }
  for (const { CodeSigningConfigArn } of configs) {
    await reader.ask('GetCodeSigningConfig', { CodeSigningConfigArn });
    await reader.list('ListFunctionsByCodeSigningConfig', { CodeSigningConfigArn }, 'FunctionArns');
    await reader.ask('ListTags', { Resource: CodeSigningConfigArn });
  }
  for (const { CapacityProviderArn } of providers) {
    await reader.ask('GetCapacityProvider', { CapacityProviderName: CapacityProviderArn });
    await reader.list(
      'ListFunctionVersionsByCapacityProvider',
      { CapacityProviderName: CapacityProviderArn },
      'FunctionVersions',
    );
    await reader.ask('ListTags', { Resource: CapacityProviderArn });
  }
  return reader.state;
}

async function readFunction(reader: Reader, FunctionName: string): Promise<void> {
  const [versions, aliases] = await Promise.all([
    reader.list('ListVersionsByFunction', { FunctionName }, 'Versions'),
    reader.list('ListAliases', { FunctionName }, 'Aliases'),
    reader.list('ListFunctionEventInvokeConfigs', { FunctionName }, 'FunctionEventInvokeConfigs'),
    reader.list('ListFunctionUrlConfigs', { FunctionName }, 'FunctionUrlConfigs'),
    reader.list('ListProvisionedConcurrencyConfigs', { FunctionName }, 'ProvisionedConcurrencyConfigs'),
    reader.list('ListDurableExecutionsByFunction', { FunctionName }, 'DurableExecutions'),
    reader.ask('GetFunctionConcurrency', { FunctionName }),
    reader.ask('GetFunctionRecursionConfig', { FunctionName }),
    reader.ask('GetFunctionCodeSigningConfig', { FunctionName }),
    reader.ask('ListTags', { Resource: versionless(FunctionName, reader.account) }),
  ]);
  const names = [...versions.map(({ Version }) => Version), ...aliases.map(({ Name }) => Name)].map(String);
  await Promise.all(aliases.map(({ Name }) => reader.ask('GetAlias', { FunctionName, Name })));
  for (const Qualifier of [undefined, ...names]) {
    const of = Qualifier === undefined ? { FunctionName } : { FunctionName, Qualifier };
    await Promise.all([
      reader.ask('GetFunction', of),
      reader.ask('GetFunctionConfiguration', of),
      reader.ask('GetPolicy', of),
      reader.ask('GetFunctionEventInvokeConfig', of),
      ...(Qualifier === undefined || aliases.some(({ Name }) => Name === Qualifier)
        ? [reader.ask('GetFunctionUrlConfig', of)]
        : []),
      ...(Qualifier === undefined ? [] : [reader.ask('GetProvisionedConcurrencyConfig', of)]),
      reader.ask('GetRuntimeManagementConfig', of),
    ]);
  }
}

async function readLayer(reader: Reader, LayerName: string): Promise<void> {
  for (const { Version, LayerVersionArn } of await reader.list('ListLayerVersions', { LayerName }, 'LayerVersions')) {
    await Promise.all([
      reader.ask('GetLayerVersion', { LayerName, VersionNumber: Version }),
      reader.ask('GetLayerVersionPolicy', { LayerName, VersionNumber: Version }),
      reader.ask('GetLayerVersionByArn', { Arn: LayerVersionArn }),
    ]);
  }
}

function versionless(name: string, account: string): string {
  return `arn:aws:lambda:us-east-1:${account}:function:${name}`;
}

class Reader {
  readonly state = new Map<string, { readonly status: number; readonly json: Members }>();
  readonly account: string;
  readonly #lambda: RawLambda;

  constructor(lambda: RawLambda) {
    this.#lambda = lambda;
    this.account = lambda.account;
  }

  /** Reads one thing. Throws an AssertionError when that is a fault of the server's. */
  async ask(operation: string, input: Members): Promise<Members> {
    const { status, json, error } = await this.#lambda.call(operation, input);
    const name = `${operation} ${JSON.stringify(input)}`;
    // All these ask for what was listed, so an error can only be that there is no such setting.
    assert.ok(status === 200 || (status === 404 && error) || status === 400, `${name}: ${status} ${JSON.stringify(json)}`);
    this.state.set(name, { status, json: withoutSignature(json) });
    return json;
  }

  async list(operation: string, input: Members, member: string): Promise<readonly Members[]> {
    const items: Members[] = [];
    let Marker: unknown;
    do {
      const json = await this.ask(operation, Marker === undefined ? input : { ...input, Marker });
      items.push(...((json[member] ?? []) as Members[]));
      Marker = json['NextMarker'];
    } while (Marker !== undefined);
    return items;
  }
}

/** Links to packages are signed anew for each answer. */
function withoutSignature(json: Members): Members {
  return JSON.parse(
    JSON.stringify(json, (name, value: unknown) => (name === 'Location' ? String(value).split('?')[0] : value)),
  ) as Members;
}
