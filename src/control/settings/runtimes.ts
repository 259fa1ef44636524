import { LAMBDA } from '../../wire/generated/lambda.ts';
import { inSetOrder } from '../../wire/rest-json/set-order.ts';
import { invalid } from './invalid.ts';

/** Runtimes that functions can be created with. */
export const CREATABLE_RUNTIMES: readonly string[] = [
  'nodejs20.x',
  'python3.14',
  'provided.al2023',
  'python3.12',
  'python3.13',
  'nodejs24.x',
  'nodejs22.x',
  'java25',
  'python3.10',
  'python3.11',
  'java21',
  'ruby3.3',
  'ruby3.4',
  'ruby3.2',
  'python3.8',
  'python3.9',
  'java17',
  'nodejs16.x',
  'dotnet10',
  'dotnet8',
  'java11',
  'dotnet6',
  'nodejs18.x',
  'provided.al2',
  'java8.al2',
  'ruby4.0',
  'java17.al2023',
  'java11.al2023',
  'java8.al2023',
  'nodejs26.x',
  'python3.15',
];

/** Source: Lambda's page on SnapStart. */
const SNAP_START_RUNTIMES = /^(java(11|17|21|25)(\.al2023)?|python3\.1[2-5]|dotnet(8|10))$/;
/** Source: Lambda's page on managed instances. */
const CAPACITY_RUNTIMES = /^(nodejs2[24]\.x|python3\.1[34]|java2[15]|dotnet(8|10)|provided\.al2023)$/;

/** Every runtime that the service model has a word for, those that are gone included. */
const KNOWN_RUNTIMES: ReadonlySet<string> = new Set(knownRuntimes());

/** Throws InvalidParameterValueException for a runtime that no function can be created with, or changed to. */
export function checkRuntime(runtime: string): void {
  if (CREATABLE_RUNTIMES.includes(runtime)) return;
  if (KNOWN_RUNTIMES.has(runtime)) {
    throw invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. ` +
        'We recommend you use a supported runtime while creating or updating functions.',
    );
  }
  throw invalid(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${inSetOrder(CREATABLE_RUNTIMES).join(', ')}] or be a valid ARN`,
  );
}

/** Whether Lambda makes snapshots of functions of the runtime. */
export function hasSnapStart(runtime: string): boolean {
  return SNAP_START_RUNTIMES.test(runtime);
}

/** Whether functions of the runtime can run on a capacity provider. */
export function runsOnCapacityProvider(runtime: string): boolean {
  return CAPACITY_RUNTIMES.test(runtime);
}

function knownRuntimes(): readonly string[] {
  const shape = LAMBDA.operations['CreateFunction']?.input['Runtime']?.shape;
  return shape?.type === 'string' ? (shape.enum ?? []) : [];
}
