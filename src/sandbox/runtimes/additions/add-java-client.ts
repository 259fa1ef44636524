import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddedRuntimes } from '../added-runtimes.ts';
import { completeFolder } from './complete-folder.ts';
import { download } from './download.ts';
import { jarEntry } from './jar-entry.ts';
import { JAVA_ARTIFACTS, JAVA_NATIVE_LIBRARY, jarName, type MavenArtifact } from './java-artifacts.ts';

const JAR_BYTES_MAX = 64 * 1_048_576;

/** Where the client comes from. */
export interface MavenSource {
  /** Address of a Maven repository. */
  readonly repository: string;
  /** What to fetch, the client itself first; ours unless a test says otherwise. */
  readonly artifacts?: readonly MavenArtifact[];
}

/**
 * Fetches Lambda's runtime interface client for Java and checks every file against the sum that stands in our own table.
 * Rejects, and leaves nothing, when one can't be had or is another file.
 */
export async function addJavaClient(added: AddedRuntimes, source: MavenSource): Promise<void> {
  const library = nativeLibraryName();
  await completeFolder(added.javaFolder(), async (folder) => {
    for (const [index, artifact] of (source.artifacts ?? JAVA_ARTIFACTS).entries()) {
      const address = addressOf(source.repository, artifact);
      const jar = await download(address, JAR_BYTES_MAX);
      const sum = createHash('sha256').update(jar).digest('hex');
      if (sum !== artifact.sha256)
        throw new Error(`${address} has the SHA-256 ${sum}, not ${artifact.sha256}; nothing was added`);
      await writeFile(join(folder, jarName(artifact)), jar, { mode: 0o644 });
      if (index > 0) continue;
      const native = await jarEntry(jar, `jni/${library}`, JAR_BYTES_MAX);
      await writeFile(join(folder, JAVA_NATIVE_LIBRARY), native, { mode: 0o755 });
    }
  });
}

function addressOf(repository: string, artifact: MavenArtifact): string {
  const { group, name, version } = artifact;
  return `${repository.replace(/\/+$/, '')}/${group.replaceAll('.', '/')}/${name}/${version}/${jarName(artifact)}`;
}

/** The native half for this machine's processor and C library. */
function nativeLibraryName(): string {
  const processor = { x64: 'x86_64', arm64: 'aarch_64' }[process.arch as string];
  if (process.platform !== 'linux' || processor === undefined) {
    throw new Error("Lambda's runtime interface client for Java has native code for Linux on x86_64 and arm64 alone");
  }
  const report = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  return `libaws-lambda-jni.${report.header.glibcVersionRuntime === undefined ? 'linux_musl' : 'linux'}-${processor}.so`;
}
