import { AddedRuntimes } from '../added-runtimes.ts';
import { LANGUAGES, parseRuntimeName } from '../languages.ts';
import { addJavaClient } from './add-java-client.ts';
import { addNode } from './add-node.ts';

/** Where runtimes come from and go to. */
export interface AdditionOptions {
  /** Folder of what has been added. */
  readonly folder: string;
  readonly mavenRepository: string;
  /** Empty is npm's own configuration. */
  readonly npmRegistry: string;
  readonly searchPath: string;
}

/**
 * Brings what a runtime lacks, where lambkin can: Node.js itself, and the client that Java needs. Resolves to a sentence on
 * what was done, and rejects with one when nothing could be. This is the only place that fetches anything: invocations
 * never do.
 */
export async function addRuntime(runtime: string, options: AdditionOptions): Promise<string> {
  const added = new AddedRuntimes(options.folder);
  if (runtime.startsWith('provided')) return `${runtime} needs nothing: functions bring their own runtime.`;
  // "java" alone: the client is the same for every Java.
  const name = runtime === 'java' ? { language: 'java' as const, version: '' } : parseRuntimeName(runtime);
  if (!name) throw new Error(`there is no runtime ${runtime} that lambkin could add`);
  const { language, version } = name;
  if (language === 'nodejs') {
    const { npmRegistry, searchPath } = options;
    const found = await addNode(runtime, added, { registry: npmRegistry, searchPath });
    return `Added Node.js ${found} for ${runtime}.`;
  }
  if (language === 'java') {
    if (added.javaClient() !== undefined) return "Lambda's runtime interface client for Java was here already.";
    await addJavaClient(added, { repository: options.mavenRepository });
    return "Added Lambda's runtime interface client for Java.";
  }
  const title = LANGUAGES[language].title(version);
  throw new Error(`lambkin can not bring ${title}: install it, or name it in the setting runtimes.${runtime}`);
}
