import { invalid } from './settings-checks.ts';

type Members = Readonly<Record<string, unknown>>;

const isGiven = (value: unknown): boolean => value !== undefined;
const isFilled = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '');
const member = (value: unknown, name: string): unknown => (value as Members | undefined)?.[name];

/**
 * Members that are not honoured yet, each with the values that would mean something. Accepting one and ignoring it
 * would be a lie, so the request is refused by name; values that change nothing are let through.
 */
const UNSUPPORTED: Readonly<Record<string, (value: unknown) => boolean>> = {
  VpcConfig: (value) => isFilled(member(value, 'SubnetIds')) || isFilled(member(value, 'SecurityGroupIds')),
  FileSystemConfigs: isFilled,
  Layers: isFilled,
  ImageConfig: (value) => Object.keys((value as object | undefined) ?? {}).length > 0,
  PackageType: (value) => value === 'Image',
  SnapStart: (value) => member(value, 'ApplyOn') === 'PublishedVersions',
  TracingConfig: (value) => member(value, 'Mode') === 'Active',
  KMSKeyArn: isFilled,
  DeadLetterConfig: (value) => isFilled(member(value, 'TargetArn')),
  CodeSigningConfigArn: isFilled,
  TenancyConfig: isGiven,
  DurableConfig: isGiven,
  CapacityProviderConfig: isGiven,
  PublishTo: isGiven,
  S3ObjectStorageMode: (value) => value === 'REFERENCE',
  SourceKMSKeyArn: isFilled,
  ImageUri: isFilled,
};

/** Throws InvalidParameterValueException naming the first member that can't be honoured. */
export function refuseUnsupported(input: Members, architecture: string): void {
  for (const [name, isMeant] of Object.entries(UNSUPPORTED)) {
    if (isMeant(input[name])) throw invalid(`lambkin does not support ${name} with this value yet.`);
  }
  const wanted = (input['Architectures'] as readonly string[] | undefined)?.[0];
  if (wanted !== undefined && wanted !== architecture) {
    throw invalid(`lambkin does not support Architectures ${wanted} on this host, which is ${architecture}.`);
  }
}
