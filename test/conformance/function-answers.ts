import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { eventually, type RawAnswer, REGION, ROLE, type World } from './world.ts';

/** A random UUID as it is written. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const LAST_MODIFIED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;

/** SHA-256 of a package as Lambda tells it. */
export function sha256(zip: Buffer): string {
  return createHash('sha256').update(zip).digest('base64');
}

/** A configuration without what is new with each, whose form is checked instead. */
export function plain(answer: FunctionConfiguration & { readonly $metadata?: unknown }): Record<string, unknown> {
  const { $metadata: _metadata, RevisionId = '', LastModified = '', RuntimeVersionConfig, ...rest } = answer;
  assert.match(RevisionId, UUID);
  assert.match(LastModified, LAST_MODIFIED);
  if (RuntimeVersionConfig) {
    assert.deepEqual(Object.keys(RuntimeVersionConfig), ['RuntimeVersionArn']);
    assert.match(RuntimeVersionConfig.RuntimeVersionArn ?? '', new RegExp(`^arn:aws:lambda:${REGION}::runtime:[0-9a-f]{64}$`));
    return { ...rest, RuntimeVersionConfig: true };
  }
  return rest;
}

/** What {@link plain} makes of a function that was made with nothing but the necessary. */
export function plainDefaults(world: World, FunctionName: string, zip: Buffer): Record<string, unknown> {
  return {
    FunctionName,
    FunctionArn: world.arn(`function:${FunctionName}`),
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    CodeSize: zip.length,
    CodeSha256: sha256(zip),
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${FunctionName}` },
    RuntimeVersionConfig: true,
  };
}

/** States of what is being made. */
export const PENDING = {
  State: 'Pending',
  StateReason: 'The function is being created.',
  StateReasonCode: 'Creating',
} as const;
/** States of what is being changed. */
export const IN_PROGRESS = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
} as const;
/** States of what is ready. */
export const READY = { State: 'Active', LastUpdateStatus: 'Successful' } as const;

/** The configuration once nothing of it is under way any more. */
export function whenReady({ lambda }: World, FunctionName: string, Qualifier?: string): Promise<FunctionConfiguration> {
  return eventually(
    () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) })),
    ({ State, LastUpdateStatus }) => State !== 'Pending' && LastUpdateStatus !== 'InProgress',
  );
}

/** Changes settings and waits until the change is done. Returns the answer to the change. */
export async function change(
  world: World,
  FunctionName: string,
  settings: Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>,
): Promise<FunctionConfiguration> {
  const answer = await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings }));
  await whenReady(world, FunctionName);
  return answer;
}

/** Asserts that an answer over the wire is this error and nothing more. */
export function assertError(answer: RawAnswer, status: number, code: string, body: Readonly<Record<string, unknown>>): void {
  assert.deepEqual(answer.json, body, answer.text);
  assert.equal(answer.status, status);
  assert.equal(answer.headers['x-amzn-errortype'], code);
  assert.equal(answer.headers['content-type'], 'application/json');
  assertHeaders(answer);
}

/** Asserts the headers that every answer has. */
export function assertHeaders(answer: RawAnswer): void {
  assert.match(String(answer.headers['x-amzn-requestid']), UUID);
  assert.ok(!Number.isNaN(Date.parse(String(answer.headers['date']))));
}

/** What of a request the server says it has only stored. */
export function storedOnly(answer: RawAnswer): string[] {
  const header = answer.headers['x-lambkin-stored-only'];
  return header === undefined ? [] : String(header).split(', ').toSorted();
}
