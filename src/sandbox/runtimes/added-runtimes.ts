import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JAVA_CLIENT_VERSION } from './additions/java-artifacts.ts';

/**
 * Where `lambkin runtime add` puts what it brings, and where it is found again. Each part is a folder that appears under
 * its name only once it is complete.
 */
export class AddedRuntimes {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Folder of the Node of a runtime such as `nodejs22.x`. */
  nodeFolder(runtime: string): string {
    return join(this.folder, runtime);
  }

  /** The program in it. */
  nodeProgram(runtime: string): string {
    return join(this.nodeFolder(runtime), 'node');
  }

  /** Folder of the runtime interface client for Java. Its version is in the name, so that another one of ours asks for its own. */
  javaFolder(): string {
    return join(this.folder, `java-client-${JAVA_CLIENT_VERSION}`);
  }

  /** The same folder when the client is there. */
  javaClient(): string | undefined {
    return existsSync(this.javaFolder()) ? this.javaFolder() : undefined;
  }
}
