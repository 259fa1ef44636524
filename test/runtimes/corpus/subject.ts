import type { Runtime } from '@aws-sdk/client-lambda';
import type { BehaviourName } from './behaviours.ts';

/** What an error looks like to the caller. */
export interface ErrorShape {
  readonly errorType: string;
  /** The text or a pattern of it. */
  readonly errorMessage: string | RegExp;
  /** Names of all its members. */
  readonly members: readonly string[];
}

/** A function of one language that does what the corpus asks for. */
export interface Subject {
  readonly title: string;
  readonly runtime: Runtime;
  readonly handler: string;
  /** Of the function that streams, where that is another than {@link handler}. */
  readonly streamingHandler?: string;
  /** Its package, built where needed. Rejects with {@link Unavailable} when it can't be. */
  package(): Promise<Buffer>;
  /** The same for a layer that holds the module `layered`. */
  layer?(): Promise<Buffer>;
  readonly expected: Expectations;
  /** Behaviours that make no sense for it, and why. */
  readonly skipped: Readonly<Partial<Record<BehaviourName, string>>>;
}

/** How the languages differ. */
export interface Expectations {
  /** The memory size in the context. */
  readonly memory: string | number;
  /** The error that the handler throws, with the text `went wrong`. */
  readonly error: ErrorShape;
  /** Members that are null are not part of an answer. */
  readonly dropsNull?: boolean;
  /** Its client can't read headers in other letters. */
  readonly asciiHeaders?: boolean;
  /** Time of the function that is made to run out of it; a new process has to start in as much. */
  readonly timeoutSeconds: number;
  /** What ends the process with status 3. */
  readonly exit: ErrorShape;
  /** What nobody catches, with the text `nobody saw`. */
  readonly unhandled: ErrorShape;
  /** Whether the process is another after it. */
  readonly endsUnhandled: boolean;
  readonly init: ErrorShape;
  /** Every line of the text log that the function wrote. */
  readonly textLog: readonly RegExp[];
  /** Messages of the JSON log with level WARN. */
  readonly jsonLog: readonly { readonly level: string; readonly message: string }[];
}

/** This machine, or the way to a registry, lacks something: a reason to skip. */
export class Unavailable extends Error {}

/** A failure that the platform tells. */
export function platformError(errorType: string, errorMessage: RegExp): ErrorShape {
  return { errorType, errorMessage, members: ['errorMessage', 'errorType'] };
}

/** The process has ended with a status. */
export function exited(status: number): ErrorShape {
  return platformError(
    'Runtime.ExitError',
    new RegExp(`^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status ${status}$`),
  );
}
