/** One file of a Maven repository, and what it must be. */
export interface MavenArtifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Version of Lambda's runtime interface client for Java that we run functions with. */
export const JAVA_CLIENT_VERSION = '2.10.1';

/**
 * The client and what it needs, from Maven Central; the sums were compared with what it publishes when they were
 * written here. `utils-lite` asks for annotations that nothing looks at at run time.
 */
export const JAVA_ARTIFACTS: readonly MavenArtifact[] = [
  {
    group: 'com.amazonaws',
    name: 'aws-lambda-java-runtime-interface-client',
    version: JAVA_CLIENT_VERSION,
    sha256: 'b0dd01f45b7258da0e32ade0bff950b12d0cf279ccebf416ad8c3795af21f1db',
  },
  {
    group: 'com.amazonaws',
    name: 'aws-lambda-java-core',
    version: '1.4.0',
    sha256: '575c24393cc1ad645e83e618956eabd89ffe8cc09efae2cb62bc6589154d68ed',
  },
  {
    group: 'com.amazonaws',
    name: 'aws-lambda-java-serialization',
    version: '1.4.1',
    sha256: '0ab04580117a1a326c7abea912331c77bec1292ce0c22285eb2d40563145dd9b',
  },
  {
    group: 'software.amazon.awssdk',
    name: 'utils-lite',
    version: '2.34.0',
    sha256: 'efaf784f07ae526f0b5c89d71ef21cf16636131c47d44616e3df9bedc3f4f89a',
  },
];

/** File of the client's native half, taken out of its jar when it is added: unpacked by the client it would land in `/tmp`. */
export const JAVA_NATIVE_LIBRARY = 'libaws-lambda-jni.so';

/** File name of an artifact. */
export function jarName({ name, version }: MavenArtifact): string {
  return `${name}-${version}.jar`;
}
