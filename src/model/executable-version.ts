/** What an environment was started for; functions see it in `AWS_LAMBDA_INITIALIZATION_TYPE`. */
export type InitializationType = 'on-demand' | 'provisioned-concurrency' | 'lambda-managed-instances';

/** A function's container image, and what its configuration has instead of the image's own settings. */
export interface ExecutableImage {
  /** By its digest: `repository@sha256:...`. */
  readonly resolvedUri: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
}

/** What the data plane needs to run one version of a function; never changes for a given `configurationId`. */
export interface ExecutableVersion {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** `$LATEST` or a number as text. */
  readonly version: string;
  /** ARN without a qualifier. */
  readonly functionArn: string;
  /** Changes whenever code or configuration does: environments with another one drain. */
  readonly configurationId: string;
  /** SHA-256 of the deployment package as hex: the blob's name; empty for images. */
  readonly codeBlobId: string;
  readonly codeSizeBytes: number;
  /** Blobs of the layers' zips in order: a later layer's file replaces an earlier one's. Absent from documents of version 0.1.0. */
  readonly layerBlobIds: readonly string[];
  /** In the stead of package, layers, runtime and handler, which are then empty. */
  readonly image?: ExecutableImage;
  readonly runtime: string;
  readonly handler: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly timeoutMs: number;
  readonly memorySizeMb: number;
  /** Of a function on a capacity provider: invocations at a time in one environment. Others run one. */
  readonly maxConcurrency?: number;
  /** Of a function on a capacity provider: what its memory buys there. */
  readonly cpuCores?: number;
  readonly ephemeralStorageMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
}
